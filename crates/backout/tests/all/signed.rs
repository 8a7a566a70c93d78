//! Signed backups from the command line: what fits the plan's keys goes all the way, and what somebody else put into
//! the place of backups is refused before anything of it runs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use backout_backup::keys::Keys;
use backout_backup::manifest::{Blob, Manifest};
use backout_backup::seal;
use backout_backup::shelf::Proof;
use backout_backup::signing::{SigningKey, What};

use crate::project::{PLAN, Project};

const KEY: &str = "sign.key";

/// A migrated project with a key, whose plan demands its signature, and a migration that is pending.
struct Signing {
    project: Project,
    public: String,
}

impl Signing {
    async fn new(name: &str) -> Result<Signing> {
        let project = Project::new(name).await?;
        project.write("backout.toml", PLAN)?;
        project.write("migrations/1_first.sql", "CREATE TABLE first (id int);\n")?;
        project.database.run(
            "CREATE TABLE users (id int PRIMARY KEY, name text); \
             INSERT INTO users SELECT i, 'u' || i FROM generate_series(1, 200) i",
        )?;
        project.query(&format!("ALTER ROLE {} CREATEDB", project.database.owner()))?;
        project.run(&["migrate", "--yes", "production"], 0)?;
        project.write("migrations/2_second.sql", "CREATE TABLE second (id int);\n")?;
        let made = project.json(&["backup", "keygen", KEY], 0)?;
        let public = made["result"]["public_key"].as_str().context("no public key")?.to_owned();
        let signing = Signing { project, public };
        signing.plan(&signing.lines(&format!("sign_with = \"{KEY}\"")))?;
        Ok(signing)
    }

    fn lines(&self, more: &str) -> String {
        format!("signed_by = [\"{}\"]\n{more}\n", self.public)
    }

    /// The plan that demands a proven backup, with these lines under [backup].
    fn plan(&self, lines: &str) -> Result<()> {
        let plan = PLAN.replace("backup = \"none\"\n", "");
        self.project.write("backout.toml", &format!("{plan}[backup]\n{lines}"))
    }

    fn take(&self) -> Result<String> {
        let taken = self.project.json(&["backup", "take"], 0)?;
        Ok(taken["result"]["id"].as_str().context("no id")?.to_owned())
    }

    fn folder(&self, id: &str) -> PathBuf {
        self.project.path(".backout/backups").join(id)
    }

    /// `backup list` of this one, whose exit code is this.
    fn listed(&self, id: &str, code: i32) -> Result<serde_json::Value> {
        let list = self.project.json(&["backup", "list"], code)?;
        let all = list["result"]["backups"].as_array().context("no list")?;
        all.iter().find(|one| one["id"] == id).cloned().context("it is not listed")
    }

    fn users(&self) -> Result<String> {
        self.project.query("SELECT count(*) FROM users")
    }

    fn beside(&self) -> String {
        format!("{}_x", self.project.database.name())
    }

    fn databases(&self) -> Result<Vec<String>> {
        let name = self.project.database.name();
        let list =
            self.project.query(&format!("SELECT datname FROM pg_database WHERE datname ~ '^{name}_' ORDER BY 1"))?;
        Ok(list.lines().map(str::to_owned).collect())
    }

