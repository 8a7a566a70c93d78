//! The first plan, from a live database and a migrations folder, and what is applied already is taken over.

use std::path::{Path, PathBuf};

use backout_plan::plan::{TemplateInput, Unfilled, template};
use backout_plan::{Plan, Remedy};
use backout_postgres::doctor::{self, WeightyTable};
use backout_postgres::native::remembered;
use backout_postgres::session::Session;
use backout_postgres::store;
use backout_sql::layouts;

use crate::event::Event;
use crate::failure::Refusal;
use crate::folder::{Folder, Standing};
use crate::gates::identity;
use crate::{Env, Failure, Pair, Result};

/// Where migrations usually are, nearest to the project's root first.
const USUAL_FOLDERS: [&str; 12] = [
    "migrations",
    "supabase/migrations",
    "prisma/migrations",
    "drizzle",
    "db/migrations",
    "db/migrate",
    "database/migrations",
    "sql/migrations",
    "src/migrations",
    "schema/migrations",
    "sql",
    "db",
];

/// Ways back, and what is watched, that a new plan begins with, by the name of the template.
pub const TEMPLATES: [(&str, &str); 3] = [
    ("plain", concat!(include_str!("init_ways/plain.toml"), include_str!("init_ways/watch/plain.toml"))),
    ("meetsolis", concat!(include_str!("init_ways/meetsolis.toml"), include_str!("init_ways/watch/meetsolis.toml"))),
    ("aias", concat!(include_str!("init_ways/aias.toml"), include_str!("init_ways/watch/aias.toml"))),
];

/// For each template what its sources said in times when something was wrong: each of its triggers fires in its own.
pub const RECORDINGS: [(&str, &str); 3] = [
    ("plain", include_str!("init_ways/examples/plain.jsonl")),
    ("meetsolis", include_str!("init_ways/examples/meetsolis.jsonl")),
    ("aias", include_str!("init_ways/examples/aias.jsonl")),
];

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Options {
    /// The plan's file.
    pub file: PathBuf,
    /// The target's name.
    pub target: String,
    /// The variable that the plan reads the connection string from.
    pub url_env: String,
    /// The migrations' folder, if it is not one of the usual.
    pub dir: Option<PathBuf>,
    /// The tool's layout, if it is not to be detected.
    pub layout: Option<String>,
    /// Of a folder without a tool's history: the last version that is applied already.
    pub applied_to: Option<String>,
    /// A plan that is there may be replaced.
    pub force: bool,
    /// Of [`TEMPLATES`]: the ways back that the plan gets.
    pub template: Option<String>,
}

/// A plan on its way, and what the target is.
#[derive(Debug)]
pub struct Prepared {
    pub text: String,
    pub layout: String,
    /// Versions that are taken over as history.
    pub adopt: Vec<String>,
    pub pending: Vec<String>,
    /// The tables that weigh most.
    pub heavy: Vec<WeightyTable>,
    /// Of the target, which has no schema of ours yet where this is true.
    pub is_new: bool,
    pub endpoint: String,
    pub migrations: usize,
    /// What of the plan only its author can say.
    pub fill_in: Vec<Unfilled>,
    folder: Folder,
    standing: Standing,
    pair: Pair,
}

/// Looks, and changes nothing.
pub async fn prepare(env: &Env, options: &Options) -> Result<Prepared> {
    let file = &options.file;
    let dir = folder(options)?;
    let pair = env.connect_pair().await?;
    let (layout, why) = layout(options, &dir, &pair.session).await?;
    let input = TemplateInput {
        target: options.target.clone(),
        url_env: options.url_env.clone(),
        dir: relative(&dir, file),
        layout: Some(layout.clone()),
        layout_detected_why: why,
        protected: Vec::new(),
    };
    let heavy = doctor::weighty_tables(&pair.session).await?;
    let mut text = with_suggestions(&template(&input), &heavy);
    text.push_str(ways(options)?);
    let plan = Plan::parse(&file.display().to_string(), &text)?;
    crate::steps::validate(&plan)?;
    let folder = Folder::read(&plan)?;
    let standing = folder.standing(&pair.session).await?;
    let adopt = adoptable(options, &folder, &standing)?;
    let identity = identity::look(&pair.session, Some(&options.target)).await?;
    Ok(Prepared {
        text,
        layout,
        pending: pending_after(&folder, &standing, &adopt),
        adopt,
        heavy,
        is_new: identity.recorded.is_none(),
        endpoint: identity.seen.endpoint,
        migrations: folder.migrations.len(),
        fill_in: plan.unfilled().to_vec(),
        folder,
        standing,
        pair,
    })
}

