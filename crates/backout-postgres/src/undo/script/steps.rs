//! The short transaction and its tail as psql runs them. What an undo decides by what the server answers is decided here by
//! psql's conditions, in the same order (`undo/carry.rs`, `undo/tail.rs`).
//!
//! Must not know: how the plan was made.

use super::words::{Asked, Psql, SERVER_SAID, text};
use super::{Undo, guard};
use crate::locks;
use crate::sqlstate;
use crate::store::Record;
use crate::undo::carry::{CASTS_NOT, KEY_STAYED_AWAY, said_to_run, unfit_codes};
use crate::undo::residue::{set_not_null, then_run};
use crate::undo::{roomier, use_path};
use backout_reversal::{
    Execution, Expected, Fallback, Inverse, Look, NeedsValues, Question, Step, TailStep, Unfit, belongs_to_constraint,
    force_row_security,
};
use backout_schema::{Class, ObjectId, ident, qualified};

const SAVEPOINT: &str = "UPDATE backout.migration SET purged_at = purged_at WHERE false;\nSAVEPOINT backout_try;";
/// Whoever runs it may say that the tables are others by now.
const UNLESS_ACCEPTED: &str = "\\if :{?accept_changes}\n\\else";
const BACK: &str = "ROLLBACK TO SAVEPOINT backout_try;\nRELEASE SAVEPOINT backout_try;";

/// Something that may stay away, and what stays away with it.
struct MayStay {
    /// The variable that says that it did.
    flag: String,
    /// The variable that says why.
    left: String,
    about: String,
    with_it: Vec<String>,
}

/// From BEGIN to COMMIT.
pub(super) fn transaction(
    psql: &mut Psql,
    record: &Record,
    undo: &Undo,
    inverse: &Inverse,
    wait: &str,
) -> Result<(), String> {
    let plan = &undo.plan;
    open(psql, record, undo, wait)?;
    lock(psql, undo)?;
    for question in &plan.asks.before {
        none(psql, question)?;
    }
    psql.line(&format!("{} AS path \\gset", use_path(&undo.search_path)));
    let stays = all_steps(psql, undo, inverse)?;
    psql.line(&format!("{} AS path \\gset", use_path("pg_catalog")));
    if let Some(code) = guard::arrived(undo, &undo.roots(inverse)) {
        psql.gap("Is it what was before?");
        psql.line(UNLESS_ACCEPTED);
        psql.block(&code);
        psql.line("\\endif");
    }
    for part in &plan.unsupported {
        let left = psql.saying();
        psql.line(&format!("SELECT {} AS {left} \\gset", text(&part.to_string())));
    }
    plain(psql, &plan.closing)?;
    keep_record(psql, record.number, undo, &stays)?;
    psql.line("COMMIT;");
    psql.line(&format!(
        "UPDATE backout.migration SET undo_lock_ms = extract(epoch FROM pg_catalog.clock_timestamp() - :'locked_at'::timestamptz) * 1000 WHERE number = {};",
        record.number
    ));
    Ok(())
}

/// What comes before the locks.
fn open(psql: &mut Psql, record: &Record, undo: &Undo, wait: &str) -> Result<(), String> {
    for copy in &undo.copies {
        let unknown = format!(
            "SELECT {} FROM pg_catalog.pg_class c WHERE c.reltuples < 0 AND c.oid = {}::pg_catalog.regclass \\gexec",
            text(&format!("ANALYZE {copy}")),
            text(copy)
        );
        psql.line(&unknown);
    }
    psql.gap("All of it, or nothing.");
    psql.line("BEGIN;");
    psql.line(wait);
    psql.line("SET LOCAL statement_timeout = 0;\nSET LOCAL check_function_bodies = off;");
    psql.line("SET LOCAL row_security = off;\nSET LOCAL search_path = pg_catalog;");
    psql.block(&format!("BEGIN {}; END", roomier("PERFORM")));
    psql.statement(&undo.texts)?;
    psql.line("\\set short false");
    for schema in &undo.plan.schemas {
        let comment = text(&format!("Backout: what undoing migration {} set aside", record.number));
        psql.statement(&format!(
            "CREATE SCHEMA IF NOT EXISTS {0}; REVOKE ALL ON SCHEMA {0} FROM PUBLIC; COMMENT ON SCHEMA {0} IS {comment}",
            ident(schema)
        ))?;
    }
    plain(psql, &undo.plan.room)
}

