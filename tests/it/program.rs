//! The program itself, as a process of its own that ends with the test process, in whatever way that ended.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::Value;

/// A key ring, for PostgreSQL.
pub const TOKEN_KEYS: &str = "RESPITE_TOKEN_KEYS=test:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

fn command(folder: &Path, args: &[&str], variables: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_respite"));
    // Nothing of the machine's own settings: neither its variables nor a respite.toml where the tests were started.
    command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path))).current_dir(folder).args(args);
    command.envs(variables.iter().map(|variable| variable.split_once('=').unwrap()));
    command
}

/// What a command did.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// Asserts the exit code and passes the rest on.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}

/// Runs a command to its end. `variables` are `NAME=VALUE`.
pub fn run(folder: &Path, args: &[&str], variables: &[&str], input: &[u8]) -> Ended {
    let mut command = command(folder, args, variables);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that reads no input may be gone before it is written.
    let _written = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A running `respite serve`.
pub struct Service {
    child: Mutex<Child>,
    watcher: Child,
    pub pid: u32,
    /// Where it answers.
    pub base: String,
    log: Arc<Mutex<Vec<String>>>,
    reader: Mutex<Option<JoinHandle<()>>>,
}

impl Service {
    /// Starts it on a free port and returns when it says that it serves.
    pub fn start(folder: &Path, variables: &[&str]) -> Self {
        let variables: Vec<&str> = variables.iter().copied().chain(["RESPITE_LANGUAGE=en"]).collect();
        let mut command = command(folder, &["serve", "--listen", "127.0.0.1:0"], &variables);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let pid = child.id();
        // Destructors do not run when the test process is killed: then the pipe that only it holds open ends.
        let watcher = Command::new("sh")
            .args(["-c", &format!("read -r _; kill -s KILL {pid}")])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(Vec::new()));
        let base = loop {
            let line = lines.next().unwrap_or_else(|| panic!("it ended: {:?}", log.lock().unwrap())).unwrap();
            log.lock().unwrap().push(line.clone());
            if let Some((_, address)) = line.split_once("serving on ") {
                break address.trim().to_owned();
            }
        };
        let rest = Arc::clone(&log);
        // Read on, lest the program waits for somebody to read its log.
        let reader =
            std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| rest.lock().unwrap().push(line)));
        Self { child: Mutex::new(child), watcher, pid, base, log, reader: Mutex::new(Some(reader)) }
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("sh").args(["-c", &format!("kill -s {name} {}", self.pid)]).status().unwrap();
        assert!(sent.success());
    }

    /// Ends it at once, as a crash does.
    pub fn kill(&self) {
        let _gone_already = self.child.lock().unwrap().kill();
    }

    /// Waits for its end and its last word; the exit code, where it has one.
    pub fn wait(&self) -> Option<i32> {
        let code = self.child.lock().unwrap().wait().unwrap().code();
        if let Some(reader) = self.reader.lock().unwrap().take() {
            reader.join().unwrap();
        }
        code
    }

    /// What it wrote to standard error.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.kill();
        self.wait();
        let _ended = self.watcher.kill().and_then(|()| self.watcher.wait());
    }
}
