//! The plan file, `backout.toml`: its model, and the values that the rest of the program reads from it.
//!
//! It must not read files or the environment: the text is handed in, and paths and `env:NAME` go out as they are.

mod build;
mod criteria;
mod flaw;
mod impact;
mod number;
mod pattern;
mod personal;
mod places;
mod problem;
mod read;
mod retry;
mod rollouts;
mod serving;
mod size;
mod span;
mod telling;
mod template;
mod watching;
mod ways;

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::signer::Signer;

pub use criteria::PlanCheck;
pub use flaw::{Flaw, read_value};
pub use impact::{Impact, OwnedRows, RowCommand};
pub use number::Number;
pub use pattern::{PatternError, TablePattern};
pub use personal::{ColumnError, Personal, PersonalColumn};
pub use places::{FILL_IN, Unfilled};
pub use problem::{PlanError, PlanErrors};
pub use retry::{PlanAction, Retry};
pub use rollouts::{PlanRollout, PlanStage, Reached, RolloutFailure};
pub use serving::{PlanGate, PlanServe};
pub use size::{Size, SizeError};
pub use span::{Span, SpanError};
pub use telling::{
    PlanAudience, PlanBeginning, PlanChannel, PlanCondition, PlanDuty, PlanIncident, PlanMessage, PlanOccasion,
    PlanPeople, PlanSeverity,
};
pub use template::{TemplateInput, template};
pub use watching::{
    Act, PlanBranch, PlanMeasure, PlanSequential, PlanSource, PlanSuccess, PlanThen, PlanTrigger, PlanVeto, PlanWatch,
    PlanWhen,
};
pub use ways::{Keep, Part, PlanRelease, PlanReversal, PlanStep, PlanWay, StepFailure};

/// The plan of one project: which databases there are, what is migrated, and what must be proven first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The version of this file's format. Always 1.
    #[schemars(range(min = 1, max = 1))]
    pub version: u32,
    /// The databases that commands can name. At least one.
    #[schemars(extend("minProperties" = 1))]
    pub targets: BTreeMap<String, Target>,
    #[serde(default)]
    pub migrations: Migrations,
    #[serde(default)]
    pub protect: Protect,
    #[serde(default)]
    pub migrate: Migrate,
    #[serde(default)]
    pub rehearse: Rehearse,
    #[serde(default)]
    pub backup: Backup,
    /// SQL that is run inside the migration's transaction, before COMMIT.
    #[serde(default)]
    pub checks: Vec<Check>,
    /// What must hold afterwards, and can be asked at any time.
    #[serde(default, rename = "verify")]
    pub criteria: Vec<PlanCheck>,
    #[serde(default)]
    pub store: RunStore,
    /// Ways back, in the order in which one escalates to the next.
    #[serde(default, rename = "way")]
    pub ways: Vec<PlanWay>,
    /// What follows the migrations of a release.
    #[serde(default)]
    pub release: PlanRelease,
    /// Whose rows are whose, for what a release has exposed.
    #[serde(default)]
    pub impact: Impact,
    /// When a migration that was undone may be applied again.
    #[serde(default)]
    pub retry: Retry,
    /// Who says how things are after a release.
    #[serde(default, rename = "source")]
    pub sources: Vec<PlanSource>,
    /// What of that is too much, and what follows.
    #[serde(default, rename = "trigger")]
    pub triggers: Vec<PlanTrigger>,
    /// How long is watched.
    #[serde(default)]
    pub watch: PlanWatch,
    /// What follows a firing whose trigger names no way: the first branch that holds.
    #[serde(default, rename = "decide")]
    pub decide: Vec<PlanBranch>,
    /// What `backout serve` answers, and where.
    #[serde(default)]
    pub serve: PlanServe,
    /// Parts of the application that are there only while a flag is on.
    #[serde(default, rename = "gate")]
    pub gates: Vec<PlanGate>,
    /// Flags that more and more people get, stage by stage.
    #[serde(default, rename = "rollout")]
    pub rollouts: Vec<PlanRollout>,
    /// Which columns hold what is about people: their values are in no message and no export.
    #[serde(default)]
    pub personal: Personal,
    /// Where messages go.
    #[serde(default, rename = "channel")]
    pub channels: Vec<PlanChannel>,
    /// What is said there, and when.
    #[serde(default, rename = "message")]
    pub messages: Vec<PlanMessage>,
    /// What is owed within a time.
    #[serde(default, rename = "duty")]
    pub duties: Vec<PlanDuty>,
    /// Whom to call.
    #[serde(default)]
    pub people: PlanPeople,
    /// What is said of every incident.
    #[serde(default)]
    pub incident: PlanIncident,
    /// Where things stood in the file, for problems that only the caller can find.
    #[serde(skip)]
    #[schemars(skip)]
    source: Source,
}

