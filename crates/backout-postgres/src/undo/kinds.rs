//! What an undo may run, by PostgreSQL's own grammar. Definitions and texts on record are those of whoever may write the
//! record: a text that is none of these statements, or more of them than it stands for, is not run.

use std::collections::BTreeSet;

use backout_reversal::ddl::is_list;
use backout_reversal::{Inverse, Step, TailStep, UndoPlan};
use backout_schema::{Detail, FunctionKind, Object, Other, Type};
use backout_sql::analysis::{code_of_do, string_constant, tags};

use super::UndoError;

/// Command tags of what brings objects and rows back. What reaches beyond the database is not among them: COPY, DO, CALL,
/// LOAD, ALTER SYSTEM, roles, servers, subscriptions.
const MAY_RUN: &[&str] = &[
    "COMMENT",
    "SECURITY LABEL",
    "GRANT",
    "REVOKE",
    "ALTER DEFAULT PRIVILEGES",
    "INSERT",
    "UPDATE",
    "DELETE",
    "SELECT",
    "TRUNCATE TABLE",
    "LOCK TABLE",
    "SET",
    "SET CONSTRAINTS",
    "ANALYZE",
    "REFRESH MATERIALIZED VIEW",
    "CREATE TABLE AS",
];

/// What is created, altered and dropped.
const KINDS: &[&str] = &[
    "TABLE",
    "FOREIGN TABLE",
    "VIEW",
    "MATERIALIZED VIEW",
    "INDEX",
    "SEQUENCE",
    "SCHEMA",
    "TYPE",
    "DOMAIN",
    "FUNCTION",
    "PROCEDURE",
    "AGGREGATE",
    "ROUTINE",
    "OPERATOR",
    "OPERATOR CLASS",
    "OPERATOR FAMILY",
    "CAST",
    "CONVERSION",
    "COLLATION",
    "TRIGGER",
    "RULE",
    "POLICY",
    "STATISTICS",
    "PUBLICATION",
    "EVENT TRIGGER",
    "EXTENSION",
    "LANGUAGE",
    "TRANSFORM",
    "CONSTRAINT",
    "TEXT SEARCH CONFIGURATION",
    "TEXT SEARCH DICTIONARY",
    "TEXT SEARCH PARSER",
    "TEXT SEARCH TEMPLATE",
    "LARGE OBJECT",
    "USER MAPPING",
    "SERVER",
    "FOREIGN DATA WRAPPER",
    "ACCESS METHOD",
];

/// What stands around the statement by which a plan sets what holds for the database: the server fills its name in.
const OF_THE_DATABASE: (&str, &str) = ("BEGIN EXECUTE pg_catalog.format(", ", pg_catalog.current_database()); END");

fn may_run(tag: &str) -> bool {
    let kind = ["CREATE ", "ALTER ", "DROP "].iter().find_map(|verb| tag.strip_prefix(verb));
    MAY_RUN.contains(&tag) || kind.is_some_and(|kind| KINDS.contains(&kind))
}

/// That all which a plan would run is what an undo may run. What a `former` plan has as well was looked at with that.
///
/// # Errors
/// [`UndoError::NotOfItsKind`].
pub(super) fn pass(plan: &UndoPlan, former: Option<&UndoPlan>) -> Result<(), UndoError> {
    let known: BTreeSet<&str> = former.iter().flat_map(|plan| texts(plan)).map(|(sql, _)| sql).collect();
    let mut new = texts(plan).filter(|(sql, _)| !known.contains(sql));
    new.try_for_each(|(sql, about)| check(sql, about))?;
    let asked: BTreeSet<&str> = former.iter().flat_map(|plan| questions(plan)).map(|(sql, _)| sql).collect();
    let mut new = questions(plan).filter(|(sql, _)| !sql.is_empty() && !asked.contains(sql));
    new.try_for_each(|(sql, about)| match tags(sql) {
        Ok(found) if found == ["SELECT"] => Ok(()),
        Ok(found) => Err(not_as_expected(about, &["SELECT"], &found)),
        Err(said) => Err(no_sql(about, &said)),
    })
}

fn texts(plan: &UndoPlan) -> impl Iterator<Item = (&str, &str)> {
    let of_step = |step| {
        let Step { sql, about, runs, .. }: &Step = step;
        let others = runs.or_else().into_iter().flat_map(|way| way.statements.iter().chain(&way.if_none));
        let others = others.chain(runs.look().into_iter().flat_map(|look| &look.if_none)).map(String::as_str);
        std::iter::once(sql.as_str()).chain(others).map(|sql| (sql, about.as_str()))
    };
    plan.statements()
        .flat_map(of_step)
        .chain(plan.asks.after.iter().filter_map(|look| Some((look.if_none.as_deref()?, look.otherwise.as_str()))))
        .chain(plan.tail.iter().flat_map(texts_of_tail))
}

