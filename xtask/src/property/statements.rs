//! Statements made up for a database as it is: of every kind that a migration may hold.
//!
//! Must not know: whether they make sense. Whoever runs them keeps those that the server takes.

use super::world::{Column, Dice, Table, World};

/// A new name; some are hostile.
fn name(dice: &mut Dice) -> String {
    let stem = dice.word(&[
        "item",
        "item",
        "part",
        "part",
        "note",
        "Order",
        "select",
        "über",
        "x y",
        "we\"\"ird",
        "a.b",
        "user",
        "日本",
        "a_very_long_name_that_goes_up_to_the_limit_of_sixty_three_b",
    ]);
    format!("\"{stem}{}\"", dice.below(60))
}

fn full(world: &World, dice: &mut Dice) -> String {
    let schema = if dice.one_in(4) { dice.pick(&world.schemas).cloned() } else { None };
    format!("{}.{}", schema.unwrap_or_else(|| "public".into()), name(dice))
}

fn data_type(world: &World, dice: &mut Dice) -> String {
    let own: Vec<String> = world
        .enums
        .iter()
        .map(|e| e.name.clone())
        .chain(world.domains.iter().cloned())
        .chain(world.composites.iter().cloned())
        .collect();
    if let (true, Some(own)) = (dice.one_in(4), dice.pick(&own)) {
        return if dice.one_in(5) { format!("{own}[]") } else { own.clone() };
    }
    dice.word(&[
        "integer",
        "integer",
        "bigint",
        "text",
        "text",
        "varchar(20)",
        "varchar(40)",
        "boolean",
        "numeric(10,2)",
        "timestamptz",
        "date",
        "uuid",
        "jsonb",
        "text[]",
        "smallint",
        "char(3)",
        "double precision",
        "bytea",
        "inet",
        "interval",
    ])
    .to_owned()
}

/// A value that a column of this category takes.
fn value(column: &Column, world: &World, dice: &mut Dice) -> String {
    let labels = world
        .enums
        .iter()
        .find(|e| e.name.ends_with(&column.data_type) || e.name == format!("public.{}", column.data_type));
    match column.category.as_str() {
        "N" => format!("{}", 1 + dice.below(90)),
        "S" => format!("'{}'", dice.word(&["a", "b", "it''s", "ü", ""])),
        "B" => dice.word(&["true", "false"]).to_owned(),
        "D" => dice.word(&["now()", "'2026-01-02'", "'1999-12-31 23:59'"]).to_owned(),
        "E" => {
            labels.and_then(|e| dice.pick(&e.labels)).map_or("NULL".into(), |l| format!("'{}'", l.replace('\'', "''")))
        }
        "U" if column.data_type == "uuid" => "gen_random_uuid()".to_owned(),
        "U" if column.data_type.starts_with("json") => "'{\"k\": [1]}'".to_owned(),
        "A" => "'{}'".to_owned(),
        "T" => "'3 hours'".to_owned(),
        _ => "NULL".to_owned(),
    }
}

fn condition(table: &Table, world: &World, dice: &mut Dice) -> Option<String> {
    let column = dice.pick(&table.columns)?;
    let c = &column.name;
    let one = match column.category.as_str() {
        "N" => match dice.below(3) {
            0 => format!("{c} BETWEEN 0 AND 100000"),
            1 => format!("{c} IN (1, 2, 3) OR {c} > 3"),
            _ => format!("{c} <> 77"),
        },
        "S" => match dice.below(3) {
            0 => format!("{c} IN ('a', 'b', 'c') OR length({c}) < 50"),
            1 => format!("lower({c}) <> 'zzz'"),
            _ => format!("{c} NOT LIKE 'zz%'"),
        },
        "B" => format!("{c} IS NOT NULL OR {c} IS NULL"),
        "D" => format!("{c} > '1900-01-01'"),
        "E" => format!("{c} <> {}", value(column, world, dice)),
        _ => format!("{c} IS NOT NULL"),
    };
    Some(match dice.below(4) {
        0 => format!("NOT ({one}) OR {c} IS NULL OR true"),
        1 => format!("({one}) AND ({c} IS NOT NULL OR 1 < 2)"),
        _ => one,
    })
}

fn columns_of(table: &Table, dice: &mut Dice, most: usize) -> String {
    let mut names: Vec<&str> = Vec::new();
    for _ in 0..=dice.below(most) {
        if let Some(column) = dice.pick(&table.columns)
            && !names.contains(&column.name.as_str())
        {
            names.push(&column.name);
        }
    }
    names.join(", ")
}

