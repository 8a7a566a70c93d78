//! The vendor's own command line and library, driven against the stand-in that the steps are tested with: what they can
//! work with is what they would get from Vercel. `scripts/vercel-cli.sh` installs both.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::fake_vercel::{Fake, PROJECT, TOKEN};

/// The folder with both, as the caller says, else where the script puts it. Continuous integration says that it is there.
fn installed() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("BACKOUT_TEST_VERCEL") {
        return Some(named.into());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder));
    let folders = std::fs::read_dir(target).ok()?.flatten();
    let found = folders.filter(|folder| folder.file_name().to_string_lossy().starts_with("vercel-clients-"));
    found.map(|folder| folder.path()).find(|folder| folder.join("complete").is_file())
}

/// Runs `vercel` in a linked folder, and gives what it said.
fn vercel(installed: &Path, folder: &Path, fake: &Fake, line: &[&str], input: &str) -> Result<String> {
    let mut child = Command::new(installed.join("node_modules/.bin/vercel"))
        .args(line)
        .args(["--api", &fake.url, "--token", TOKEN, "--global-config"])
        .arg(folder.join("config"))
        .current_dir(folder)
        .env("VERCEL_TELEMETRY_DISABLED", "1")
        .env("NO_UPDATE_NOTIFIER", "1")
        .env("CI", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start vercel")?;
    std::io::Write::write_all(&mut child.stdin.take().context("no input")?, input.as_bytes())?;
    let output = child.wait_with_output()?;
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let asked = || -> Vec<String> {
        fake.state().requests.iter().rev().take(12).map(|one| format!("{} {}", one.method, one.path)).collect()
    };
    ensure!(output.status.success(), "vercel {line:?}: {said}\nasked, the newest first: {:#?}", asked());
    Ok(said)
}

#[test]
fn the_vendors_command_line_works_with_the_stand_in() -> Result<()> {
    let Some(installed) = installed() else { return Ok(()) };
    let fake = Fake::start()?;
    let folder = tempfile::tempdir()?;
    std::fs::create_dir(folder.path().join(".vercel"))?;
    let link = format!("{{\"projectId\":\"{PROJECT}\",\"orgId\":\"team_shop\"}}");
    std::fs::write(folder.path().join(".vercel/project.json"), link)?;
    let run = |line: &[&str], input: &str| vercel(&installed, folder.path(), &fake, line, input);
    run(&["env", "add", "FEATURE", "production"], "on")?;
    assert_eq!(fake.state().variable("FEATURE").as_deref(), Some("on"));
    let listed = run(&["env", "ls", "production"], "")?;
    ensure!(listed.contains("FEATURE"), "{listed}");
    run(&["redeploy", "dpl_3"], "")?;
    assert_eq!(fake.state().production(), "dpl_4");
    assert_eq!(fake.state().variable_in_production("FEATURE").as_deref(), Some("on"));
    run(&["rollback", "dpl_2", "--yes"], "")?;
    assert_eq!(fake.state().production(), "dpl_2");
    // An instant rollback brings the variables of that build back, which had none.
    assert_eq!(fake.state().variable_in_production("FEATURE"), None);
    run(&["promote", "dpl_4", "--yes"], "")?;
    assert_eq!(fake.state().production(), "dpl_4");
    run(&["env", "rm", "FEATURE", "production", "--yes"], "")?;
    assert_eq!(fake.state().variable("FEATURE"), None);
    Ok(())
}

/// Checks every answer against the shapes that the vendor publishes.
const SCRIPT: &str = r#"
const { Vercel } = require(process.argv[2] + '/node_modules/@vercel/sdk');
const assert = require('node:assert');
const vercel = new Vercel({ bearerToken: process.env.TOKEN, serverURL: process.env.URL, retryConfig: { strategy: 'none' } });
const idOrName = 'prj_shop', projectId = 'prj_shop';
const settle = async (look, done) => { for (;;) { const seen = await look(); if (done(seen)) return seen; } };
(async () => {
  const { projects, deployments } = vercel;
  const set = (body, upsert) => projects.createProjectEnv({ idOrName, upsert, requestBody: body });
  await set({ key: 'A', value: '1', type: 'encrypted', target: ['production'] });
  await assert.rejects(set({ key: 'A', value: '2', type: 'encrypted', target: ['production'] }));
  await set({ key: 'A', value: '2', type: 'encrypted', target: ['production'] }, 'true');
  await assert.rejects(set({ key: 'A', value: '3', type: 'encrypted', target: ['production', 'preview'] }, 'true'));
  await set({ key: 'S', value: 'hidden', type: 'sensitive', target: ['production'] });
  const { envs } = await projects.filterProjectEnvs({ idOrName });
  const of = (key) => envs.find((one) => one.key === key);
  assert.notStrictEqual(of('A').value, '2');
  assert.strictEqual((await projects.getProjectEnv({ idOrName, id: of('A').id })).value, '2');
  assert.notStrictEqual((await projects.getProjectEnv({ idOrName, id: of('S').id })).value, 'hidden');
  await projects.editProjectEnv({ idOrName, id: of('A').id, requestBody: { value: '4' } });
  await projects.removeProjectEnv({ idOrName, id: of('S').id });
  const made = await deployments.createDeployment({ forceNew: '1', requestBody: { name: 'shop', deploymentId: 'dpl_3', target: 'production', meta: { backoutStep: 'r/A/0' } } });
  await settle(() => deployments.getDeployment({ idOrUrl: made.id }), (one) => one.readyState === 'READY');
  assert.ok((await deployments.getDeployments({ projectId, target: 'production', state: 'READY' })).deployments.some((one) => one.uid === made.id));
  const project = () => projects.getProject ? projects.getProject({ idOrName }) : null;
  await projects.requestRollback({ projectId, deploymentId: 'dpl_2' });
  const over = (one) => one === null || one.lastAliasRequest.jobStatus === 'succeeded';
  await settle(project, over);
  await projects.requestPromote({ projectId, deploymentId: made.id });
  await settle(project, over);
  await projects.pauseProject({ projectId });
  assert.strictEqual((await project()).paused, true);
  await projects.unpauseProject({ projectId });
  const wrong = new Vercel({ bearerToken: 'wrong', serverURL: process.env.URL, retryConfig: { strategy: 'none' } });
  await assert.rejects(wrong.projects.filterProjectEnvs({ idOrName }), (error) => error.statusCode === 403);
  console.log('all of it');
})().catch((error) => { console.error(error, JSON.stringify(error.rawValue ?? null).slice(0, 2000)); process.exit(1); });
"#;

#[test]
fn the_vendors_library_works_with_the_stand_in() -> Result<()> {
    let Some(installed) = installed() else { return Ok(()) };
    let fake = Fake::start()?;
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("drive.cjs");
    std::fs::write(&script, SCRIPT)?;
    let installed = installed.canonicalize()?;
    let output =
        Command::new("node").arg(&script).arg(&installed).env("TOKEN", TOKEN).env("URL", &fake.url).output()?;
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(said.contains("all of it"), "{said}\n{:?}", fake.state().unknown);
    let state = fake.state();
    assert_eq!((state.production(), state.paused), ("dpl_4".to_owned(), false));
    assert_eq!(state.variable("A").as_deref(), Some("4"));
    assert_eq!(state.variable("S"), None);
    assert!(state.unknown.is_empty(), "{:?}", state.unknown);
    Ok(())
}
