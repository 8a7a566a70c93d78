//! `backout init`: writes the plan from a live database and a migrations folder, and takes over what is applied.

use std::path::{Path, PathBuf};

use backout_plan::plan::{Target, TargetUrl, TemplateInput, template};
use backout_plan::{Exit, Plan};
use backout_postgres::doctor::{self, WeightyTable};
use backout_postgres::native::remembered;
use backout_postgres::session::Session;
use backout_postgres::store;
use backout_sql::layouts;
use serde_json::json;

use crate::context::{Context, Notices, PLAN_FILE, Project};
use crate::error::CommandError;
use crate::migrations::{Folder, Standing};
use crate::ui::count;

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

/// The name of the first target where none is said.
const FIRST_TARGET: &str = "production";

/// Write backout.toml from a live database and a migrations folder
///
/// Makes Backout's own schema in the target and takes over what the team's tool has applied already.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The migrations' folder [default: found by the usual names]
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// The tool whose layout the folder has [default: detected]
    #[arg(long, value_name = "NAME")]
    layout: Option<String>,
    /// For a folder without a tool's history: the migrations up to this version are applied already
    #[arg(long, value_name = "VERSION")]
    applied_to: Option<String>,
    /// Replace a plan that is there
    #[arg(long)]
    force: bool,
    /// Print the plan; write nothing, neither here nor in the target
    #[arg(long)]
    dry_run: bool,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let file = context.global.plan.clone().unwrap_or_else(|| PathBuf::from(PLAN_FILE));
    if file.exists() && !args.force && !args.dry_run {
        return Err(CommandError::new(Exit::Refused, format!("{} is there already", file.display()))
            .hint("--force replaces it; --dry-run prints the new one"));
    }
    let dir = folder(args)?;
    let name =
        context.global.target.clone().or_else(|| context.global.yes.clone()).unwrap_or_else(|| FIRST_TARGET.to_owned());
    let url_env = "DATABASE_URL".to_owned();

    // The connection as it is now; the plan will find it in the variable.
    let bare = Project { plan: None, target: None };
    let pair = context.connect_pair(&bare, Notices::default()).await?;
    let (layout, why) = layout(args, &dir, &pair.session).await?;
    let input = TemplateInput {
        target: name.clone(),
        url_env: url_env.clone(),
        dir: relative(&dir, &file),
        layout: Some(layout.clone()),
        layout_detected_why: why,
        protected: Vec::new(),
    };
    let heavy = doctor::weighty_tables(&pair.session).await?;
    let text = with_suggestions(&template(&input), &heavy);
    let plan = Plan::parse(&file.display().to_string(), &text)?;
    let folder = Folder::read(&plan)?;
    let standing = folder.standing(&pair.session).await?;
    let adopt = adoptable(args, &folder, &standing)?;

    ui.result(json!({
        "plan": file.display().to_string(), "text": text, "target": name, "layout": layout, "dry_run": args.dry_run,
        "taken_over": adopt, "pending": pending_after(&folder, &standing, &adopt),
    }));
    if args.dry_run {
        ui.out(text.trim_end());
        let identity = context.look(&pair.session, Some(&name)).await?;
        ui.say(format!(
            "would write {} and take over {} as history",
            file.display(),
            count(adopt.len() as i64, "migration")
        ));
        if identity.recorded.is_none() {
            ui.say(format!("would make the schema \"backout\" in {}", identity.seen.endpoint));
        }
        return Ok(Exit::Ok);
    }
    context.identify(&pair.session, &name).await?;
    store::lock_runs(&pair.session).await?;
    folder.adopt(&pair.session, &adopt).await?;
    std::fs::write(&file, &text)
        .map_err(|source| CommandError::of(Exit::Failed, &source).during(&format!("writing {}", file.display())))?;
    report(context, &file, &folder, &standing, &adopt, &heavy);
    hint_at_url(context, &name, &url_env);
    without_history(context, args, &pair.session, &standing).await
}