/// The locks, and whether what they hold still is as it was.
fn lock(psql: &mut Psql, undo: &Undo) -> Result<(), String> {
    psql.gap("From here on others wait.");
    psql.line("SELECT pg_catalog.clock_timestamp() AS locked_at \\gset");
    for lock in undo.plan.locks.iter().filter(|lock| !undo.barred.contains(&lock.table)) {
        psql.statement(&locks::statement(lock))?;
    }
    if let Some(code) = guard::unchanged(&undo.shapes) {
        psql.line(UNLESS_ACCEPTED);
        psql.block(&code);
        psql.line("\\endif");
    }
    Ok(())
}

/// That nothing stands in the way.
fn none(psql: &mut Psql, question: &Question) -> Result<(), String> {
    psql.comment(&format!("Is anything of {} in the way?", question.object));
    forced(psql, question.forced.as_deref(), |psql| count(psql, &question.count))?;
    psql.line("SELECT :'n' <> '0' AS is_there, pg_catalog.set_config('backout.found', :'n', true) AS n \\gset");
    psql.line("\\if :is_there");
    let (object, problem) = (text(&format!("{}: ", question.object)), text(&format!(" {}", question.problem)));
    psql.block(&format!(
        "BEGIN RAISE EXCEPTION USING MESSAGE = {object} || current_setting('backout.found') || {problem}; END"
    ));
    psql.line("\\endif");
    Ok(())
}

fn plain(psql: &mut Psql, steps: &[Step]) -> Result<(), String> {
    steps.iter().try_for_each(|step| {
        psql.comment(&step.about);
        psql.statement(&step.sql)
    })
}

/// A count that the table's own policies do not bind.
fn forced(
    psql: &mut Psql,
    table: Option<&str>,
    count: impl FnOnce(&mut Psql) -> Result<(), String>,
) -> Result<(), String> {
    if let Some(table) = table {
        psql.statement(&force_row_security(table, false))?;
    }
    count(psql)?;
    match table {
        Some(table) => psql.statement(&force_row_security(table, true)),
        None => Ok(()),
    }
}

/// Leaves a count in `n`.
fn count(psql: &mut Psql, sql: &str) -> Result<(), String> {
    let mut one = Psql::default();
    one.statement(sql)?;
    let sql = one.text.trim_end().trim_end_matches(';').trim_end();
    psql.line(&format!("SELECT coalesce((\n{sql}\n)::text, '') AS n \\gset"));
    Ok(())
}

/// What changes something, and what is decided on the way. Returns what may have stayed away.
fn all_steps(psql: &mut Psql, undo: &Undo, inverse: &Inverse) -> Result<Vec<MayStay>, String> {
    let plan = &undo.plan;
    let mut stays: Vec<MayStay> = Vec::new();
    for step in &plan.steps {
        psql.gap(&step.about);
        let needed: Vec<(String, String)> = stays
            .iter()
            .filter(|one| step.needs.contains(&one.about))
            .map(|one| (one.flag.clone(), one.left.clone()))
            .collect();
        let with = |one: &&MayStay| !matches!(step.runs, Execution::Expect(_)) && one.with_it.contains(&step.about);
        let by_name: Vec<(String, String)> =
            stays.iter().filter(with).map(|one| (one.flag.clone(), one.left.clone())).collect();
        let conditions: Vec<(String, String)> = needed.into_iter().chain(by_name).collect();
        for (flag, left) in &conditions {
            // What it would have got is part of what is said to run.
            psql.line(&format!(
                "\\if :{flag}\nSELECT :'{left}' || {} AS {left} \\gset\n\\else",
                text(&format!("; {}", step.sql))
            ));
        }
        one_step(psql, undo, inverse, step, &mut stays)?;
        for _ in &conditions {
            psql.line("\\endif");
        }
    }
    psql.gap("What was set aside?");
    for look in &plan.asks.after {
        seen(psql, look)?;
    }
    Ok(stays)
}

