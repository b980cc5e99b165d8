//! Hostile bytes on a socket: the connection survives what it carried, and what is no HTTP does no harm.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use crate::databases::Kind;
use crate::hostile::{Range, bodies, files, table};

/// Bytes over a socket, and the head and the body of one answer.
fn exchange(stream: &mut BufReader<TcpStream>, bytes: &[u8]) -> (u16, Vec<u8>) {
    // A server that refuses at once may close before everything is written; its answer can still be read.
    let _written = stream.get_mut().write_all(bytes);
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).unwrap_or_else(|| panic!("{line:?}")).parse().unwrap();
    let mut length = 0;
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).unwrap();
        if header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (status, body)
}

/// After each refusal the same connection answers the next request.
#[actix_web::test]
async fn a_connection_survives_what_it_carried() {
    let range = Range::start(Kind::Sqlite).await;
    let address = range.force.app.base.trim_start_matches("http://").to_owned();
    let token = range.everybody.token.clone().unwrap();
    let asks: Vec<(Vec<u8>, Vec<u8>)> = table()
        .iter()
        .flat_map(|endpoint| {
            let sent = range.sent(endpoint);
            bodies().into_iter().chain(files()).map(move |body| {
                let head = format!(
                    "{} /api/v1{} HTTP/1.1\r\nhost: x\r\ncontent-type: {}\r\ncontent-length: {}\r\nif-match: *\r\n",
                    sent.method,
                    sent.path,
                    sent.content_type,
                    body.len()
                );
                (head.into_bytes(), body)
            })
        })
        .collect();
    let talk = move || {
        let mut stream = BufReader::new(TcpStream::connect(address).unwrap());
        for (head, body) in asks {
            let logout = head.windows(6).any(|part| part == b"logout");
            let token = if logout { "none" } else { &token };
            let bytes = [head.as_slice(), format!("authorization: Bearer {token}\r\n\r\n").as_bytes(), &body].concat();
            let (status, told) = exchange(&mut stream, &bytes);
            let what = String::from_utf8_lossy(&head).into_owned();
            assert!(status < 500, "{what}\n{}", String::from_utf8_lossy(&told));
            let (status, _) = exchange(&mut stream, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
            assert_eq!(status, 200, "after {what}");
        }
    };
    actix_web::web::block(talk).await.unwrap();
}

/// What is no HTTP, or only half of it, gets a refusal or a closed connection; the service goes on.
#[actix_web::test]
async fn what_is_no_http_does_no_harm() {
    let range = Range::start(Kind::Sqlite).await;
    let address = range.force.app.base.trim_start_matches("http://").to_owned();
    let talk =
        move || {
            let long = [b"GET /".as_slice(), &vec![b'a'; 200_000], b" HTTP/1.1\r\n\r\n"].concat();
            let headers = [b"GET / HTTP/1.1\r\n".as_slice(), &b"a: b\r\n".repeat(2000), b"\r\n"].concat();
            let odd: [&[u8]; 8] = [
            b"\r\n\r\n", b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", &long, &headers,
            b"POST /api/v1/units HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
            b"POST /api/v1/units HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        ];
            for bytes in odd {
                let mut stream = TcpStream::connect(&address).unwrap();
                let _written = stream.write_all(bytes);
                let _closed = stream.shutdown(std::net::Shutdown::Write);
                let mut told = Vec::new();
                let _read = stream.read_to_end(&mut told);
                let told = String::from_utf8_lossy(&told);
                assert!(told.is_empty() || told.starts_with("HTTP/1.1 4"), "{told}");
            }
            // Nobody waits for the end of a tunnel that is not given: the answer comes while the client still holds its end.
            for (path, status) in [("/api/v1/auth/me", 405), ("/nowhere", 404)] {
                let stream = TcpStream::connect(&address).unwrap();
                stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
                let bytes = format!("CONNECT {path} HTTP/1.1\r\nhost: x\r\n\r\n");
                assert_eq!(exchange(&mut BufReader::new(stream), bytes.as_bytes()).0, status, "{path}");
            }
            let mut stream = BufReader::new(TcpStream::connect(&address).unwrap());
            assert_eq!(exchange(&mut stream, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").0, 200);
        };
    actix_web::web::block(talk).await.unwrap();
}
