//! What a tree names anywhere inside: relations, relations written, functions.

use pg_query::NodeEnum;
use pg_query::protobuf::{Node, RangeVar};
use serde_json::Value;

use super::RelationName;

#[derive(Debug, Default)]
pub(super) struct Named {
    pub relations: Vec<RelationName>,
    pub writes: Vec<RelationName>,
    pub functions: Vec<Vec<String>>,
    queries: Vec<String>,
}

impl Named {
    pub fn of<'n>(nodes: impl IntoIterator<Item = &'n Node>) -> Self {
        let mut named = Self::default();
        for node in nodes {
            named.node(node);
        }
        // The name of a WITH query is no relation.
        let Self { relations, queries, .. } = &mut named;
        relations.retain(|relation| relation.schema.is_some() || !queries.contains(&relation.name));
        named
    }

    /// Whether a function is called that is not known to be harmless.
    pub fn calls_unknown(&self) -> bool {
        self.functions.iter().any(|name| !is_harmless(name))
    }

    /// Large VALUES lists are walked as they are; everything else through its serialised form, which
    /// reaches every kind of node that the grammar has.
    fn node(&mut self, node: &Node) {
        match &node.node {
            None | Some(NodeEnum::AConst(_) | NodeEnum::ColumnRef(_) | NodeEnum::String(_)) => {}
            Some(NodeEnum::List(list)) => list.items.iter().for_each(|item| self.node(item)),
            Some(NodeEnum::TypeCast(cast)) => cast.arg.iter().for_each(|item| self.node(item)),
            Some(NodeEnum::AExpr(expression)) => {
                expression.lexpr.iter().chain(&expression.rexpr).for_each(|item| self.node(item));
            }
            Some(NodeEnum::InsertStmt(insert)) if is_values(insert.select_stmt.as_deref()) => {
                let mut rest = insert.clone();
                let values = rest.select_stmt.take();
                self.serialised(&NodeEnum::InsertStmt(rest));
                if let Some(NodeEnum::SelectStmt(select)) = values.and_then(|values| values.node) {
                    select.values_lists.iter().for_each(|item| self.node(item));
                }
            }
            Some(other) => self.serialised(other),
        }
    }

    fn serialised(&mut self, node: &NodeEnum) {
        if let Ok(value) = serde_json::to_value(node) {
            self.value(&value);
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.value(item)),
            Value::Object(fields) => {
                if let (Some(Value::String(name)), Some(Value::String(schema)), true) =
                    (fields.get("relname"), fields.get("schemaname"), fields.contains_key("relpersistence"))
                {
                    add(&mut self.relations, named(schema, name));
                }
                for (key, inner) in fields {
                    match key.as_str() {
                        "FuncCall" => add(&mut self.functions, strings(&inner["funcname"])),
                        "CommonTableExpr" => self.queries.extend(inner["ctename"].as_str().map(str::to_owned)),
                        "InsertStmt" | "UpdateStmt" | "DeleteStmt" | "MergeStmt" => {
                            if let (Some(schema), Some(name)) =
                                (inner["relation"]["schemaname"].as_str(), inner["relation"]["relname"].as_str())
                            {
                                add(&mut self.writes, named(schema, name));
                            }
                        }
                        _ => {}
                    }
                    self.value(inner);
                }
            }
            _ => {}
        }
    }
}

pub(super) fn relation(range: &RangeVar) -> RelationName {
    named(&range.schemaname, &range.relname)
}

/// The parts of a name that the grammar keeps as a list.
pub(super) fn parts(nodes: &[Node]) -> Vec<String> {
    nodes
        .iter()
        .filter_map(|node| match &node.node {
            Some(NodeEnum::String(text)) => Some(text.sval.clone()),
            _ => None,
        })
        .collect()
}

/// A function of PostgreSQL that changes nothing and calls nobody back.
pub(super) fn is_harmless(name: &[String]) -> bool {
    match name {
        [name] => HARMLESS.binary_search(&name.as_str()).is_ok(),
        [schema, name] => schema == "pg_catalog" && HARMLESS.binary_search(&name.as_str()).is_ok(),
        _ => false,
    }
}

/// A function that gives every row its own value, so that a default of it rewrites the table.
pub(super) fn is_volatile(name: &[String]) -> bool {
    let stable = [
        "now",
        "transaction_timestamp",
        "statement_timestamp",
        "timezone",
        "to_char",
        "date_trunc",
        "lower",
        "upper",
        "to_jsonb",
        "jsonb_build_object",
        "jsonb_build_array",
        "json_build_object",
        "json_build_array",
        "array_fill",
        "concat",
        "coalesce",
        "date",
        "make_interval",
        "current_setting",
        "md5",
        "length",
    ];
    !name.last().is_some_and(|name| stable.contains(&name.as_str()))
}

