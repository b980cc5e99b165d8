//! A private PostgreSQL, started by the test process itself: `cargo test` is the whole test command.
//!
//! `scripts/postgres-for-tests` finds, installs or fetches the programs, `scripts/keep-postgres` runs them. There is no
//! way to skip: where no server can be had, every test that wants one fails and says why. `TEST_POSTGRES_URL` names a
//! running server instead, whose user may create databases.
//!
//! The server differs on purpose from what the service assumes, so that a leaning on the server's settings is seen: its
//! time zone is not UTC.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

/// What a server promises of an answered commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Nothing: the fastest.
    None,
    /// It survives a crash of the server, as in production.
    Full,
}

/// A PostgreSQL server for tests; a private one ends, with all its data, when this is dropped or the process is gone.
pub struct Server {
    before_name: String,
    after_name: String,
    keeper: Option<Keeper>,
}

/// The server that all tests of this process share; its databases are for one test each.
pub fn shared() -> &'static Server {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    let server = SERVER.get_or_init(|| match std::env::var("TEST_POSTGRES_URL") {
        Ok(url) => Ok(Server::running_at(&url)),
        Err(_) => Server::private(Durability::None),
    });
    server.as_ref().unwrap_or_else(|why| panic!("no PostgreSQL for the tests: {why}"))
}

/// A server of one test's own, which it may stop, crash and start again.
pub fn start(durability: Durability) -> Server {
    Server::private(durability).unwrap_or_else(|why| panic!("no PostgreSQL for the tests: {why}"))
}

impl Server {
    /// The URL of a database of this server, in the form that the service is configured with.
    pub fn url_for(&self, database: &str) -> String {
        format!("{}{database}{}", self.before_name, self.after_name)
    }

    /// Runs statements in the server's own database `postgres`.
    pub fn execute(&self, statements: &str) -> diesel::QueryResult<()> {
        PgConnection::establish(&self.url_for("postgres"))
            .unwrap_or_else(|why| panic!("PostgreSQL for the tests does not answer: {why}\n{}", self.log()))
            .batch_execute(statements)
    }

    /// What the server has written to its log so far.
    pub fn log(&self) -> String {
        self.keeper().log()
    }

    /// Stops the server in order: open transactions are rolled back, sessions ended.
    pub fn stop(&self) {
        self.keeper().ask("stop").unwrap();
    }

    /// Ends the server at once, as a crash does; the next start recovers from the log.
    pub fn kill_immediate(&self) {
        self.keeper().ask("kill").unwrap();
    }

    /// Starts a server that was stopped or killed, under the same URLs; returns when it answers.
    pub fn restart(&self) {
        self.up().unwrap();
    }

    fn keeper(&self) -> &Keeper {
        self.keeper.as_ref().expect("only a private server can be stopped and started")
    }

    fn running_at(url: &str) -> Self {
        let (address, parameters) = url.split_once('?').unwrap_or((url, ""));
        let after_name = if parameters.is_empty() { String::new() } else { format!("?{parameters}") };
        let authority = address.find("://").map_or(0, |at| at + 3);
        let end = address[authority..].find('/').map_or(address.len(), |at| authority + at);
        Self { before_name: format!("{}/", &address[..end]), after_name, keeper: None }
    }

    fn private(durability: Durability) -> Result<Self, String> {
        let keeper = Keeper::new(durability)?;
        let server = Self {
            before_name: format!("postgres://respite@{}/", percent_encoded(&keeper.folder)),
            after_name: String::new(),
            keeper: Some(keeper),
        };
        server.keeper().ask("prepare")?;
        server.up()?;
        Ok(server)
    }