fn cascade(dice: &mut Dice) -> &'static str {
    if dice.one_in(3) { "" } else { " CASCADE" }
}

fn create_table(world: &World, dice: &mut Dice) -> String {
    let table = full(world, dice);
    let mut parts = Vec::new();
    let key = dice.below(5);
    match key {
        0 => parts.push("id serial PRIMARY KEY".to_owned()),
        1 => parts.push("id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY".to_owned()),
        2 => parts.push("id uuid PRIMARY KEY DEFAULT gen_random_uuid()".to_owned()),
        _ => {}
    }
    for _ in 0..1 + dice.below(5) {
        let data_type = data_type(world, dice);
        let mut column = format!("{} {data_type}", name(dice));
        match dice.below(9) {
            0 => column.push_str(" NOT NULL"),
            1 if data_type == "integer" => column.push_str(" DEFAULT 5 CHECK (true)"),
            2 if data_type == "text" => column.push_str(" COLLATE \"C\" DEFAULT 'x'"),
            3 => column.push_str(" UNIQUE"),
            4 => {
                if let Some(other) = world.table(dice) {
                    column = format!(
                        "{} integer REFERENCES {} {}",
                        name(dice),
                        other.name,
                        dice.word(&["", "ON DELETE CASCADE", "ON DELETE SET NULL", "DEFERRABLE INITIALLY DEFERRED"])
                    );
                }
            }
            5 if data_type == "timestamptz" => column.push_str(" DEFAULT now() NOT NULL"),
            _ => {}
        }
        parts.push(column);
    }
    if key == 3 {
        parts.insert(dice.below(parts.len()), "k integer".to_owned());
        parts.push("PRIMARY KEY (k)".to_owned());
    }
    if dice.one_in(6) {
        parts.push("n integer, m integer GENERATED ALWAYS AS (n * 2) STORED".to_owned());
    }
    if dice.one_in(8) {
        return format!(
            "CREATE TABLE {table} (part integer NOT NULL, {}) PARTITION BY {}",
            parts
                .join(", ")
                .replace(" PRIMARY KEY", "")
                .replace(" UNIQUE", "")
                .replace("GENERATED ALWAYS AS IDENTITY", ""),
            dice.word(&["LIST (part)", "RANGE (part)", "HASH (part)"])
        );
    }
    let tail = if let (true, Some(parent)) = (dice.one_in(12), world.table(dice)) {
        format!(" INHERITS ({})", parent.name)
    } else {
        dice.word(&["", "", "", "", " WITH (fillfactor = 70)", " WITH (autovacuum_enabled = false)"]).to_owned()
    };
    let unlogged = if dice.one_in(20) { "UNLOGGED " } else { "" };
    format!("CREATE {unlogged}TABLE {table} ({}){tail}", parts.join(", "))
}

fn add_column(table: &Table, world: &World, dice: &mut Dice) -> String {
    let data_type = data_type(world, dice);
    let rest = match (data_type.as_str(), dice.below(6)) {
        ("integer" | "bigint", 0) => " NOT NULL DEFAULT 3".to_owned(),
        ("text", 0) => " NOT NULL DEFAULT 'none'".to_owned(),
        ("timestamptz", 0) => " DEFAULT now()".to_owned(),
        ("boolean", _) => " DEFAULT false NOT NULL".to_owned(),
        ("uuid", 0 | 1) => " DEFAULT gen_random_uuid()".to_owned(),
        ("integer", 1) => return format!("ALTER TABLE {} ADD COLUMN {} serial", table.name, name(dice)),
        ("bigint", 1) => {
            return format!(
                "ALTER TABLE {} ADD COLUMN {} bigint GENERATED BY DEFAULT AS IDENTITY",
                table.name,
                name(dice)
            );
        }
        (_, 2) => match world.table(dice) {
            Some(other) => {
                return format!(
                    "ALTER TABLE {} ADD COLUMN {} integer REFERENCES {}",
                    table.name,
                    name(dice),
                    other.name
                );
            }
            None => String::new(),
        },
        _ => String::new(),
    };
    format!("ALTER TABLE {} ADD COLUMN {} {data_type}{rest}", table.name, name(dice))
}