/// The ways back of the template.
fn ways(options: &Options) -> Result<&'static str> {
    let Some(wanted) = &options.template else { return Ok("") };
    let known = || TEMPLATES.map(|(name, _)| name).join(", ");
    let found = TEMPLATES.iter().find(|(name, _)| name == wanted);
    let unknown = || Refusal::usage(format!("there is no template {wanted:?}; there are: {}", known()), None);
    Ok(found.ok_or_else(unknown)?.1)
}

/// Makes our schema in the target, takes over what is applied, and writes the plan.
#[tracing::instrument(name = "init", skip_all, fields(target = env.target_name()))]
pub async fn run(env: &Env, options: &Options, prepared: &Prepared) -> Result<()> {
    let session = &prepared.pair.session;
    identity::pass(env, session).await?;
    store::lock_runs(session).await?;
    prepared.folder.adopt(session, &prepared.adopt).await?;
    let writing = Failure::file(format!("writing {}", options.file.display()));
    std::fs::write(&options.file, &prepared.text).map_err(writing)?;
    let nobody_knows = prepared.standing.remembered.is_none() && options.applied_to.is_none();
    if nobody_knows && prepared.standing.records.is_empty() && !doctor::observe(session).await?.tables.is_empty() {
        let said = "the database has tables, and this layout keeps no history: all migrations count as pending";
        env.say(Event::warning("init.no-history", said));
    }
    Ok(())
}

/// `--dir`, or the first usual folder in which some layout recognises migrations.
fn folder(options: &Options) -> Result<PathBuf> {
    if let Some(dir) = &options.dir {
        return Ok(dir.clone());
    }
    let found = USUAL_FOLDERS
        .iter()
        .map(PathBuf::from)
        .find(|dir| dir.is_dir() && !matches!(layouts::detect(dir), Err(layouts::LayoutError::NothingFound { .. })));
    found.ok_or_else(|| {
        let remedy = Remedy::NameFolder { looked_at: USUAL_FOLDERS.map(str::to_owned).to_vec() };
        Refusal::usage("no migrations folder was found here", Some(remedy)).into()
    })
}

/// The layout's name, and by what it was recognised: by the folder, and where that leaves it open, by the history table that
/// is in the database.
async fn layout(options: &Options, dir: &Path, session: &Session) -> Result<(String, String)> {
    if let Some(name) = &options.layout {
        return Ok((layouts::by_name(name)?.name().to_owned(), String::new()));
    }
    let by_folder = layouts::detect(dir);
    let open = match &by_folder {
        Ok(layout) => layout.history().is_none(),
        Err(error) => matches!(error, layouts::LayoutError::Ambiguous { .. }),
    };
    if open {
        let mut found = Vec::new();
        for layout in layouts::LAYOUTS {
            if let Some(history) = layout.history()
                && let Ok(migrations) = layout.read(dir)
                && remembered(session, layout.name(), history, &migrations).await.is_ok_and(|tool| tool.exists)
            {
                found.push((layout.name().to_owned(), format!("{} is in the database", history.relation())));
            }
        }
        if found.len() == 1 {
            return Ok(found.remove(0));
        }
    }
    let layout = by_folder.map_err(|error| {
        let ambiguous = matches!(error, layouts::LayoutError::Ambiguous { .. });
        let remedy = if ambiguous { Remedy::NameLayout } else { Remedy::NameFolder { looked_at: Vec::new() } };
        Failure::from(error).remedy(remedy)
    })?;
    let why = layout.detect(dir).map(|detection| detection.why).unwrap_or_default();
    Ok((layout.name().to_owned(), why))
}

/// The folder as the plan names it: relative to the plan's own folder where that is possible.
fn relative(dir: &Path, file: &Path) -> String {
    let home = file.parent().unwrap_or(Path::new(""));
    let told = if home.as_os_str().is_empty() {
        dir.to_owned()
    } else {
        match (dir.canonicalize(), home.canonicalize()) {
            (Ok(dir), Ok(home)) => dir.strip_prefix(&home).map(Path::to_owned).unwrap_or(dir),
            _ => dir.to_owned(),
        }
    };
    told.to_string_lossy().into_owned()
}

/// The tables that weigh most, as a comment: what to protect is for people to say.
fn with_suggestions(text: &str, heavy: &[WeightyTable]) -> String {
    if heavy.is_empty() {
        return text.to_owned();
    }
    let names: Vec<String> = heavy.iter().map(|table| format!("{:?}", table.name)).collect();
    let comment = format!("# The tables here with the most rows and keys: {}", names.join(", "));
    let lines = text.lines().flat_map(|line| {
        let after = line.starts_with("tables = []").then_some(comment.as_str());
        std::iter::once(line).chain(after)
    });
    lines.map(|line| format!("{line}\n")).collect()
}

