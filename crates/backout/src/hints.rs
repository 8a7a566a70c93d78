//! What can be done, as this command line spells it: flags and commands for remedies, and for findings by their codes.
//!
//! Must not know: why anything was refused.

use std::ffi::OsString;
use std::sync::OnceLock;

use backout_plan::{Finding, Remedy};

use crate::global::Global;

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
        Remedy::Actions => "`backout action` lists what is open, `backout action done NAME` closes it".to_owned(),
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
        Remedy::AcceptLoss { objects } => accept_loss(objects),
        Remedy::ConfirmTarget { name } => confirm_target(name),
        Remedy::NameTarget { known } if known.is_empty() => "--target NAME, as `backout status` shows it".to_owned(),
        Remedy::NameTarget { known } => match known.as_slice() {
            [only] => format!("if that one is meant: --target {only}"),
            several => format!("--target with one of: {}", several.join(", ")),
        },
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
        Remedy::ResumeRun { run } => of_run("resume", run, false, "goes on with it"),
        Remedy::GoOnWithRun { run } => of_run("resume", run, false, "goes on with it, once its store answers again"),
        Remedy::AbortRun { run } => of_run("abort", run, true, "ends it where it stands"),
        Remedy::ShowRun { run } => of_run("show", run, false, "shows it step by step"),
        Remedy::PauseRun { run } => of_run("pause", run, false, "lets it begin no further step"),
        Remedy::ApproveStep { run, step } => of_run("approve", run, false, &format!("agrees to {step:?}")),
        Remedy::RefuseStep { run, step } => of_run(
            "refuse",
            run,
            true,
            &format!("refuses {step:?}: it has failed then, and what the plan says follows"),
        ),
        Remedy::SkipStep { run, step } => of_run("skip", run, true, &format!("leaves {step:?} out")),
        Remedy::ApproveMessage { message } => of_message("approve", *message, false, "lets it go out"),
        Remedy::DropMessage { message } => of_message("drop", *message, true, "gives it up"),
        Remedy::RetryMessage { message } => of_message("retry", *message, false, "tries it again"),
        Remedy::RollbackAgain => {
            format!("`backout rollback --again{}` ends it, and begins anew in the way in which it stood", shared())
        }
        Remedy::OtherPlan { run } => other_plan(run),
        Remedy::NameSymptom { known } => {
            format!("--because with one of: {}; with --way NAME any words will do", known.join(", "))
        }
        Remedy::OtherWay => {
            "`backout rollback --dry-run` shows every way, --way NAME begins with another one".to_owned()
        }
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
        Remedy::NewerPrograms => {
            "install client programs of the server's major version, or name their folder with --pg-bin".to_owned()
        }
        Remedy::LeaveTablesOut { tables } if tables.is_empty() => {
            "leave their rows out by name: --without TABLE".to_owned()
        }
        Remedy::LeaveTablesOut { tables } => format!("leave out as well: --without {}", tables.join(" ")),
        Remedy::NameIdentity => "name the file of one with --identity FILE".to_owned(),
        Remedy::ListRecipients => "`backout backup show` lists the recipients".to_owned(),
        Remedy::VerifyBackups => {
            "`backout backup verify` tells what else is damaged; an older backup may be whole".to_owned()
        }
        Remedy::MakeSigningKey => "`backout backup keygen FILE` writes one".to_owned(),
        Remedy::OtherRole => "or restore as another role: --url".to_owned(),
        Remedy::OtherDatabaseName => "give another, shorter name: --into NAME".to_owned(),
        Remedy::RestoreInPlace => {
            "put the rows back in the live database with --in-place: what belongs to others stays as it is".to_owned()
        }
        Remedy::KeepNewer => "leave rows that came since where they are: --keep-newer".to_owned(),
        Remedy::WithoutReplay => "restore without --replay, and see what is lost with --dry-run".to_owned(),
        Remedy::ReplayWithout => "let these come back as the backup has them, with --replay-without".to_owned(),
        Remedy::CaptureKeys => "triggers need no such rights: `backout capture on --depth keys`".to_owned(),
        Remedy::CaptureImages => "`backout capture on --depth images` captures what rows were, from then on".to_owned(),
        Remedy::RehearseSample => "a sample leaves those out, however large: --sample SIZE".to_owned(),
        Remedy::LongTransactions => "`backout doctor` lists long transactions".to_owned(),
        Remedy::Record => "a line is what `backout watch --record` writes, or an incident: docs/watch.md".to_owned(),
        Remedy::NamePrograms => "install PostgreSQL's client programs, or name their folder with --pg-bin".to_owned(),
        Remedy::Advice { text } => text.clone(),
    }
}

