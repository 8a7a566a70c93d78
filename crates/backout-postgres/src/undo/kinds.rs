//! What an undo may run, by PostgreSQL's own grammar. Definitions and texts on record are those of whoever may write the
//! record: a text that is none of these statements, or more of them than it stands for, is not run.

use std::collections::BTreeSet;

use backout_reversal::ddl::is_list;
use backout_reversal::{Inverse, Step, TailStep, UndoPlan};
use backout_schema::{Detail, FunctionKind, Object, Other, Type};
use backout_sql::analysis::tags;

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

/// How a plan sets what holds for the database, whose name the server fills in. No text on record begins so.
const OF_THE_DATABASE: &str = "DO 'BEGIN EXECUTE pg_catalog.format(";

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
    new.try_for_each(|(sql, about)| check(sql, about))
}

fn texts(plan: &UndoPlan) -> impl Iterator<Item = (&str, &str)> {
    let of_step = |step| {
        let Step { sql, about, or_else, .. }: &Step = step;
        let others = or_else.iter().flat_map(|way| &way.statements).map(String::as_str);
        std::iter::once(sql.as_str()).chain(others).map(|sql| (sql, about.as_str()))
    };
    plan.statements().flat_map(of_step).chain(plan.tail.iter().map(|step| (step.sql(), step.about())))
}

/// That a step which is on record is what may follow an undo.
pub(super) fn check_tail(step: &TailStep) -> Result<(), UndoError> {
    check(step.sql(), step.about())
}

fn check(sql: &str, about: &str) -> Result<(), UndoError> {
    let refused = |problem: String| UndoError::NotOfItsKind { about: about.to_owned(), problem };
    let tags = tags(sql).map_err(|said| refused(format!("it is not SQL: {said}")))?;
    if sql.starts_with(OF_THE_DATABASE) {
        return Ok(());
    }
    // Several in one text only of what takes nothing away: an identity with the name of its sequence, the rows of the
    // team's own tool, a text search configuration.
    let also = ["SET", "INSERT", "UPDATE", "DELETE", "CREATE TEXT SEARCH CONFIGURATION"];
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
                Ok(found) => Err(UndoError::NotOfItsKind {
                    about: about(),
                    problem: format!("it should be {expected}, and it is {}", found.join(", ")),
                }),
                Err(said) => Err(UndoError::NotOfItsKind { about: about(), problem: format!("it is not SQL: {said}") }),
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
    match tags(&other.definition) {
        Ok(found) if found.iter().any(|tag| !may_run(tag)) => Err(UndoError::NotOfItsKind {
            about: about.to_owned(),
            problem: format!("it holds a statement that no undo runs: {}", found.join(", ")),
        }),
        _ => Ok(()),
    }
}

/// An object's texts, each as a whole statement, and that statement's command tag.
fn texts_of(object: &Object) -> Vec<(String, &'static str)> {
    let expression = |text: &String| (format!("SELECT ({text})"), "SELECT");
    match &object.detail {
        Detail::Index(index) => vec![(index.definition.clone(), "CREATE INDEX")],
        Detail::Trigger(trigger) => vec![(trigger.definition.clone(), "CREATE TRIGGER")],
        Detail::Rule(rule) => vec![(rule.definition.clone(), "CREATE RULE")],
        Detail::Statistics(statistics) => vec![(statistics.definition.clone(), "CREATE STATISTICS")],
        Detail::View(view) => vec![(format!("CREATE VIEW v AS {}", view.definition), "CREATE VIEW")],
        Detail::Function(function) => match function.kind {
            FunctionKind::Function | FunctionKind::Window => vec![(function.definition.clone(), "CREATE FUNCTION")],
            FunctionKind::Procedure => vec![(function.definition.clone(), "CREATE PROCEDURE")],
            FunctionKind::Aggregate => Vec::new(),
        },
        Detail::Constraint(constraint) if constraint.on_domain => {
            vec![(format!("ALTER DOMAIN d ADD CONSTRAINT c {}", constraint.definition), "ALTER DOMAIN")]
        }
        Detail::Constraint(constraint) => {
            vec![(format!("ALTER TABLE t ADD CONSTRAINT c {}", constraint.definition), "ALTER TABLE")]
        }
        Detail::Default(default) => vec![expression(&default.expression)],
        Detail::Column(column) => {
            let kind = (format!("SELECT NULL::{}", column.data_type), "SELECT");
            column.generated.iter().map(expression).chain([kind]).collect()
        }
        Detail::Policy(policy) => policy.using.iter().chain(&policy.check).map(expression).collect(),
        Detail::Table(table) => {
            let key = table.partition_key.iter();
            let bound = table.partition_bound.iter();
            key.map(|key| (format!("CREATE TABLE t () PARTITION BY {key}"), "CREATE TABLE"))
                .chain(bound.map(|bound| (format!("ALTER TABLE t ATTACH PARTITION p {bound}"), "ALTER TABLE")))
                .collect()
        }
        Detail::Type(Type::Domain { base, default, .. }) => {
            default.iter().map(expression).chain([(format!("SELECT NULL::{base}"), "SELECT")]).collect()
        }
        Detail::Type(Type::Composite { attributes }) => {
            attributes.iter().map(|a| (format!("SELECT NULL::{}", a.data_type), "SELECT")).collect()
        }
        _ => Vec::new(),
    }
}
