//! The plan file that `backout init` writes: as short as it can be, with the reason for each line beside it.
//!
//! It must not look at a database or a folder: what was found there is handed in.

use std::fmt::Write as _;

/// What was found out about the project.
#[derive(Debug, Clone, Default)]
pub struct TemplateInput {
    /// The first target's name: `production`.
    pub target: String,
    /// The environment variable that holds its connection string.
    pub url_env: String,
    /// The migrations' folder, relative to the plan file.
    pub dir: String,
    /// `None` where it was not recognised: then the line is a comment.
    pub layout: Option<String>,
    /// By what the layout was recognised: `20240101_x.up.sql and _sqlx_migrations`.
    pub layout_detected_why: String,
    /// Tables to protect, as `schema.table` or `schema.*`, quoted as SQL needs it.
    pub protected: Vec<String>,
}

/// The text of a plan that [`super::Plan::parse`] accepts.
pub fn template(input: &TemplateInput) -> String {
    let mut out = String::new();
    let mut line = |text: &str| {
        out.push_str(text);
        out.push('\n');
    };
    line("# The plan of this project's releases. Every setting is explained in docs/plan.md.");
    line("version = 1");
    line("");
    line("# A database that commands can name. Add others as [targets.staging].");
    line(&format!("[targets.{}]", key(&input.target)));
    line("# The connection string is read from this variable, also from .env. Passwords do not belong here.");
    line(&format!("url = {}", text(&format!("env:{}", input.url_env))));
    line("# ca_file = \"certs/ca.pem\"      # checks the server's certificate");
    line("");
    line("[migrations]");
    line(&format!("dir = {}", text(&input.dir)));
    match &input.layout {
        Some(layout) => line(&format!("layout = {}{}", text(layout), why(&input.layout_detected_why))),
        None => line(&format!("# layout = \"plain\"{}", why(&input.layout_detected_why))),
    }
    line("");
    line("# These tables must still be there after a migration: the same tables, with their rows.");
    line("[protect]");
    if input.protected.is_empty() {
        line("tables = []                    # for example \"public.users\" or \"billing.*\"");
    } else {
        line("tables = [");
        for table in &input.protected {
            line(&format!("  {},", text(table)));
        }
        line("]");
    }
    line("max_deleted_rows = 0           # that one migration may delete from each of them");
    line("");
    line("[migrate]");
    line("lock_timeout = \"500ms\"         # one attempt; nobody queues behind it for longer");
    line("lock_retries = 20");
    line("certificate = \"full\"           # the rehearsal that is demanded first: full, sampled, schema or none");
    line("certificate_max_age = \"7d\"");
    line("backup = \"proven\"             # a backup that was restored and compared is demanded, too; or none");
    line("backup_max_age = \"1h\"");
    line("keep_archive = \"30d\"           # how long dropped things can be brought back");
    line("");
    line("# Run inside the migration's transaction, before COMMIT; anything but true rolls it back.");
    line("# [[checks]]");
    line("# name = \"users still there\"");
    line("# sql = \"SELECT count(*) > 0 FROM public.users\"");
    out
}

/// A comment after a value, on one line whatever was handed in.
fn why(reason: &str) -> String {
    let reason: String = reason.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let reason = reason.trim();
    if reason.is_empty() { String::new() } else { format!("  # {reason}") }
}

fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare { name.to_owned() } else { basic(name) }
}

/// A literal string where that is possible and easier to read, a basic one otherwise.
fn text(value: &str) -> String {
    let literal =
        (value.contains('"') || value.contains('\\')) && !value.contains('\'') && !value.chars().any(char::is_control);
    if literal { format!("'{value}'") } else { basic(value) }
}

fn basic(value: &str) -> String {
    let mut out = String::from("\"");
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