fn alter_column(table: &Table, world: &World, dice: &mut Dice) -> Option<String> {
    let column = dice.pick(&table.columns)?;
    let head = format!("ALTER TABLE {} ALTER COLUMN {}", table.name, column.name);
    let c = &column.name;
    Some(match dice.below(11) {
        0 | 1 => {
            let to = match column.category.as_str() {
                "N" => dice.word(&["bigint", "numeric", "text", "integer", "smallint"]),
                "S" => dice.word(&["text", "varchar(100)", "varchar(5)", "char(10)"]),
                "D" => dice.word(&["timestamptz", "timestamp", "date", "text"]),
                _ => "text",
            };
            let first = format!("{head} TYPE {to} USING {c}::{to}");
            if !dice.one_in(3) {
                return Some(first);
            }
            // On to another one, or back.
            let then = match column.category.as_str() {
                "N" => dice.word(&["bigint", "numeric", "numeric(12,1)", "integer", "text"]),
                "S" => dice.word(&["text", "varchar(100)", "char(10)"]),
                "D" => dice.word(&["timestamptz", "timestamp", "date"]),
                _ => "varchar",
            };
            format!("{first}; {head} TYPE {then} USING {c}::{then}")
        }
        2 => format!("{head} SET DEFAULT {}", value(column, world, dice)),
        3 => format!("{head} DROP DEFAULT"),
        4 => format!("{head} SET NOT NULL"),
        5 => format!("{head} DROP NOT NULL"),
        6 => format!("{head} SET STATISTICS {}", dice.below(500)),
        7 => format!("{head} SET STORAGE {}", dice.word(&["PLAIN", "EXTERNAL", "EXTENDED", "MAIN"])),
        8 => format!("{head} SET (n_distinct = {})", dice.below(90)),
        9 if column.identity => format!("{head} DROP IDENTITY"),
        9 if column.generated => format!("{head} DROP EXPRESSION"),
        9 => format!("{head} ADD GENERATED BY DEFAULT AS IDENTITY"),
        _ => format!("ALTER TABLE {} RENAME COLUMN {c} TO {}", table.name, name(dice)),
    })
}

fn constraint(table: &Table, world: &World, dice: &mut Dice) -> Option<String> {
    let head = format!("ALTER TABLE {}", table.name);
    Some(match dice.below(10) {
        0 | 1 => format!(
            "{head} ADD CONSTRAINT {} CHECK ({}){}",
            name(dice),
            condition(table, world, dice)?,
            dice.word(&["", "", " NOT VALID"])
        ),
        2 => format!("{head} ADD UNIQUE ({})", columns_of(table, dice, 2)),
        3 => format!("{head} ADD PRIMARY KEY ({})", columns_of(table, dice, 2)),
        4 => {
            let other = world.table(dice)?;
            format!(
                "{head} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {}{}",
                name(dice),
                columns_of(table, dice, 1),
                other.name,
                dice.word(&["", " NOT VALID", " ON UPDATE CASCADE", " DEFERRABLE"])
            )
        }
        5 => format!("{head} ADD EXCLUDE ({} WITH =)", columns_of(table, dice, 1)),
        6 => format!("{head} RENAME CONSTRAINT {} TO {}", dice.pick(&table.constraints)?.name, name(dice)),
        7 => {
            let key = dice.pick(&table.constraints)?;
            match key.kind.as_str() {
                "f" => format!("{head} ALTER CONSTRAINT {} {}", key.name, dice.word(&["DEFERRABLE", "NOT DEFERRABLE"])),
                "c" => format!("{head} VALIDATE CONSTRAINT {}", key.name),
                _ => format!("{head} CLUSTER ON {}", key.name),
            }
        }
        _ => format!("{head} DROP CONSTRAINT {}{}", dice.pick(&table.constraints)?.name, cascade(dice)),
    })
}

