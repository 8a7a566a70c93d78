//! `backout backup list`, `show` and `verify`.

use backout_backup::import::Imported;
use backout_backup::manifest::Manifest;
use backout_backup::shelf::{self, Proof, Standing, State};
use backout_backup::signing::Signature;
use backout_backup::store::Store;
use backout_control::{Failure, verify_backups as check};
use backout_plan::Exit;
use serde_json::{Value, json};

use super::Shelf;
use crate::error::CommandError;
use crate::events::{rows_of, size_of};
use crate::ui::{Ui, count, duration, moment};

#[derive(Debug, clap::Args)]
pub struct One {
    /// Its id, the beginning of it, or `latest`
    #[arg(value_name = "BACKUP", default_value = "latest")]
    backup: String,
}

#[derive(Debug, clap::Args)]
pub struct Chosen {
    /// Its id, the beginning of it, or `latest` [default: all]
    #[arg(value_name = "BACKUP")]
    backup: Option<String>,
}

pub async fn list(shelf: &Shelf<'_>) -> Result<Exit, CommandError> {
    let Shelf { ui, store, .. } = shelf;
    let found = shelf::list(store).await.map_err(Failure::from)?;
    ui.result(json!({ "store": store.name(), "backups": found.iter().map(described).collect::<Vec<_>>() }));
    if found.is_empty() {
        ui.say(format!("there are no backups in {}", store.name()));
        return Ok(Exit::Ok);
    }
    // Where nobody signs, nothing is to be said of it.
    let signed = |one: &Standing| one.manifest().is_some_and(|m| m.found.signature != Signature::NotSigned);
    let is_shown = store.signers().are_demanded() || found.iter().any(signed);
    let mut head = vec!["backup", "taken at", "of", "rows", "size", "proven"];
    let mut rows: Vec<Vec<String>> = found.iter().map(line).collect();
    if is_shown {
        head.push("signed");
        for (row, one) in rows.iter_mut().zip(&found) {
            row.push(one.manifest().map(|manifest| short(store, &manifest.found.signature)).unwrap_or_default());
        }
    }
    ui.table(&head, &rows);
    Ok(if found.iter().any(needs_attention) { Exit::Attention } else { Exit::Ok })
}

/// Whether it is damaged, the last attempt to prove it failed, or it is not signed as it must be.
fn needs_attention(standing: &Standing) -> bool {
    match &standing.state {
        State::Whole(manifest) => {
            let failed = standing.proof().is_none() && !standing.proofs.is_empty();
            failed || !standing.trusted || manifest.found.signature == Signature::DoesNotFit
        }
        State::Damaged(_) => true,
        State::Interrupted(_) | State::Going => false,
    }
}

fn line(standing: &Standing) -> Vec<String> {
    let (at, of, rows, proven) = match &standing.state {
        State::Whole(manifest) => {
            let proven = match (standing.proof(), standing.proofs.last()) {
                (Some(proof), _) => format!("{}, restored in {}", moment(proof.at), duration(proof.restore_ms)),
                (None, Some(last)) => format!("FAILED {}", moment(last.at)),
                (None, None) if standing.unsigned_proofs > 0 => "no: its proof is not signed as it must be".to_owned(),
                (None, None) => "no".to_owned(),
            };
            let mut of = manifest.source.target.clone().unwrap_or_else(|| manifest.source.endpoint.clone());
            if manifest.source.kept_by.is_some() {
                of.push_str(", kept before a way back");
            }
            (moment(manifest.at), of, manifest.rows().to_string(), proven)
        }
        State::Interrupted(draft) => {
            let (at, of) = draft.as_ref().map_or_else(Default::default, |draft| {
                (moment(draft.began), draft.target.clone().unwrap_or_else(|| draft.endpoint.clone()))
            });
            (at, of, String::new(), "not whole: interrupted, or being taken".to_owned())
        }
        State::Going => (String::new(), String::new(), String::new(), "not whole: removed in part".to_owned()),
        State::Damaged(why) => (String::new(), String::new(), String::new(), format!("DAMAGED: {why}")),
    };
    vec![standing.id.clone(), at, of, rows, size_of(standing.stored), proven]
}

/// Who signed it, on a line with much else.
fn short(store: &Store, signature: &Signature) -> String {
    match signature {
        Signature::Signed { by } if store.signers().accept(signature) => format!("signed by {}", by.short()),
        Signature::Signed { by } => format!("signed by {}, NOT ONE OF signed_by", by.short()),
        Signature::NotSigned => "not signed".to_owned(),
        Signature::DoesNotFit => "SIGNATURE DOES NOT FIT".to_owned(),
    }
}

/// The same in full.
fn long(store: &Store, signature: &Signature) -> String {
    match signature {
        Signature::Signed { .. } if !store.signers().accept(signature) => {
            format!("{signature}, which is NOT ONE OF backup.signed_by")
        }
        Signature::NotSigned if store.signers().are_demanded() => {
            "NOT signed, and backup.signed_by demands it".to_owned()
        }
        Signature::DoesNotFit => "SIGNATURE DOES NOT FIT: it is not what was signed".to_owned(),
        _ => signature.to_string(),
    }
}

fn described(standing: &Standing) -> Value {
    let mut value = json!({ "id": standing.id, "stored_bytes": standing.stored, "proofs": standing.proofs,
        "unsigned_proofs": standing.unsigned_proofs });
    match &standing.state {
        State::Whole(manifest) => {
            value["state"] = json!("whole");
            value["at"] = json!(manifest.at);
            value["source"] = json!(manifest.source);
            value["rows"] = json!(manifest.rows());
            value["left_out"] = json!(manifest.left_out);
            value["signature"] = json!(manifest.found.signature);
            value["trusted"] = json!(standing.trusted);
        }
        State::Interrupted(draft) => {
            value["state"] = json!("interrupted");
            value["draft"] = json!(draft);
        }
        State::Going => value["state"] = json!("going"),
        State::Damaged(why) => {
            value["state"] = json!("damaged");
            value["problem"] = json!(why);
        }
    }
    value
}