/// `--dir`, or the first usual folder in which some layout recognises migrations.
fn folder(args: &Args) -> Result<PathBuf, CommandError> {
    if let Some(dir) = &args.dir {
        return Ok(dir.clone());
    }
    let found = USUAL_FOLDERS
        .iter()
        .map(PathBuf::from)
        .find(|dir| dir.is_dir() && !matches!(layouts::detect(dir), Err(layouts::LayoutError::NothingFound { .. })));
    found.ok_or_else(|| {
        CommandError::new(Exit::Usage, "no migrations folder was found here")
            .hint(format!("name it with --dir; looked at: {}", USUAL_FOLDERS.join(", ")))
    })
}

/// The layout's name, and by what it was recognised: by the folder, and where that leaves it open, by the history table that
/// is in the database.
async fn layout(args: &Args, dir: &Path, session: &Session) -> Result<(String, String), CommandError> {
    if let Some(name) = &args.layout {
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
        let this = CommandError::of(Exit::Usage, &error);
        if ambiguous { this.hint("--layout NAME") } else { this.hint("--dir FOLDER names another folder") }
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
fn adoptable(args: &Args, folder: &Folder, standing: &Standing) -> Result<Vec<String>, CommandError> {
    let Some(last) = &args.applied_to else { return Ok(standing.unknown_to_us.clone()) };
    if standing.remembered.is_some() {
        return Err(CommandError::new(
            Exit::Usage,
            format!("--applied-to is for folders without a tool's history, and {} keeps one", folder.layout.name()),
        ));
    }
    let Some(place) = folder.migrations.iter().position(|migration| migration.version == *last) else {
        return Err(CommandError::new(Exit::Usage, format!("there is no migration of version {last:?}")));
    };
    let applied = standing.applied();
    let upto = folder.migrations[..=place].iter().map(|migration| migration.version.clone());
    Ok(upto.filter(|version| !applied.contains(version)).collect())
}

fn pending_after(folder: &Folder, standing: &Standing, adopt: &[String]) -> Vec<String> {
    let versions = standing.pending.iter().map(|place| folder.migrations[*place].version.clone());
    versions.filter(|version| !adopt.contains(version)).collect()
}

fn report(
    context: &Context<'_>,
    file: &Path,
    folder: &Folder,
    standing: &Standing,
    adopt: &[String],
    heavy: &[WeightyTable],
) {
    let ui = context.ui;
    ui.out(format!(
        "wrote {}: {} of layout {}",
        file.display(),
        count(folder.migrations.len() as i64, "migration"),
        folder.layout.name()
    ));
    if !adopt.is_empty() {
        ui.out(format!("taken over as history: {}", count(adopt.len() as i64, "applied migration")));
    }
    ui.out(format!("pending: {}", pending_after(folder, standing, adopt).len()));
    if !heavy.is_empty() {
        ui.hint("say in [protect] which tables must survive every migration; the largest are named there in a comment");
    }
}

/// The plan reads a variable, and it may not be there yet.
fn hint_at_url(context: &Context<'_>, name: &str, url_env: &str) {
    let target = Target { name: name.to_owned(), url: Some(TargetUrl::Env(url_env.to_owned())), ..Target::default() };
    let named = Project { plan: None, target: Some(target) };
    let elsewhere = context.global.url.is_some() && std::env::var_os(url_env).is_none();
    if elsewhere || context.settings(&named).is_err() {
        context.ui.hint(format!("the plan reads the connection string from {url_env}: set it, or put it into .env"));
    }
}

/// Without a tool's history nobody knows what is applied.
async fn without_history(
    context: &Context<'_>,
    args: &Args,
    session: &Session,
    standing: &Standing,
) -> Result<Exit, CommandError> {
    if standing.remembered.is_none() && args.applied_to.is_none() && standing.records.is_empty() {
        let seen = doctor::observe(session).await?;
        if !seen.tables.is_empty() {
            context
                .ui
                .warn("the database has tables, and this layout keeps no history: all migrations count as pending");
            context.ui.hint("`backout init --force --applied-to VERSION` takes over those that are applied");
        }
    }
    Ok(Exit::Ok)
}

#[cfg(test)]
mod tests {
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
        let plan = Plan::parse(PLAN_FILE, &text).expect("the plan parses");
        assert!(plan.protect.tables.is_empty());
    }
}
