//! What can be done, as this command line spells it: flags and commands for remedies, and for findings by their codes.
//!
//! Must not know: why anything was refused.

use backout_plan::{Finding, Remedy};

/// A remedy as a hint.
pub fn of(remedy: &Remedy) -> String {
    match remedy {
        Remedy::Rehearse => "run `backout rehearse`".to_owned(),
        Remedy::WithoutCertificate => "in an emergency --without-certificate REASON, which is recorded".to_owned(),
        Remedy::TakeProvenBackup => "run `backout backup take --prove`".to_owned(),
        Remedy::WithoutBackup => {
            "in an emergency --without-backup REASON, which is recorded; migrate.backup = \"none\" \
             in the plan demands none"
                .to_owned()
        }
        Remedy::Actions => "`backout actions` lists what is open, `backout actions done NAME` closes it".to_owned(),
        Remedy::RetryAnyway => "in an emergency --retry-because REASON, which is recorded".to_owned(),
        Remedy::Migrate => "`backout migrate` goes on".to_owned(),
        Remedy::FirstContact => "`backout migrate` records one at first contact".to_owned(),
        Remedy::Undo => "`backout undo` takes back what was done".to_owned(),
        Remedy::FinishUndo => "`backout undo` does what is left".to_owned(),
        Remedy::UndoNewest { count } => format!("`backout undo --last {count}` takes them back as well"),
        Remedy::PreviewUndo => "`backout undo --dry-run` shows everything".to_owned(),
        Remedy::Freeze => "`backout freeze` once more watches again, and covers what came since".to_owned(),
        Remedy::Thaw => "`backout thaw` lets writes go on, with the rights as they were".to_owned(),
        Remedy::AcceptUncovered => "if that is known and meant: --accept".to_owned(),
        Remedy::Status => "`backout status` says where the target is".to_owned(),
        Remedy::History => "`backout history` lists what is".to_owned(),
        Remedy::Doctor => "`backout doctor` says what is missing".to_owned(),
        Remedy::AcceptLoss { objects } => {
            let each = objects.iter().map(|object| format!("--accept-loss '{}'", object.replace('\'', "'\\''")));
            format!("if that is meant: {}", each.collect::<Vec<_>>().join(" "))
        }
        Remedy::ConfirmTarget { name } => format!("if that is meant: --yes {name}"),
        Remedy::NameTarget { known } if known.is_empty() => "--target NAME, as `backout status` shows it".to_owned(),
        Remedy::NameTarget { known } => format!("--target with one of: {}", known.join(", ")),
        Remedy::Reimport => "`--reimport` brings it back in the migration's transaction".to_owned(),
        Remedy::LeaveAside => "`--leave-aside` leaves it where it is".to_owned(),
        Remedy::ResumeBackup { id } => format!("go on with it: backout backup take --resume {id}"),
        Remedy::TakeBackup => "`backout backup take` takes a new one".to_owned(),
        Remedy::ListBackups => "`backout backup list` lists them".to_owned(),
        Remedy::ShowBackup { id } => {
            format!("`backout backup show {id}` lists what it has; all tables of a schema are 'schema.*'")
        }
        Remedy::ProveBackup { .. } => "`backout backup prove` lists all of it".to_owned(),
        Remedy::RestoreInto => "restore it beside the live database with --into NAME and take what you need".to_owned(),
        Remedy::AcceptDifferences => "if these differences do not matter: --accept-differences".to_owned(),
        Remedy::OtherSource => "if that is meant: --other-source".to_owned(),
        Remedy::Partial => "if empty tables are meant: --partial".to_owned(),
        Remedy::ReplayAlone => "restore with --replay alone to go on".to_owned(),
        Remedy::ResumeRun { run } => {
            format!("`backout run resume {run}` goes on with it, `backout run abort {run}` ends it")
        }
        Remedy::GoOnWithRun { run } => {
            format!("`backout run resume {run}` goes on with it, once its store answers again")
        }
        Remedy::RollbackAgain => "`backout rollback --again` ends it where it waits for a person, and begins anew".to_owned(),
        Remedy::NameSymptom { known } => {
            format!("--because with one of: {}; with --way NAME any words will do", known.join(", "))
        }
        Remedy::OtherWay => "`backout rollback --dry-run` shows every way, --way NAME begins with another one".to_owned(),
        Remedy::OtherPlan => "look at it with `backout run show`; if the plan was changed since, and what the run does is meant: --other-plan".to_owned(),
        Remedy::RowsLog => {
            "`backout rows log --table TABLE` lists the transactions; --since, --until or --txid choose".to_owned()
        }
        Remedy::RowsUndo => {
            "take it back table by table with `backout rows undo`, which says what stays, and restore then".to_owned()
        }
        Remedy::TrustSigner { signer } => format!("if that key is one of yours: name {signer} in backup.signed_by"),
        Remedy::SignWith => "backup.sign_with in the plan names the secret key: its file, or env:NAME; \
             `backout backup keygen FILE` makes one"
            .to_owned(),
        Remedy::CaptureOn => "`backout capture on` begins it".to_owned(),
        Remedy::CaptureStatus => "`backout capture` lists what is".to_owned(),
        Remedy::CaptureCheck => "`backout capture check`".to_owned(),
        Remedy::ListReplaced => "`backout restore --drop-replaced` lists what is".to_owned(),
        Remedy::ArchivePurge => "`backout archive purge` removes it for good".to_owned(),
        Remedy::Init => {
            "`backout init` writes one from a database and a migrations folder; --plan FILE names another".to_owned()
        }
        Remedy::NameFolder { looked_at } if looked_at.is_empty() => "--dir FOLDER names another folder".to_owned(),
        Remedy::NameFolder { looked_at } => format!("name it with --dir; looked at: {}", looked_at.join(", ")),
        Remedy::NameLayout => "--layout NAME".to_owned(),
        Remedy::NamePrograms => "install PostgreSQL's client programs, or name their folder with --pg-bin".to_owned(),
        Remedy::Advice { text } => text.clone(),
    }
}

