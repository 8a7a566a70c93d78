//! Which of PostgreSQL's own types have a cast to which others.
//!
//! Must not know: casts that somebody made (CREATE CAST); types of other schemas go by their texts.

/// Names by which one type is known, with what `format_type` prints first.
const ALIASES: [(&str, &str); 6] = [
    ("timestamp without time zone", "timestamp"),
    ("timestamp with time zone", "timestamptz"),
    ("time without time zone", "time"),
    ("time with time zone", "timetz"),
    ("bit varying", "varbit"),
    ("character varying", "varchar"),
];

/// Every type of a group has a cast to every other.
const AMONG: [&[&str]; 6] = [
    &["smallint", "integer", "bigint", "real", "double precision", "numeric"],
    &["json", "jsonb"],
    &["bit", "varbit"],
    &["inet", "cidr"],
    &["macaddr", "macaddr8"],
    &["timestamp", "timestamptz"],
];

/// All that `pg_cast` has beside the groups, on every version: what the first has casts to.
const TO: [(&str, &[&str]); 26] = [
    ("boolean", &["integer"]),
    ("integer", &["boolean", "bit", "money", "\"char\""]),
    ("bigint", &["bit", "money"]),
    ("numeric", &["money"]),
    ("money", &["numeric"]),
    ("\"char\"", &["integer"]),
    ("bit", &["integer", "bigint"]),
    ("jsonb", &["boolean", "smallint", "integer", "bigint", "real", "double precision", "numeric"]),
    ("date", &["timestamp", "timestamptz"]),
    ("timestamp", &["date", "time"]),
    ("timestamptz", &["date", "time", "timetz"]),
    ("time", &["interval", "timetz"]),
    ("timetz", &["time"]),
    ("interval", &["time"]),
    ("point", &["box"]),
    ("lseg", &["point"]),
    ("path", &["polygon"]),
    ("box", &["circle", "lseg", "point", "polygon"]),
    ("polygon", &["box", "circle", "path", "point"]),
    ("circle", &["box", "point", "polygon"]),
    ("int4range", &["int4multirange"]),
    ("int8range", &["int8multirange"]),
    ("numrange", &["nummultirange"]),
    ("daterange", &["datemultirange"]),
    ("tsrange", &["tsmultirange"]),
    ("tstzrange", &["tstzmultirange"]),
];

/// Types that are object ids.
const OF_OIDS: [&str; 12] = [
    "oid",
    "regproc",
    "regprocedure",
    "regoper",
    "regoperator",
    "regclass",
    "regtype",
    "regrole",
    "regnamespace",
    "regconfig",
    "regdictionary",
    "regcollation",
];

/// Types that are read and written as anything.
const TEXTS: [&str; 4] = ["text", "varchar", "character", "name"];

pub(crate) fn is_text(name: &str) -> bool {
    !name.ends_with("[]") && TEXTS.contains(&base(name).as_str())
}

/// Whether values of the type are names of things in the catalog, which need not be there.
pub fn is_reference(name: &str) -> bool {
    let base = base(name);
    base != "oid" && OF_OIDS.contains(&base.as_str())
}

/// Whether `::` from one of PostgreSQL's own types to another is allowed.
pub(crate) fn exists(from: &str, to: &str) -> bool {
    let (from_array, to_array) = (from.ends_with("[]"), to.ends_with("[]"));
    let (from, to) = (base(from), base(to));
    let of_text = |name: &str| TEXTS.contains(&name);
    if from_array != to_array {
        // Only texts are read and written as anything.
        return if from_array { of_text(&to) } else { of_text(&from) };
    }
    if from == to || of_text(&from) || of_text(&to) {
        return true;
    }
    let of_oid = |name: &str| OF_OIDS.contains(&name);
    let whole = |name: &str| matches!(name, "smallint" | "integer" | "bigint");
    let by_number =
        |oid: &str, number: &str| of_oid(oid) && (number == "oid" || matches!(number, "integer" | "bigint"));
    AMONG.iter().any(|group| group.contains(&from.as_str()) && group.contains(&to.as_str()))
        || TO.iter().any(|(of, all)| *of == from && all.contains(&to.as_str()))
        || by_number(&from, &to)
        || of_oid(&to) && (from == "oid" || whole(&from))
}

/// A type without its modifiers, as it is commonly called.
fn base(name: &str) -> String {
    let mut name = name.trim_end_matches("[]").to_owned();
    if let (Some(open), Some(close)) = (name.find('('), name.find(')')) {
        name.replace_range(open..=close, "");
        name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    // The fields of an interval.
    if name.starts_with("interval ") {
        return "interval".to_owned();
    }
    let known = ALIASES.iter().find(|(long, _)| *long == name);
    known.map_or(name, |(_, short)| (*short).to_owned())
}