fn index(table: &Table, world: &World, dice: &mut Dice) -> Option<String> {
    let column = dice.pick(&table.columns)?;
    let of = if column.category == "S" && dice.one_in(2) {
        format!("lower({}::text)", column.name)
    } else {
        columns_of(table, dice, 3)
    };
    Some(match dice.below(10) {
        0..=4 => format!(
            "CREATE {}INDEX {} ON {} ({of}){}{}",
            if dice.one_in(4) { "UNIQUE " } else { "" },
            name(dice),
            table.name,
            if dice.one_in(6) { format!(" INCLUDE ({})", column.name) } else { String::new() },
            if dice.one_in(3) { format!(" WHERE {}", condition(table, world, dice)?) } else { String::new() },
        ),
        5 => format!(
            "CREATE INDEX ON {} USING {} ({})",
            table.name,
            dice.word(&["hash", "gin", "brin", "btree"]),
            column.name
        ),
        6 => format!("ALTER INDEX {} RENAME TO {}", dice.pick(&table.indexes)?.name, name(dice)),
        7 => format!("ALTER INDEX {} SET (fillfactor = 60)", dice.pick(&table.indexes)?.name),
        8 => format!(
            "ALTER TABLE {} REPLICA IDENTITY {}",
            table.name,
            match dice.below(3) {
                0 => "FULL".to_owned(),
                1 => "NOTHING".to_owned(),
                _ =>
                    format!("USING INDEX {}", dice.pick(&table.indexes)?.name.rsplit_once('.').map_or("x", |(_, n)| n)),
            }
        ),
        _ => format!("DROP INDEX {}", dice.pick(&table.indexes)?.name),
    })
}

fn view(table: &Table, world: &World, dice: &mut Dice) -> Option<String> {
    Some(match dice.below(13) {
        0 => format!("CREATE VIEW {} AS SELECT * FROM {}", full(world, dice), table.name),
        1 | 2 => format!(
            "CREATE VIEW {} AS SELECT {} FROM {} WHERE {}",
            full(world, dice),
            columns_of(table, dice, 3),
            table.name,
            condition(table, world, dice)?
        ),
        3 => {
            let under = dice.pick(&world.views)?;
            format!("CREATE VIEW {} AS SELECT {} FROM {}", full(world, dice), dice.pick(&under.columns)?, under.name)
        }
        4 => {
            let by = columns_of(table, dice, 1);
            format!(
                "CREATE VIEW {} AS SELECT {by}, count(*) AS many FROM {} GROUP BY {by}",
                full(world, dice),
                table.name
            )
        }
        5 => format!(
            "CREATE MATERIALIZED VIEW {} AS SELECT {} FROM {}",
            full(world, dice),
            columns_of(table, dice, 3),
            table.name
        ),
        6 => {
            let view = dice.pick(&world.views)?;
            let word = if view.materialized { "MATERIALIZED VIEW" } else { "VIEW" };
            format!("ALTER {word} {} RENAME TO {}", view.name, name(dice))
        }
        7 => {
            let view = dice.pick(&world.views)?;
            format!(
                "ALTER VIEW {} SET ({})",
                view.name,
                dice.word(&["security_barrier = true", "check_option = local"])
            )
        }
        8 => {
            let view = dice.pick(&world.views)?;
            let columns = view.columns.join(", ");
            format!("CREATE OR REPLACE VIEW {} AS SELECT {columns}, 1 AS added FROM {}", view.name, table.name)
        }
        9 => {
            let view = dice.pick(&world.views)?;
            format!("CREATE INDEX ON {} ({})", view.name, dice.pick(&view.columns)?)
        }
        10 => {
            let view = dice.pick(&world.views)?;
            format!("ALTER VIEW {} ALTER COLUMN {} SET DEFAULT NULL", view.name, dice.pick(&view.columns)?)
        }
        _ => {
            let view = dice.pick(&world.views)?;
            let word = if view.materialized { "MATERIALIZED VIEW" } else { "VIEW" };
            format!("DROP {word} {}{}", view.name, cascade(dice))
        }
    })
}

