//! From the start of the process to the first `200` of `/readyz`, on a database that exists; the floor, measured in the
//! same run, is the shortest start of the same program: `respite --version`. Run with `cargo bench --bench ready`.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

const ROUNDS: usize = 15;
const PROGRAM: &str = env!("CARGO_BIN_EXE_respite");

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite:{}", folder.path().join("respite.db").display());
    // The first start makes the file and brings it to its schema; it is not measured.
    start(&url)?;
    let floor = median((0..ROUNDS).map(|_| version()).collect::<Result<_>>()?)?;
    let ready = median((0..ROUNDS).map(|_| start(&url)).collect::<Result<_>>()?)?;
    println!(
        "start to ready: median {:.1} ms of {ROUNDS}; floor (--version): {:.1} ms; ratio {:.1}",
        ready.as_secs_f64() * 1000.0,
        floor.as_secs_f64() * 1000.0,
        ready.as_secs_f64() / floor.as_secs_f64()
    );
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Result<Duration> {
    times.sort_unstable();
    times.get(times.len() / 2).copied().context("nothing was measured")
}

fn version() -> Result<Duration> {
    let begun = Instant::now();
    let ended = Command::new(PROGRAM).arg("--version").stdout(Stdio::null()).status()?;
    ensure!(ended.success(), "--version ends with {ended}");
    Ok(begun.elapsed())
}

/// Starts the service, waits until it is ready, and ends it.
fn start(url: &str) -> Result<Duration> {
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let begun = Instant::now();
    let mut service = Command::new(PROGRAM)
        .args(["serve", "--database-url", url, "--listen", &address.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    while !is_ready(address) {
        ensure!(begun.elapsed() < Duration::from_secs(30), "never ready");
        std::thread::yield_now();
    }
    let taken = begun.elapsed();
    service.kill()?;
    service.wait()?;
    Ok(taken)
}

fn is_ready(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}