pub async fn show(one: &One, shelf: &Shelf<'_>) -> Result<Exit, CommandError> {
    let Shelf { ui, store, .. } = shelf;
    let manifest = shelf::find(store, &one.backup, &|_| true).await.map_err(Failure::from)?;
    let proofs = shelf::proofs(store, &manifest).await.map_err(Failure::from)?;
    let certificates = shelf::certificates(store, &manifest.id).await.map_err(Failure::from)?;
    let signature = manifest.found.signature;
    ui.result(json!({ "manifest": manifest, "proofs": proofs, "certificates": certificates, "signature": signature,
        "trusted": store.signers().accept(&signature) }));
    ui.out(format!("backup     {}", manifest.id));
    ui.out(format!("taken at   {} in {}", moment(manifest.at), took(&manifest)));
    let target = manifest.source.target.as_ref().map(|target| format!("{target} at ")).unwrap_or_default();
    ui.out(format!(
        "of         {target}{}, PostgreSQL {}, as role {}",
        manifest.source.endpoint, manifest.source.server, manifest.source.role
    ));
    if let Some(run) = &manifest.source.kept_by {
        ui.out(format!("kept by    run {run}, before a step of a way back"));
    }
    if let Some(imported) = &manifest.source.imported {
        show_imported(ui, imported);
    }
    ui.out(format!(
        "holds      {} in {}, {} as {}",
        rows_of(manifest.rows()),
        count(manifest.tables.len() as i64, "table"),
        size_of(manifest.raw()),
        size_of(manifest.stored())
    ));
    show_proof(ui, proofs.last());
    ui.out(format!("signature  {}", long(store, &signature)));
    if !certificates.is_empty() {
        ui.out(format!("rehearsed  {}", certificates.join(", ")));
    }
    if !manifest.recipients.is_empty() {
        ui.out(format!("encrypted  for {}", manifest.recipients.join(", ")));
    }
    let roles: Vec<&str> =
        manifest.ground.roles.iter().filter(|role| role.used).map(|role| role.name.as_str()).collect();
    ui.out(format!("roles      {}", roles.join(", ")));
    let extensions: Vec<String> = manifest
        .ground
        .extensions
        .iter()
        .map(|extension| format!("{} {}", extension.name, extension.version))
        .collect();
    ui.out(format!("extensions {}", extensions.join(", ")));
    for left in &manifest.left_out {
        let what = if left.rows_only { "the rows of " } else { "" };
        ui.out(format!("not in it  {what}{}: {}", left.what, left.why));
    }
    let rows: Vec<Vec<String>> = manifest
        .tables
        .iter()
        .map(|table| {
            let raw = table.chunks.iter().map(|chunk| chunk.raw).sum();
            let stored = table.chunks.iter().map(|chunk| chunk.stored).sum();
            vec![table.sql_name(), table.fingerprint.rows.to_string(), size_of(raw), size_of(stored)]
        })
        .collect();
    if !rows.is_empty() {
        ui.table(&["table", "rows", "size", "stored"], &rows);
    }
    Ok(Exit::Ok)
}

fn show_imported(ui: &Ui, imported: &Imported) {
    for file in &imported.files {
        ui.out(format!("imported   {}, {}, BLAKE3 {}", file.name, size_of(file.bytes), file.digest));
    }
    for what in &imported.stands_in {
        ui.out(format!("stands in  {what}"));
    }
    for what in &imported.missing {
        ui.out(format!("not in it  {what}"));
    }
}

fn show_proof(ui: &Ui, last: Option<&Proof>) {
    match last {
        Some(proof) if !proof.differences.is_empty() => {
            ui.out(format!("proven     NO: {}: {}", moment(proof.at), proof.differences.join("; ")));
        }
        Some(proof) => ui.out(format!(
            "proven     {}, restored on PostgreSQL {} in {} and compared in {}",
            moment(proof.at),
            proof.server,
            duration(proof.restore_ms),
            duration(proof.compare_ms)
        )),
        None => ui.out("proven     no"),
    }
}

fn took(manifest: &Manifest) -> String {
    let span = manifest.ended.duration_since(manifest.began);
    duration(span.as_secs_f64() * 1e3)
}

pub async fn verify(chosen: &Chosen, shelf: &Shelf<'_>) -> Result<Exit, CommandError> {
    let Shelf { ui, env, store } = shelf;
    let done = check::run(env, store, chosen.backup.as_deref()).await?;
    for one in &done {
        if one.whole {
            let objects = count(one.objects as i64, "object");
            ui.out(format!("{}: whole, {objects} of {}", one.id, size_of(one.stored)));
        }
        let is_said = |signature: &&Signature| store.signers().are_demanded() || **signature != Signature::NotSigned;
        if let Some(signature) = one.signature.as_ref().filter(is_said) {
            ui.out(format!("{}: {}", one.id, long(store, signature)));
        }
        for problem in &one.problems {
            ui.out(format!("{}: DAMAGED: {}: {}", one.id, problem.object, problem.what));
        }
    }
    ui.result(json!({ "store": store.name(), "backups": done }));
    Ok(if done.iter().all(|one| one.whole && one.trusted) { Exit::Ok } else { Exit::Failed })
}
