//! Other sessions create and drop objects of all kinds all the time, in the schema of the migration: no command fails,
//! and nothing of theirs is taken for the migration's.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::project::{PLAN, Project};

const SESSIONS: usize = 4;

/// Between two statements of a session: some forty objects a second come and go.
const PAUSE: Duration = Duration::from_millis(40);

const BEFORE: &str = "CREATE TABLE users (id int PRIMARY KEY, email text);
INSERT INTO users SELECT n, 'u' || n FROM generate_series(1, 200) n;
CREATE TABLE notes (id int PRIMARY KEY, user_id int REFERENCES users, body text);
CREATE INDEX notes_by_user ON notes (user_id);
INSERT INTO notes SELECT n, 1 + n % 200, 'note ' || n FROM generate_series(1, 500) n;
CREATE VIEW busy AS SELECT u.id, count(*) AS notes FROM users u JOIN notes n ON n.user_id = u.id GROUP BY u.id;";

const MIGRATION: &str = "DROP TABLE notes CASCADE;
ALTER TABLE users ADD COLUMN plan text;
CREATE TABLE plans (name text PRIMARY KEY);
UPDATE users SET email = 'x' WHERE id > 150;
ALTER TABLE users DROP COLUMN email;";

/// Sessions that create and drop; each object has a name of its own.
struct Churn {
    stop: Arc<AtomicBool>,
    made: Arc<AtomicUsize>,
    /// A rehearsal's pg_dump runs. It locks tables one by one and keeps the locks, so the server may have to cancel a
    /// `DROP VIEW …; DROP TABLE …` of another session, as beside any pg_dump. Nothing else of ours may cause that.
    dumps: Arc<AtomicBool>,
    tasks: Vec<tokio::task::JoinHandle<Result<()>>>,
}

impl Churn {
    async fn start(project: &Project) -> Result<Churn> {
        let stop = Arc::new(AtomicBool::new(false));
        let made = Arc::new(AtomicUsize::new(0));
        let dumps = Arc::new(AtomicBool::new(false));
        let mut tasks = Vec::new();
        for number in 0..SESSIONS {
            let session = project.database.client().await?;
            let (stop, made, dumps) = (stop.clone(), made.clone(), dumps.clone());
            tasks.push(tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let t = format!("churn_{number}_{}", made.fetch_add(1, Ordering::Relaxed));
                    // Several transactions, as another team's jobs would have them.
                    for sql in [
                        format!("CREATE TABLE {t} (id int PRIMARY KEY, v text NOT NULL DEFAULT 'x', CHECK (id > 0))"),
                        format!("CREATE INDEX {t}_v ON {t} (v) WHERE id > 5; ALTER TABLE {t} ADD UNIQUE (v, id)"),
                        format!("CREATE VIEW {t}_view AS SELECT v, count(*) FROM {t} GROUP BY v"),
                        format!("CREATE FUNCTION {t}_f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"),
                        format!("CREATE TRIGGER {t}_g BEFORE INSERT ON {t} FOR EACH ROW EXECUTE FUNCTION {t}_f()"),
                        format!("CREATE TYPE {t}_e AS ENUM ('a', 'b')"),
                        format!("ALTER TABLE {t} ADD COLUMN e {t}_e DEFAULT 'a'; COMMENT ON TABLE {t} IS 'churn'"),
                        format!("DROP VIEW {t}_view; DROP INDEX {t}_v; DROP TABLE {t}; DROP TYPE {t}_e; DROP FUNCTION {t}_f()"),
                    ] {
                        let beside_a_dump = dumps.load(Ordering::Relaxed);
                        match session.batch(&sql).await {
                            Err(error) if beside_a_dump && error.has_code("40P01") => session.batch(&sql).await,
                            done => done,
                        }
                        .with_context(|| sql.clone())?;
                        tokio::time::sleep(PAUSE).await;
                    }
                }
                Ok(())
            }));
        }
        Ok(Churn { stop, made, dumps, tasks })
    }

    async fn stop(self) -> Result<usize> {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.context("a session of the churn")??;
        }
        Ok(self.made.load(Ordering::Relaxed))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_of_others_come_and_go() -> Result<()> {
    let project = Project::new("busy_catalog").await?;
    project.write("backout.toml", &PLAN.replace("certificate = \"none\"", "certificate = \"schema\""))?;
    project.write("migrations/1_plans.sql", MIGRATION)?;
    project.database.run(BEFORE)?;
    let before = project.dump()?;
    let churn = Churn::start(&project).await?;
    let mut said = String::new();
    let mut run = |line: &[&str]| -> Result<()> {
        let run = project.command(line)?.run()?;
        assert!(matches!(run.code(), Some(0 | 8)), "{line:?}\n{}", run.transcript());
        said.push_str(&run.transcript());
        Ok(())
    };
    run(&["status", "--yes", "production"])?;
    churn.dumps.store(true, Ordering::Relaxed);
    run(&["rehearse", "--level", "schema", "--yes", "production"])?;
    churn.dumps.store(false, Ordering::Relaxed);
    for _ in 0..3 {
        run(&["status"])?;
        run(&["doctor"])?;
        run(&["migrate", "--dry-run"])?;
        run(&["migrate"])?;
        run(&["status"])?;
        run(&["undo", "--dry-run"])?;
        run(&["undo"])?;
    }
    let made = churn.stop().await?;
    assert!(made > 20, "only {made} rounds of objects were made");
    // A rehearsal writes into every table that its clone has; nothing else has to do with theirs.
    let theirs = |line: &&str| line.contains("churn_") && !line.contains("probe rows in");
    assert_eq!(said.lines().find(theirs), None, "{said}");
    assert_eq!(project.dump()?, before);
    Ok(())
}
