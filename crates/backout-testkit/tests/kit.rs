//! The kit against a real server: what other tests rely on.

use std::path::Path;
use std::time::Duration;

use backout_testkit::{Backout, FailpointRun, Pgbench, TestServer};

#[tokio::test]
async fn databases_are_apart_and_owned_by_an_ordinary_role() {
    let server = TestServer::shared();
    let (one, two) = (server.database("kit").await.unwrap(), server.database("kit").await.unwrap());
    assert_ne!(one.name(), two.name());
    one.run("CREATE TABLE public.t (a int, b text); INSERT INTO t VALUES (2, 'x'), (1, E'y\\n'), (1, NULL);").unwrap();
    assert_eq!(one.sorted_copy("public.t").unwrap(), ["1\t\\N", "1\ty\\n", "2\tx"]);
    assert!(two.sorted_copy("public.t").unwrap_err().to_string().contains("does not exist"));

    let client = one.client().await.unwrap();
    let is_superuser = client.scalar("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").await.unwrap();
    assert_eq!(is_superuser.as_deref(), Some("f"));
    let output = one.psql("SELECT 1;\nSELECT nonsense;\nSELECT 2;").unwrap();
    assert!(!output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "1\n");
    assert!(String::from_utf8_lossy(&output.stderr).contains("psql:<stdin>:2: ERROR"));
}

#[tokio::test]
async fn a_dump_shows_every_difference_but_those_left_out() {
    let database = TestServer::shared().database("dump").await.unwrap();
    let empty = database.dump_schema(&[]).unwrap();
    assert_eq!(empty, database.dump_schema(&[]).unwrap(), "two dumps of one database are equal");
    database.run("CREATE SCHEMA ours_1; CREATE TABLE ours_1.t (a int);").unwrap();
    assert_ne!(database.dump_schema(&[]).unwrap(), empty);
    assert_eq!(database.dump_schema(&["ours_*"]).unwrap(), empty);
    database.run("CREATE TABLE public.theirs (a int);").unwrap();
    assert_ne!(database.dump_schema(&["ours_*"]).unwrap(), empty);
}

#[tokio::test]
async fn pgbench_counts_what_it_committed() {
    let database = TestServer::shared().database("load").await.unwrap();
    database.run("CREATE TABLE t (at timestamptz DEFAULT now());").unwrap();
    let load = Pgbench::start(&database, "INSERT INTO t DEFAULT VALUES;\n", 2).await.unwrap();
    let client = database.client().await.unwrap();
    while client.scalar("SELECT 1 FROM t OFFSET 20 LIMIT 1").await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    let report = load.stop().unwrap();
    let rows = client.scalar("SELECT count(*) FROM t").await.unwrap().unwrap();
    assert_eq!(report.transactions.to_string(), rows, "{report:?}");
    assert!(report.tps > 1.0);

    let said = match Pgbench::start(&database, "INSERT INTO nonsense DEFAULT VALUES;\n", 1).await {
        Ok(load) => load.stop().unwrap().messages,
        Err(error) => error.to_string(),
    };
    assert!(said.contains("relation \"nonsense\" does not exist"), "{said}");
}

#[test]
fn a_run_is_killed_at_its_failpoint_and_only_there() {
    let folder = tempfile::tempdir().unwrap();
    // Stands for the binary: passes two failpoints and waits at the one that is set.
    let program = r#"
        for point in first second; do
            echo "at $point"
            [ "$BACKOUT_FAILPOINT" = "$point" ] || continue
            echo "$point" >>"$BACKOUT_FAILPOINT_LOG"
            exec sleep 600
        done
        echo "$PGHOST$DATABASE_URL" >&2
        exit 3
    "#;
    let sh = || Backout::of(Path::new("/bin/sh"), folder.path()).unwrap().args(["-c", program]);
    for (name, stdout) in [("first", "at first\n"), ("second", "at first\nat second\n")] {
        let FailpointRun { hit, run } = sh().run_to_failpoint(name).unwrap();
        assert!(hit && run.was_killed(), "{}", run.transcript());
        assert_eq!(run.stdout, stdout);
    }
    let FailpointRun { hit, run } = sh().run_to_failpoint("elsewhere").unwrap();
    assert!(!hit && !run.was_killed());
    run.expect_code(3);
    let run = sh().env("BACKOUT_FAILPOINT", "").env("DATABASE_URL", "given").run().unwrap().expect_code(3);
    assert_eq!(run.stderr, "given\n");
    let waits = sh().env("BACKOUT_FAILPOINT", "first").env("BACKOUT_FAILPOINT_LOG", "/dev/null");
    assert!(waits.run_and_kill_after(Duration::from_millis(50)).unwrap().was_killed());
}