fn named(schema: &str, name: &str) -> RelationName {
    RelationName { schema: (!schema.is_empty()).then(|| schema.to_owned()), name: name.to_owned() }
}

fn add<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

fn strings(value: &Value) -> Vec<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|item| item["node"]["String"]["sval"].as_str())
        .map(str::to_owned)
        .collect()
}

fn is_values(select: Option<&Node>) -> bool {
    matches!(select.and_then(|node| node.node.as_ref()), Some(NodeEnum::SelectStmt(select)) if !select.values_lists.is_empty() && select.with_clause.is_none())
}

/// Sorted. Anything that is not here counts as code.
#[rustfmt::skip]
const HARMLESS: &[&str] = &[
    "abs", "age", "array_agg", "array_append", "array_cat", "array_fill", "array_length", "array_ndims", "array_position", "array_prepend", "array_remove",
    "array_replace", "array_to_json", "array_to_string", "array_upper", "ascii", "avg", "bit_and", "bit_length", "bit_or", "bool_and", "bool_or", "btrim",
    "cardinality", "ceil", "ceiling", "char_length", "character_length", "chr", "clock_timestamp", "coalesce", "col_description", "concat", "concat_ws", "count",
    "current_database", "current_schema", "current_schemas", "current_setting", "date", "date_bin", "date_part", "date_trunc", "decode", "dense_rank", "encode",
    "every", "exists", "exp", "extract", "first_value", "floor", "format", "format_type", "gen_random_uuid", "generate_series", "generate_subscripts",
    "has_column_privilege", "has_schema_privilege", "has_table_privilege", "initcap", "json_agg", "json_array_elements", "json_array_elements_text",
    "json_array_length", "json_build_array", "json_build_object", "json_each", "json_each_text", "json_extract_path", "json_object", "json_object_agg",
    "json_typeof", "jsonb_agg", "jsonb_array_elements", "jsonb_array_elements_text", "jsonb_array_length", "jsonb_build_array", "jsonb_build_object",
    "jsonb_each", "jsonb_each_text", "jsonb_extract_path", "jsonb_extract_path_text", "jsonb_insert", "jsonb_object", "jsonb_object_agg", "jsonb_object_keys",
    "jsonb_path_exists", "jsonb_path_query", "jsonb_set", "jsonb_strip_nulls", "jsonb_typeof", "justify_days", "justify_hours", "lag", "last_value", "lead",
    "left", "length", "ln", "log", "lower", "lpad", "ltrim", "make_date", "make_interval", "make_time", "make_timestamp", "make_timestamptz", "max", "md5",
    "min", "mod", "mode", "now", "ntile", "nullif", "num_nonnulls", "num_nulls", "numnode", "obj_description", "octet_length", "overlay", "percent_rank",
    "percentile_cont", "percentile_disc", "pg_backend_pid", "pg_column_size", "pg_database_size", "pg_get_constraintdef", "pg_get_expr", "pg_get_functiondef",
    "pg_get_indexdef", "pg_get_serial_sequence", "pg_get_viewdef", "pg_relation_size", "pg_size_pretty", "pg_table_size", "pg_total_relation_size", "pg_typeof",
    "position", "power", "quote_ident", "quote_literal", "quote_nullable", "random", "rank", "regexp_match", "regexp_matches", "regexp_replace",
    "regexp_split_to_array", "regexp_split_to_table", "repeat", "replace", "reverse", "right", "round", "row_number", "row_to_json", "rpad", "rtrim", "sha256",
    "sign", "similar_to_escape", "split_part", "sqrt", "starts_with", "statement_timestamp", "stddev", "string_agg", "string_to_array", "string_to_table",
    "strpos", "substr", "substring", "sum", "timeofday", "timezone", "to_char", "to_date", "to_hex", "to_json", "to_jsonb", "to_number", "to_regclass",
    "to_regproc", "to_regtype", "to_timestamp", "to_tsquery", "to_tsvector", "transaction_timestamp", "translate", "trim_array", "trunc", "unnest", "upper",
    "variance", "version", "width_bucket", "xmlagg",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_harmless_functions_is_sorted() {
        for pair in HARMLESS.windows(2) {
            assert!(pair[0] < pair[1], "{pair:?}");
        }
    }
}
