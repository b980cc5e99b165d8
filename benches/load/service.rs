//! The service under load: the program itself, as it is installed, with its default settings.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// The key that signs tokens: the client makes its own.
pub const KEY: [u8; 32] = [7; 32];
const KEYS: &str = "load:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

/// A running `respite serve`; it ends when this is dropped.
pub struct Service {
    child: Child,
    pub address: SocketAddr,
}

impl Service {
    /// Starts it and waits until it listens. `settings` are `NAME=VALUE` pairs beside those that must be.
    pub fn start(folder: &Path, url: &str, settings: &[(&str, &str)]) -> Result<Self> {
        // A port that was free a moment ago.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = Command::new(env!("CARGO_BIN_EXE_respite"))
            .args(["serve", "--listen", &address.to_string()])
            .env_clear()
            .env("RESPITE_DATABASE_URL", url)
            .env("RESPITE_TOKEN_KEYS", KEYS)
            // A scan of everybody is work of the night: it is no part of a request, nor of the statements beside it.
            .env("RESPITE_JOBS_ENABLED", "false")
            .envs(settings.iter().copied())
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.join("service.log"))?)
            .spawn()
            .context("respite serve")?;
        let service = Self { child, address };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            let log = || std::fs::read_to_string(folder.join("service.log")).unwrap_or_default();
            ensure!(begun.elapsed() < Duration::from_secs(30), "the service does not listen: {}", log());
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(service)
    }

    /// The processor time it has used so far.
    pub fn processor_time(&self) -> Result<Duration> {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // After the name in parentheses; user and system time are the 14th and 15th field, in hundredths of a second.
        let (_, fields) = text.rsplit_once(')').context("no name in stat")?;
        let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
        Ok(Duration::from_millis(ticks * 10))
    }

    /// The most memory that was resident at any time since its start, in MiB.
    pub fn memory_peak(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
        let kib: u32 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(f64::from(kib) / 1024.0)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _gone = self.child.kill().and_then(|()| self.child.wait());
    }
}
