//! A client that costs little: its requests are bytes made beforehand, its connections are kept, its answers are read
//! only as far as status and length. It shares the machine with the service.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What was measured in one round.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Answers a second.
    pub rate: f64,
    /// The longest time of the fastest 99 %.
    pub p99: Duration,
    /// Answers in all.
    pub answers: u32,
}

/// Sends requests on some connections for some time, each connection one after the other; `next` makes the bytes of the
/// next request. Every answer must have the status.
pub fn storm(
    address: SocketAddr,
    connections: usize,
    time: Duration,
    status: &str,
    next: impl FnMut() -> Vec<u8>,
) -> Result<Pace> {
    let (next, status) = (RefCell::new(next), format!("HTTP/1.1 {status}"));
    let begun = Instant::now();
    let one = || async {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut buffer = Vec::with_capacity(16 << 10);
        let mut taken = Vec::new();
        loop {
            let request = (next.borrow_mut())();
            let sent = Instant::now();
            stream.write_all(&request).await?;
            let answer = answer(&mut stream, &mut buffer).await?;
            ensure!(answer.starts_with(status.as_bytes()), "{}", String::from_utf8_lossy(answer));
            taken.push(sent.elapsed());
            if begun.elapsed() >= time {
                return anyhow::Ok(taken);
            }
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut taken = futures_util::future::try_join_all((0..connections).map(|_| one())).await?.concat();
        let elapsed = begun.elapsed();
        taken.sort_unstable();
        let p99 = taken.get(taken.len() * 99 / 100).copied().context("nothing was answered")?;
        let answers = u32::try_from(taken.len())?;
        Ok(Pace { rate: f64::from(answers) / elapsed.as_secs_f64(), p99, answers })
    })
}

/// Sends one request.
pub fn once(address: SocketAddr, status: &str, request: Vec<u8>) -> Result<()> {
    let mut asked = 0;
    let next = || {
        asked += 1;
        request.clone()
    };
    storm(address, 1, Duration::ZERO, status, next)?;
    ensure!(asked == 1, "asked {asked} times");
    Ok(())
}

/// Reads one answer whole.
async fn answer<'a>(stream: &mut TcpStream, buffer: &'a mut Vec<u8>) -> Result<&'a [u8]> {
    buffer.clear();
    loop {
        ensure!(stream.read_buf(buffer).await? > 0, "the service closed the connection");
        if let Some(length) = length(buffer)? {
            while buffer.len() < length {
                ensure!(stream.read_buf(buffer).await? > 0, "the service closed the connection");
            }
            return Ok(buffer);
        }
    }
}

/// The length of the whole answer, once its head is there.
fn length(answer: &[u8]) -> Result<Option<usize>> {
    let Some(head) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(answer.get(..head).unwrap_or_default())?;
    for line in text.split("\r\n") {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            return Ok(Some(head + 4 + value.trim().parse::<usize>()?));
        }
    }
    bail!("an answer without a length: {text}")
}