/// What is asked and changes nothing, and whom it is about.
fn questions(plan: &UndoPlan) -> impl Iterator<Item = (&str, &str)> {
    let of_step = |step| {
        let Step { about, runs, .. }: &Step = step;
        let counts = runs.or_else().into_iter().map(|way| &way.count);
        let rows = runs.or_else().and_then(|way| Some(&way.rows.as_ref()?.0));
        let all = counts.chain(rows).chain(runs.look().map(|look| &look.count));
        all.map(|sql| (sql.as_str(), about.as_str()))
    };
    plan.statements()
        .flat_map(of_step)
        .chain(plan.asks.after.iter().map(|look| (look.count.as_str(), look.otherwise.as_str())))
        .chain(plan.asks.before.iter().map(|question| (question.count.as_str(), question.object.as_str())))
        .chain(plan.keeps.columns.iter().map(|column| (column.count.as_str(), column.table.as_str())))
        .chain(plan.asks.foresights.iter().flat_map(|foresight| {
            let counts = std::iter::once(&foresight.count).chain(&foresight.keys);
            counts.map(|sql| (sql.as_str(), foresight.object.as_str()))
        }))
}

fn texts_of_tail(step: &TailStep) -> impl Iterator<Item = (&str, &str)> {
    let then = match step {
        TailStep::Index { then, .. } => then.as_slice(),
        TailStep::Validate { .. } | TailStep::Refresh { .. } | TailStep::Analyze { .. } => &[],
    };
    std::iter::once(step.sql()).chain(then.iter().map(String::as_str)).map(|sql| (sql, step.about()))
}

/// That a step which is on record is the one statement that may follow an undo, with what follows that one.
pub(super) fn check_tail(step: &TailStep) -> Result<(), UndoError> {
    let (expected, then): (_, &[String]) = match step {
        TailStep::Validate { .. } => (&["ALTER TABLE", "ALTER DOMAIN"][..], &[]),
        TailStep::Index { then, .. } => (&["CREATE INDEX"][..], then),
        TailStep::Refresh { .. } => (&["REFRESH MATERIALIZED VIEW"][..], &[]),
        TailStep::Analyze { .. } => (&["ANALYZE"][..], &[]),
    };
    let after = then.iter().map(|sql| (sql.as_str(), &["ALTER TABLE", "ALTER INDEX", "COMMENT"][..]));
    std::iter::once((step.sql(), expected)).chain(after).try_for_each(|(sql, expected)| match tags(sql) {
        Ok(found) if found.len() == 1 && expected.contains(&found[0].as_str()) => Ok(()),
        Ok(found) => Err(not_as_expected(step.about(), expected, &found)),
        Err(said) => Err(no_sql(step.about(), &said)),
    })
}

fn not_as_expected(about: &str, expected: &[&str], found: &[String]) -> UndoError {
    let problem = format!("it should be {}, and it is {}", expected.join(" or "), found.join(", "));
    UndoError::NotOfItsKind { about: about.to_owned(), problem }
}

fn no_sql(about: &str, said: &str) -> UndoError {
    UndoError::NotOfItsKind { about: about.to_owned(), problem: format!("it is not SQL: {said}") }
}

/// Whether this is how a plan sets a value for the database, and nothing else.
fn sets_for_the_database(sql: &str) -> bool {
    let inner = code_of_do(sql)
        .and_then(|code| Some(code.strip_prefix(OF_THE_DATABASE.0)?.strip_suffix(OF_THE_DATABASE.1)?.to_owned()));
    let Some(form) = inner.and_then(|constant| string_constant(&constant)) else { return false };
    // As the server's format() reads it.
    let statement = form.replace("%%", "\u{0}").replace("%I", "d").replace('\u{0}', "%");
    matches!(tags(&statement), Ok(found) if found == ["ALTER DATABASE"] || found == ["ALTER ROLE"])
}