    fn up(&self) -> Result<(), String> {
        let keeper = self.keeper();
        keeper.ask("start")?;
        let patience = Instant::now() + Duration::from_secs(60);
        while let Err(why) = PgConnection::establish(&self.url_for("postgres")) {
            if Instant::now() > patience {
                return Err(format!("it was started but does not answer: {why}\n{}", keeper.log()));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

/// The shell that runs one server, and the pipe whose end is its sign to clean up.
struct Keeper {
    folder: PathBuf,
    process: Child,
    pipes: Mutex<Option<(ChildStdin, BufReader<ChildStdout>)>>,
}

impl Keeper {
    fn new(durability: Durability) -> Result<Self, String> {
        let programs = programs()?;
        let folder = tempfile::Builder::new()
            .prefix("respite-postgres-")
            .tempdir_in(base())
            .map_err(|why| format!("no temporary folder: {why}"))?
            .keep();
        let log = folder.join("log");
        let file = std::fs::File::create(&log).map_err(|why| why.to_string())?;
        let settings = folder.join("server.conf");
        std::fs::write(&settings, server_settings(&folder, durability)).map_err(|why| why.to_string())?;
        let mut command = Command::new("sh");
        if is_root(&folder) {
            // PostgreSQL refuses to run as root.
            let (user, group) = unprivileged_user()?;
            for path in [&folder, &log, &settings] {
                chown(path, Some(user), Some(group)).map_err(|why| format!("{}: {why}", path.display()))?;
            }
            command.uid(user).gid(group);
        }
        let mut process = command
            // Its text, not its path: the other user may not reach the clone.
            .args(["-c", include_str!("../../scripts/keep-postgres"), "keep-postgres"])
            .args([&programs, &folder])
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(file)
            .process_group(0) // an interrupt of the tests must reach it only as the end of its input
            .spawn()
            .map_err(|why| format!("sh: {why}"))?;
        let pipes = process.stdin.take().zip(process.stdout.take().map(BufReader::new));
        Ok(Self { folder, process, pipes: Mutex::new(pipes) })
    }

    fn ask(&self, word: &str) -> Result<(), String> {
        let mut pipes = self.pipes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (commands, answers) = pipes.as_mut().ok_or("the keeper is gone")?;
        let mut answer = String::new();
        let talk = writeln!(commands, "{word}").and_then(|()| answers.read_line(&mut answer));
        match talk {
            Ok(_) if answer.trim_end() == word => Ok(()),
            Ok(_) => Err(format!("{word}: {answer:?}\n{}", self.log())),
            Err(why) => Err(format!("{word}: {why}\n{}", self.log())),
        }
    }

    fn log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_else(|why| why.to_string());
        format!("PostgreSQL said:\n{log}")
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        *self.pipes.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
        let _ = self.process.wait();
    }
}

fn server_settings(folder: &Path, durability: Durability) -> String {
    let durable = match durability {
        Durability::None => "off",
        Durability::Full => "on",
    };
    // Only a socket in the private folder: no port to race for, and nobody else on the machine can connect.
    format!(
        "listen_addresses = ''\n\
         unix_socket_directories = '{}'\n\
         fsync = {durable}\n\
         synchronous_commit = {durable}\n\
         full_page_writes = {durable}\n\
         wal_level = minimal\n\
         max_wal_senders = 0\n\
         max_connections = 300\n\
         shared_buffers = 64MB\n\
         timezone = 'Asia/Shanghai'\n",
        folder.display()
    )
}

/// The folder of the server's programs.
pub fn programs() -> Result<PathBuf, String> {
    let found = Command::new("sh")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/postgres-for-tests"))
        .stdin(Stdio::null())
        .output()
        .map_err(|why| format!("scripts/postgres-for-tests: {why}"))?;
    if !found.status.success() {
        return Err(String::from_utf8_lossy(&found.stderr).into_owned());
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&found.stdout).trim_end()))
}

/// The temporary folder, or the common one where root has one to itself: the server runs as another user.
fn base() -> PathBuf {
    let usual = std::env::temp_dir();
    let allows = |path: &Path, bits: u32| path.metadata().is_ok_and(|about| about.permissions().mode() & bits == bits);
    let for_all = allows(&usual, 0o003) && usual.ancestors().all(|path| allows(path, 0o001));
    if for_all || !is_root(Path::new("/proc/self")) { usual } else { PathBuf::from("/tmp") }
}

/// Whether a file that this process made belongs to root.
fn is_root(made_by_us: &Path) -> bool {
    made_by_us.metadata().is_ok_and(|about| about.uid() == 0)
}

fn unprivileged_user() -> Result<(u32, u32), String> {
    let users = std::fs::read_to_string("/etc/passwd").map_err(|why| format!("/etc/passwd: {why}"))?;
    ["postgres", "nobody"]
        .iter()
        .find_map(|name| {
            let mut fields =
                users.lines().map(|line| line.split(':')).find(|fields| fields.clone().next() == Some(name))?;
            Some((fields.nth(2)?.parse().ok()?, fields.next()?.parse().ok()?))
        })
        .ok_or_else(|| "PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody".to_owned())
}

fn percent_encoded(path: &Path) -> String {
    path.display().to_string().bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

#[test]
fn the_url_of_a_running_server_keeps_its_parameters() {
    for (given, wanted) in [
        ("postgres://u:p@host:5433/any?sslmode=require", "postgres://u:p@host:5433/x?sslmode=require"),
        ("postgres://host", "postgres://host/x"),
        ("postgres://host/any", "postgres://host/x"),
    ] {
        assert_eq!(Server::running_at(given).url_for("x"), wanted);
    }
}

#[test]
fn an_answered_commit_survives_a_crash_of_a_durable_server() {
    let server = start(Durability::Full);
    server.execute("CREATE TABLE kept (n INTEGER); INSERT INTO kept VALUES (1)").unwrap();
    server.kill_immediate();
    assert!(PgConnection::establish(&server.url_for("postgres")).is_err(), "it must be gone");
    server.restart();
    server.execute("INSERT INTO kept VALUES (2)").unwrap();
    server.stop();
    server.restart();
    server.execute("DO $$ BEGIN ASSERT (SELECT sum(n) FROM kept) = 3; END $$").unwrap();
    let folder = server.keeper().folder.clone();
    drop(server);
    assert!(!folder.exists(), "a dropped server leaves nothing");
}

/// Plays two parts: started by itself with the variable set, it holds a server and a folder until it is killed.
#[test]
fn nothing_remains_of_a_killed_test_process() {
    const PART: &str = "RESPITE_TESTS_HOLD";
    if std::env::var_os(PART).is_some() {
        drop(crate::scratch::folder("held"));
        let _server = start(Durability::None);
        println!("\nheld");
        loop {
            std::thread::sleep(Duration::from_secs(1));
        }
    }
    for early in [false, true] {
        let place = crate::scratch::folder("killed");
        for (path, mode) in [(crate::scratch::root(), 0o755), (place.path(), 0o1777)] {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap(); // as /tmp is
        }
        let mut held = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "postgres::nothing_remains_of_a_killed_test_process", "--nocapture"])
            .env(PART, "yes")
            .env("TMPDIR", place.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let left = || -> Vec<PathBuf> { place.path().read_dir().unwrap().map(|entry| entry.unwrap().path()).collect() };
        if early {
            // While the server is being prepared and no answer has been read.
            wait_until(|| left().iter().any(|folder| folder.join("data").exists()));
        } else {
            let mut lines = BufReader::new(held.stdout.take().unwrap()).lines();
            assert!(lines.any(|line| line.unwrap() == "held"));
        }
        assert_eq!(left().len(), 2, "{:?}", left());
        let server = left().iter().find_map(|folder| std::fs::read_to_string(folder.join("data/postmaster.pid")).ok());

        held.kill().unwrap();
        held.wait().unwrap();

        wait_until(|| left().is_empty());
        if let Some(id) = server.as_ref().and_then(|text| text.lines().next()) {
            let lives = Command::new("kill").args(["-0", id]).stderr(Stdio::null()).status().unwrap().success();
            assert!(!lives, "the server with process id {id} was left behind");
        }
        assert_eq!(server.is_none(), early, "a server that runs writes its process id");
    }
}

#[track_caller]
fn wait_until(done: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < patience, "waited in vain");
        std::thread::sleep(Duration::from_millis(5));
    }
}
