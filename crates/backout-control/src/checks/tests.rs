//! The table of kinds, and the page that explains them.

use std::collections::BTreeSet;

use backout_plan::Plan;

use super::*;

#[test]
fn what_is_no_criterion_says_what_there_is() {
    for (that, said) in [
        (json!({}), "a criterion is a table with one of: baseline, command"),
        (json!({ "sql": "SELECT true", "http": { "url": "x" } }), "a criterion is a table with one of"),
        (json!("SELECT true"), "a criterion is a table with one of"),
        (json!({ "sqll": "SELECT true" }), "there is no check \"sqll\"; there are: baseline"),
        (json!({ "sql": 3 }), "sql: "),
        (json!({ "extension": { "nam": "x" } }), "extension: unknown field `nam`"),
        (json!({ "tables": { "names": ["x"], "filed": true } }), "tables: a list of tables is expected"),
        (json!({ "count-unchanged": { "tables": ["a.b"], "tolerance": "x" } }), "count-unchanged: tolerance is"),
        (json!({ "count-unchanged": { "tables": ["b"] } }), "the schema is missing"),
        (json!({ "recent-rows": { "table": "t", "column": "c", "within": "5" } }), "needs a unit"),
    ] {
        let error = Criterion::read(&that).expect_err("it is none").to_string();
        assert!(error.contains(said), "{that}: {error}");
    }
}

#[test]
fn each_kind_has_an_example_in_the_docs_that_is_a_plan() {
    let page = include_str!("../../../../docs/checks.md");
    let mut shown = BTreeSet::new();
    for example in page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()) {
        let text = format!("version = 1\n[targets.production]\n{example}");
        let plan = Plan::parse("docs/checks.md", &text).unwrap_or_else(|errors| panic!("{example}\n{errors}"));
        let checks = of_plan(&plan).unwrap_or_else(|errors| panic!("{example}\n{errors}"));
        shown.extend(checks.iter().map(|check| check.that.kind));
        crate::steps::validate(&plan).unwrap_or_else(|errors| panic!("{example}\n{errors}"));
    }
    let known: BTreeSet<&str> = kinds().collect();
    assert_eq!(shown, known, "docs/checks.md");
    for kind in known {
        assert!(page.contains(&format!("\n### {kind}\n")), "docs/checks.md has no section {kind}");
    }
}

#[test]
fn the_schema_names_the_kinds() {
    let mut schema = backout_plan::plan::schema_json();
    let open = &schema["$defs"]["PlanCheck"]["properties"]["that"];
    assert!(open["properties"].is_null(), "the plan's crate knows no kind: {open:#}");
    into_schema(&mut schema);
    let that = &schema["$defs"]["PlanCheck"]["properties"]["that"]["properties"];
    assert_eq!(that.as_object().map(Map::len), Some(KINDS.len()));
}