/// One database.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Target {
    /// The name that commands give: the last part of `[targets.NAME]`.
    #[serde(skip)]
    #[schemars(skip)]
    pub name: String,
    /// `env:NAME`, or a connection string without a password. Without it, `DATABASE_URL` and then the PG* variables.
    pub url: Option<TargetUrl>,
    /// Certificates of the authorities that the server's certificate is checked against; relative to the plan file.
    pub ca_file: Option<PathBuf>,
    /// Which level of rehearsal this target demands, where it is not that of `[migrate]`.
    pub certificate: Option<Demand>,
}

/// Where a connection string comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(into = "String", from = "String")]
#[schemars(with = "String")]
pub enum TargetUrl {
    /// `env:NAME`: an environment variable, also looked up in `.env`.
    Env(String),
    /// The connection string itself, without a password.
    Literal(String),
}

/// Where a secret key comes from. It never stands in the plan itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(into = "String", from = "String")]
#[schemars(with = "String")]
pub enum KeySource {
    /// `env:NAME`: an environment variable, also looked up in `.env`.
    Env(String),
    /// A file, relative to the plan file.
    File(PathBuf),
}

/// Where runs are journaled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RunStore {
    /// A file on this machine; relative to the plan file.
    pub file: String,
    /// `env:NAME`: a PostgreSQL server that several machines share, another one than the target's.
    pub url: Option<TargetUrl>,
    /// Who can read the values of variables that were changed: age recipients. Those of the backups where it names nobody.
    pub encrypt_to: Vec<String>,
}

impl Default for RunStore {
    fn default() -> Self {
        Self { file: ".backout/runs.db".to_owned(), url: None, encrypt_to: Vec::new() }
    }
}

/// Where the migrations are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Migrations {
    /// The folder, relative to the plan file.
    pub dir: String,
    /// Whose layout the folder has: sqlx, diesel, … Detected where it is not said.
    pub layout: Option<String>,
}

/// What a migration must leave alone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Protect {
    /// Tables that must still be there afterwards: the same tables, not others of that name.
    pub tables: Vec<TablePattern>,
    /// How many rows one migration may delete from each protected table.
    pub max_deleted_rows: u64,
}

/// How a migration is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Migrate {
    /// How long one attempt may queue for a lock: as long as it queues, others queue behind it.
    pub lock_timeout: Span,
    /// How many times a statement that did not get its lock is tried again.
    pub lock_retries: u32,
    /// How long the attempts may take together; without it, only their number counts.
    pub lock_budget: Option<Span>,
    /// How long one statement may take; 0 for no limit.
    pub statement_timeout: Span,
    /// Which level of rehearsal a target demands, unless the target says otherwise.
    pub certificate: Demand,
    /// How old a certificate may be.
    pub certificate_max_age: Span,
    /// Whether a proven backup is demanded first.
    pub backup: BackupDemand,
    /// How old that backup may be.
    pub backup_max_age: Span,
    /// How long what a migration dropped stays in the archive.
    pub keep_archive: Span,
    /// Tables up to this size are recreated by an undo where a dropped column must come back between others.
    pub rebuild_below: Size,
    /// Columns of tables of this size and larger are hidden where a migration drops them, rather than copied.
    pub hide_above: Option<Size>,
}