fn one_step(
    psql: &mut Psql,
    undo: &Undo,
    inverse: &Inverse,
    step: &Step,
    stays: &mut Vec<MayStay>,
) -> Result<(), String> {
    match &step.runs {
        Execution::Plain => psql.statement(&step.sql)?,
        Execution::Expect(expected) => reach(psql, step, expected)?,
        Execution::AfterShortfall => {
            psql.line("\\if :short");
            psql.statement(&step.sql)?;
            psql.line("\\endif");
        }
        Execution::Fit(unfit) => clash(psql, undo, inverse, step, unfit, stays)?,
        Execution::OrElse { way, unfit } => {
            cast(psql, step, way, unfit.is_some())?;
            if let Some(unfit) = unfit {
                psql.line("\\if :keyless");
                clash(psql, undo, inverse, step, unfit, stays)?;
                psql.line("\\endif");
            }
        }
        Execution::IfFull(needs) => fill(psql, step, needs)?,
        Execution::Ask(look) => seen(psql, look)?,
    }
    Ok(())
}

/// A statement that reaches fewer rows where somebody has written since.
fn reach(psql: &mut Psql, step: &Step, expected: &Expected) -> Result<(), String> {
    if psql.asked(&step.sql)? == Asked::Block {
        return Err(format!("{}: how many rows several statements reach is not told", step.about));
    }
    let left = psql.saying();
    let rows = expected.rows;
    let otherwise = text(&format!(" {}", expected.otherwise));
    psql.line(&format!(
        "SELECT :ROW_COUNT < {rows} AS short, CASE WHEN :ROW_COUNT < {rows} THEN ({rows} - :ROW_COUNT)::text || {otherwise} ELSE '' END AS {left} \\gset"
    ));
    Ok(())
}

fn seen(psql: &mut Psql, look: &Look) -> Result<(), String> {
    forced(psql, look.forced.as_deref(), |psql| count(psql, &look.count))?;
    let left = psql.saying();
    psql.line(&format!(
        "SELECT :'n' <> '0' AS is_there, CASE WHEN :'n' <> '0' THEN :'n' || {} ELSE '' END AS {left} \\gset",
        text(&format!(" {}", look.otherwise))
    ));
    if let Some(sql) = &look.if_none {
        psql.line("\\if :is_there\n\\else");
        psql.statement(sql)?;
        psql.line("\\endif");
    }
    Ok(())
}

/// NOT NULL, if all rows have a value by then.
fn fill(psql: &mut Psql, step: &Step, needs: &NeedsValues) -> Result<(), String> {
    let NeedsValues { table, column, forced: is_forced, .. } = needs;
    let column = ident(column);
    let sql = format!("SELECT count(*) FROM {table} WHERE {column} IS NULL");
    forced(psql, is_forced.then_some(table.as_str()), |psql| count(psql, &sql))?;
    psql.line("SELECT :'n' = '0' AS is_filled \\gset\n\\if :is_filled");
    psql.statement(&step.sql)?;
    let left = psql.saying();
    let (before, after) = (
        format!("{table}.{column} stays nullable: "),
        format!(" rows written since have no value for it; give them one{}", then_run(&[set_not_null(table, &column)])),
    );
    psql.line(&format!("\\else\nSELECT {} || :'n' || {} AS {left} \\gset\n\\endif", text(&before), text(&after)));
    Ok(())
}

