//! The certificate as Markdown, for a pull request.

use super::{Certificate, RehearsedMigration};
use crate::migrate::Timing;
use crate::undo::StatementTiming;
use backout_plan::Verdict;
use std::fmt::Write as _;

/// A summary that a reviewer reads in a minute.
pub fn markdown(certificate: &Certificate) -> String {
    let mut out = String::new();
    let verdict = if certificate.proven() { "proven" } else { "NOT proven" };
    let _ = writeln!(out, "## Backout rehearsal: {verdict}\n");
    let _ = writeln!(
        out,
        "Certificate `{}`, level {}, PostgreSQL {}, as role `{}`, {}.\n",
        certificate.id(),
        format!("{:?}", certificate.level).to_lowercase(),
        certificate.server_major,
        certificate.role.name,
        certificate.made_at.strftime("%Y-%m-%d %H:%M UTC")
    );
    out.push_str(&table(certificate));
    for m in &certificate.migrations {
        out.push_str(&details(m));
    }
    if !certificate.degraded.is_empty() {
        let _ = writeln!(out, "\nNot seen by this rehearsal:\n");
        for line in &certificate.degraded {
            let _ = writeln!(out, "- {line}");
        }
    }
    out
}

/// A line a migration, and one more where times were estimated.
fn table(certificate: &Certificate) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "| migration | way back | migrate | locks held | undo | locks held | tail |");
    let _ = writeln!(out, "|---|---|---|---|---|---|---|");
    for m in &certificate.migrations {
        let worst = Verdict::worst(&m.verdicts);
        let word = match &worst {
            _ if !m.problems.is_empty() => "**problems**",
            Verdict::Exact => "exact",
            Verdict::ExactButColumnOrder { .. } => "exact but for column order",
            Verdict::Lossy { .. } => "**lossy**",
            Verdict::Impossible { .. } => "**impossible**",
        };
        let _ = writeln!(
            out,
            "| `{}` {} | {word} | {:.0} ms | {:.0} ms | {:.0} ms | {:.0} ms | {:.0} ms |",
            m.version, m.name, m.migrate_ms, m.migrate_lock_ms, m.undo_ms, m.undo_lock_ms, m.undo_tail_ms
        );
        if let Some(all) = &m.estimate {
            let _ = writeln!(
                out,
                "| on all rows, estimated from {} and {} of {}, give or take {:.0} ms | | {:.0} ms | {:.0} ms | {:.0} ms | {:.0} ms | {:.0} ms |",
                all.rows[0],
                all.rows[1],
                all.rows[2],
                all.margin_ms,
                all.migrate_ms,
                all.migrate_lock_ms,
                all.undo_ms,
                all.undo_lock_ms,
                all.undo_tail_ms
            );
        }
    }
    out
}

/// What is to be said of one migration, to be unfolded; nothing where there is nothing to say.
fn details(m: &RehearsedMigration) -> String {
    let mut out = String::new();
    let sections: [(&str, Vec<String>); 11] = [
        ("Problems", m.problems.clone()),
        (
            "What undo will not bring back",
            m.verdicts.iter().filter(|v| !v.is_exact()).map(ToString::to_string).collect(),
        ),
        ("Kept in the archive", m.kept.clone()),
        ("Removed", m.removed.clone()),
        ("Added", m.added.clone()),
        ("Changed", m.changed.clone()),
        ("Statements that lock, rewrite or take long", m.statements.iter().filter_map(statement).collect()),
        ("Statements of the undo that rewrite or take long", m.undo_statements.iter().filter_map(of_undo).collect()),
        ("The project's own way back", m.written_down.iter().map(ToString::to_string).collect()),
        ("Rows written since may not fit", m.may_not_fit.clone()),
        ("Notes", m.notes.clone()),
    ];
    if sections.iter().all(|(_, lines)| lines.is_empty()) {
        return out;
    }
    let _ = writeln!(
        out,
        "\n<details{}><summary>{}</summary>\n",
        if m.problems.is_empty() { "" } else { " open" },
        m.version
    );
    for (title, lines) in sections {
        if !lines.is_empty() {
            let _ = writeln!(out, "**{title}**\n");
            for line in &lines {
                let _ = writeln!(out, "- {}", line.replace('|', "\\|"));
            }
            out.push('\n');
        }
    }
    let _ = writeln!(out, "</details>");
    out
}

/// A statement that takes so long is listed whatever it does.
const LONG_MS: f64 = 100.0;

/// `V2.sql:3` ALTER TABLE: 12 ms, ACCESS EXCLUSIVE on public.users, rewrites public.users
fn statement(one: &Timing) -> Option<String> {
    let matters = one.ms >= LONG_MS || !one.locks.is_empty() || !one.rewrites.is_empty();
    matters.then(|| {
        let locks = one.locks.iter().map(|lock| format!(", {} on {}", lock.mode, lock.table)).collect::<String>();
        format!("`{}` {}: {:.0} ms{locks}{}", one.location, one.tag, one.ms, rewriting(&one.rewrites))
    })
}

/// Its locks are taken before the first of them.
fn of_undo(one: &StatementTiming) -> Option<String> {
    let matters = one.ms >= LONG_MS || !one.rewrites.is_empty();
    matters.then(|| format!("{}: {:.0} ms{}", one.about, one.ms, rewriting(&one.rewrites)))
}

fn rewriting(tables: &[String]) -> String {
    match tables {
        [] => String::new(),
        tables => format!(", rewrites {}", tables.join(", ")),
    }
}