fn types(world: &World, dice: &mut Dice) -> Option<String> {
    Some(match dice.below(15) {
        0 | 1 => format!("CREATE TYPE {} AS ENUM ('one', 'two', 'it''s', 'Drei')", full(world, dice)),
        2 => format!(
            "CREATE DOMAIN {} AS {} {}",
            full(world, dice),
            dice.word(&["integer", "text", "varchar(30)"]),
            dice.word(&["", "DEFAULT NULL", "CHECK (VALUE IS NOT NULL OR true)"])
        ),
        3 => format!("CREATE TYPE {} AS (x integer, y text)", full(world, dice)),
        4 => format!("CREATE TYPE {} AS RANGE (SUBTYPE = integer)", full(world, dice)),
        5 | 6 => {
            let of = dice.pick(&world.enums)?;
            format!(
                "ALTER TYPE {} ADD VALUE 'new{}'{}",
                of.name,
                dice.below(50),
                if dice.one_in(2) {
                    format!(" BEFORE '{}'", of.labels.first()?.replace('\'', "''"))
                } else {
                    String::new()
                }
            )
        }
        7 => {
            let of = dice.pick(&world.enums)?;
            format!(
                "ALTER TYPE {} RENAME VALUE '{}' TO 'label{}'",
                of.name,
                dice.pick(&of.labels)?.replace('\'', "''"),
                dice.below(50)
            )
        }
        8 => format!("DROP TYPE {}{}", dice.pick(&world.enums)?.name, cascade(dice)),
        9 => format!("DROP DOMAIN {}{}", dice.pick(&world.domains)?, cascade(dice)),
        10 => format!(
            "ALTER DOMAIN {} {}",
            dice.pick(&world.domains)?,
            dice.word(&[
                "SET DEFAULT NULL",
                "ADD CONSTRAINT extra CHECK (VALUE IS NOT NULL OR 1 = 1)",
                "DROP CONSTRAINT extra",
                "SET NOT NULL",
                "DROP NOT NULL"
            ])
        ),
        11 => format!("ALTER TYPE {} RENAME TO {}", dice.pick(&world.enums)?.name, name(dice)),
        12 => format!(
            "ALTER TYPE {} {}",
            dice.pick(&world.composites)?,
            dice.word(&["ADD ATTRIBUTE z integer", "RENAME ATTRIBUTE x TO xx", "DROP ATTRIBUTE y"])
        ),
        13 => format!("DROP TYPE {}{}", dice.pick(&world.composites)?, cascade(dice)),
        _ => format!("ALTER TYPE {} SET SCHEMA {}", dice.pick(&world.enums)?.name, dice.pick(&world.schemas)?),
    })
}

fn function(table: &Table, world: &World, dice: &mut Dice) -> Option<String> {
    Some(match dice.below(16) {
        0 => format!(
            "CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
            full(world, dice)
        ),
        1 => format!(
            "CREATE FUNCTION {}(integer, text DEFAULT 'x') RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT $2 || $1 $$",
            full(world, dice)
        ),
        2 => format!(
            "CREATE FUNCTION {}() RETURNS SETOF {} LANGUAGE sql STABLE AS $$ SELECT * FROM {} $$",
            full(world, dice),
            table.name,
            table.name
        ),
        3 => format!(
            "CREATE FUNCTION {}(r {}) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'x' $$",
            full(world, dice),
            table.name
        ),
        4 => format!(
            "CREATE FUNCTION {}() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count({}) FROM {}; END",
            full(world, dice),
            dice.pick(&table.columns)?.name,
            table.name
        ),
        5 => format!(
            "CREATE PROCEDURE {}() LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$ BEGIN NULL; END $$",
            full(world, dice)
        ),
        6 => {
            let of = dice.pick(&world.functions)?;
            if of.trigger {
                format!(
                    "CREATE OR REPLACE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; RETURN NEW; END $$",
                    of.name
                )
            } else {
                format!(
                    "ALTER FUNCTION {}({}) {}",
                    of.name,
                    of.arguments,
                    dice.word(&["STRICT", "VOLATILE", "COST 500", "SET work_mem = '1MB'", "SECURITY DEFINER"])
                )
            }
        }
        7 => {
            let of = dice.pick(&world.functions)?;
            format!("ALTER FUNCTION {}({}) RENAME TO {}", of.name, of.arguments, name(dice))
        }
        8 | 9 => {
            let of = dice.pick(&world.functions)?;
            format!("DROP FUNCTION {}({}){}", of.name, of.arguments, cascade(dice))
        }
        10 | 11 => new_trigger(table, world, dice)?,
        12 => format!("DROP TRIGGER {} ON {}", dice.pick(&table.triggers)?, table.name),
        13 => format!(
            "ALTER TABLE {} {} TRIGGER {}",
            table.name,
            dice.word(&["DISABLE", "ENABLE ALWAYS", "ENABLE REPLICA"]),
            dice.pick(&table.triggers)?
        ),
        14 => format!("ALTER TRIGGER {} ON {} RENAME TO {}", dice.pick(&table.triggers)?, table.name, name(dice)),
        _ => format!(
            "ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {}(1)",
            table.name,
            dice.pick(&table.columns)?.name,
            dice.pick(&world.functions)?.name
        ),
    })
}

