//! What a database holds right now, as far as a made-up statement wants to name it.
//!
//! Must not know: statements.

use anyhow::{Context, Result};
use backout_postgres::session::Session;
use serde::Deserialize;

/// A generator of numbers that gives the same ones for the same seed.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Less than `limit`, which is not zero.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<'l, T>(&mut self, list: &'l [T]) -> Option<&'l T> {
        if list.is_empty() { None } else { list.get(self.below(list.len())) }
    }

    pub(crate) fn word(&mut self, list: &[&'static str]) -> &'static str {
        self.pick(list).copied().unwrap_or_default()
    }
}

/// All names are ready to be written: quoted, and with their schema where they have one.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct World {
    pub(crate) schemas: Vec<String>,
    pub(crate) tables: Vec<Table>,
    pub(crate) views: Vec<View>,
    pub(crate) enums: Vec<Enum>,
    pub(crate) domains: Vec<String>,
    pub(crate) composites: Vec<String>,
    pub(crate) functions: Vec<Function>,
    pub(crate) sequences: Vec<String>,
    pub(crate) statistics: Vec<String>,
    pub(crate) publications: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Table {
    pub(crate) name: String,
    /// `r`, or `p` where it is partitioned.
    pub(crate) kind: String,
    pub(crate) partition: bool,
    pub(crate) columns: Vec<Column>,
    pub(crate) constraints: Vec<Named>,
    pub(crate) indexes: Vec<Named>,
    pub(crate) triggers: Vec<String>,
    pub(crate) policies: Vec<String>,
    pub(crate) rules: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) data_type: String,
    /// PostgreSQL's letter: `N`umbers, `S`trings, `D`ates …
    pub(crate) category: String,
    pub(crate) generated: bool,
    pub(crate) identity: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) kind: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct View {
    pub(crate) name: String,
    pub(crate) materialized: bool,
    pub(crate) columns: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Enum {
    pub(crate) name: String,
    pub(crate) labels: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) arguments: String,
    pub(crate) trigger: bool,
}

const LOOK: &str = "
WITH ours AS (SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$|backout)'),
rel AS (SELECT c.*, format('%I.%I', o.nspname, c.relname) AS fullname FROM pg_class c JOIN ours o ON o.oid = c.relnamespace)
SELECT json_build_object(
 'schemas', (SELECT coalesce(json_agg(quote_ident(nspname) ORDER BY nspname), '[]') FROM ours),
 'tables', (SELECT coalesce(json_agg(json_build_object('name', fullname, 'kind', relkind, 'partition', relispartition,
   'columns', (SELECT coalesce(json_agg(json_build_object('name', quote_ident(attname), 'data_type', format_type(atttypid, atttypmod), 'category', coalesce(b.typcategory, t.typcategory),
      'generated', attgenerated <> '', 'identity', attidentity <> '') ORDER BY attnum), '[]')
      FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type b ON b.oid = nullif(t.typbasetype, 0) WHERE attrelid = rel.oid AND attnum > 0 AND NOT attisdropped),
   'constraints', (SELECT coalesce(json_agg(json_build_object('name', quote_ident(conname), 'kind', contype) ORDER BY conname), '[]') FROM pg_constraint WHERE conrelid = rel.oid AND contype IN ('p', 'u', 'c', 'f', 'x')),
   'indexes', (SELECT coalesce(json_agg(json_build_object('name', (SELECT fullname FROM rel r WHERE r.oid = i.indexrelid), 'kind', CASE WHEN indisunique THEN 'u' ELSE 'i' END) ORDER BY indexrelid), '[]')
      FROM pg_index i WHERE indrelid = rel.oid AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)),
   'triggers', (SELECT coalesce(json_agg(quote_ident(tgname) ORDER BY tgname), '[]') FROM pg_trigger WHERE tgrelid = rel.oid AND NOT tgisinternal),
   'policies', (SELECT coalesce(json_agg(quote_ident(polname) ORDER BY polname), '[]') FROM pg_policy WHERE polrelid = rel.oid),
   'rules', (SELECT coalesce(json_agg(quote_ident(rulename) ORDER BY rulename), '[]') FROM pg_rewrite WHERE ev_class = rel.oid)
  ) ORDER BY fullname), '[]') FROM rel WHERE relkind IN ('r', 'p')),
 'views', (SELECT coalesce(json_agg(json_build_object('name', fullname, 'materialized', relkind = 'm', 'columns',
    (SELECT coalesce(json_agg(quote_ident(attname) ORDER BY attnum), '[]') FROM pg_attribute WHERE attrelid = rel.oid AND attnum > 0)) ORDER BY fullname), '[]') FROM rel WHERE relkind IN ('v', 'm')),
 'enums', (SELECT coalesce(json_agg(json_build_object('name', format('%I.%I', nspname, typname), 'labels', (SELECT json_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid)) ORDER BY typname), '[]')
    FROM pg_type t JOIN ours o ON o.oid = typnamespace WHERE typtype = 'e'),
 'domains', (SELECT coalesce(json_agg(format('%I.%I', nspname, typname) ORDER BY typname), '[]') FROM pg_type t JOIN ours o ON o.oid = typnamespace WHERE typtype = 'd'),
 'composites', (SELECT coalesce(json_agg(fullname ORDER BY fullname), '[]') FROM rel WHERE relkind = 'c'),
 'functions', (SELECT coalesce(json_agg(json_build_object('name', format('%I.%I', nspname, proname), 'arguments', pg_get_function_identity_arguments(p.oid), 'trigger', prorettype = 'trigger'::regtype) ORDER BY proname, p.oid), '[]')
    FROM pg_proc p JOIN ours o ON o.oid = pronamespace WHERE prokind = 'f'),
 'sequences', (SELECT coalesce(json_agg(fullname ORDER BY fullname), '[]') FROM rel WHERE relkind = 'S'),
 'statistics', (SELECT coalesce(json_agg(format('%I.%I', nspname, stxname) ORDER BY stxname), '[]') FROM pg_statistic_ext JOIN ours o ON o.oid = stxnamespace),
 'publications', (SELECT coalesce(json_agg(quote_ident(pubname) ORDER BY pubname), '[]') FROM pg_publication))::text";

impl World {
    pub(crate) async fn look(session: &Session) -> Result<World> {
        let rows = session.rows(LOOK).await.context("looking at the database")?;
        let row = rows.first().context("looking at the database found nothing")?;
        serde_json::from_str(row.get(0)).context("reading what the database holds")
    }

    /// Tables that can be altered by themselves.
    pub(crate) fn table<'w>(&'w self, dice: &mut Dice) -> Option<&'w Table> {
        dice.pick(&self.tables)
    }
}
