//! The card as Markdown.
//!
//! Must not know: where the page goes.

use backout_plan::wording::moment;

use super::{Card, PSQL, line, title};

/// Characters that mean something in Markdown or HTML, or would end a cell.
const MEANT: &str = "\\`*_{}[]()<>#+!|~&$";

/// Text in a line or a cell.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in line(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            _ if MEANT.contains(c) => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

/// Something that is typed, in a line or a cell: as code, with more marks around it than it has.
fn code(command: &str) -> String {
    let command = line(command).replace('|', "\\|");
    let longest = command.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let mark = "`".repeat(longest + 1);
    let blank = if command.contains('`') { " " } else { "" };
    format!("{mark}{blank}{command}{blank}{mark}")
}

fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut out = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len()));
    rows.for_each(|row| out.push_str(&format!("| {} |\n", row.join(" | "))));
    out
}

/// The whole page.
pub fn markdown(card: &Card) -> String {
    let now = card.made_at;
    let mut out = format!("# {}\n\n", text(&title(card)));
    let made = now.map(moment).unwrap_or_default();
    out.push_str(&format!("Made {made} by Backout {} from {}.\n", text(&card.backout), text(&card.plan)));
    for unknown in &card.unknown {
        out.push_str(&format!("Not known: {}\n", text(unknown)));
    }
    if let Some(newest) = card.applied.first() {
        let said = format!("Applied last: migration {} ({}), {}.", newest.number, newest.version, moment(newest.at));
        out.push_str(&format!("{}\n", text(&said)));
    }
    if !card.people.is_empty() {
        out.push_str("\n## Who\n\n");
        card.people.iter().for_each(|(what, who)| out.push_str(&format!("- {what}: **{}**\n", text(who))));
    }
    if !card.issues.is_empty() {
        out.push_str("\n## What is wrong, and what then\n\n");
        let rows = card.issues.iter().map(|one| {
            let way = one.way.as_deref().unwrap_or("none");
            let (name, shows) = (text(&one.name), text(&format!("{}; {}", one.symptom, one.act)));
            vec![name, shows, text(way), code(&one.command), text(&one.time.said(now)), text(&one.risk)]
        });
        out.push_str(&table(&["Issue", "Shows", "Way", "Command", "Time", "Risk"], rows));
    }
    out.push_str("\n## Commands\n\n");
    let rows = card.commands.iter().map(|one| vec![one.what.to_owned(), code(&one.command), text(&one.said(now))]);
    out.push_str(&table(&["For", "Command", "Time"], rows));
    ways(card, &mut out);
    afterwards(card, &mut out);
    gone(card, &mut out);
    if !card.sources.is_empty() {
        out.push_str("\n## Where the figures come from\n\n");
        card.sources.iter().for_each(|one| out.push_str(&format!("- {}\n", text(&one.said(now)))));
    }
    out
}

fn ways(card: &Card, out: &mut String) {
    if card.ways.is_empty() {
        return;
    }
    out.push_str("\n## Ways back, each leading to the next\n");
    for way in &card.ways {
        let budget = way.budget.as_ref().map(|budget| format!(", at most {budget}")).unwrap_or_default();
        out.push_str(&format!("\n**{}**{}: {}  \n", text(&way.name), text(&budget), code(&way.command)));
        out.push_str(&format!("Time: {}. Risk: {}.\n\n", text(&way.time.said(card.made_at)), text(&way.risk)));
        for (place, step) in way.steps.iter().enumerate() {
            out.push_str(&format!("{}. {}\n", place + 1, text(&super::html::step(step, card.made_at))));
        }
    }
}

fn afterwards(card: &Card, out: &mut String) {
    if !card.success.is_empty() || !card.checks.is_empty() {
        out.push_str("\n## It is over when\n\n");
        card.success.iter().for_each(|one| out.push_str(&format!("- [ ] {}\n", text(one))));
        for check in &card.checks {
            out.push_str(&format!("- [ ] {}\n", text(&super::html::check(check))));
        }
    }
    if !card.duties.is_empty() {
        out.push_str("\n## Owed\n\n");
        for duty in &card.duties {
            out.push_str(&format!("- [ ] **within {}**: {}\n", text(&duty.within), text(&duty.name)));
            duty.checklist.iter().for_each(|one| out.push_str(&format!("  - [ ] {}\n", text(one))));
        }
    }
}

fn gone(card: &Card, out: &mut String) {
    out.push_str("\n## If Backout itself is gone\n\n");
    let gone = &card.gone;
    if let Some(why) = &gone.unknown {
        out.push_str(&format!("Nothing could be written: {}\n", text(why)));
    } else if gone.scripts.is_empty() {
        out.push_str("Nothing is applied that could be taken back.\n");
    } else if gone.folder.is_none() {
        out.push_str(&format!("The scripts are not written yet: {}\n", code(super::WRITE)));
    } else {
        out.push_str(&format!("{}\n\n", text(PSQL)));
    }
    for (place, script) in gone.scripts.iter().enumerate() {
        let what = text(&format!("migration {} ({})", script.number, script.version));
        match &script.refused {
            Some(why) => out.push_str(&format!("{}. {what}: cannot be said in plain SQL: {}\n", place + 1, text(why))),
            None if gone.folder.is_none() => out.push_str(&format!("{}. {what}\n", place + 1)),
            None => out.push_str(&format!("{}. {what}: {}\n", place + 1, code(&script.command))),
        }
        script.notes.iter().for_each(|note| out.push_str(&format!("   - {}\n", text(note))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::tests::hostile;

    #[test]
    fn names_are_text() {
        let page = markdown(&hostile());
        assert!(!page.contains("<script") || !page.contains("\n# forged"), "{page}");
        assert_eq!(page.lines().filter(|line| line.starts_with("# ")).count(), 1, "{page}");
        assert!(!page.contains('\u{1b}') && !page.contains('\u{202e}'), "{page}");
        // A row has as many cells as its head.
        let cells = |line: &str| line.replace("\\|", "").matches('|').count();
        let mut head = 0;
        for line in page.lines() {
            match line.starts_with('|') {
                true if head == 0 => head = cells(line),
                true => assert_eq!(cells(line), head, "{line}"),
                false => head = 0,
            }
        }
        assert_eq!(code("a ``` b"), "```` a ``` b ````");
        assert_eq!(text("[x](javascript:y) <b>"), "\\[x\\]\\(javascript:y\\) &lt;b&gt;");
    }
}
