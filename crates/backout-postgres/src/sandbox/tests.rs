//! Sandboxes against real servers. Some tests run this test program again as the owner that gets killed, or as an
//! ordinary user.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, test_kill_process};

use super::*;

/// Tells the second run of this program where to make its sandbox.
const ROOT_VARIABLE: &str = "BACKOUT_TEST_SANDBOX_ROOT";
const LIMIT: Duration = Duration::from_secs(20);

fn installation() -> Installation {
    let surroundings = Surroundings::new(None, std::env::var_os("PATH"));
    Servers::find(&surroundings).unwrap().preferred().clone()
}

fn options(root: &Path) -> SandboxOptions {
    SandboxOptions::new(root, installation())
}

fn root() -> tempfile::TempDir {
    let root = tempfile::Builder::new().prefix("bo-test-").tempdir().unwrap();
    fs::set_permissions(root.path(), fs::Permissions::from_mode(0o711)).unwrap();
    root
}

fn postmaster(folder: &Path) -> Pid {
    let text = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
    Pid::from_raw(text.lines().next().unwrap().parse().unwrap()).unwrap()
}

fn runs(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    test_kill_process(pid).is_ok() && !stat.contains(") Z ")
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !condition() {
        assert!(Instant::now() < deadline, "not within {LIMIT:?}: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn is_empty(root: &Path) -> bool {
    fs::read_dir(root).unwrap().next().is_none()
}

async fn query(config: &tokio_postgres::Config, sql: &str) -> Result<String, tokio_postgres::Error> {
    let (client, connection) = config.connect(NoTls).await?;
    let task = tokio::spawn(connection);
    let row = client.query_one(sql, &[]).await;
    task.abort();
    Ok(row?.get(0))
}

fn socket_config(sandbox: &Sandbox) -> tokio_postgres::Config {
    sandbox.url("postgres", sandbox.superuser()).parse().unwrap()
}

/// Runs this program again with only the test `owner`, which prints the folder of its sandbox and then waits.
fn start_owner(program: &Path, root: &Path, account: Option<Account>) -> (Child, PathBuf) {
    let mut command = Command::new(program);
    command
        .args(["--exact", "sandbox::tests::owner", "--ignored", "--nocapture"])
        .env(ROOT_VARIABLE, root)
        .env("TMPDIR", root)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    if let Some(account) = account {
        command.uid(account.uid).gid(account.gid);
    }
    // A child that another test has just started may still hold the program as its parent wrote it.
    let mut owner = loop {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => std::thread::yield_now(),
            spawned => break spawned.unwrap(),
        }
    };
    let output = BufReader::new(owner.stdout.take().unwrap());
    let folder = output
        .lines()
        .map_while(Result::ok)
        .find_map(|line| Some(PathBuf::from(line.split_once("folder=")?.1)))
        .expect("the owner did not start a sandbox");
    (owner, folder)
}

/// Not a test of its own: the second process of the tests below.
#[tokio::test]
#[ignore = "started by other tests"]
#[allow(clippy::print_stdout)]
async fn owner() {
    let Some(root) = std::env::var_os(ROOT_VARIABLE) else { return };
    let sandbox = Sandbox::start(options(Path::new(&root))).await.unwrap();
    println!("folder={}", sandbox.folder().display());
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn starts_serves_and_leaves_nothing() {
    let root = root();
    let mut wanted = options(root.path());
    wanted.settings = vec![("work_mem".to_owned(), "7MB".to_owned()), ("search_path".to_owned(), "a'b".to_owned())];
    // A machine that is busy with something else may spoil one attempt, not every one.
    let mut times = Vec::new();
    let sandbox = loop {
        let began = Instant::now();
        let sandbox = Sandbox::start(wanted.clone()).await.unwrap();
        times.push(began.elapsed());
        if times.iter().any(|time| *time < Duration::from_secs(20)) {
            break sandbox;
        }
        assert!(times.len() < 4, "starts took {times:?}");
    };
    assert_eq!(query(&socket_config(&sandbox), "SHOW work_mem").await.unwrap(), "7MB");
    assert_eq!(query(&socket_config(&sandbox), "SHOW fsync").await.unwrap(), "off");
    assert_eq!(query(&socket_config(&sandbox), "SHOW listen_addresses").await.unwrap(), "");
    assert_eq!(query(&socket_config(&sandbox), "SHOW server_encoding").await.unwrap(), "UTF8");

    for path in [sandbox.folder().to_path_buf(), sandbox.socket_dir(), sandbox.data_dir()] {
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o700, "{}", path.display());
    }
    for entry in fs::read_dir(sandbox.folder()).unwrap().map(Result::unwrap) {
        assert_eq!(entry.metadata().unwrap().mode() & 0o077, 0, "{}", entry.path().display());
    }
    assert!(!sandbox.folder().join("password").exists(), "the password's file is gone once it is read");

    let pid = postmaster(sandbox.folder());
    sandbox.stop().await.unwrap();
    assert!(!runs(pid));
    assert!(is_empty(root.path()));
}

#[tokio::test]
async fn tcp_needs_the_password() {
    let root = root();
    let mut wanted = options(root.path());
    wanted.tcp = true;
    let sandbox = Sandbox::start(wanted).await.unwrap();
    let url = sandbox.tcp_url("postgres").unwrap();
    let config: tokio_postgres::Config = url.parse().unwrap();
    assert_eq!(query(&config, "SELECT current_user::text").await.unwrap(), "postgres");
    let wrong: tokio_postgres::Config = url.replace(sandbox.password().expose(), "guess").parse().unwrap();
    assert!(query(&wrong, "SELECT 1::text").await.is_err());
    assert!(!format!("{sandbox:?}").contains(sandbox.password().expose()), "Debug shows the password");
}

#[tokio::test]
async fn two_at_once_leave_each_other_alone() {
    let root = root();
    let (one, two) = tokio::join!(Sandbox::start(options(root.path())), Sandbox::start(options(root.path())));
    let (one, two) = (one.unwrap(), two.unwrap());
    let third = Sandbox::start(options(root.path())).await.unwrap();
    assert!(third.swept().is_empty());
    for sandbox in [&one, &two, &third] {
        assert_eq!(query(&socket_config(sandbox), "SELECT 'yes'").await.unwrap(), "yes");
    }
}

#[tokio::test]
async fn a_panic_of_the_owner_removes_it() {
    let root = root();
    let sandbox = Sandbox::start(options(root.path())).await.unwrap();
    let pid = postmaster(sandbox.folder());
    let outcome = tokio::spawn(async move {
        let _held = sandbox;
        panic!("on purpose");
    })
    .await;
    assert!(outcome.is_err());
    assert!(!runs(pid) && is_empty(root.path()));
}

#[test]
fn kill_9_of_the_owner_leaves_nothing() {
    let root = root();
    let (mut owner, folder) = start_owner(&std::env::current_exe().unwrap(), root.path(), None);
    let pid = postmaster(&folder);
    assert!(runs(pid));
    owner.kill().unwrap();
    owner.wait().unwrap();
    wait_until("the guardian ends the server", || !runs(pid));
    wait_until("the janitor removes the folder", || is_empty(root.path()));
}

/// So are programs in the background of a script, and those after `nohup`.
#[test]
fn an_owner_that_ignores_signals_leaves_nothing_either() {
    let root = root();
    let shell = root.path().join("shell");
    let program = std::env::current_exe().unwrap();
    let text = format!("#!/bin/sh\ntrap '' HUP INT QUIT TERM\nexec '{}' \"$@\"\n", program.display());
    fs::write(&shell, text).unwrap();
    fs::set_permissions(&shell, fs::Permissions::from_mode(0o755)).unwrap();
    let (mut owner, folder) = start_owner(&shell, root.path(), None);
    fs::remove_file(&shell).unwrap();
    let pid = postmaster(&folder);
    owner.kill().unwrap();
    owner.wait().unwrap();
    wait_until("the guardian ends the server", || !runs(pid));
    wait_until("the janitor removes the folder", || is_empty(root.path()));
}

/// The second cluster is a copy of the first, works like it, and leaves no more than the template.
#[tokio::test]
async fn a_cluster_is_made_once_and_copied_from_then_on() {
    let root = root();
    let wanted = SandboxOptions { from_template: true, ..options(root.path()) };
    let identifier = "SELECT system_identifier::text FROM pg_control_system()";
    let mut seen = Vec::new();
    for (round, copied) in [false, true, true].into_iter().enumerate() {
        let sandbox = Sandbox::start(wanted.clone()).await.unwrap();
        assert_eq!(
            sandbox.folder().join("initdb.log").exists() && !initdb_log(&sandbox).is_empty(),
            !copied,
            "{round}"
        );
        seen.push(query(&socket_config(&sandbox), identifier).await.unwrap());
        let marks = "SELECT count(*)::text FROM pg_database WHERE datname = 'mark'";
        let marked = query(&socket_config(&sandbox), marks).await.unwrap();
        assert_eq!(marked, "0", "a template is never written to");
        let _ = query(&socket_config(&sandbox), "CREATE DATABASE mark").await;
        sandbox.stop().await.unwrap();
    }
    assert!(seen.iter().all(|one| *one == seen[0]), "{seen:?}");
    let left: Vec<_> = fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 1, "{left:?}");
    // Other arguments make another cluster.
    let other = Sandbox::start(SandboxOptions { superuser: "other".to_owned(), ..wanted }).await.unwrap();
    assert!(!initdb_log(&other).is_empty());
    assert_ne!(query(&socket_config(&other), identifier).await.unwrap(), seen[0]);
}