/// By its code, what this command line can do about a finding.
fn known(code: &str) -> Option<&'static str> {
    Some(match code {
        "archive.expired" => "`backout archive purge --expired` removes it for good",
        "backup.damaged" => "`backout backup verify` looks at every object of every backup",
        "backup.none" => "run `backout backup take --prove`",
        "backup.unsigned" => "do not use it; `backout backup take --prove` takes one that is signed",
        "backup.unproven" => "`backout backup take --prove` takes another one",
        "capture.broken" => "`backout capture on` begins it anew, `backout capture` says which",
        "capture.ended" | "capture.unknown" => "`backout capture on` says why",
        "capture.slot" => "`backout capture` shows what the slot keeps",
        "capture.unchecked" => "`backout capture check`",
        "certificate.none" | "certificate.void" => "run `backout rehearse`",
        "freeze.frozen" => "`backout thaw` lets writes go on, `backout freeze` watches again",
        "freeze.kept" => "`backout thaw` lets writes go on",
        "init.no-history" => "`backout init --force --applied-to VERSION` takes over those that are applied",
        "migration.interrupted" => "`backout migrate` goes on, `backout undo` takes back what was done",
        "tool.refuses" => "settle it as the tool says; migrate refuses until then",
        "values.not-kept" => "store.encrypt_to in the plan names who may read them: age recipients",
        "plan.fill-in" => "write what is yours in its place",
        "undo.tail" => "`backout undo` finishes it",
        _ => return None,
    })
}

/// A finding with its hint, where the finder knew none.
pub fn with_hint(finding: &Finding) -> Finding {
    let mut finding = finding.clone();
    if finding.hint.is_none() {
        finding.hint = known(&finding.code).map(str::to_owned);
    }
    finding
}
