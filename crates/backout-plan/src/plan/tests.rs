//! Plan files in, values or problems out.

use super::*;

const FULL: &str = r#"version = 1

[targets.production]
url = "env:DATABASE_URL"
ca_file = "certs/ca.pem"

[targets.staging]
url = "postgresql://app@staging.example.com/app"
certificate = "schema"

[migrations]
dir = "db/migrations"
layout = "sqlx"

[protect]
tables = ["public.users", "billing.*", '"we""ird"."T.x"']
max_deleted_rows = 3

[migrate]
lock_timeout = "2s"
lock_retries = 5
lock_budget = "1m"
statement_timeout = "10m"
certificate = "full"
certificate_max_age = "2d"
keep_archive = "60d"
backup = "none"
backup_max_age = "2h"
rebuild_below = "512MB"
hide_above = "2GB"

[rehearse]
level = "full"
where = "url"
sandbox_url = "env:SANDBOX_URL"

[backup]
to = "s3://backups/shop"
endpoint = "https://s3.example.com"
region = "eu-1"
encrypt_to = ["age1xyz"]
signed_by = ["backout-sign:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
sign_with = "env:BACKOUT_SIGNING_KEY"
jobs = 4
keep = "90d"
keep_last = 5
keep_daily = 7
keep_weekly = 8
keep_monthly = 12
capture = "images"

[[checks]]
name = "users still there"
sql = "SELECT count(*) > 0 FROM public.users"

[[checks]]
name = "no orphans"
sql = "SELECT true"
"#;

/// The problems of `text`, as they are shown, without the file's name.
fn problems(text: &str) -> Vec<String> {
    match Plan::parse("backout.toml", text) {
        Ok(plan) => panic!("accepted:\n{text}\n{plan:?}"),
        Err(errors) => {
            assert!(!errors.0.is_empty());
            errors.to_string().lines().map(|line| line.strip_prefix("backout.toml:").unwrap().to_owned()).collect()
        }
    }
}

/// A sound plan with one part exchanged.
pub(super) fn with(part: &str) -> String {
    format!("version = 1\n[targets.p]\n{part}\n")
}

#[test]
fn reads_a_whole_plan() {
    let plan = Plan::parse("conf/backout.toml", FULL).unwrap();
    let production = plan.target(Some("production")).unwrap();
    let staging = plan.target(Some("staging")).unwrap();
    assert_eq!(production.name, "production");
    assert_eq!(production.url, Some(TargetUrl::Env("DATABASE_URL".into())));
    assert_eq!(production.ca_file.as_deref(), Some(Path::new("conf/certs/ca.pem")));
    assert_eq!((plan.demand(production), plan.demand(staging)), (Demand::Full, Demand::Schema));
    assert_eq!(plan.migrations_dir(), Path::new("conf/db/migrations"));
    assert_eq!(plan.migrations.layout.as_deref(), Some("sqlx"));
    let tables: Vec<String> = plan.protect.tables.iter().map(ToString::to_string).collect();
    assert_eq!(tables, ["public.users", "billing.*", "\"we\"\"ird\".\"T.x\""]);
    assert_eq!(plan.protect.max_deleted_rows, 3);
    assert_eq!(
        plan.migrate,
        Migrate {
            lock_timeout: Span::from_secs(2),
            lock_retries: 5,
            lock_budget: Some(Span::from_secs(60)),
            statement_timeout: Span::from_secs(600),
            certificate: Demand::Full,
            certificate_max_age: Span::from_days(2),
            backup: BackupDemand::None,
            backup_max_age: Span::from_secs(7200),
            keep_archive: Span::from_days(60),
            rebuild_below: Size::from_bytes(512 << 20),
            hide_above: Some(Size::from_bytes(2 << 30)),
        }
    );
    assert_eq!((plan.rehearse.level, plan.rehearse.place), (Level::Full, RehearsalPlace::Url));
    assert_eq!(plan.rehearse.sandbox_url, Some(TargetUrl::Env("SANDBOX_URL".into())));
    assert_eq!(
        plan.backup,
        Backup {
            to: "s3://backups/shop".into(),
            endpoint: Some("https://s3.example.com".into()),
            region: Some("eu-1".into()),
            encrypt_to: vec!["age1xyz".into()],
            signed_by: vec![Signer::new([0; 32])],
            sign_with: Some(KeySource::Env("BACKOUT_SIGNING_KEY".into())),
            jobs: 4,
            keep: Span::from_days(90),
            keep_last: 5,
            keep_daily: 7,
            keep_weekly: 8,
            keep_monthly: 12,
            capture: CaptureDepth::Images,
        }
    );
    let checks: Vec<&str> = plan.checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(checks, ["users still there", "no orphans"]);
    assert_eq!(plan.target(None), None);
    assert_eq!(plan.nearest_target("prodction"), Some("production"));
}

#[test]
fn the_least_plan_has_sound_defaults() {
    let plan = Plan::parse("backout.toml", "version = 1\ntargets.production = {}\n").unwrap();
    let target = plan.target(None).unwrap();
    assert_eq!((target.name.as_str(), &target.url), ("production", &None));
    assert_eq!(plan.demand(target), Demand::Full);
    assert_eq!(plan.migrate.lock_timeout, Span::from_millis(500));
    assert_eq!(plan.migrations_dir(), Path::new("migrations"));
    assert_eq!((plan.rehearse.level, plan.rehearse.place), (Level::Full, RehearsalPlace::Sandbox));
}

#[test]
fn every_problem_has_its_place_and_a_way_out() {
    for (text, expected) in [
        (
            "",
            vec![
                "1:1: version is missing: write version = 1",
                "1:1: no target is given: write at least [targets.production]",
            ],
        ),
        (
            "version = 2\n[targets.p]",
            vec!["1:11: version 2 of the plan file is not known: this program reads version 1"],
        ),
        ("version = \"1\"\n[targets.p]", vec!["1:11: version must be the whole number 1: write version = 1"]),
        ("version = 1\n[targets]", vec!["2:1: no target is given"]),
        ("version = 1\ntargets = 5", vec!["2:11: targets must be a table, not a whole number"]),
        ("version = 1\n[targets]\np = \"x\"", vec!["3:5: targets.p must be a table, not a text"]),
        ("version = 1\n[targets.\"a b\"]", vec!["2:10: \"a b\" cannot be a target's name: use letters"]),
        (
            "version = 1\n[target.p]\n[targets.p]",
            vec!["2:2: unknown key \"target\" at the top of the file (did you mean \"targets\"?)"],
        ),
        (
            "version = 1\n[targets.p]\nurls = \"\"",
            vec!["3:1: unknown key \"urls\" in [targets.p] (did you mean \"url\"?)"],
        ),
        (
            "version = 1\n[targets.p]\nprotected_level = 1",
            vec!["3:1: unknown key \"protected_level\" in [targets.p]: one of \"url\", \"ca_file\", \"certificate\""],
        ),
        ("version = 1\n[targets.p]\nurl = \"\"", vec!["3:7: targets.p.url is empty"]),
        ("version = 1\n[targets.p]\nurl = \"env:\"", vec!["3:7: targets.p.url does not name an environment variable"]),
        (
            "version = 1\n[targets.p]\nurl = \"env:A-B\"",
            vec!["3:7: targets.p.url does not name an environment variable"],
        ),
        ("version = 1\n[targets.p]\nurl = \"DATABASE_URL\"", vec!["(did you mean \"env:DATABASE_URL\"?)"]),
        (
            "version = 1\n[targets.p]\nurl = \"postgresql://u:pw@h/d\"",
            vec!["3:7: targets.p.url contains a password: take it out and give it as PGPASSWORD"],
        ),
        ("version = 1\n[targets.p]\nurl = \"host=h password=pw\"", vec!["3:7: targets.p.url contains a password"]),
        (
            "version = 1\n[targets.p]\nurl = \"postgresql://h/d?sslmod=x\"",
            vec![
                "3:7: targets.p.url: reading the connection string: the parameter \"sslmod\" is not known (did you mean \"sslmode\"?)",
            ],
        ),
        (
            "version = 1\n[targets.a]\nurl=\"postgresql://h/d\"\n[targets.b]\nurl=\"postgres://h:5432/d\"",
            vec!["5:5: targets.b and targets.a are the same database, h:5432/d"],
        ),
        (
            "version = 1\n[targets.p]\ncertificate = \"ful\"",
            vec!["3:15: \"ful\" is not a value of targets.p.certificate (did you mean \"full\"?)"],
        ),
        (
            &with("[flags.x]\n[triggers]\n[messages]"),
            vec!["unknown key \"flags\"", "unknown key \"triggers\"", "unknown key \"messages\""],
        ),
        (
            &with("[migrations]\ndir = \"\"\nlayout = \" \""),
            vec!["4:7: migrations.dir is empty", "5:10: migrations.layout is empty"],
        ),
        (&with("[migrations]\ndri = \"x\""), vec!["4:1: unknown key \"dri\" in [migrations] (did you mean \"dir\"?)"]),
        (&with("[migrations]\ndir = [\"x\"]"), vec!["4:7: migrations.dir must be a text in quotes, not a list"]),
        (&with("[protect]\ntabels = []"), vec!["4:1: unknown key \"tabels\" in [protect] (did you mean \"tables\"?)"]),
        (
            &with("[protect]\ntables = \"public.a\""),
            vec!["4:10: protect.tables must be a list of texts, not a text: write [\"public.a\"]"],
        ),
        (
            &with("[protect]\ntables = [\"é.a\", \"users\"]"),
            vec![
                "4:18: protect.tables: reading \"users\" as a table: the schema is missing (did you mean \"public.users\"?)",
            ],
        ),
        (
            &with("[protect]\ntables = [\"public.User\"]"),
            vec!["folds unless the name is quoted (did you mean 'public.\"User\"'?)"],
        ),
        (
            &with("[protect]\ntables = [\"a.b\", \"c\", 5, 'a.\"b\"']"),
            vec![
                "4:18: protect.tables: reading \"c\"",
                "4:23: protect.tables must be a text in quotes, not a whole number",
                "4:26: protect.tables names a.b twice",
            ],
        ),
        (
            &with("[protect]\nmax_deleted_rows = -1"),
            vec!["4:20: protect.max_deleted_rows must be a whole number from 0 to"],
        ),
        (
            &with("[protect]\nmax_deleted_rows = \"5\""),
            vec!["4:20: protect.max_deleted_rows must be a whole number, not a text: write 5"],
        ),
        (&with("[protect]\nmax_deleted_rows = 1.5"), vec!["must be a whole number, not a fraction"]),
        (
            &with("[migrate]\nlock_timeout = 500"),
            vec!["4:16: migrate.lock_timeout must be a text in quotes, not a whole number"],
        ),
        (
            &with("[migrate]\nlock_timeout = \"500\""),
            vec!["the number 500 needs a unit: ms, s, m, h or d (did you mean \"500s\"?)"],
        ),
        (
            &with("[migrate]\nlock_timeout = \"0\""),
            vec!["4:16: migrate.lock_timeout is 0: 0 means no limit to PostgreSQL"],
        ),
        (
            &with("[migrate]\nlock_timeout = \"30d\""),
            vec!["4:16: migrate.lock_timeout is longer than PostgreSQL's limit"],
        ),
        (
            &with("[migrate]\nlock_timeout = \"5s\"\nstatement_timeout = \"4s\""),
            vec!["4:16: migrate.lock_timeout (5s) is longer than migrate.statement_timeout (4s)"],
        ),
        (
            &with("[migrate]\nstatement_timeout = \"100ms\""),
            vec!["4:21: migrate.lock_timeout (500ms) is longer than migrate.statement_timeout (100ms)"],
        ),
        (
            &with("[migrate]\nlock_budget = \"100ms\""),
            vec!["4:15: migrate.lock_budget (100ms) is shorter than one attempt"],
        ),
        (
            &with("[migrate]\ncertificate_max_age = \"0\""),
            vec!["4:23: migrate.certificate_max_age is 0, while targets.p demands a certificate (full)"],
        ),
        (
            &with("[migrate]\nkeep_archive = \"0\""),
            vec!["4:16: migrate.keep_archive is 0: an undo could bring nothing back"],
        ),
        (&with("[migrate]\nlock_retries = 99999999"), vec!["from 0 to 1000000"]),
        (&with("[migrate]\nbackup = \"fresh\""), vec!["4:10: \"fresh\" is not a value of migrate.backup"]),
        (&with("[migrate]\nbackup_max_age = \"0\""), vec!["4:18: migrate.backup_max_age is 0"]),
        (
            &with("[rehearse]\nwhere = \"same_server\""),
            vec!["4:9: \"same_server\" is not a value of rehearse.where (did you mean \"same-server\"?)"],
        ),
        (
            &with("[rehearse]\nwhere = \"moon\""),
            vec!["4:9: \"moon\" is not a value of rehearse.where: one of \"sandbox\", \"same-server\", \"url\""],
        ),
        (&with("[rehearse]\nlevel = \"sample\""), vec!["4:9: \"sample\" is not a value of rehearse.level"]),
        (&with("[rehearse]\nsample = \"0\""), vec!["4:10: rehearse.sample is 0"]),
        (&with("[rehearse]\nsample = \"some\""), vec!["4:10: rehearse.sample: reading \"some\" as a size"]),
        (
            &with("[rehearse]\nlevel = \"sampled\""),
            vec!["4:9: rehearse.level is \"sampled\", which is less than every target demands (\"full\")"],
        ),
        (
            &with("[rehearse]\nwhere = \"url\""),
            vec!["4:9: rehearse.where is \"url\", but rehearse.sandbox_url is missing"],
        ),
        (
            &with("[rehearse]\nsandbox_url = \"env:X\""),
            vec!["4:15: rehearse.sandbox_url has no effect while rehearse.where is \"sandbox\""],
        ),
        (
            &with("[rehearse]\nwhere = \"urk\"\nsandbox_url = \"env:X\""),
            vec!["4:9: \"urk\" is not a value of rehearse.where (did you mean \"url\"?)"],
        ),
        (
            &with("[rehearse]\nlevel = \"schema\""),
            vec!["4:9: rehearse.level is \"schema\", which is less than every target demands (\"full\")"],
        ),
        (
            "version = 1\n[targets.p]\nurl = \"env:X\"\n[rehearse]\nwhere = \"url\"\nsandbox_url = \"env:X\"",
            vec!["6:15: rehearse.sandbox_url is the database of targets.p"],
        ),
        (
            "version = 1\n[targets.p]\nurl = \"postgresql://h/d\"\n[rehearse]\nwhere = \"url\"\nsandbox_url = \"host=h dbname=d\"",
            vec!["6:15: rehearse.sandbox_url is the database of targets.p"],
        ),
        (&with("[backup]\nto = \"ftp://x\""), vec!["4:6: \"ftp://x\" is not a place for backups: write a folder"]),
        (&with("[backup]\nto = \"s3:///x\""), vec!["4:6: \"s3:///x\" is not a place for backups"]),
        (
            &with("[backup]\nencrypt_to = [\"AGE-SECRET-KEY-1X\"]"),
            vec!["4:15: backup.encrypt_to holds something that is not an age recipient: recipients begin with age1"],
        ),
        (
            &with("[backup]\nsigned_by = [\"age1x\"]"),
            vec!["4:14: backup.signed_by: this is not a public key that checks backups: `backout backup keygen FILE`"],
        ),
        (
            &with("[backup]\nsigned_by = [\"backout-sign:AAAA\"]"),
            vec!["4:14: backup.signed_by: this public key is not whole"],
        ),
        (
            &with("[backup]\nsigned_by = \"backout-sign:AAAA\""),
            vec!["4:13: backup.signed_by must be a list of texts, not a text"],
        ),
        (
            &with("[backup]\nsigned_by = \"backout-sign-secret:AAAA\""),
            vec!["4:13: backup.signed_by: this is a secret key, and the public one is wanted"],
        ),
        (
            &with(&format!("[backup]\nsigned_by = [\"{0}\",\n\"{0}\"]", Signer::new([0; 32]))),
            vec!["5:1: backup.signed_by names this key twice"],
        ),
        (
            &with("[backup]\nsign_with = \"backout-sign-secret:AAAA\""),
            vec!["4:13: backup.sign_with holds a secret key: put it into a file or a variable"],
        ),
        (
            &with(&format!("[backup]\nsign_with = \"{}\"", Signer::new([0; 32]))),
            vec!["4:13: backup.sign_with is a public key: write the file of the secret key, or env:NAME"],
        ),
        (
            &with("[backup]\nsign_with = \"env:MY KEY\""),
            vec!["4:13: backup.sign_with does not name an environment variable: write env:"],
        ),
        (&with("[backup]\njobs = 0"), vec!["4:8: backup.jobs is 0: nobody would do the work"]),
        (&with("[backup]\njobs = 65"), vec!["from 0 to 64"]),
        (
            &with("[backup]\nto = \"s3://b\"\nendpoint = \"s3.example.com\""),
            vec![
                "5:12: \"s3.example.com\" is not the address of an S3 server: write for example https://s3.example.com",
            ],
        ),
        (
            &with("[backup]\nendpoint = \"https://s3.example.com\""),
            vec!["4:12: backup.endpoint has no effect while backup.to is a folder"],
        ),
        (&with("checks = 3"), vec!["3:1: unknown key \"checks\" in [targets.p]"]),
        (
            "version = 1\nchecks = 3\n[targets.p]",
            vec!["2:10: checks must be an array of tables, not a whole number: write [[checks]]"],
        ),
        (&with("[checks]\nname = \"a\""), vec!["checks must be an array of tables, not a table"]),
        (
            &with("[[checks]]\nname = \"a\"\n[[checks]]\nsql = \"\""),
            vec!["3:1: a check needs a sql", "5:1: a check needs a name", "6:7: checks.sql is empty"],
        ),
        (
            &with("[[checks]]\nname = \"a\"\nsql = \"b\"\n[[checks]]\nname = \"a\"\nsql = \"c\""),
            vec!["7:8: two checks are called \"a\""],
        ),
        (
            &with("[[checks]]\nname = \"a\"\nsql = \"b\"\nsevere = true"),
            vec!["6:1: unknown key \"severe\" in [checks]"],
        ),
        (
            &with("[[verify]]\nname = \"a\"\n[[verify]]\npriority = 4\nthat = 3"),
            vec![
                "3:1: a check needs what must hold (that)",
                "5:1: a check needs a name",
                "6:12: verify.priority must be a whole number from 0 to 3",
                "7:8: that must be a table",
            ],
        ),
        (
            &with(
                "[[verify]]\nname = \"a\"\nthat = { sql = \"b\" }\n[[verify]]\nname = \"a\"\nfor = \"1x\"\nthat = { sql = \"b\" }",
            ),
            vec!["7:8: two checks are called \"a\"", "8:7: verify.for"],
        ),
        // Taken for [[checks]], it would run inside the migration.
        (&with("[[check]]\nname = \"a\"\nthat = { sql = \"b\" }"), vec!["3:3: [[check]] is called [[verify]] now"]),
        // Syntax, and beside it only what cannot be an echo of it.
        (
            "version = 1\n[targets.p]\nurl = env:X\n[protect]\ntabels = []\n",
            vec!["3:7: ", "5:1: unknown key \"tabels\""],
        ),
        (
            "version = 1\n[targets.p\nurl = \"env:X\"\n[protect]\ntabels = []",
            vec!["2:11: unclosed table", "5:1: unknown key \"tabels\""],
        ),
        ("version = 1\nversion = 1\n[targets.p]", vec!["2:1: duplicate key"]),
        ("version = 1\r\n[targets.p]\r\n[[checks]]\r\nname = \"é\" x\r\nsql = \"b\"", vec!["4:12: "]),
    ] {
        let shown = problems(text);
        assert_eq!(shown.len(), expected.len(), "{text}\n{shown:#?}");
        for (shown, expected) in shown.iter().zip(&expected) {
            assert!(shown.contains(expected), "{text}\nshown:    {shown}\nexpected: {expected}");
            let starts_with_place = expected.starts_with(|c: char| c.is_ascii_digit());
            assert!(!starts_with_place || shown.starts_with(expected), "{text}\n{shown}\n{expected}");
        }
    }
}

/// Neither in a message nor as a value, with which the line of the file would be shown.
#[test]
fn no_secret_key_is_repeated() {
    for line in [
        "signed_by = [\"backout-sign-secret:hush\"]",
        "signed_by = \"backout-sign-secret:hush\"",
        "sign_with = \"backout-sign-secret:hush\"",
    ] {
        let errors = Plan::parse("backout.toml", &with(&format!("[backup]\n{line}"))).unwrap_err();
        assert!(errors.0.iter().all(|error| error.value.is_none()), "{errors:?}");
        assert!(!format!("{errors} {errors:?}").contains("hush"), "{errors}");
    }
}

#[test]
fn a_problem_keeps_its_value_and_suggestion_for_programs() {
    let errors = Plan::parse("x/backout.toml", &with("[protect]\ntabels = []")).unwrap_err();
    let [error] = errors.0.as_slice() else { panic!("{errors}") };
    assert_eq!((error.file.as_str(), error.line, error.column), ("x/backout.toml", 4, 1));
    assert_eq!((error.value.as_deref(), error.suggestion.as_deref()), (Some("tabels"), Some("tables")));
}

#[test]
fn what_looks_contradictory_and_is_not_is_accepted() {
    for part in [
        "certificate = \"none\"\n[migrate]\ncertificate_max_age = \"0\"",
        "certificate = \"schema\"\n[rehearse]\nlevel = \"schema\"",
        "[targets.q]\ncertificate = \"schema\"\n[rehearse]\nlevel = \"schema\"",
        "url = \"env:X\"\n[targets.q]\nurl = \"env:X\"",
        "[migrate]\nlock_timeout = \"5s\"\nstatement_timeout = \"5s\"\nlock_budget = \"5s\"",
        "[migrate]\nlock_timeout = \"5s\"\nstatement_timeout = \"0\"\nlock_retries = 0",
        "[protect]\ntables = [\"a.b\", \"a.*\", 'a.\"B\"']\nmax_deleted_rows = 1_000",
        "url = \"postgresql://h/a\"\n[rehearse]\nwhere = \"url\"\nsandbox_url = \"postgresql://h/b\"",
        "url = \"postgresql://h/a\"\n[targets.q]\nurl = \"postgresql://h/b\"",
    ] {
        if let Err(errors) = Plan::parse("backout.toml", &with(part)) {
            panic!("{part}\n{errors}");
        }
    }
}

#[test]
fn a_layout_is_checked_against_those_there_are() {
    let known = ["plain", "sqlx", "golang-migrate"];
    for (layout, expected) in [
        ("sqlx", None),
        ("sqlz", Some("backout.toml:5:10: \"sqlz\" is not a migration layout (did you mean \"sqlx\"?)")),
        (
            "cobol",
            Some(
                "backout.toml:5:10: \"cobol\" is not a migration layout: one of \"plain\", \"sqlx\", \"golang-migrate\"",
            ),
        ),
    ] {
        let text = with(&format!("[migrations]\ndir = \"x\"\nlayout = \"{layout}\""));
        let plan = Plan::parse("backout.toml", &text).unwrap();
        assert_eq!(plan.validate_layouts(&known).err().map(|e| e.to_string()).as_deref(), expected);
    }
    assert!(Plan::parse("backout.toml", &with("")).unwrap().validate_layouts(&[]).is_ok());
}

#[test]
fn the_hash_changes_with_what_matters_and_only_with_that() {
    let base = Plan::parse("backout.toml", FULL).unwrap().hash_of_matter();
    assert_eq!(base.len(), 64);
    for (from, to, changes) in [
        ("\"public.users\", \"billing.*\"", "\"billing.*\", \"public.users\"", false),
        ("\"public.users\"", "'public.\"users\"'", false),
        ("\"1m\"", "\"60s\"", false),
        ("db/migrations", "./db//migrations/", false),
        ("ca.pem", "other.pem", false),
        ("certificate = \"schema\"", "certificate = \"none\"", false),
        ("certificate = \"full\"", "certificate = \"schema\"", false),
        ("\"2d\"", "\"3d\"", false),
        ("\"60d\"", "\"61d\"", false),
        ("env:SANDBOX_URL", "env:OTHER", false),
        ("level = \"full\"", "level = \"schema\"", false),
        ("s3://backups/shop", "s3://backups/other", false),
        ("sign_with = \"env:BACKOUT_SIGNING_KEY\"", "sign_with = \"sign.key\"", false),
        ("[protect]", "# why\n\n[protect]", false),
        ("billing.*", "billing.x", true),
        ("max_deleted_rows = 3", "max_deleted_rows = 4", true),
        ("layout = \"sqlx\"", "", true),
        ("db/migrations", "db/migration", true),
        ("lock_timeout = \"2s\"", "lock_timeout = \"3s\"", true),
        ("lock_retries = 5", "lock_retries = 6", true),
        ("lock_budget = \"1m\"", "", true),
        ("statement_timeout = \"10m\"", "statement_timeout = \"11m\"", true),
        ("hide_above = \"2GB\"", "hide_above = \"3GB\"", true),
        ("rebuild_below = \"512MB\"", "", false),
        ("backup = \"none\"", "backup = \"proven\"", false),
        ("\"2h\"", "\"3h\"", false),
        ("SELECT true", "SELECT false", true),
        ("no orphans", "none", true),
    ] {
        assert_eq!(FULL.matches(from).count(), 1, "{from}");
        let plan = Plan::parse("backout.toml", &FULL.replace(from, to)).unwrap_or_else(|e| panic!("{to}: {e}"));
        assert_eq!(plan.hash_of_matter() != base, changes, "{from} -> {to}");
    }
    // Certificates are carried between machines and releases: the form may not change unnoticed.
    let former = Plan::parse("backout.toml", &FULL.replace("hide_above = \"2GB\"\n", "")).unwrap().hash_of_matter();
    assert_eq!(former, "61c0c86493f41841d0bcdd16645c6af7dd36bd83935989dbf2670fc4cd70350d");
}

/// Two lists of keys, the reader's and the schema's, that must not drift apart.
#[test]
fn the_schema_knows_the_keys_that_the_reader_knows() {
    let schema = schema_json();
    let definition = |name: &str| {
        let found = if name.is_empty() { &schema } else { &schema["$defs"][name] };
        assert_eq!(found["additionalProperties"], false, "{name}");
        let mut keys: Vec<String> = found["properties"].as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    for (name, head) in [
        ("", "zzzzzzzzzzzz = 1\nversion = 1\n[targets.p]\n"),
        ("Target", "version = 1\n[targets.p]\nzzzzzzzzzzzz = 1\n"),
        ("Migrations", "version = 1\n[targets.p]\n[migrations]\nzzzzzzzzzzzz = 1\n"),
        ("Protect", "version = 1\n[targets.p]\n[protect]\nzzzzzzzzzzzz = 1\n"),
        ("Migrate", "version = 1\n[targets.p]\n[migrate]\nzzzzzzzzzzzz = 1\n"),
        ("Rehearse", "version = 1\n[targets.p]\n[rehearse]\nzzzzzzzzzzzz = 1\n"),
        ("Backup", "version = 1\n[targets.p]\n[backup]\nzzzzzzzzzzzz = 1\n"),
        ("Check", "version = 1\n[targets.p]\n[[checks]]\nname = \"a\"\nsql = \"b\"\nzzzzzzzzzzzz = 1\n"),
        ("Impact", "version = 1\n[targets.p]\n[impact]\non = [{ name = \"a.b\" }]\nzzzzzzzzzzzz = 1\n"),
        ("OwnedRows", "version = 1\n[targets.p]\n[[impact.on]]\nname = \"a.b\"\nzzzzzzzzzzzz = 1\n"),
        ("PlanCheck", "version = 1\n[targets.p]\n[[verify]]\nname = \"a\"\nthat = { sql = \"b\" }\nzzzzzzzzzzzz = 1\n"),
        ("PlanServe", "version = 1\n[targets.p]\n[serve]\nzzzzzzzzzzzz = 1\n"),
        ("PlanGate", "version = 1\n[targets.p]\n[[gate]]\nroute = \"/a\"\nflag = \"b\"\nzzzzzzzzzzzz = 1\n"),
    ] {
        let shown = problems(head).join("\n");
        let (_, listed) = shown.split_once("one of ").unwrap_or_else(|| panic!("{shown}"));
        let mut read: Vec<String> = listed.split(", ").map(|key| key.trim_matches('"').to_owned()).collect();
        read.sort();
        read.dedup();
        assert_eq!(read, definition(name), "{name}");
    }
    assert_eq!(schema["required"], serde_json::json!(["version", "targets"]));
    assert_eq!(schema["$defs"]["Migrate"]["properties"]["lock_timeout"]["default"], "500ms");
    assert_eq!(schema["$defs"]["Check"]["required"], serde_json::json!(["name", "sql"]));
}

#[test]
fn the_template_can_be_read_back() {
    let input = TemplateInput {
        target: "production".into(),
        url_env: "DATABASE_URL".into(),
        dir: "db/migrations".into(),
        layout: Some("sqlx".into()),
        layout_detected_why: "files named N_name.sql\nand the table _sqlx_migrations".into(),
        protected: vec!["public.users".into(), "\"Odd \\ 'name'\".\"x\"".into(), "public.\"User\"".into()],
    };
    let text = template(&input);
    assert!(text.contains("demanded first: full, sampled, schema or none\n"), "every level is named: {text}");
    let plan = Plan::parse("backout.toml", &text).unwrap_or_else(|e| panic!("{text}\n{e}"));
    let target = plan.target(None).unwrap();
    assert_eq!((target.name.as_str(), target.url.clone()), ("production", Some(TargetUrl::Env("DATABASE_URL".into()))));
    assert_eq!((plan.migrations.dir.as_str(), plan.migrations.layout.as_deref()), ("db/migrations", Some("sqlx")));
    let tables: Vec<String> = plan.protect.tables.iter().map(ToString::to_string).collect();
    assert_eq!(tables, ["public.users", "\"Odd \\ 'name'\".x", "public.\"User\""]);
    assert!(text.contains("layout = \"sqlx\"  # files named N_name.sql and the table _sqlx_migrations\n"), "{text}");
    // What it writes out are the defaults, so that a line may be taken out without changing anything.
    assert_eq!((&plan.migrate, &plan.rehearse), (&Migrate::default(), &Rehearse::default()));

    let bare = template(&TemplateInput {
        target: "eu.prod".into(),
        url_env: "X".into(),
        dir: "C:\\m \"x\"'".into(),
        ..TemplateInput::default()
    });
    let plan = Plan::parse("backout.toml", &bare).unwrap_or_else(|e| panic!("{bare}\n{e}"));
    assert_eq!(plan.target(None).unwrap().name, "eu.prod");
    assert_eq!(plan.migrations.dir, "C:\\m \"x\"'");
    assert_eq!((plan.migrations.layout.as_deref(), plan.protect.tables.len()), (None, 0));

    // The lines that are commented out are right, too.
    let all = template(&TemplateInput { layout: None, ..input });
    let uncommented: String = all
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(code) if code.contains(" = ") || code.starts_with("[[") => format!("{code}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let plan = Plan::parse("backout.toml", &uncommented).unwrap_or_else(|e| panic!("{uncommented}\n{e}"));
    assert_eq!((plan.checks.len(), plan.migrations.layout.as_deref()), (1, Some("plain")));
    assert!(plan.target(None).unwrap().ca_file.is_some());
}

#[test]
fn the_documentation_explains_every_key_and_its_example_is_a_plan() {
    let page = include_str!("../../../../docs/plan.md");
    let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let plan = Plan::parse("backout.toml", example).unwrap_or_else(|e| panic!("{e}"));
    assert!(!plan.checks.is_empty());
    let schema = schema_json();
    for (name, section) in [
        ("Target", "targets.NAME"),
        ("Migrations", "migrations"),
        ("Protect", "protect"),
        ("Migrate", "migrate"),
        ("Rehearse", "rehearse"),
        ("Backup", "backup"),
        ("Check", "checks"),
        ("Impact", "impact"),
        ("OwnedRows", "impact.on"),
        ("PlanCheck", "verify"),
        ("PlanSource", "source"),
        ("PlanTrigger", "trigger"),
        ("PlanWatch", "watch"),
        ("PlanSuccess", "watch.success"),
        ("PlanBranch", "decide"),
        ("PlanWhen", "decide.when"),
        ("PlanServe", "serve"),
        ("PlanGate", "gate"),
        ("PlanRollout", "rollout"),
        ("PlanStage", "rollout.stage"),
    ] {
        let properties = schema["$defs"][name]["properties"].as_object().unwrap();
        for (key, value) in properties {
            let row = page.lines().find(|line| line.starts_with(&format!("| `{section}.{key}` |")));
            let row = row.unwrap_or_else(|| panic!("docs/plan.md has no row for {section}.{key}"));
            if let Some(default) = value["default"].as_str() {
                assert!(row.contains(&format!("`\"{default}\"`")), "{row} does not name the default {default}");
            }
        }
    }
}

#[test]
fn what_is_wrong_inside_a_step_is_reported_at_its_key() {
    let text = r#"version = 1
[targets.production]
[[way]]
name = "A"
[[way.step]]
name = "x"
do = "flags"
[way.step.with]
file = "f"
set = { a = "on", b = "off" }
[way.step.undo]
do = "back"
with.list = [
  { name = "<fill in: name>" },
  { other = 1 },
]
[[way.step]]
name = "y"
do = "flgs"
[[verify]]
name = "c"
that.tables.names = [
  "a",
  "b",
]
"#;
    let plan = Plan::parse("p.toml", text).unwrap();
    let at = |kind: &str, path: &[&str]| {
        let check = |one: &str, _: &serde_json::Value| match one == kind {
            true => Err(Flaw::at(path, "no")),
            false => Ok(()),
        };
        let errors = plan.validate_steps(&["flags", "back", "flgs"], &check).unwrap_err();
        (errors.0[0].line, errors.0[0].column)
    };
    assert_eq!(at("flags", &["file"]), (9, 1));
    assert_eq!(at("flags", &["set", "b"]), (10, 19));
    assert_eq!(at("flags", &["set", "c", "d"]), (10, 1), "as much as is known of the way there");
    assert_eq!(at("back", &["list", "1", "other"]), (15, 5));
    assert_eq!(at("flgs", &["missing"]), (19, 6), "nothing is given, so the kind's own place");
    let errors = plan.validate_steps(&["flags", "back"], &|_, _| Ok(())).unwrap_err().to_string();
    assert!(
        errors.starts_with("p.toml:19:6: step \"y\": there is no kind of step") && errors.contains("\"flags\"?"),
        "{errors}"
    );
    let errors = plan.validate_criteria(&|_| Err(Flaw::at(&["tables", "names", "1"], "no"))).unwrap_err();
    assert_eq!((errors.0[0].line, errors.0[0].column), (24, 3));
    let unfilled: Vec<_> = plan.unfilled().iter().map(|one| (one.line, one.text.as_str())).collect();
    assert_eq!(unfilled, [(14, "<fill in: name>")]);
}

#[test]
fn what_is_wrong_with_impact_is_reported_at_its_key() {
    let text = "version = 1\n[targets.a]\n[impact]\nservice = \"s\"\non = [\n  { name = \"public.a\" },\n  { name = \"public.b\", owner = \"o\" },\n]\n";
    let plan = Plan::parse("p.toml", text).unwrap();
    let at = |path: &[&str]| {
        let problem = plan.impact_problem(&Flaw::at(path, "no"));
        assert_eq!(problem.message, "[impact]: no");
        (problem.line, problem.column)
    };
    assert_eq!(at(&["service"]), (4, 1));
    assert_eq!(at(&["on", "1", "owner"]), (7, 24));
    assert_eq!(at(&["on", "0", "owner"]), (6, 3), "it is not said, so the table that it is missing in");
}

#[test]
fn an_undo_needs_what_to_do() {
    let text = "version = 1\n[targets.a]\n[[way]]\nname = \"A\"\n[[way.step]]\nname = \"x\"\ndo = \"sql\"\nundo = { with = {} }\n";
    let errors = Plan::parse("p.toml", text).unwrap_err().to_string();
    assert!(errors.contains("p.toml:8:") && errors.contains("an undo needs what to do"), "{errors}");
}

pub(super) const WATCHED: &str = "version = 1\n[targets.p]\n[[way]]\nname = \"A\"\n[[way.step]]\nname = \"s\"\ndo = \"notify\"\n\
    [[source]]\nname = \"errors\"\nask.sql = { query = \"SELECT 1\" }\nevery = \"10s\"\n\
    [[trigger]]\nname = \"rate\"\nsource = \"errors\"\nmeasure = \"ratio\"\nover = \"5m\"\nabove = 0.05\nfor = \"5m\"\n\
    vetoes = [{ falling = { below = 0.05 } }, { few_people = { under = 3 } }]\nway = \"A\"\nact = \"auto\"\n\
    [watch]\nbake = \"24h\"\nsuccess = [{ trigger = \"rate\", below = 0.01, within = \"2m\" }]\n\
    [[decide]]\nname = \"exposed\"\nwhen = { symptom = [\"data-exposure\"] }\nthen = { way = \"A\" }\n\
    [[decide]]\nname = \"else\"\nthen = { monitor = \"10m\" }\n";

#[test]
fn what_is_watched() {
    let plan = Plan::parse("backout.toml", WATCHED).unwrap();
    let trigger = &plan.triggers[0];
    assert_eq!((trigger.symptom(), trigger.act, trigger.vetoes.len()), ("rate", Act::Auto, 2));
    assert_eq!(plan.source_of(trigger).unwrap().every, Some(Span::from_secs(10)));
    assert_eq!(plan.watch.bake, Span::from_secs(86_400));
    assert_eq!(plan.watch.bake_rollback, Span::from_secs(1_800));
    assert_eq!(plan.decide[1].then, PlanThen::Monitor(Span::from_secs(600)));
    let problem = plan.validate_sources(&|_| Err(Flaw::at(&["sql", "query"], "no"))).unwrap_err();
    assert_eq!((problem.0[0].line, problem.0.len()), (10, 1));
}

/// What was written instead, and the line and value that the problem names.
#[test]
fn what_cannot_be_watched_is_named() {
    let slips: &[(&str, &str, usize, &str)] = &[
        ("source = \"errors\"", "source = \"error\"", 14, "error"),
        ("way = \"A\"\nact", "way = \"B\"\nact", 20, "B"),
        ("above = 0.05", "abov = 0.05", 17, "abov"),
        ("above = 0.05", "above = 0.05\nbelow = 0.1", 18, ""),
        ("above = 0.05\n", "", 12, ""),
        ("above = 0.05", "above = 5", 17, "5"),
        ("over = \"5m\"", "over = \"0s\"", 16, "0"),
        ("measure = \"ratio\"", "measure = \"rate\"", 15, "rate"),
        ("above = 0.05", "above = 0.05\nclears_at = 0.06", 18, "0.06"),
        ("above = 0.05", "above = nan", 12, ""),
        ("few_people = { under = 3 }", "few = { under = 3 }", 19, "trigger.vetoes.1"),
        ("few_people = { under = 3 }", "not_critical = { unless = [\"x\"] }", 19, "x"),
        ("act = \"auto\"", "act = \"now\"", 21, "now"),
        ("success = [{ trigger = \"rate\"", "success = [{ trigger = \"rat\"", 24, "rat"),
        ("then = { way = \"A\" }", "then = { way = \"X\" }", 28, "X"),
        ("name = \"else\"", "name = \"exposed\"", 30, "exposed"),
        ("every = \"10s\"", "every = \"0s\"", 11, "0"),
        ("every = \"10s\"", "every = \"soon\"", 11, ""),
        ("[watch]", "[[watch]]", 22, ""),
    ];
    for (was, is, line, value) in slips {
        assert!(WATCHED.contains(was), "{was}");
        let errors = Plan::parse("backout.toml", &WATCHED.replacen(was, is, 1)).unwrap_err();
        let error = &errors.0[0];
        assert_eq!(error.line, *line, "{is}: {error:?}");
        if !value.is_empty() {
            assert_eq!(error.value.as_deref(), Some(*value), "{is}: {error:?}");
        }
    }
}
