//! Temporary folders that are gone when the test process is gone, in whatever way it ended.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// A new empty folder; removed when the guard is dropped, at the latest soon after the end of the process.
pub fn folder(name: &str) -> TempDir {
    tempfile::Builder::new().prefix(&format!("{name}-")).tempdir_in(&whole().path).unwrap()
}

/// The folder of this process that holds all others.
pub fn root() -> &'static Path {
    &whole().path
}

struct Whole {
    path: std::path::PathBuf,
    _sweeper: Child,
}

/// Destructors do not run when a process is killed, and those of statics never do. So a small shell waits for the end
/// of a pipe that only this process holds open, and then removes the folder.
fn whole() -> &'static Whole {
    static WHOLE: OnceLock<Whole> = OnceLock::new();
    WHOLE.get_or_init(|| {
        let path = tempfile::Builder::new().prefix("respite-tests-").tempdir().unwrap().keep();
        let sweeper = Command::new("sh")
            .args(["-c", "trap '' HUP INT TERM; read -r _; cd / && rm -rf \"$1\"", "sweeper"])
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("sh must be on the machine");
        Whole { path, _sweeper: sweeper }
    })
}