fn accept_loss(objects: &[String]) -> String {
    let each = objects.iter().map(|object| format!("--accept-loss '{}'", object.replace('\'', "'\\''")));
    format!("if that is meant: {}", each.collect::<Vec<_>>().join(" "))
}

fn confirm_target(name: &str) -> String {
    match LINE.get() {
        Some(Line { whole: Some(whole), .. }) => format!("if that is meant: `{whole} --yes {}`", quoted(name)),
        _ => format!("if that is meant: --yes {name}"),
    }
}

fn other_plan(run: &str) -> String {
    let show = of_run("show", run, false, "shows what it does");
    let resume = of_run("resume", run, false, "");
    let resume = resume.trim_end().trim_end_matches('`');
    format!("{show}; if the plan was changed since, and that is meant: {resume} --other-plan`")
}

/// A command about a message, ready to be copied.
fn of_message(what: &str, message: u64, because: bool, does: &str) -> String {
    let because = if because { " --because \"WHY\"" } else { "" };
    format!("`backout notify {what} {message}{because}{}` {does}", shared())
}

/// A command about a run, ready to be copied.
fn of_run(what: &str, run: &str, because: bool, does: &str) -> String {
    let because = if because { " --because \"WHY\"" } else { "" };
    format!("`backout run {what} {run}{because}{}` {does}", shared())
}

/// What this process was called with, so that what is to be copied means the same plan and target.
static LINE: OnceLock<Line> = OnceLock::new();

#[derive(Debug)]
struct Line {
    /// Which plan and target were named.
    shared: String,
    /// All of it but the confirmation; nothing where it holds what nobody should copy.
    whole: Option<String>,
}

/// Remembers what this process was called with.
pub fn remember(global: &Global, arguments: impl Iterator<Item = OsString>) {
    let plan = global.plan.as_ref().map(|file| format!(" --plan {}", quoted(&file.display().to_string())));
    let target = global.target.as_ref().map(|name| format!(" --target {}", quoted(name)));
    let shared = [plan, target].into_iter().flatten().collect();
    // A connection string may hold a password.
    let whole = global.url.is_none().then(|| whole(arguments)).flatten();
    LINE.set(Line { shared, whole }).ok();
}

fn shared() -> &'static str {
    LINE.get().map_or("", |line| &line.shared)
}

/// The command without the confirmation that it may have; nothing where it is no text.
fn whole(arguments: impl Iterator<Item = OsString>) -> Option<String> {
    let mut words = vec!["backout".to_owned()];
    let mut is_answer = false;
    for argument in arguments.skip(1) {
        let word = argument.into_string().ok()?;
        match word.as_str() {
            _ if is_answer => is_answer = false,
            "--yes" => is_answer = true,
            word if word.starts_with("--yes=") => {}
            word => words.push(quoted(word)),
        }
    }
    Some(words.join(" "))
}

/// As a shell takes it for one word.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
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
    let all = of_finding(finding);
    let hint = (!all.is_empty()).then(|| all.join("; "));
    Finding { hint, ..finding.clone() }
}

/// All that can be done about a finding.
pub fn of_finding(finding: &Finding) -> Vec<String> {
    let remedies = finding.remedies.iter().map(of);
    let said = finding.hint.iter().cloned().chain(remedies).collect::<Vec<_>>();
    if said.is_empty() { known(&finding.code).map(str::to_owned).into_iter().collect() } else { said }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_said_again_without_its_confirmation() {
        for (line, expected) in [
            (
                &["/usr/bin/backout", "rollback", "--yes", "prod", "--because", "it's bad"][..],
                r"backout rollback --because 'it'\''s bad'",
            ),
            (&["backout", "--yes=prod", "undo"], "backout undo"),
            (&["backout", "undo", "--yes"], "backout undo"),
            (&["backout", "run", "abort", "--because", ""], "backout run abort --because ''"),
        ] {
            assert_eq!(whole(line.iter().map(OsString::from)).as_deref(), Some(expected));
        }
    }
}