/// How a migration is rehearsed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rehearse {
    /// How much of the data is cloned.
    pub level: Level,
    /// How large the sample is, at the level `sampled`.
    pub sample: Size,
    /// Where the clone lives.
    #[serde(rename = "where")]
    pub place: RehearsalPlace,
    /// The server to rehearse on, where `where` is `url`: `env:NAME`, or a connection string without a password.
    pub sandbox_url: Option<TargetUrl>,
}

/// Where backups are kept, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Backup {
    /// A folder, relative to the plan file, or `s3://BUCKET/PREFIX`.
    pub to: String,
    /// The S3 server, where it is not Amazon's: `https://…`.
    pub endpoint: Option<String>,
    /// The bucket's region.
    pub region: Option<String>,
    /// Who can read the backups, as age recipients; without any, they are not encrypted.
    pub encrypt_to: Vec<String>,
    /// Whose signature a backup must have before anything of it is used; without any, nobody's.
    pub signed_by: Vec<Signer>,
    /// The secret key that signs what is taken and proven: `env:NAME`, or a file, relative to the plan file.
    pub sign_with: Option<KeySource>,
    /// How many connections take and restore a backup at once.
    #[schemars(range(min = 1, max = 64))]
    pub jobs: u32,
    /// `backout backup prune` keeps all backups that are younger.
    pub keep: Span,
    /// It keeps the newest so many, whatever their age.
    pub keep_last: u32,
    /// It keeps the newest backup of each of the last so many days that have one.
    pub keep_daily: u32,
    /// The same for weeks.
    pub keep_weekly: u32,
    /// The same for months.
    pub keep_monthly: u32,
    /// What `backout capture on` notes of each change.
    pub capture: CaptureDepth,
}

/// One check inside the migration's transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    #[schemars(length(min = 1))]
    pub name: String,
    /// Must return one row with one boolean, and it must be true.
    #[schemars(length(min = 1))]
    pub sql: String,
}

/// The level of rehearsal that a target demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Demand {
    /// No rehearsal is demanded.
    None,
    /// A rehearsal on the schema alone will do.
    Schema,
    /// A rehearsal on a sample of the rows will do.
    Sampled,
    /// A rehearsal with all rows.
    #[default]
    Full,
}

/// The backup that a migration demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BackupDemand {
    /// None.
    None,
    /// One that was restored and compared, and holds what the migration takes away.
    #[default]
    Proven,
}

/// How much is noted of a change of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CaptureDepth {
    /// Which row it was.
    #[default]
    Keys,
    /// What it was before as well.
    Images,
    /// Which row it was, from the write-ahead log.
    Slot,
}

/// The level that a rehearsal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// The schema, without rows.
    Schema,
    /// A part of the rows, with all that these refer to.
    Sampled,
    /// All rows.
    #[default]
    Full,
}

/// Where a rehearsal runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RehearsalPlace {
    /// A throwaway server on this machine.
    #[default]
    Sandbox,
    /// A second database on the target's server.
    SameServer,
    /// The server that `sandbox_url` names.
    Url,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Source {
    file: String,
    layout: (usize, usize),
    unfilled: Vec<Unfilled>,
}

impl Plan {
    /// Reads a plan. `file` is the name by which problems are reported, and relative paths are relative to its folder.
    ///
    /// # Errors
    /// Every problem of the file, in its order, not only the first.
    pub fn parse(file: &str, text: &str) -> Result<Self, PlanErrors> {
        build::parse(file, text)
    }