fn new_trigger(table: &Table, world: &World, dice: &mut Dice) -> Option<String> {
    let triggers: Vec<_> = world.functions.iter().filter(|f| f.trigger).collect();
    let of = dice.pick(&triggers)?;
    Some(format!(
        "CREATE TRIGGER {} {} ON {} FOR EACH ROW {}EXECUTE FUNCTION {}()",
        name(dice),
        dice.word(&["BEFORE INSERT", "AFTER UPDATE", "BEFORE UPDATE OR DELETE", "AFTER INSERT OR UPDATE"]),
        table.name,
        if dice.one_in(4) { "WHEN (pg_trigger_depth() < 5) " } else { "" },
        of.name
    ))
}

fn rights(table: &Table, world: &World, dice: &mut Dice) -> Option<String> {
    Some(match dice.below(16) {
        0 => format!("ALTER TABLE {} ENABLE ROW LEVEL SECURITY", table.name),
        1 => format!("ALTER TABLE {} DISABLE ROW LEVEL SECURITY", table.name),
        2 => format!("ALTER TABLE {} {} ROW LEVEL SECURITY", table.name, dice.word(&["FORCE", "NO FORCE"])),
        3 | 4 => format!(
            "CREATE POLICY {} ON {} {} USING ({})",
            name(dice),
            table.name,
            dice.word(&["", "AS RESTRICTIVE FOR SELECT", "FOR UPDATE", "FOR DELETE TO PUBLIC"]),
            condition(table, world, dice)?
        ),
        5 => {
            let other = world.table(dice)?;
            format!("CREATE POLICY {} ON {} USING (EXISTS (SELECT FROM {} o))", name(dice), table.name, other.name)
        }
        6 => format!("DROP POLICY {} ON {}", dice.pick(&table.policies)?, table.name),
        7 => format!(
            "ALTER POLICY {} ON {} USING ({})",
            dice.pick(&table.policies)?,
            table.name,
            condition(table, world, dice)?
        ),
        8 => format!("GRANT {} ON {} TO PUBLIC", dice.word(&["SELECT", "INSERT, UPDATE", "ALL"]), table.name),
        9 => format!("GRANT SELECT ({}) ON {} TO PUBLIC", dice.pick(&table.columns)?.name, table.name),
        10 => format!("REVOKE ALL ON {} FROM PUBLIC", table.name),
        11 => format!("REVOKE INSERT ON {} FROM CURRENT_USER", table.name),
        12 => format!(
            "ALTER DEFAULT PRIVILEGES {}GRANT {} TO PUBLIC",
            dice.word(&["", "IN SCHEMA public "]),
            dice.word(&["SELECT ON TABLES", "USAGE ON SEQUENCES"])
        ),
        13 => {
            let of = dice.pick(&world.functions)?;
            format!("REVOKE EXECUTE ON FUNCTION {}({}) FROM PUBLIC", of.name, of.arguments)
        }
        14 => format!("GRANT USAGE ON SCHEMA {} TO PUBLIC", dice.pick(&world.schemas)?),
        _ => format!("GRANT USAGE ON SEQUENCE {} TO PUBLIC", dice.pick(&world.sequences)?),
    })
}

fn comment(table: &Table, world: &World, dice: &mut Dice) -> Option<String> {
    let what = match dice.below(8) {
        0 => format!("TABLE {}", table.name),
        1 => format!("COLUMN {}.{}", table.name, dice.pick(&table.columns)?.name),
        2 => format!("CONSTRAINT {} ON {}", dice.pick(&table.constraints)?.name, table.name),
        3 => format!("INDEX {}", dice.pick(&table.indexes)?.name),
        4 => format!("TYPE {}", dice.pick(&world.enums)?.name),
        5 => {
            let of = dice.pick(&world.functions)?;
            format!("FUNCTION {}({})", of.name, of.arguments)
        }
        6 => format!("TRIGGER {} ON {}", dice.pick(&table.triggers)?, table.name),
        _ => format!("POLICY {} ON {}", dice.pick(&table.policies)?, table.name),
    };
    Some(format!("COMMENT ON {what} IS {}", dice.word(&["'said''s'", "'ünï'", "NULL"])))
}