/// A machine may have gone down while the template was written.
#[tokio::test]
async fn a_template_that_is_cut_short_is_made_anew() {
    let root = root();
    let wanted = SandboxOptions { from_template: true, ..options(root.path()) };
    let start = || async {
        let sandbox = Sandbox::start(wanted.clone()).await.unwrap();
        let is_copied = initdb_log(&sandbox).is_empty();
        assert_eq!(query(&socket_config(&sandbox), "SELECT 1::text").await.unwrap(), "1");
        sandbox.stop().await.unwrap();
        is_copied
    };
    assert!(!start().await);
    let template = template::place(&wanted, root.path(), Account::for_server()).unwrap();
    let whole = fs::metadata(&template).unwrap().len();
    // In the midst of a file, and where tar sees no difference: between two of its blocks.
    for cut in [whole / 2 + 7, (whole / 1024) * 512, 0] {
        fs::OpenOptions::new().write(true).open(&template).unwrap().set_len(cut).unwrap();
        assert!(!start().await, "{cut} of {whole}");
        assert!(start().await, "made anew after {cut} of {whole}");
    }
}

fn initdb_log(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.folder().join("initdb.log")).unwrap_or_default()
}

/// In a folder for everybody's files, somebody else may have made the folder of templates.
#[tokio::test]
async fn templates_of_others_are_left_alone() {
    let root = root();
    let wanted = SandboxOptions { from_template: true, ..options(root.path()) };
    let account = Account::for_server();
    let made = template::place(&wanted, root.path(), account).unwrap();
    let folder = made.parent().unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o770)).unwrap();
    assert_eq!(template::place(&wanted, root.path(), account), None, "others can write to it");
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
    if account.is_some() {
        chown(folder, Some(64_000), Some(64_000)).unwrap();
        assert_eq!(template::place(&wanted, root.path(), account), None, "it is somebody else's");
    }
    fs::remove_dir(folder).unwrap();
    std::os::unix::fs::symlink("/tmp", folder).unwrap();
    assert_eq!(template::place(&wanted, root.path(), account), None, "it leads elsewhere");
    // It works all the same.
    let sandbox = Sandbox::start(wanted).await.unwrap();
    assert!(!initdb_log(&sandbox).is_empty());
}