/// A change of type. Where values written since do not cast, each is cast by itself, and those are set aside. Leaves in
/// `keyless` that it refers to a key that stayed away.
fn cast(psql: &mut Psql, step: &Step, fallback: &Fallback, clashes: bool) -> Result<(), String> {
    psql.line("\\set keyless false");
    psql.line(SAVEPOINT);
    psql.attempt(&step.sql)?;
    psql.line(&format!("\\if :failed\n{BACK}"));
    psql.line(&format!(
        "SELECT {clashes} AND {} AS keyless, :'LAST_ERROR_SQLSTATE' LIKE '22%' OR {} AS fits_not \\gset",
        Psql::among(&[KEY_STAYED_AWAY]),
        Psql::among(&CASTS_NOT)
    ));
    psql.line("\\if :keyless\n\\elif :fits_not");
    for sql in &fallback.statements {
        psql.statement(sql)?;
    }
    let always = fallback.if_none.is_empty();
    let mut said = Vec::new();
    for (sql, otherwise, mend) in fallback.counts() {
        count(psql, sql)?;
        let left = psql.saying();
        psql.line(&format!(
            "SELECT CASE WHEN {always} OR :'n' <> '0' THEN :'n' || {} ELSE '' END AS {left} \\gset",
            text(&format!(" {otherwise}{}", then_run(mend)))
        ));
        said.push(format!(":'{left}' = ''"));
    }
    if !always {
        let nothing = if said.is_empty() { "true".to_owned() } else { said.join(" AND ") };
        psql.line(&format!("SELECT {nothing} AS is_nothing \\gset\n\\if :is_nothing"));
        for sql in &fallback.if_none {
            psql.statement(sql)?;
        }
        psql.line("\\else");
    }
    for (table, column) in &fallback.nullable {
        let left = psql.saying();
        let words = format!(
            "{table}.{column} stays nullable, since it has no value where one did not fit; give them one{}",
            then_run(&[set_not_null(table, column)])
        );
        psql.line(&format!("SELECT {} AS {left} \\gset", text(&words)));
    }
    if !always {
        psql.line("\\endif");
    }
    again(psql, &step.sql)?;
    psql.line("\\endif\n\\else\nRELEASE SAVEPOINT backout_try;\n\\endif");
    Ok(())
}

/// What failed for another reason is run once more, so that its error ends the script.
fn again(psql: &mut Psql, sql: &str) -> Result<(), String> {
    psql.line("\\else");
    psql.asked(sql).map(drop)
}

/// Something that allows a value once only. Where rows written since repeat one, it stays away.
fn clash(
    psql: &mut Psql,
    undo: &Undo,
    inverse: &Inverse,
    step: &Step,
    unfit: &Unfit,
    stays: &mut Vec<MayStay>,
) -> Result<(), String> {
    let left = psql.saying();
    let flag = format!("stays_{left}");
    psql.line(&format!("\\set {flag} false\n{SAVEPOINT}"));
    psql.attempt(&step.sql)?;
    psql.line(&format!(
        "\\if :failed\n{BACK}\nSELECT {} AS unfit \\gset\n\\if :unfit",
        Psql::among(&unfit_codes(unfit))
    ));
    let sql = said_to_run(&undo.plan, step, unfit);
    let before = format!("{} does not come back, since rows written since do not fit it: ", step.about);
    psql.line(&format!(
        "SELECT {} || {SERVER_SAID} || {} AS {left} \\gset\n\\set {flag} true",
        text(&before),
        text(&format!("; mend the rows{}", then_run(&[sql.to_owned()])))
    ));
    again(psql, &step.sql)?;
    psql.line("\\endif\n\\else\nRELEASE SAVEPOINT backout_try;\n\\endif");
    let parts = [&inverse.before, &undo.now].map(|catalog| belongs_to_constraint(catalog, &step.about));
    let with_it = parts.into_iter().flatten().chain([step.about.clone()]).collect();
    stays.push(MayStay { flag, left, about: step.about.clone(), with_it });
    Ok(())
}

