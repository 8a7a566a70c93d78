//! A plan as text: SQL, with all else as comments.

use backout_reversal::{Asks, ColumnOrder, Execution, Fallback, Keeps, Look, Step, TailStep, UndoPlan, Wanted};
use std::fmt::Display;

pub fn text(plan: &UndoPlan) -> String {
    // Every field is named, so that a new one is thought of here.
    let UndoPlan {
        locks,
        schemas,
        room,
        steps,
        closing,
        tail,
        unsupported,
        conflicts,
        order: ColumnOrder { changed, reasons, rebuilt },
        wanted: Wanted { recreated, bystanders: _, parts, renumbered },
        keeps: Keeps { tables, columns, on_record },
        skipped,
        asks: Asks { before, after, foresights },
        needs_values,
    } = plan;
    let mut out = Vec::new();
    note(&mut out, "locks", locks.iter().map(|lock| format!("{}, {}", lock.table, lock.mode)));
    note(&mut out, "schemas", schemas);
    statements(&mut out, "before the locks", room);
    statements(&mut out, "steps", steps);
    statements(&mut out, "closing", closing);
    section(&mut out, "tail", !tail.is_empty());
    for step in tail {
        let kind = match step {
            TailStep::Validate { table, .. } => format!("validate, {table}"),
            TailStep::Index { schema, name, then, wholes, .. } => {
                format!("index {schema} {name}; then {then:?}; wholes {wholes:?}")
            }
            TailStep::Refresh { .. } => "refresh".to_owned(),
            TailStep::Analyze { .. } => "analyze".to_owned(),
        };
        out.push(format!("-- {}: {kind}", step.about()));
        out.push(format!("{};", step.sql()));
    }
    note(&mut out, "unsupported", unsupported);
    note(&mut out, "conflicts", conflicts.iter().map(debug));
    note(&mut out, "column order", changed);
    note(&mut out, "column order, why", reasons.iter().map(debug));
    note(&mut out, "rebuilt", rebuilt);
    note(&mut out, "remade", recreated.iter().map(|(id, name, _)| format!("{id} {name}")));
    note(&mut out, "parts", parts);
    note(&mut out, "renumbered", renumbered.iter().map(debug));
    note(&mut out, "moved aside", tables.iter().map(debug));
    note(&mut out, "set aside", columns.iter().map(debug));
    note(&mut out, "may be set aside", on_record.iter().map(debug));
    note(&mut out, "skipped", skipped);
    note(&mut out, "looks", after.iter().map(debug));
    note(&mut out, "questions", before.iter().map(debug));
    note(&mut out, "foresights", foresights.iter().map(debug));
    note(&mut out, "needs values", needs_values.iter().map(debug));
    out.push(String::new());
    out.join("\n")
}

fn debug(value: impl std::fmt::Debug) -> String {
    format!("{value:?}")
}

fn section(out: &mut Vec<String>, title: &str, is_there: bool) {
    if is_there {
        out.push(format!("{}-- {title}:", if out.is_empty() { "" } else { "\n" }));
    }
}

fn note(out: &mut Vec<String>, title: &str, all: impl IntoIterator<Item = impl Display>) {
    let all: Vec<String> = all.into_iter().map(|one| format!("--   {one}")).collect();
    section(out, title, !all.is_empty());
    out.extend(all);
}

fn fallback(of: &Fallback) -> String {
    let Fallback { statements, count, otherwise, mend, nullable, loosens, rows, if_none, .. } = of;
    let mend = if mend.is_empty() { String::new() } else { format!("mend: {mend:?}, ") };
    format!(
        "Fallback {{ statements: {statements:?}, count: {count:?}, otherwise: {otherwise:?}, {mend}nullable: {nullable:?}, \
         loosens: {loosens:?}, rows: {rows:?}, if_none: {if_none:?} }}"
    )
}

fn statements(out: &mut Vec<String>, title: &str, steps: &[Step]) {
    section(out, title, !steps.is_empty());
    for step in steps {
        let Step { sql, about, runs, needs, .. } = step;
        let mut notes = vec![format!("-- {about}")];
        notes.extend(match runs {
            Execution::Expect(of) => Some(format!("--   expected: {} rows, otherwise {}", of.rows, of.otherwise)),
            Execution::AfterShortfall => Some("--   only after a shortfall".to_owned()),
            Execution::Ask(Look { count, forced, otherwise, if_none }) => {
                Some(format!("--   look: {count}; forced {forced:?}; otherwise {otherwise}; if none {if_none:?}"))
            }
            Execution::IfFull(of) => Some(format!("--   if all rows of {} have a value of {}", of.table, of.column)),
            Execution::Plain | Execution::Fit(_) | Execution::OrElse { .. } => None,
        });
        notes.extend(runs.unfit().map(|of| format!("--   may clash: {:?}, at once {:?}", of.what, of.at_once)));
        notes.extend(runs.or_else().map(|of| format!("--   or else: {}", fallback(of))));
        notes.extend((!needs.is_empty()).then(|| format!("--   needs: {}", needs.join(", "))));
        out.extend(notes);
        if !sql.is_empty() {
            out.push(format!("{sql};"));
        }
    }
}
