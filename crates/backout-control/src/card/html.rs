//! The card as one file of HTML that needs nothing else: two pages of A4.
//!
//! Must not know: where the page goes.

use std::fmt::Write as _;

use backout_plan::wording::moment;
use jiff::Timestamp;

use super::{Card, Check, PSQL, Step, line, title};

const STYLE: &str = "@page{size:A4;margin:11mm}*{box-sizing:border-box}\
body{font:9.5pt/1.32 system-ui,sans-serif;color:#111;background:#fff;max-width:190mm;margin:0 auto;padding:4mm}\
h1{font-size:16pt;margin:0}h2{font-size:11pt;margin:3.5mm 0 1mm;border-bottom:.4mm solid #111}p{margin:.8mm 0}\
table{border-collapse:collapse;width:100%}th,td{border:.2mm solid #888;padding:.7mm 1.2mm;text-align:left;vertical-align:top;overflow-wrap:anywhere}\
th{background:#eee}code{font:8.5pt ui-monospace,monospace;overflow-wrap:anywhere}ol,ul{margin:.5mm 0;padding-left:5mm}\
.who{font-size:12pt}.who b{margin-right:6mm}.bad{font-weight:700}.small{font-size:8pt;color:#333}li.box{list-style:'\\2610\\00a0'}\
table{table-layout:fixed}.issues th:nth-child(1){width:13%}.issues th:nth-child(2){width:20%}.issues th:nth-child(3){width:6%}.issues th:nth-child(4){width:22%}\
.commands th:nth-child(1){width:26%}.commands th:nth-child(2){width:34%}.ways th:nth-child(1){width:12%}.ways th:nth-child(2){width:46%}\
tr,li{break-inside:avoid}h2{break-after:avoid}@media print{body{padding:0;max-width:none}}";

/// Text between tags, and in attributes.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in line(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

fn code(command: &str) -> String {
    format!("<code>{}</code>", text(command))
}

fn table(class: &str, head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let head: String = head.iter().map(|one| format!("<th>{one}</th>")).collect();
    let rows: String = rows
        .map(|row| format!("<tr>{}</tr>", row.iter().map(|cell| format!("<td>{cell}</td>")).collect::<String>()))
        .collect();
    format!("<table class=\"{class}\"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>\n")
}

/// A step on one line.
pub(super) fn step(step: &Step, now: Option<Timestamp>) -> String {
    let agree = match step.approvals {
        0 => String::new(),
        1 => "; somebody must agree".to_owned(),
        several => format!("; {several} must agree"),
    };
    let time = step.time.as_ref().map(|time| format!("; {}", time.said(now))).unwrap_or_default();
    format!("{} ({}){agree}{time}", step.name, step.kind)
}

/// A check on one line.
pub(super) fn check(check: &Check) -> String {
    let held = check.held.as_ref().map(|held| format!(" for {held}")).unwrap_or_default();
    format!("P{} {}{held}", check.priority, check.name)
}

/// The whole page.
pub fn html(card: &Card) -> String {
    let now = card.made_at;
    let title = text(&title(card));
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <title>{title}</title><style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n"
    );
    let made = now.map(moment).unwrap_or_default();
    let applied = card.applied.first().map(|newest| {
        format!(" Applied last: migration {} ({}), {}.", newest.number, newest.version, moment(newest.at))
    });
    let from = format!("Made {made} by Backout {} from {}.{}", card.backout, card.plan, applied.unwrap_or_default());
    writeln!(out, "<p class=\"small\">{}</p>", text(&from)).ok();
    for unknown in &card.unknown {
        writeln!(out, "<p class=\"bad\">Not known: {}</p>", text(unknown)).ok();
    }
    if !card.people.is_empty() {
        let people: String = card.people.iter().map(|(what, who)| format!("{what}: <b>{}</b> ", text(who))).collect();
        writeln!(out, "<p class=\"who\">{people}</p>").ok();
    }
    if !card.issues.is_empty() {
        out.push_str("<h2>What is wrong, and what then</h2>\n");
        let rows = card.issues.iter().map(|one| {
            let way = one.way.as_deref().unwrap_or("none");
            let shows = text(&format!("{}; {}", one.symptom, one.act));
            let time = text(&one.time.said(now));
            vec![format!("<b>{}</b>", text(&one.name)), shows, text(way), code(&one.command), time, text(&one.risk)]
        });
        out.push_str(&table("issues", &["Issue", "Shows", "Way", "Command", "Time", "Risk"], rows));
    }
    out.push_str("<h2>Commands</h2>\n");
    let rows = card.commands.iter().map(|one| vec![one.what.to_owned(), code(&one.command), text(&one.said(now))]);
    out.push_str(&table("commands", &["For", "Command", "Time"], rows));
    ways(card, &mut out);
    afterwards(card, &mut out);
    gone(card, &mut out);
    if !card.sources.is_empty() {
        let sources: Vec<String> = card.sources.iter().map(|one| text(&one.said(now))).collect();
        writeln!(out, "<p class=\"small\">Figures from {}.</p>", sources.join("; ")).ok();
    }
    out.push_str("</body></html>\n");
    out
}