/// What the record says of it from now on: as after an undo.
fn keep_record(psql: &mut Psql, number: i64, undo: &Undo, stays: &[MayStay]) -> Result<(), String> {
    psql.gap("Backout's own record: as after `backout undo`.");
    if let Some(found) = renumbered(undo) {
        psql.line(&format!(
            "UPDATE backout.migration SET renumbered = f.map FROM (SELECT jsonb_object_agg('#' || u.class || ':' || u.was || ':0', '#' || u.class || ':' || u.is_now || ':0')::text AS map FROM (\n{found}) AS u (class, was, is_now)) f\n  WHERE number = {number} AND f.map IS NOT NULL;"
        ));
    }
    let json =
        |value: Result<String, serde_json::Error>| value.map(|one| text(&one)).map_err(|error| error.to_string());
    let (aside, tail) =
        (json(serde_json::to_string(&undo.plan.keeps.on_record))?, json(serde_json::to_string(&undo.plan.tail))?);
    psql.line(&format!("UPDATE backout.migration SET aside = {aside}, tail = {tail} WHERE number = {number};"));
    for one in stays.iter().filter(|one| undo.plan.tail.iter().any(|step| step.about() == one.about)) {
        psql.line(&format!(
            "\\if :{}\nUPDATE backout.migration SET tail = (SELECT coalesce(jsonb_agg(t.step ORDER BY t.place), '[]')::text FROM jsonb_array_elements(tail::jsonb) WITH ORDINALITY t (step, place) WHERE t.step ->> 'about' <> {}) WHERE number = {number};\n\\endif",
            one.flag,
            text(&one.about)
        ));
    }
    psql.line(&format!(
        "UPDATE backout.migration SET state = CASE WHEN tail::jsonb = '[]' THEN 'undone' ELSE 'undo_tail' END, undone_at = clock_timestamp() WHERE number = {number};"
    ));
    let said: Vec<String> = (1..=psql.said()).map(|place| format!("({place}, :'left_{place}')")).collect();
    if !said.is_empty() {
        psql.line(&format!(
            "UPDATE backout.migration SET left_over = (coalesce(left_over, '[]')::jsonb || l.said)::text FROM (SELECT jsonb_agg(g.said ORDER BY g.place) AS said FROM (\n  SELECT v.said, min(v.place) AS place FROM (VALUES {}) AS v (place, said) WHERE v.said <> '' GROUP BY v.said) g) l\n  WHERE number = {number} AND l.said IS NOT NULL;",
            said.join(", ")
        ));
    }
    // A variable that no branch has set must be there to be read.
    let unset: String = (1..=psql.said()).map(|place| format!("\\set left_{place} ''\n")).collect();
    let flags: String = stays.iter().map(|one| format!("\\set {} false\n", one.flag)).collect();
    let place = psql.text.find("\\set short false\n").unwrap_or(psql.text.len());
    psql.text.insert_str(place, &format!("{unset}{flags}"));
    Ok(())
}

/// A query for what has another id now than it had: inverses of older migrations know it by that.
fn renumbered(undo: &Undo) -> Option<String> {
    let known = |class: Class| {
        undo.plan.wanted.renumbered.iter().map(|(id, _)| *id).filter(move |id| id.class == class && id.sub == 0)
    };
    let named = |id: ObjectId| Some((undo.then.get(id)?.schema.as_ref()?.clone(), undo.then.get(id)?.name.clone()));
    let list = |rows: Vec<String>| (!rows.is_empty()).then(|| rows.join(", "));
    let mut found = Vec::new();
    for (class, schema, name) in [
        (Class::Relation, "relnamespace", "relname"),
        (Class::Type, "typnamespace", "typname"),
        (Class::Statistics, "stxnamespace", "stxname"),
    ] {
        let rows: Vec<String> = known(class)
            .filter_map(|id| {
                named(id).map(|(schema, name)| format!("({}::oid, {}, {})", id.oid, text(&schema), text(&name)))
            })
            .collect();
        found.extend(list(rows).map(|rows| {
            let catalog = class.catalog();
            format!("  SELECT '{catalog}' ::text, t.was, x.oid FROM (VALUES {rows}) AS t (was, s, n) JOIN pg_namespace p ON p.nspname = t.s JOIN {catalog} x ON x.{schema} = p.oid AND x.{name} = t.n WHERE NOT EXISTS (SELECT FROM {catalog} y WHERE y.oid = t.was)")
        }));
    }
    for (class, table, name) in [
        (Class::Constraint, "conrelid", "conname"),
        (Class::Trigger, "tgrelid", "tgname"),
        (Class::Policy, "polrelid", "polname"),
        (Class::Rule, "ev_class", "rulename"),
    ] {
        let rows: Vec<String> = known(class)
            .filter_map(|id| {
                let part = undo.then.get(id)?;
                let (schema, relation) = named(part.parent?)?;
                Some(format!("({}::oid, {}, {}, {})", id.oid, text(&schema), text(&relation), text(&part.name)))
            })
            .collect();
        found.extend(list(rows).map(|rows| {
            let catalog = class.catalog();
            format!("  SELECT '{catalog}'::text, t.was, x.oid FROM (VALUES {rows}) AS t (was, s, r, n) JOIN pg_namespace p ON p.nspname = t.s JOIN pg_class c ON c.relnamespace = p.oid AND c.relname = t.r JOIN {catalog} x ON x.{table} = c.oid AND x.{name} = t.n WHERE NOT EXISTS (SELECT FROM {catalog} y WHERE y.oid = t.was)")
        }));
    }
    (!found.is_empty()).then(|| found.join("\n  UNION ALL\n"))
}