fn others(table: &Table, world: &World, dice: &mut Dice) -> Option<String> {
    Some(match dice.below(24) {
        0 => format!("CREATE SEQUENCE {} START {}", full(world, dice), 1 + dice.below(90)),
        1 => format!(
            "ALTER SEQUENCE {} {}",
            dice.pick(&world.sequences)?,
            dice.word(&["INCREMENT 3", "RESTART 700", "MAXVALUE 100000", "CACHE 4", "OWNED BY NONE"])
        ),
        2 => format!("DROP SEQUENCE {}{}", dice.pick(&world.sequences)?, cascade(dice)),
        3 => format!("ALTER SEQUENCE {} RENAME TO {}", dice.pick(&world.sequences)?, name(dice)),
        4 => format!("CREATE STATISTICS {} ON {} FROM {}", full(world, dice), columns_of(table, dice, 4), table.name),
        5 => format!("DROP STATISTICS {}", dice.pick(&world.statistics)?),
        6 => format!("ALTER STATISTICS {} SET STATISTICS {}", dice.pick(&world.statistics)?, dice.below(90)),
        7 => format!("CREATE SCHEMA {}", name(dice)),
        8 => format!("ALTER TABLE {} SET SCHEMA {}", table.name, dice.pick(&world.schemas)?),
        9 => {
            let schema = dice.pick(&world.schemas)?;
            if schema == "public" {
                return None;
            }
            format!("DROP SCHEMA {schema}{}", cascade(dice))
        }
        10 => {
            let schema = dice.pick(&world.schemas)?;
            if schema == "public" {
                return None;
            }
            format!("ALTER SCHEMA {schema} RENAME TO {}", name(dice))
        }
        11 | 12 => format!("ALTER TABLE {} RENAME TO {}", table.name, name(dice)),
        13 => new_partition(world, dice)?,
        14 => {
            let parts: Vec<&Table> = world.tables.iter().filter(|t| t.kind == "p").collect();
            let children: Vec<&Table> = world.tables.iter().filter(|t| t.partition).collect();
            format!("ALTER TABLE {} DETACH PARTITION {}", dice.pick(&parts)?.name, dice.pick(&children)?.name)
        }
        15 => {
            let option =
                dice.word(&["fillfactor = 55", "autovacuum_enabled = false", "toast.autovacuum_enabled = false"]);
            // A table that once had large values keeps the place for them, and what is set for that, which one that
            // never had any passes over.
            let is_large = |c: &Column| matches!(c.data_type.as_str(), "text" | "jsonb" | "bytea" | "text[]");
            if option.starts_with("toast.") && !table.columns.iter().any(is_large) {
                return None;
            }
            format!("ALTER TABLE {} SET ({option})", table.name)
        }
        16 => {
            format!("ALTER TABLE {} {}", table.name, dice.word(&["SET UNLOGGED", "SET LOGGED", "SET WITHOUT CLUSTER"]))
        }
        17 => format!("CREATE RULE {} AS ON DELETE TO {} WHERE false DO ALSO NOTHING", name(dice), table.name),
        18 => format!("DROP RULE {} ON {}", dice.pick(&table.rules)?, table.name),
        19 => format!("CREATE PUBLICATION {} FOR TABLE {}", name(dice), table.name),
        20 => format!(
            "ALTER PUBLICATION {} {} TABLE {}",
            dice.pick(&world.publications)?,
            dice.word(&["ADD", "DROP", "SET"]),
            table.name
        ),
        21 => format!("DROP PUBLICATION {}", dice.pick(&world.publications)?),
        22 => format!("ALTER TABLE {} {}INHERIT {}", table.name, dice.word(&["", "NO "]), world.table(dice)?.name),
        _ => format!(
            "ALTER SEQUENCE {} OWNED BY {}.{}",
            dice.pick(&world.sequences)?,
            table.name,
            dice.pick(&table.columns)?.name
        ),
    })
}

fn new_partition(world: &World, dice: &mut Dice) -> Option<String> {
    let parts: Vec<&Table> = world.tables.iter().filter(|t| t.kind == "p").collect();
    let parent = dice.pick(&parts)?;
    Some(format!(
        "CREATE TABLE {} PARTITION OF {} {}",
        full(world, dice),
        parent.name,
        match dice.below(4) {
            0 => "DEFAULT".to_owned(),
            1 => format!("FOR VALUES IN ({})", dice.below(30)),
            2 => {
                let from = dice.below(30);
                format!("FOR VALUES FROM ({from}) TO ({})", from + 3)
            }
            _ => format!("FOR VALUES WITH (MODULUS 3, REMAINDER {})", dice.below(3)),
        }
    ))
}