/// Whether this is how a plan drops a table that nothing was set aside in, with its schema if that is empty then.
fn drops_if_empty(sql: &str) -> bool {
    let parts = |code: String| {
        // Reads SQL: what is on record may be anybody's text, so all of it is looked at before it runs.
        let (table, schema) = code.strip_prefix("BEGIN ")?.split_once("; BEGIN DROP SCHEMA ")?;
        // Reads SQL: as above.
        let (schema, rest) = schema.split_once("; EXCEPTION WHEN ")?;
        let is = |sql: &str, tag: &str| matches!(tags(sql), Ok(found) if found == [tag]);
        let ends = rest == "dependent_objects_still_exist THEN NULL; END; END";
        Some(ends && is(table, "DROP TABLE") && is(&format!("DROP SCHEMA {schema}"), "DROP SCHEMA"))
    };
    code_of_do(sql).and_then(|code| parts(code.trim().to_owned())).unwrap_or_default()
}

fn check(sql: &str, about: &str) -> Result<(), UndoError> {
    let refused = |problem: String| UndoError::NotOfItsKind { about: about.to_owned(), problem };
    let tags = tags(sql).map_err(|said| no_sql(about, &said))?;
    if sets_for_the_database(sql) || drops_if_empty(sql) {
        return Ok(());
    }
    // Several in one text only of what takes nothing away: an identity with the name of its sequence, the rows of the
    // team's own tool, a text search configuration.
    let also = ["SET", "INSERT", "UPDATE", "DELETE", "CREATE TEXT SEARCH CONFIGURATION"];
    // Reads SQL: the tag that the grammar gives a statement.
    let joins = |tag: &String| tag.starts_with("ALTER ") || also.contains(&tag.as_str());
    if tags.len() > 1 && !tags.iter().all(joins) {
        return Err(refused(format!("it is several statements: {}", tags.join(", "))));
    }
    match tags.iter().find(|tag| !may_run(tag)) {
        Some(tag) => Err(refused(format!("it holds a statement that no undo runs: {tag}"))),
        None => Ok(()),
    }
}

/// That each text of the objects on record is the one statement, or the one part of a statement, that it stands for.
///
/// # Errors
/// [`UndoError::NotOfItsKind`].
pub(super) fn record(inverse: &Inverse) -> Result<(), UndoError> {
    // Who altered one object has one text to look at, who dropped a schema many; those of now are not run.
    inverse.before.objects().try_for_each(|object| {
        if let Detail::Other(other) = &object.detail {
            return of_another_kind(&inverse.before.identity(object.id), other);
        }
        let stands_for = texts_of(object);
        let about = || inverse.before.identity(object.id);
        stands_for.into_iter().try_for_each(|(text, expected)| {
            let said = tags(&text);
            match &said {
                Ok(found) if found.iter().map(String::as_str).eq([expected]) => Ok(()),
                Ok(found) => Err(not_as_expected(&about(), &[expected], found)),
                Err(said) => Err(no_sql(&about(), said)),
            }
        })
    })
}

/// What is noticed but not taken apart has its statements, settings as `name=value`, or a digest that never is run.
fn of_another_kind(about: &str, other: &Other) -> Result<(), UndoError> {
    if other.noun == "database setting" {
        let mut values = other.definition.lines().filter_map(|line| line.split_once('='));
        let is_one = |value: &str| {
            let as_list = tags(&format!("SET x TO {value}"));
            value.is_empty() || as_list.is_ok_and(|found| found == ["SET"])
        };
        return match values.find(|(name, value)| is_list(name) && !is_one(value)) {
            None => Ok(()),
            Some((name, _)) => Err(UndoError::NotOfItsKind {
                about: about.to_owned(),
                problem: format!("the value of {name} is more than a value"),
            }),
        };
    }
    // What its family is made of is added to that.
    let kind = match other.noun.as_str() {
        "operator of access method" | "function of access method" => "OPERATOR FAMILY".to_owned(),
        noun => noun.to_uppercase().replace('-', " "),
    };
    let expected = [format!("CREATE {kind}"), format!("ALTER {kind}"), "COMMENT".to_owned()];
    // A configuration for text search and its mappings are one text: all of the kind, and nothing else.
    other.made_by.iter().try_for_each(|made| match tags(made) {
        Ok(found) if !found.is_empty() && found.iter().all(|tag| expected.contains(tag)) => Ok(()),
        Ok(found) => Err(not_as_expected(about, &[&expected[0], &expected[1]], &found)),
        Err(said) => Err(no_sql(about, &said)),
    })
}