/// What follows the COMMIT. Each piece is entered as it is done, so that the script goes on where it stopped.
pub(super) fn tail(psql: &mut Psql, number: i64, tail: &[TailStep]) -> Result<(), String> {
    for step in tail {
        psql.gap(&format!("Afterwards, blocking nobody: {}", step.about()));
        psql.line(&format!(
            "SELECT coalesce((SELECT m.tail::pg_catalog.jsonb -> 0 ->> 'sql' = {} FROM backout.migration m WHERE m.number = {number} AND m.state = 'undo_tail'), false) AS is_due \\gset\n\\if :is_due",
            text(step.sql())
        ));
        match step {
            TailStep::Validate { sql, about, .. } => validate(psql, number, sql, about)?,
            TailStep::Refresh { sql, .. } => psql.statement(sql)?,
            TailStep::Analyze { sql, .. } => {
                // Reads SQL: a stored tail has the statement alone.
                let table = sql.strip_prefix("ANALYZE ").unwrap_or(sql);
                psql.line(&format!(
                    "SELECT {} WHERE pg_catalog.to_regclass({}) IS NOT NULL \\gexec",
                    text(sql),
                    text(table)
                ));
            }
            TailStep::Index { sql, schema, name, then, .. } => index(psql, sql, schema, name, then)?,
        }
        psql.line(&format!(
            "BEGIN;\nSET LOCAL search_path = pg_catalog;\nUPDATE backout.migration SET tail = (tail::jsonb - 0)::text, state = CASE WHEN jsonb_array_length(tail::jsonb) > 1 THEN 'undo_tail' ELSE 'undone' END, undone_at = clock_timestamp() WHERE number = {number};\nCOMMIT;\n\\endif"
        ));
    }
    Ok(())
}

/// Rows written since may not fit: then it holds for all that is written from now on.
fn validate(psql: &mut Psql, number: i64, sql: &str, about: &str) -> Result<(), String> {
    psql.attempt(sql)?;
    psql.line(&format!(
        "\\if :failed\nSELECT {} AS unfit \\gset\n\\if :unfit",
        Psql::among(&[sqlstate::FOREIGN_KEY_VIOLATION, sqlstate::CHECK_VIOLATION, sqlstate::NOT_NULL_VIOLATION])
    ));
    let said = format!(
        "{} || {SERVER_SAID} || {}",
        text(&format!("{about} holds for new rows only (NOT VALID): ")),
        text(&format!("; mend the rows{}", then_run(&[sql.to_owned()])))
    );
    psql.line(&format!(
        "BEGIN;\nSET LOCAL search_path = pg_catalog;\nUPDATE backout.migration SET left_over = (coalesce(left_over, '[]')::jsonb || jsonb_build_array({said}))::text WHERE number = {number};\nCOMMIT;"
    ));
    again(psql, sql)?;
    psql.line("\\endif\n\\endif");
    Ok(())
}

fn index(psql: &mut Psql, sql: &str, schema: &str, name: &str, then: &[String]) -> Result<(), String> {
    let valid = format!(
        "FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = {} AND c.relname = {}",
        text(schema),
        text(name)
    );
    psql.line(&format!(
        "SELECT coalesce((SELECT NOT i.indisvalid {valid}), false) AS is_broken, EXISTS (SELECT {valid} AND i.indisvalid) AS is_there \\gset\n\\if :is_broken"
    ));
    psql.statement(&format!("DROP INDEX CONCURRENTLY {}", qualified(schema, name)))?;
    psql.line("\\endif\n\\if :is_there\n\\else");
    psql.statement(sql)?;
    psql.line("\\endif");
    then.iter().try_for_each(|sql| psql.statement(sql))
}