    /// Checks the layout's name against those that there are.
    ///
    /// # Errors
    /// One problem, at the place of `migrations.layout`.
    pub fn validate_layouts(&self, known: &[&str]) -> Result<(), PlanErrors> {
        let Some(layout) = &self.migrations.layout else { return Ok(()) };
        if known.contains(&layout.as_str()) {
            return Ok(());
        }
        let meant = crate::nearest::nearest(layout, known.iter().copied());
        Err(PlanErrors(vec![PlanError {
            file: self.source.file.clone(),
            line: self.source.layout.0,
            column: self.source.layout.1,
            value: Some(layout.clone()),
            message: format!("{layout:?} is not a migration layout"),
            suggestion: meant.map(str::to_owned),
            hint: meant.is_none().then(|| read::one_of(known)),
        }]))
    }

    /// The file, by the name that it was read under.
    pub fn file(&self) -> &str {
        &self.source.file
    }

    /// What a template left to its author and nobody has filled in, in the order of the file.
    pub fn unfilled(&self) -> &[Unfilled] {
        &self.source.unfilled
    }

    /// The target of this name; without a name, the only one there is.
    pub fn target(&self, name: Option<&str>) -> Option<&Target> {
        match name {
            Some(name) => self.targets.get(name),
            None if self.targets.len() == 1 => self.targets.values().next(),
            None => None,
        }
    }

    /// The target's name nearest to one that does not exist, for "did you mean".
    pub fn nearest_target(&self, name: &str) -> Option<&str> {
        crate::nearest::nearest(name, self.targets.keys().map(String::as_str))
    }

    /// What the target demands: its own setting, else that of `[migrate]`.
    pub fn demand(&self, target: &Target) -> Demand {
        target.certificate.unwrap_or(self.migrate.certificate)
    }

    /// The migrations' folder, joined to that of the plan file.
    pub fn migrations_dir(&self) -> PathBuf {
        self.folder().join(&self.migrations.dir)
    }

    /// The folder of the plan file, as it was named: empty for the current one.
    pub fn folder(&self) -> PathBuf {
        Path::new(&self.source.file).parent().unwrap_or(Path::new("")).to_owned()
    }

    /// A hash over what a rehearsal's result depends on: `protect`, `migrations`, `checks`, and of `migrate` what
    /// changes how statements run. 64 hexadecimal digits.
    ///
    /// Not in it: targets, where and at which level is rehearsed, where backups are kept, how old a certificate may be, which level and which backup is
    /// demanded (the gate compares levels itself; a stronger certificate serves a weaker demand), how long the
    /// archive is kept, and what an undo would recreate. Comments, order of keys and spelling (`90s`, `1m30s`) make no difference either.
    pub fn hash_of_matter(&self) -> String {
        let mut matter = String::from("backout plan 1\n");
        let mut tables: Vec<String> = self.protect.tables.iter().map(ToString::to_string).collect();
        tables.sort();
        for table in &tables {
            field(&mut matter, "protect.tables", table);
        }
        field(&mut matter, "protect.max_deleted_rows", &self.protect.max_deleted_rows.to_string());
        field(&mut matter, "migrations.dir", &normal(&self.migrations.dir));
        field(&mut matter, "migrations.layout", self.migrations.layout.as_deref().unwrap_or(""));
        let Migrate {
            lock_timeout,
            lock_retries,
            lock_budget,
            statement_timeout,
            certificate: _,
            certificate_max_age: _,
            backup: _,
            backup_max_age: _,
            keep_archive: _,
            rebuild_below: _,
            hide_above,
        } = &self.migrate;
        field(&mut matter, "migrate.lock_timeout", &lock_timeout.to_string());
        field(&mut matter, "migrate.lock_retries", &lock_retries.to_string());
        field(&mut matter, "migrate.lock_budget", &lock_budget.map(|s| s.to_string()).unwrap_or_default());
        field(&mut matter, "migrate.statement_timeout", &statement_timeout.to_string());
        if let Some(above) = hide_above {
            field(&mut matter, "migrate.hide_above", &above.to_string());
        }
        for check in &self.checks {
            field(&mut matter, "checks.name", &check.name);
            field(&mut matter, "checks.sql", &check.sql);
        }
        Sha256::digest(matter.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// The JSON Schema of the plan file, for editors.
pub fn schema_json() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Plan);
    schema.insert("title".to_owned(), "backout.toml".into());
    schema.to_value()
}

impl Level {
    /// Whether a rehearsal of this level is enough for what is demanded.
    pub fn satisfies(self, demand: Demand) -> bool {
        match demand {
            Demand::None => true,
            Demand::Schema => self >= Self::Schema,
            Demand::Sampled => self >= Self::Sampled,
            Demand::Full => self >= Self::Full,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Schema => "schema",
            Self::Sampled => "sampled",
            Self::Full => "full",
        })
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Schema => "schema",
            Self::Sampled => "sampled",
            Self::Full => "full",
        })
    }
}