    /// Databases that restores left would stay on the server that all tests share.
    fn clean(&self) -> Result<()> {
        for name in self.databases()? {
            self.project.query(&format!("DROP DATABASE {name} WITH (FORCE)"))?;
        }
        Ok(())
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status()?;
    ensure!(copied.success(), "cannot copy {}", from.display());
    Ok(())
}

fn names(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let all: Vec<PathBuf> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    Ok(all.into_iter().filter(|path| path.to_string_lossy().ends_with(ending)).collect())
}

#[tokio::test]
async fn what_is_signed_goes_all_the_way() -> Result<()> {
    let signing = Signing::new("signed_whole_way").await?;
    let project = &signing.project;
    let id = signing.take()?;
    let beside = signing.listed(&id, 0)?;
    ensure!(beside["signature"]["by"] == signing.public.as_str() && beside["trusted"] == true, "{beside}");
    let list = project.run(&["backup", "list"], 0)?.stdout;
    ensure!(list.contains(&format!("signed by {}", &signing.public[..21])), "{list}");
    let shown = project.run(&["backup", "show", &id], 0)?.stdout;
    ensure!(shown.contains(&format!("signature  signed by {}\n", signing.public)), "{shown}");
    let verified = project.run(&["backup", "verify"], 0)?.stdout;
    ensure!(verified.contains(&format!("{id}: signed by {}\n", signing.public)), "{verified}");

    let refused = project.run(&["migrate", "--yes", "production"], 3)?.stderr;
    ensure!(refused.contains("it was never proven"), "{refused}");
    project.run(&["backup", "prove", &id], 0)?;
    ensure!(names(&signing.folder(&id).join("proofs"), ".sig")?.len() == 1, "the proof is signed");
    project.run(&["rehearse", "--backup", &id], 0)?;
    project.run(&["backup", "export", &id, "out.sql"], 0)?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    ensure!(project.query("SELECT backup FROM backout.migration WHERE number = 2")? == id, "the gate took it");

    project.database.run("DELETE FROM users WHERE id > 10")?;
    project.run(&["restore", &id, "--dry-run"], 0)?;
    project.run(&["restore", &id, "--into", &signing.beside()], 0)?;
    ensure!(signing.users()? == "10", "only beside");
    project.run(&["restore", &id, "--tables", "public.users", "--yes", "production"], 0)?;
    ensure!(signing.users()? == "200", "in place");
    project.database.run("DELETE FROM users WHERE id > 10")?;
    project.run(&["restore", &id, "--yes", "production"], 0)?;
    ensure!(signing.users()? == "200", "in its place");

    // Nothing of it is strange to a prune, and nothing is left of it.
    let rules = format!("sign_with = \"{KEY}\"\nkeep = \"0\"\nkeep_last = 1");
    let younger = signing.take()?;
    project.run(&["backup", "prove", &younger], 0)?;
    signing.plan(&signing.lines(&rules))?;
    project.query("UPDATE backout.migration SET backup = NULL")?;
    project.query("DELETE FROM backout.certificate")?;
    age_marks(&signing.folder(&id))?;
    let pruned = project.json(&["backup", "prune"], 0)?;
    ensure!(pruned["result"]["removed"] == serde_json::json!([id]), "{pruned}");
    ensure!(!signing.folder(&id).exists(), "something is left of it");
    project.run(&["backup", "verify"], 0)?;
    signing.clean()
}

/// A migration leaves a mark for a day, which would keep the backup.
fn age_marks(folder: &Path) -> Result<()> {
    for mark in names(&folder.join("use"), ".json")? {
        fs::remove_file(mark)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_key_is_kept_from_others() -> Result<()> {
    let signing = Signing::new("signed_key").await?;
    let project = &signing.project;
    let text = project.read(KEY)?;
    let secret = text.lines().find(|line| line.starts_with("backout-sign-secret:")).context("no secret")?.to_owned();
    ensure!(fs::metadata(project.path(KEY))?.permissions().mode() & 0o777 == 0o600, "the mode");
    let again = project.run(&["backup", "keygen", KEY], 2)?;
    ensure!(project.read(KEY)? == text, "it is never written over: {}", again.transcript());
    let other = project.run(&["backup", "keygen", "other.key"], 0)?;
    let theirs = project.read("other.key")?;
    let their_secret = theirs.lines().last().context("no secret")?;
    ensure!(other.stdout.contains("public key: backout-sign:") && other.stdout.contains("sign_with = "), "{other:?}");
    ensure!(!other.transcript().contains(their_secret) && their_secret != secret, "the secret half is shown");

    // Before anything is read: nobody is even asked who the target is.
    project.write(".env", "DATABASE_URL=postgresql://nobody@127.0.0.1:1/nothing\n")?;
    project.write("dump.sql", "CREATE TABLE a (id int);\n-- PostgreSQL database dump complete\n")?;
    let refuse = |line: &[&str], code: i32, said: &str| -> Result<()> {
        let run = project.run(line, code)?;
        ensure!(run.stderr.contains(said), "{said}: {}", run.transcript());
        ensure!(!run.transcript().contains(&secret[..40]), "the secret half is shown: {}", run.transcript());
        ensure!(!project.path(".backout/backups").exists(), "something was written");
        Ok(())
    };
    for line in [&["backup", "take"][..], &["backup", "import", "dump.sql"]] {
        signing.plan(&signing.lines(""))?;
        refuse(line, 3, "backup.sign_with names no key to sign with")?;
        signing.plan(&signing.lines("sign_with = \"other.key\""))?;
        refuse(line, 3, &format!("demands a signature by {}, and the key of backup.sign_with is", signing.public))?;
        signing.plan(&signing.lines("sign_with = \"missing.key\""))?;
        refuse(line, 2, "reading the signing key missing.key")?;
        signing.plan(&signing.lines("sign_with = \"env:SIGNING\""))?;
        refuse(line, 2, "backup.sign_with is env:SIGNING, and SIGNING is not set")?;
        for mode in [0o640, 0o604, 0o620] {
            fs::set_permissions(project.path(KEY), fs::Permissions::from_mode(mode))?;
            signing.plan(&signing.lines(&format!("sign_with = \"{KEY}\"")))?;
            refuse(line, 3, &format!("others than its owner may read or write it (mode 0{mode:o})"))?;
        }
        fs::set_permissions(project.path(KEY), fs::Permissions::from_mode(0o600))?;
        project.write("half.key", &secret[..45])?;
        fs::set_permissions(project.path("half.key"), fs::Permissions::from_mode(0o600))?;
        signing.plan(&signing.lines("sign_with = \"half.key\""))?;
        refuse(line, 2, "line 1 is not a signing key")?;
        // With the right key it is the target that does not answer, or the server that is asked for.
        signing.plan(&signing.lines(&format!("sign_with = \"{KEY}\"")))?;
        let run = project.command(line)?.run()?;
        ensure!(!run.stderr.contains("sign"), "{}", run.transcript());
    }
    Ok(())
}

#[tokio::test]
async fn the_key_may_be_in_a_variable_and_another_may_follow_it() -> Result<()> {
    let signing = Signing::new("signed_variable").await?;
    let project = &signing.project;
    let first = signing.take()?;
    let made = project.json(&["backup", "keygen", "next.key"], 0)?;
    let next = made["result"]["public_key"].as_str().context("no public key")?.to_owned();
    let secret = project.read("next.key")?.lines().last().context("no secret")?.to_owned();
    let both = format!("signed_by = [\"{}\", \"{next}\"]\nsign_with = \"env:BACKOUT_SIGNING_KEY\"\n", signing.public);
    signing.plan(&both)?;
    project.run(&["backup", "take"], 2)?;
    let taken = project.command(&["backup", "take", "--json"])?.env("BACKOUT_SIGNING_KEY", secret.as_str()).run()?;
    let taken = taken.expect_code(0).stdout;
    ensure!(taken.contains(&next) && !taken.contains(&secret), "{taken}");
    project.run(&["backup", "verify"], 0)?;
    // Whoever is no longer named is no longer believed, and an import is signed as well.
    signing.plan(&both.replace(&format!("\"{}\", ", signing.public), ""))?;
    project.run(&["backup", "list"], 8)?;
    let refused = project.run(&["restore", &first, "--into", &signing.beside()], 3)?.stderr;
    ensure!(refused.contains(&format!("is signed by {}, which is not one of", signing.public)), "{refused}");
    ensure!(refused.contains(&format!("if that key is one of yours: name {}", signing.public)), "{refused}");
    let verified = project.run(&["backup", "verify"], 1)?.stdout;
    ensure!(verified.matches("NOT ONE OF backup.signed_by").count() == 1, "{verified}");
    let import = ["backup", "import", "dump.sql", "--json"];
    let dump = "-- PostgreSQL database dump\nCREATE TABLE public.imported (id integer);\n-- PostgreSQL database dump complete\n";
    project.write("dump.sql", dump)?;
    let imported = project.command(&import)?.env("BACKOUT_SIGNING_KEY", secret.as_str()).run()?.expect_code(0).stdout;
    let imported: serde_json::Value = serde_json::from_str(&imported)?;
    let id = imported["result"]["id"].as_str().context("no id")?.to_owned();
    ensure!(signing.listed(&id, 8)?["signature"]["by"] == next.as_str(), "the import is not signed");
    signing.clean()
}

/// SQL in the definitions that leaves a table wherever it runs, and a file where it runs as a superuser.
fn canary(trace: &Path) -> String {
    format!(
        "\nDO $canary$ BEGIN CREATE TABLE public.planted (a int); BEGIN EXECUTE 'COPY (SELECT 1) TO ''{}'''; \
         EXCEPTION WHEN insufficient_privilege THEN NULL; END; END $canary$;\n",
        trace.display()
    )
}

/// Plants SQL into the definitions of a backup, with all digests as they must be. With `over` the object keeps its name.
fn plant(folder: &Path, id: &str, sql: &str, over: bool) -> Result<Vec<u8>> {
    let mut manifest = Manifest::parse(id, &fs::read(folder.join("manifest.json"))?)?;
    let before = &manifest.schema.before;
    let text = seal::unpack_all(before, &fs::read(folder.join(&before.object))?, &Keys::default())?;
    let mut text = String::from_utf8(text)?;
    // Newer dumps end with a command of psql.
    let end = text.find("\n\\unrestrict").unwrap_or(text.len());
    text.insert_str(end, sql);
    let packed = seal::pack(text.as_bytes(), 3)?;
    let object = if over { before.object.clone() } else { "schema/other.sql.zst".to_owned() };
    fs::write(folder.join(&object), &packed.bytes)?;
    let stored = packed.bytes.len() as u64;
    manifest.schema.before = Blob { object, raw: packed.raw, stored, digest: packed.digest, encrypted: false };
    let bytes = manifest.to_bytes();
    fs::write(folder.join("manifest.json"), &bytes)?;
    Ok(bytes)
}

/// What an attack must not have left anywhere.
struct Traces<'s> {
    signing: &'s Signing,
    folder: tempfile::TempDir,
}

impl<'s> Traces<'s> {
    fn new(signing: &'s Signing) -> Result<Traces<'s>> {
        let folder = tempfile::tempdir()?;
        // A throwaway server may have an account of its own.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777))?;
        Ok(Traces { signing, folder })
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("ran")
    }

    /// Every use of the backup is refused, and says this; nothing ran, and everything is as it was.
    fn refuse_all(&self, id: &str, case: &str, said: &str) -> Result<()> {
        let (project, beside) = (&self.signing.project, self.signing.beside());
        let yes = ["--yes", "production"];
        for line in [
            &["backup", "prove", id][..],
            &["backup", "export", id, "out.sql"],
            &["restore", id, "--into", &beside],
            &["restore", id, "--dry-run"],
            &["restore", id, yes[0], yes[1]],
            &["restore", id, "--replay", yes[0], yes[1]],
            &["restore", id, "--tables", "public.users", yes[0], yes[1]],
            &["restore", id, "--in-place", yes[0], yes[1]],
            &["restore", "latest", yes[0], yes[1]],
            &["rehearse", "--backup", id],
            &["capture", "trim", id, yes[0], yes[1]],
            &["migrate", yes[0], yes[1]],
        ] {
            let run = project.run(line, 3)?;
            ensure!(run.stderr.contains(said), "{case}: {line:?}: {}", run.transcript());
            ensure!(!self.file().exists(), "{case}: {line:?}: planted SQL ran in a throwaway server");
            let databases = self.signing.databases()?;
            ensure!(databases.is_empty(), "{case}: {line:?}: {databases:?} were made");
            let planted =
                project.query("SELECT to_regclass('public.planted') IS NULL AND to_regclass('second') IS NULL")?;
            ensure!(planted == "t", "{case}: {line:?}: planted SQL ran, or it was migrated");
            ensure!(self.signing.users()? == "10", "{case}: {line:?}: rows came back");
            ensure!(!project.path("out.sql").exists(), "{case}: {line:?}: it was exported");
        }
        Ok(())
    }

    /// Where nobody demands a signature, the same attack works: what is looked for above would be there.
    async fn works_unsigned(&self, id: &str) -> Result<()> {
        let (signing, project) = (self.signing, &self.signing.project);
        signing.plan("")?;
        let proven = project.run(&["backup", "prove", id], 1)?;
        ensure!(self.file().exists(), "the canary does not run in a throwaway server: {}", proven.transcript());
        fs::remove_file(self.file())?;
        project.run(&["restore", id, "--into", &signing.beside()], 1)?;
        let settings =
            backout_plan::ConnectionSettings { dbname: Some(signing.beside()), ..project.database.settings() };
        let session = backout_postgres::session::connect(&settings, &Default::default()).await?;
        let planted = session.scalar("SELECT (to_regclass('public.planted') IS NOT NULL)::text").await?;
        session.close().await;
        ensure!(planted.as_deref() == Some("true"), "the canary does not run beside the live database");
        signing.plan(&signing.lines(&format!("sign_with = \"{KEY}\"")))?;
        signing.clean()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_as_demanded_runs_nowhere() -> Result<()> {
    let signing = Signing::new("signed_forged").await?;
    let (project, traces) = (&signing.project, Traces::new(&signing)?);
    project.run(&["capture", "on", "--yes", "production"], 0)?;
    let id = signing.take()?;
    project.run(&["backup", "prove", &id], 0)?;
    let (folder, whole) = (signing.folder(&id), project.path("whole"));
    copy(&folder, &whole)?;
    let anew = || -> Result<()> {
        fs::remove_dir_all(&folder)?;
        copy(&whole, &folder)
    };
    project.database.run("DELETE FROM users WHERE id > 10")?;
    let sql = canary(&traces.file());
    let signature = folder.join("manifest.sig");

    fs::remove_file(&signature)?;
    traces.refuse_all(&id, "its signature is gone", "is not signed")?;
    let listed = signing.listed(&id, 8)?;
    ensure!(listed["signature"]["state"] == "not-signed" && listed["trusted"] == false, "{listed}");
    plant(&folder, &id, &sql, false)?;
    traces.refuse_all(&id, "an unsigned one in its place", "is not signed")?;
    traces.works_unsigned(&id).await?;

    anew()?;
    plant(&folder, &id, &sql, false)?;
    traces.refuse_all(&id, "another manifest", "has a signature that does not fit")?;
    let listed = signing.listed(&id, 8)?;
    ensure!(listed["signature"]["state"] == "does-not-fit" && listed["proofs"] == serde_json::json!([]), "{listed}");
    let verified = project.run(&["backup", "verify"], 1)?.stdout;
    ensure!(verified.contains("SIGNATURE DOES NOT FIT") && verified.contains(": whole, "), "{verified}");
    let status = project.run(&["status"], 8)?.stdout;
    ensure!(status.contains("has a signature that does not fit"), "{status}");
    traces.works_unsigned(&id).await?;

    anew()?;
    plant(&folder, &id, &sql, true)?;
    traces.refuse_all(&id, "definitions and their digest", "has a signature that does not fit")?;

    // By a key of the attacker's own, under its name and under that of the right one.
    anew()?;
    let (theirs, _) = SigningKey::generate()?;
    let bytes = plant(&folder, &id, &sql, false)?;
    let sidecar = theirs.sign(What::Manifest, &bytes);
    fs::write(&signature, &sidecar)?;
    traces.refuse_all(&id, "signed by another", &format!("is signed by {}, which is not one of", theirs.signer()))?;
    let renamed = String::from_utf8(sidecar)?.replace(&theirs.signer().to_string(), &signing.public);
    fs::write(&signature, renamed)?;
    traces.refuse_all(&id, "signed in another's name", "has a signature that does not fit")?;
    traces.works_unsigned(&id).await?;

    // The signature covers the digests, and these the objects.
    anew()?;
    let manifest = fs::read(folder.join("manifest.json"))?;
    plant(&folder, &id, &sql, true)?;
    fs::write(folder.join("manifest.json"), manifest)?;
    for line in [&["backup", "prove", &id][..], &["restore", &id, "--into", &signing.beside()]] {
        let damaged = project.run(line, 1)?.stderr;
        ensure!(damaged.contains("is not whole") || damaged.contains("is damaged"), "{damaged}");
    }
    ensure!(!traces.file().exists() && signing.databases()?.is_empty(), "planted SQL ran");

    anew()?;
    project.run(&["restore", &id, "--tables", "public.users", "--yes", "production"], 0)?;
    ensure!(signing.users()? == "200", "the right one is taken after all");
    signing.clean()
}

#[tokio::test]
async fn a_forged_proof_is_none() -> Result<()> {
    let signing = Signing::new("signed_proof").await?;
    let project = &signing.project;
    let id = signing.take()?;
    let proofs = signing.folder(&id).join("proofs");
    let migrate = ["migrate", "--yes", "production"];
    let refuse = |case: &str, said: &str| -> Result<()> {
        let refused = project.run(&migrate, 3)?.stderr;
        ensure!(refused.contains(said), "{case}: {refused}");
        ensure!(project.query("SELECT to_regclass('second') IS NULL")? == "t", "{case}: it was migrated");
        Ok(())
    };
    // As a proof of this very manifest would be.
    let digest = seal::digest(&fs::read(signing.folder(&id).join("manifest.json"))?);
    let at = jiff::Timestamp::now();
    let forged = Proof {
        backup: id.clone(),
        manifest: Some(digest),
        at,
        server: "15".to_owned(),
        rows: 200,
        restore_ms: 1.0,
        compare_ms: 1.0,
        notes: Vec::new(),
        differences: Vec::new(),
    };
    let bytes = serde_json::to_vec_pretty(&forged)?;
    let name = at.strftime("%Y%m%dT%H%M%S%3fZ").to_string();
    let (json, sig) = (proofs.join(format!("{name}.json")), proofs.join(format!("{name}.sig")));
    fs::create_dir_all(&proofs)?;
    fs::write(&json, &bytes)?;
    refuse("without a signature", "it has no proof that is signed by one of the keys of backup.signed_by")?;
    let listed = signing.listed(&id, 0)?;
    ensure!(listed["proofs"] == serde_json::json!([]) && listed["unsigned_proofs"] == 1, "{listed}");
    let list = project.run(&["backup", "list"], 0)?.stdout;
    ensure!(list.contains("no: its proof is not signed as it must be"), "{list}");
    // It would do where no signature is demanded.
    signing.plan("")?;
    ensure!(signing.listed(&id, 0)?["proofs"].as_array().map(Vec::len) == Some(1), "the forgery is a good one");
    signing.plan(&signing.lines(&format!("sign_with = \"{KEY}\"")))?;

    let (theirs, _) = SigningKey::generate()?;
    fs::write(&sig, theirs.sign(What::Proof, &bytes))?;
    refuse("signed by another", "it has no proof that is signed")?;
    fs::copy(signing.folder(&id).join("manifest.sig"), &sig)?;
    refuse("with the signature of the manifest", "it has no proof that is signed")?;
    fs::remove_file(&sig)?;
    fs::remove_file(&json)?;

    // A right one of another backup, and a right one that is made to look younger than it is.
    let other = signing.take()?;
    project.run(&["backup", "prove", &other], 0)?;
    let theirs = signing.folder(&other).join("proofs");
    copy(&theirs, &signing.folder(&id))?;
    let aside = project.path("aside");
    fs::rename(signing.folder(&other), &aside)?;
    refuse("of another backup", "it was never proven")?;
    fs::remove_dir_all(&proofs)?;
    fs::rename(&aside, signing.folder(&other))?;
    fs::remove_dir_all(signing.folder(&id))?;
    let right = names(&theirs, ".json")?.pop().context("no proof")?;
    let right_sig = right.with_extension("sig");
    let (json, sig) = (theirs.join("20990101T000000000Z.json"), theirs.join("20990101T000000000Z.sig"));
    fs::rename(&right, &json)?;
    fs::rename(&right_sig, &sig)?;
    refuse("under another name", "it has no proof that is signed")?;
    fs::rename(&json, &right)?;
    fs::rename(&sig, &right_sig)?;
    project.run(&migrate, 0)?;
    ensure!(project.query("SELECT backup FROM backout.migration WHERE number = 2")? == other, "the right one serves");
    Ok(())
}

#[tokio::test]
async fn an_interrupted_one_goes_on_and_is_signed() -> Result<()> {
    let signing = Signing::new("signed_resumed").await?;
    let project = &signing.project;
    for failpoint in ["backup.chunk", "backup.before_manifest", "backup.after_manifest"] {
        let killed = project.command(&["backup", "take"])?.run_to_failpoint(failpoint)?;
        ensure!(killed.hit && killed.run.was_killed(), "{failpoint}: {}", killed.run.transcript());
        let list = project.json(&["backup", "list"], 0)?;
        let newest = list["result"]["backups"].as_array().and_then(|all| all.last()).context("none")?.clone();
        let id = newest["id"].as_str().context("id")?.to_owned();
        let folder = signing.folder(&id);
        let there = folder.join("manifest.sig").exists();
        ensure!(there == (failpoint != "backup.chunk"), "{failpoint}: the signature is there before the manifest");
        if failpoint != "backup.after_manifest" {
            ensure!(newest["state"] == "interrupted", "{newest}");
            // Rows that came since are in what is gone on with, and the signature is of that.
            project.database.run("INSERT INTO users SELECT max(id) + 1, 'new' FROM users")?;
            project.run(&["backup", "take", "--resume", &id], 0)?;
        }
        ensure!(signing.listed(&id, 0)?["signature"]["by"] == signing.public.as_str(), "{failpoint}");
        project.run(&["backup", "verify", &id], 0)?;
        project.run(&["backup", "prove", &id], 0)?;
    }
    // Gone on with by somebody who signs nothing: no signature of what it would have been is left.
    let killed = project.command(&["backup", "take"])?.run_to_failpoint("backup.before_manifest")?;
    ensure!(killed.hit, "{}", killed.run.transcript());
    let list = project.json(&["backup", "list"], 0)?;
    let newest = list["result"]["backups"].as_array().and_then(|all| all.last()).context("none")?.clone();
    let id = newest["id"].as_str().context("id")?.to_owned();
    signing.plan("")?;
    project.run(&["backup", "take", "--resume", &id], 0)?;
    ensure!(signing.listed(&id, 0)?["signature"]["state"] == "not-signed", "a signature is left");
    ensure!(!signing.folder(&id).join("manifest.sig").exists(), "a signature is left");
    Ok(())
}