fn ways(card: &Card, out: &mut String) {
    if card.ways.is_empty() {
        return;
    }
    out.push_str("<h2>Ways back, each leading to the next</h2>\n");
    let rows = card.ways.iter().map(|way| {
        let budget = way.budget.as_ref().map(|budget| format!("<br>at most {}", text(budget))).unwrap_or_default();
        let steps: String =
            way.steps.iter().map(|one| format!("<li>{}</li>", text(&step(one, card.made_at)))).collect();
        vec![
            format!("<b>{}</b>{budget}", text(&way.name)),
            format!("{}<ol>{steps}</ol>", code(&way.command)),
            text(&way.time.said(card.made_at)),
            text(&way.risk),
        ]
    });
    out.push_str(&table("ways", &["Way", "Command and steps", "Time", "Risk"], rows));
}

fn boxes(items: impl Iterator<Item = String>) -> String {
    let items: String = items.map(|one| format!("<li class=\"box\">{one}</li>")).collect();
    format!("<ul>{items}</ul>\n")
}

fn afterwards(card: &Card, out: &mut String) {
    if !card.success.is_empty() || !card.checks.is_empty() {
        out.push_str("<h2>It is over when</h2>\n");
        let all = card.success.iter().map(|one| text(one)).chain(card.checks.iter().map(|one| text(&check(one))));
        out.push_str(&boxes(all));
    }
    if !card.duties.is_empty() {
        out.push_str("<h2>Owed</h2>\n");
        out.push_str(&boxes(card.duties.iter().map(|duty| {
            let list = boxes(duty.checklist.iter().map(|one| text(one)));
            let list = if duty.checklist.is_empty() { String::new() } else { list };
            format!("<b>within {}</b>: {}{list}", text(&duty.within), text(&duty.name))
        })));
    }
}

fn gone(card: &Card, out: &mut String) {
    out.push_str("<h2>If Backout itself is gone</h2>\n");
    let gone = &card.gone;
    let said = if let Some(why) = &gone.unknown {
        format!("Nothing could be written: {}", text(why))
    } else if gone.scripts.is_empty() {
        "Nothing is applied that could be taken back.".to_owned()
    } else if gone.folder.is_none() {
        format!("The scripts are not written yet: {}", code(super::WRITE))
    } else {
        text(PSQL)
    };
    writeln!(out, "<p>{said}</p>").ok();
    let items = gone.scripts.iter().map(|script| {
        let what = text(&format!("migration {} ({})", script.number, script.version));
        let how = match &script.refused {
            Some(why) => format!(": <span class=\"bad\">cannot be said in plain SQL: {}</span>", text(why)),
            None if gone.folder.is_none() => String::new(),
            None => format!(": {}", code(&script.command)),
        };
        let notes: String =
            script.notes.iter().map(|note| format!("<br><span class=\"small\">{}</span>", text(note))).collect();
        format!("<li>{what}{how}{notes}</li>")
    });
    let items: String = items.collect();
    if !items.is_empty() {
        writeln!(out, "<ol>{items}</ol>").ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::tests::hostile;

    #[test]
    fn names_are_text() {
        let page = html(&hostile());
        assert!(!page.contains("<script") && !page.contains("<b>z"), "{page}");
        assert!(!page.contains('\u{1b}') && !page.contains('\u{202e}'), "{page}");
        // Each element that begins ends, and none begins in a name.
        for name in ["table", "tr", "td", "li", "ol", "ul", "code", "p", "h2", "b"] {
            let begun = page.matches(&format!("<{name}>")).count() + page.matches(&format!("<{name} ")).count();
            assert_eq!(begun, page.matches(&format!("</{name}>")).count(), "{name}");
        }
        assert_eq!(text("a\"b'<&>"), "a&quot;b&#39;&lt;&amp;&gt;");
    }
}
