//! The statements of a text, by PostgreSQL's own grammar.

use pg_query::NodeEnum;
use pg_query::protobuf::a_const::Val;

use super::tag;

/// The command tag of each statement, in their order: `ALTER TABLE`, `INSERT`.
///
/// # Errors
/// What the grammar says of a text that it does not know.
pub fn tags(text: &str) -> Result<Vec<String>, String> {
    let parsed = pg_query::parse(text, 0).map_err(|error| error.to_string())?;
    let statements = parsed.protobuf.stmts.iter().filter_map(|raw| raw.stmt.as_ref()?.node.as_ref());
    Ok(statements.map(tag::of).collect())
}

/// The code of a text that is one DO statement, and nothing else.
pub fn code_of_do(text: &str) -> Option<String> {
    let parsed = pg_query::parse(text, 0).ok()?;
    let [one] = parsed.protobuf.stmts.as_slice() else { return None };
    let NodeEnum::DoStmt(statement) = one.stmt.as_ref()?.node.as_ref()? else { return None };
    // A language may stand beside it; then it is not what is asked for.
    let [argument] = statement.args.as_slice() else { return None };
    let NodeEnum::DefElem(element) = argument.node.as_ref()? else { return None };
    match element.arg.as_ref()?.node.as_ref()? {
        NodeEnum::String(code) if element.defname == "as" => Some(code.sval.clone()),
        _ => None,
    }
}

/// The value of a text that is one string constant, and nothing else.
pub fn string_constant(text: &str) -> Option<String> {
    let parsed = pg_query::parse(&format!("SELECT {text}"), 0).ok()?;
    let [one] = parsed.protobuf.stmts.as_slice() else { return None };
    let NodeEnum::SelectStmt(statement) = one.stmt.as_ref()?.node.as_ref()? else { return None };
    let [target] = statement.target_list.as_slice() else { return None };
    let NodeEnum::ResTarget(target) = target.node.as_ref()? else { return None };
    if !target.name.is_empty() || !statement.from_clause.is_empty() || statement.where_clause.is_some() {
        return None;
    }
    let NodeEnum::AConst(constant) = target.val.as_ref()?.node.as_ref()? else { return None };
    match constant.val.as_ref()? {
        Val::Sval(value) => Some(value.sval.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_constants_stand_alone() {
        assert_eq!(code_of_do("DO 'BEGIN a; END'").as_deref(), Some("BEGIN a; END"));
        assert_eq!(code_of_do("DO $x$it's$x$").as_deref(), Some("it's"));
        for other in ["DO 'a'; COPY t TO PROGRAM 'x'", "SELECT 1", "DO LANGUAGE plperl 'a'", "DO 'a"] {
            assert_eq!(code_of_do(other), None, "{other}");
        }
        assert_eq!(string_constant("'it''s'").as_deref(), Some("it's"));
        assert_eq!(string_constant(r"E'a\\b'").as_deref(), Some(r"a\b"));
        for other in ["'a' || b()", "1", "'a', b()", "'a' FROM t", "'a'; SELECT 'b'", "b()"] {
            assert_eq!(string_constant(other), None, "{other}");
        }
    }
}