impl fmt::Display for BackupDemand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Proven => "proven",
        })
    }
}

impl fmt::Display for RehearsalPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sandbox => "sandbox",
            Self::SameServer => "same-server",
            Self::Url => "url",
        })
    }
}

impl fmt::Display for TargetUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::Literal(url) => f.write_str(url),
        }
    }
}

impl From<TargetUrl> for String {
    fn from(url: TargetUrl) -> Self {
        url.to_string()
    }
}

impl From<String> for TargetUrl {
    fn from(text: String) -> Self {
        match text.strip_prefix("env:") {
            Some(name) => Self::Env(name.to_owned()),
            None => Self::Literal(text),
        }
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(file) => write!(f, "{}", file.display()),
        }
    }
}

impl From<KeySource> for String {
    fn from(source: KeySource) -> Self {
        source.to_string()
    }
}

impl From<String> for KeySource {
    fn from(text: String) -> Self {
        match text.strip_prefix("env:") {
            Some(name) => Self::Env(name.to_owned()),
            None => Self::File(PathBuf::from(text)),
        }
    }
}

impl Default for Migrations {
    fn default() -> Self {
        Self { dir: "migrations".to_owned(), layout: None }
    }
}

impl Default for Rehearse {
    fn default() -> Self {
        Self {
            level: Level::default(),
            sample: Size::from_bytes(256 << 20),
            place: RehearsalPlace::default(),
            sandbox_url: None,
        }
    }
}

impl Default for Backup {
    fn default() -> Self {
        Self {
            to: ".backout/backups".to_owned(),
            endpoint: None,
            region: None,
            encrypt_to: Vec::new(),
            signed_by: Vec::new(),
            sign_with: None,
            jobs: 2,
            keep: Span::from_days(30),
            keep_last: 3,
            keep_daily: 0,
            keep_weekly: 0,
            keep_monthly: 0,
            capture: CaptureDepth::Keys,
        }
    }
}

impl Default for Migrate {
    fn default() -> Self {
        Self {
            lock_timeout: Span::from_millis(500),
            lock_retries: 20,
            lock_budget: None,
            statement_timeout: Span::ZERO,
            certificate: Demand::Full,
            certificate_max_age: Span::from_days(7),
            backup: BackupDemand::Proven,
            backup_max_age: Span::from_secs(3600),
            keep_archive: Span::from_days(30),
            rebuild_below: Size::from_bytes(1 << 30),
            hide_above: None,
        }
    }
}

/// The length goes first, so that no value can pass for the end of one field and the start of another.
fn field(matter: &mut String, name: &str, value: &str) {
    let _ = writeln!(matter, "{name} {} {value}", value.len());
}

/// `./a//b/` and `a/b` are one folder.
fn normal(dir: &str) -> String {
    let parts: PathBuf = Path::new(dir).components().filter(|part| *part != Component::CurDir).collect();
    parts.to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests;