/// The program is killed at many moments of the start, including while initdb runs.
#[test]
fn kill_9_during_the_start_leaves_nothing() {
    let root = root();
    for milliseconds in [2, 4, 6, 8, 10, 12, 15, 20, 30, 60, 150, 300, 450, 600] {
        let mut owner = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "sandbox::tests::owner", "--ignored"])
            .env(ROOT_VARIABLE, root.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The moment is what is tested here; nothing is being waited for.
        std::thread::sleep(Duration::from_millis(milliseconds));
        owner.kill().unwrap();
        owner.wait().unwrap();
        wait_until("the folder is removed", || {
            // A folder that had no server yet may stay for the sweep.
            let stays = |name: &str| name.starts_with(sweep::NEW_PREFIX) || name.starts_with(".backout-clusters-");
            let mut left = fs::read_dir(root.path()).unwrap().filter_map(Result::ok);
            left.all(|entry| stays(&entry.file_name().to_string_lossy()))
        });
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_next_start_sweeps_what_no_guardian_could() {
    let root = root();
    let (mut owner, folder) = start_owner(&std::env::current_exe().unwrap(), root.path(), None);
    let pid = postmaster(&folder);
    // As when the machine's out-of-memory killer takes everything but the server.
    for name in ["backout-sandbox-janitor", "backout-sandbox-guardian"] {
        for shell in processes_with(name, &folder) {
            rustix::process::kill_process(shell, rustix::process::Signal::KILL).unwrap();
        }
    }
    owner.kill().unwrap();
    owner.wait().unwrap();
    assert!(runs(pid) && folder.exists(), "the server must have survived for this test to mean anything");
    let sandbox = Sandbox::start(options(root.path())).await.unwrap();
    assert_eq!(sandbox.swept(), [folder.canonicalize().unwrap_or(folder)]);
    assert!(!runs(pid));
}

#[cfg(target_os = "linux")]
fn processes_with(name: &str, folder: &Path) -> Vec<Pid> {
    let wanted = format!("\0{name}\0{}\0", folder.to_string_lossy());
    let found: Vec<Pid> = fs::read_dir("/proc")
        .unwrap()
        .filter_map(Result::ok)
        .filter(|entry| {
            fs::read(entry.path().join("cmdline")).is_ok_and(|line| String::from_utf8_lossy(&line).contains(&wanted))
        })
        .filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?))
        .collect();
    assert!(!found.is_empty(), "no {name} found");
    found
}