/// The versions that are applied already and that we have no record of.
fn adoptable(options: &Options, folder: &Folder, standing: &Standing) -> Result<Vec<String>> {
    let Some(last) = &options.applied_to else { return Ok(standing.unknown_to_us.clone()) };
    if standing.remembered.is_some() {
        let said = format!(
            "a last applied version is for folders without a tool's history, and {} keeps one",
            folder.layout.name()
        );
        return Err(Refusal::usage(said, None).into());
    }
    let Some(place) = folder.migrations.iter().position(|migration| migration.version == *last) else {
        let pending = folder.migrations.iter().map(|migration| migration.version.clone()).collect();
        return Err(Refusal::NoSuchVersion { version: last.clone(), pending }.into());
    };
    let applied = standing.applied();
    let upto = folder.migrations[..=place].iter().map(|migration| migration.version.clone());
    Ok(upto.filter(|version| !applied.contains(version)).collect())
}

fn pending_after(folder: &Folder, standing: &Standing, adopt: &[String]) -> Vec<String> {
    let versions = standing.pending.iter().map(|place| folder.migrations[*place].version.clone());
    versions.filter(|version| !adopt.contains(version)).collect()
}

#[cfg(test)]
mod tests {
    use backout_plan::plan::PlanVeto;

    use super::*;

    #[test]
    fn the_plan_with_suggestions_is_still_a_plan() {
        let input = TemplateInput {
            target: "production".into(),
            url_env: "DATABASE_URL".into(),
            dir: "migrations".into(),
            layout: Some("sqlx".into()),
            ..TemplateInput::default()
        };
        let heavy = [WeightyTable { name: "public.\"Order\nLine\"".into(), rows: 10, keys: 1 }];
        let text = with_suggestions(&template(&input), &heavy);
        assert!(text.contains("most rows and keys: \"public."), "{text}");
        let plan = Plan::parse("backout.toml", &text).expect("the plan parses");
        assert!(plan.protect.tables.is_empty());
    }

    #[test]
    fn every_template_is_a_plan_whose_steps_are_known() {
        for (name, ways) in TEMPLATES {
            let text = format!("version = 1\n[targets.production]\nurl = \"env:DATABASE_URL\"\n{ways}");
            let plan = Plan::parse(name, &text).unwrap_or_else(|problems| panic!("{name}: {problems}"));
            crate::steps::validate(&plan).unwrap_or_else(|problems| panic!("{name}: {problems}"));
            assert!(plan.ways.len() > 1, "{name}");
            // Nobody's address or id is taken for the author's own.
            assert_eq!(plan.unfilled().is_empty(), name == "plain", "{name}: {:?}", plan.unfilled());
            assert!(!plan.triggers.is_empty() && !plan.decide.is_empty() && !plan.watch.success.is_empty(), "{name}");
            for foreign in ["example.com", "meetsolis.com", "00000000-0000", "project = \"aias\""] {
                assert!(!ways.contains(foreign), "{name} has {foreign}");
            }
        }
    }

    /// The plan of a cutover is no template, since it has two databases.
    #[test]
    fn every_trigger_that_is_shipped_has_a_labelled_example() {
        let cutover = (
            include_str!("../../../docs/examples/cutover.toml").to_owned(),
            include_str!("../../../docs/examples/cutover.jsonl"),
        );
        let templates = TEMPLATES.iter().zip(RECORDINGS).map(|((name, text), (other, recording))| {
            assert_eq!(*name, other);
            (format!("version = 1\n[targets.production]\n{text}"), recording)
        });
        for (text, recording) in templates.chain([cutover]) {
            let plan = Plan::parse("plan", &text).unwrap_or_else(|problems| panic!("{problems}"));
            crate::steps::validate(&plan).unwrap_or_else(|problems| panic!("{problems}"));
            crate::checks::of_plan(&plan).unwrap_or_else(|problems| panic!("{problems}"));
            let lines: Vec<serde_json::Value> =
                recording.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
            let labelled: std::collections::BTreeSet<&str> = lines
                .iter()
                .filter_map(|line| line["triggers"].as_array())
                .flat_map(|names| names.iter().filter_map(serde_json::Value::as_str))
                .collect();
            for trigger in &plan.triggers {
                let is_observed = lines.iter().any(|line| line["trigger"] == *trigger.name);
                // What only a veto speaks about is to stay quiet.
                let is_quiet = matches!(trigger.vetoes.as_slice(), [PlanVeto::NotCritical { .. }]);
                assert!(is_observed && labelled.contains(trigger.name.as_str()) != is_quiet, "{}", trigger.name);
            }
            assert!(labelled.iter().all(|name| plan.triggers.iter().any(|one| one.name == *name)), "{labelled:?}");
        }
    }
}