/// A text as a whole statement, and that statement's command tag.
type Whole = (String, &'static str);

fn expression(text: &String) -> Whole {
    (format!("SELECT ({text})"), "SELECT")
}

fn a_type(text: &String) -> Whole {
    (format!("SELECT NULL::{text}"), "SELECT")
}

fn a_collation(text: &String) -> Whole {
    (format!("SELECT '' COLLATE {text}"), "SELECT")
}

fn a_function(text: &String) -> Whole {
    (format!("SELECT {text}()"), "SELECT")
}

/// Of `name=value` the value is written as a literal, and the name as it is.
fn options(list: &[String]) -> impl Iterator<Item = Whole> {
    let names = list.iter().map(|option| option.split_once('=').map_or(option.as_str(), |(name, _)| name));
    names.map(|name| (format!("ALTER TABLE t SET ({name} = 'x')"), "ALTER TABLE"))
}

/// All texts of an object that a plan writes into its statements as they are, each as a whole statement. Names are not
/// among them: those are quoted.
fn texts_of(object: &Object) -> Vec<Whole> {
    match &object.detail {
        Detail::Index(index) => options(&index.options).chain([(index.definition.clone(), "CREATE INDEX")]).collect(),
        Detail::Trigger(trigger) => vec![(trigger.definition.clone(), "CREATE TRIGGER")],
        Detail::Rule(rule) => vec![(rule.definition.clone(), "CREATE RULE")],
        Detail::Statistics(statistics) => vec![(statistics.definition.clone(), "CREATE STATISTICS")],
        Detail::View(view) => {
            let whole = (format!("CREATE VIEW v AS {}", view.definition), "CREATE VIEW");
            options(&view.options).chain([whole]).collect()
        }
        Detail::Function(function) => {
            let kind = match function.kind {
                FunctionKind::Function | FunctionKind::Window => "FUNCTION",
                FunctionKind::Procedure => "PROCEDURE",
                FunctionKind::Aggregate => "AGGREGATE",
            };
            let tag = match function.kind {
                FunctionKind::Function | FunctionKind::Window => "CREATE FUNCTION",
                FunctionKind::Procedure => "CREATE PROCEDURE",
                FunctionKind::Aggregate => "CREATE AGGREGATE",
            };
            let named = format!("COMMENT ON {kind} f({}) IS NULL", function.arguments);
            vec![(named, "COMMENT"), (function.definition.clone(), tag)]
        }
        Detail::Constraint(constraint) if constraint.on_domain => {
            vec![(format!("ALTER DOMAIN d ADD CONSTRAINT c {}", constraint.definition), "ALTER DOMAIN")]
        }
        Detail::Constraint(constraint) => {
            vec![(format!("ALTER TABLE t ADD CONSTRAINT c {}", constraint.definition), "ALTER TABLE")]
        }
        Detail::Default(default) => vec![expression(&default.expression)],
        Detail::Column(column) => {
            let generated = column.generated.iter().map(expression);
            let collation = column.collation.iter().map(a_collation);
            generated.chain(collation).chain(options(&column.options)).chain([a_type(&column.data_type)]).collect()
        }
        Detail::Policy(policy) => policy.using.iter().chain(&policy.check).map(expression).collect(),
        Detail::Table(table) => {
            let key = table.partition_key.iter();
            let key = key.map(|key| (format!("CREATE TABLE t () PARTITION BY {key}"), "CREATE TABLE"));
            let bound = table.partition_bound.iter();
            let bound = bound.map(|bound| (format!("ALTER TABLE t ATTACH PARTITION p {bound}"), "ALTER TABLE"));
            let of_type = table.of_type.iter().map(a_type);
            key.chain(bound)
                .chain(of_type)
                .chain(options(&table.options))
                .chain(options(&table.toast_options))
                .collect()
        }
        Detail::Type(of) => texts_of_type(of),
        Detail::Sequence(sequence) => vec![a_type(&sequence.data_type)],
        Detail::PublicationTable(member) => member.filter.iter().map(expression).collect(),
        Detail::EventTrigger(trigger) => {
            let on = format!("CREATE EVENT TRIGGER e ON {} EXECUTE FUNCTION f()", trigger.event);
            vec![(on, "CREATE EVENT TRIGGER"), a_function(&trigger.function)]
        }
        // Names, literals, and what is looked at by itself.
        Detail::Schema
        | Detail::Extension(_)
        | Detail::Publication(_)
        | Detail::PublicationSchema
        | Detail::DefaultAcl(_)
        | Detail::Other(_) => Vec::new(),
    }
}

fn texts_of_type(of: &Type) -> Vec<Whole> {
    match of {
        Type::Domain { base, collation, default, .. } => {
            let collation = collation.iter().map(a_collation);
            default.iter().map(expression).chain(collation).chain([a_type(base)]).collect()
        }
        Type::Composite { attributes } => {
            let collations = attributes.iter().filter_map(|attribute| attribute.collation.as_ref()).map(a_collation);
            attributes.iter().map(|attribute| a_type(&attribute.data_type)).chain(collations).collect()
        }
        Type::Range { subtype, opclass, collation, canonical, subtype_diff, .. } => {
            let opclass = opclass.iter().map(|class| (format!("CREATE INDEX ON t (c {class})"), "CREATE INDEX"));
            let functions = canonical.iter().chain(subtype_diff).map(a_function);
            opclass.chain(functions).chain(collation.iter().map(a_collation)).chain([a_type(subtype)]).collect()
        }
        Type::Enum { .. } | Type::Base => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{record, texts_of};
    use backout_reversal::Inverse;
    use backout_schema::{Catalog, Object};
    use serde_json::{Value, json};

    const BAD: &str = "x); ALTER TABLE other OWNER TO evil; SELECT (1";

    fn object(class: &str, detail: &Value) -> Object {
        let id = format!("#{class}:16385:0");
        serde_json::from_value(json!({ "id": id, "schema": "public", "name": "o", "detail": detail })).unwrap()
    }

    fn refused(object: &Object) -> bool {
        let before = Catalog::new([object.clone()], Vec::new(), Default::default());
        record(&Inverse { before, ..Inverse::default() }).is_err()
    }

    /// Each text by itself holds more than it stands for.
    #[test]
    fn no_text_says_more_than_it_stands_for() {
        let sequence = json!({ "is": "sequence", "data_type": "bigint", "start": 1, "increment": 1, "minimum": 1,
            "maximum": 9, "cache": 1, "cycle": false, "unlogged": false, "owned_by": null, "identity": false });
        let member =
            json!({ "is": "publication_table", "table": "#pg_class:16386:0", "columns": null, "filter": "(a > 1)" });
        let event = json!({ "is": "event_trigger", "event": "ddl_command_end", "function": "public.f", "enabled": "O",
            "tags": ["CREATE TABLE"] });
        let range = json!({ "is": "type", "type": "range", "subtype": "numeric", "opclass": "pg_catalog.numeric_ops",
            "collation": "pg_catalog.\"C\"", "canonical": "public.c", "subtype_diff": "public.d", "multirange": null });
        let domain = json!({ "is": "type", "type": "domain", "base": "character varying(9)",
            "collation": "pg_catalog.\"de_DE\"", "not_null": false, "default": "'a'::text" });
        let composite = json!({ "is": "type", "type": "composite",
            "attributes": [{ "name": "a", "data_type": "text", "collation": "pg_catalog.\"C\"" }] });
        let function = json!({ "is": "function", "kind": "function", "arguments": "a integer, VARIADIC b text[]",
            "interface": "", "language": "sql", "leakproof": false,
            "definition": "CREATE OR REPLACE FUNCTION public.o(a integer, VARIADIC b text[]) RETURNS int LANGUAGE sql AS 'SELECT 1'" });
        let view = json!({ "is": "view", "materialized": false, "definition": " SELECT 1", "populated": true,
            "options": ["security_invoker=true"], "tablespace": null });
        let table = json!({ "is": "table", "kind": "ordinary", "unlogged": false, "options": ["fillfactor=70"],
            "toast_options": ["autovacuum_enabled=off"], "access_method": null, "tablespace": null, "replica_identity": "d",
            "row_security": false, "force_row_security": false, "of_type": "public.t", "partition_key": "RANGE (a)",
            "partition_of": null, "partition_bound": "FOR VALUES FROM (1) TO (2)", "inherits": [] });
        for (class, detail, texts) in [
            ("pg_class", sequence, vec!["/data_type"]),
            ("pg_publication_rel", member, vec!["/filter"]),
            ("pg_event_trigger", event, vec!["/event", "/function"]),
            ("pg_type", range, vec!["/subtype", "/opclass", "/collation", "/canonical", "/subtype_diff"]),
            ("pg_type", domain, vec!["/base", "/collation", "/default"]),
            ("pg_type", composite, vec!["/attributes/0/data_type", "/attributes/0/collation"]),
            ("pg_proc", function, vec!["/arguments", "/definition"]),
            ("pg_class", view, vec!["/definition", "/options/0"]),
            (
                "pg_class",
                table,
                vec!["/options/0", "/toast_options/0", "/of_type", "/partition_key", "/partition_bound"],
            ),
        ] {
            assert!(!refused(&object(class, &detail)), "{:?}", texts_of(&object(class, &detail)));
            for text in texts {
                let mut other = detail.clone();
                *other.pointer_mut(text).unwrap() = json!(BAD);
                assert!(refused(&object(class, &other)), "{text} of {detail}");
            }
        }
    }
}