/// Root alone can try both; an ordinary user has tried it in every other test.
#[test]
fn works_as_an_ordinary_user_too() {
    let Some(account) = Account::for_server() else { return };
    let root = root();
    chown(root.path(), Some(account.uid), Some(account.gid)).unwrap();
    // The build folder may be closed to others.
    let program = root.path().join("program");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let (mut owner, folder) = start_owner(&program, root.path(), Some(account));
    assert_eq!(fs::metadata(&folder).unwrap().uid(), account.uid);
    let pid = postmaster(&folder);
    owner.kill().unwrap();
    owner.wait().unwrap();
    wait_until("server and folder are gone", || !runs(pid) && !folder.exists());
}

#[tokio::test]
async fn a_start_that_fails_shows_the_log_and_leaves_nothing() {
    let root = root();
    let mut wrong_setting = options(root.path());
    wrong_setting.settings = vec![("no_such_setting".to_owned(), "1".to_owned())];
    let mut wrong_locale = options(root.path());
    wrong_locale.locale = "xx_XX.nothing".to_owned();
    let long = root.path().join("x".repeat(90));
    for (wanted, expected) in
        [(wrong_setting, "no_such_setting"), (wrong_locale, "xx_XX.nothing"), (options(&long), "too long a path")]
    {
        let error = Sandbox::start(wanted).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    fs::remove_dir(long).unwrap();
    assert!(is_empty(root.path()));
    if Account::for_server().is_some() {
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let error = Sandbox::start(options(root.path())).await.unwrap_err();
        assert!(matches!(error, SandboxError::Barred { .. }), "{error}");
    }
}

#[test]
fn settings_are_quoted_and_the_callers_win() {
    let mut wanted =
        SandboxOptions::new("/nowhere", Installation { bin: "/b".into(), major: 15, version: "15".into() });
    wanted.settings = vec![("fsync".into(), "on".into()), ("x.y".into(), r"a'b\c".into())];
    let text = settings(&wanted, 1234);
    assert!(text.contains("port = '1234'\n"));
    assert!(text.rfind("fsync = 'on'").unwrap() > text.find("fsync = 'off'").unwrap());
    assert!(text.ends_with("x.y = 'a''b\\\\c'\n"));
    assert_eq!(percent_encode("a/b @é"), "a%2Fb%20%40%C3%A9");
}