fn rows(table: &Table, world: &World, dice: &mut Dice) -> Option<String> {
    let free: Vec<&Column> = table.columns.iter().filter(|c| !c.generated && !c.identity).collect();
    let column = dice.pick(&free)?;
    let new = value(column, world, dice);
    Some(match dice.below(9) {
        0 | 1 => format!("UPDATE {} SET {} = {new}", table.name, column.name),
        2 => format!("UPDATE {} SET {} = {new} WHERE {}", table.name, column.name, condition(table, world, dice)?),
        3 => format!("DELETE FROM {} WHERE {}", table.name, condition(table, world, dice)?),
        4 => format!("INSERT INTO {} ({}) VALUES ({new})", table.name, column.name),
        5 => format!("INSERT INTO {} ({}) VALUES ({new}) ON CONFLICT DO NOTHING", table.name, column.name),
        6 => format!("TRUNCATE {}{}", table.name, cascade(dice)),
        7 => format!("WITH gone AS (DELETE FROM {} RETURNING *) SELECT count(*) FROM gone", table.name),
        _ => format!(
            "DO $$ BEGIN EXECUTE 'UPDATE {} SET {} = {}'; END $$",
            table.name.replace('\'', "''"),
            column.name.replace('\'', "''"),
            new.replace('\'', "''")
        ),
    })
}

/// Something to build a schema with.
pub(crate) fn creation(world: &World, dice: &mut Dice) -> Option<String> {
    let Some(table) = world.table(dice) else { return Some(create_table(world, dice)) };
    match dice.below(20) {
        0..=3 => Some(create_table(world, dice)),
        4 | 5 => index(table, world, dice),
        6 | 7 => view(table, world, dice),
        8 | 9 => types(world, dice),
        10 | 11 => function(table, world, dice),
        12 | 13 => rights(table, world, dice),
        14 | 15 => constraint(table, world, dice),
        16 => comment(table, world, dice),
        17 => alter_column(table, world, dice),
        _ => others(table, world, dice),
    }
}

/// A table that takes the name of another one, which goes or gets its own.
fn names_change_hands(table: &Table, world: &World, dice: &mut Dice) -> Option<String> {
    // The last part, unless the point is inside quotes.
    let last = |name: &str| {
        name.rsplit_once('.')
            .filter(|(_, last)| last.matches('"').count() % 2 == 0)
            .map(|(s, n)| (s.to_owned(), n.to_owned()))
    };
    let (schema, of_table) = last(&table.name)?;
    let like = format!(
        "CREATE TABLE {schema}.anew (LIKE {of} INCLUDING ALL); INSERT INTO {schema}.anew SELECT * FROM {of}",
        of = table.name
    );
    let other = world.table(dice)?;
    let (of_schema, of_other) = last(&other.name)?;
    Some(match dice.below(3) {
        0 => format!(
            "{like}; DROP TABLE {}{}; ALTER TABLE {schema}.anew RENAME TO {of_table}",
            table.name,
            cascade(dice)
        ),
        _ if other.name == table.name => return None,
        1 => format!("DROP TABLE {}{}; ALTER TABLE {} RENAME TO {of_table}", table.name, cascade(dice), other.name),
        _ if schema != of_schema => return None,
        _ => format!(
            "ALTER TABLE {} RENAME TO between; ALTER TABLE {} RENAME TO {of_table}; ALTER TABLE {schema}.between RENAME TO {of_other}",
            table.name, other.name
        ),
    })
}

/// Something that a migration does.
pub(crate) fn change(world: &World, dice: &mut Dice) -> Option<String> {
    let table = world.table(dice)?;
    match dice.below(27) {
        26 => names_change_hands(table, world, dice),
        0 | 1 => Some(create_table(world, dice)),
        2 | 3 => Some(format!("DROP TABLE {}{}", table.name, cascade(dice))),
        4 | 5 => Some(add_column(table, world, dice)),
        6..=8 => {
            Some(format!("ALTER TABLE {} DROP COLUMN {}{}", table.name, dice.pick(&table.columns)?.name, cascade(dice)))
        }
        9 | 10 => alter_column(table, world, dice),
        11 | 12 => constraint(table, world, dice),
        13 => index(table, world, dice),
        14 | 15 => view(table, world, dice),
        16 | 17 => types(world, dice),
        18 | 19 => function(table, world, dice),
        20 => rights(table, world, dice),
        21 => comment(table, world, dice),
        22 | 23 => rows(table, world, dice),
        _ => others(table, world, dice),
    }
}
