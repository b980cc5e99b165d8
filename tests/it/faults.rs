//! What machines do: the disk is full, every connection to the database is taken, clients are slow. The answer is a
//! refusal that may be tried again, nothing is half there, others are served, and nothing needs a restart. That the
//! database goes away and comes back is tried in [`crate::crash`].

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Integer;
use respite::app::error::Error;
use serde_json::json;

use crate::app::{Client, Force, Told};
use crate::crowd::{assert_sound, at_once};
use crate::databases::{Kind, TestDatabase, fresh};
use crate::program::{Service, TOKEN_KEYS, run};
use crate::scratch;

/// Asserts that the answer says: not now, try again.
#[track_caller]
fn assert_not_now(told: &Told) {
    assert_eq!(told.says(), (503, "unavailable"), "{}", told.body);
    assert!(told.header("retry-after").parse::<u32>().is_ok(), "{told:?}");
}

/// Lets the file grow by so many pages more; as much as it likes without a number.
fn let_grow(force: &Force, pages: Option<i32>) {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = Integer)]
        page_count: i32,
    }
    let limited = force.app.house.database.write(|tx| {
        let connection = tx.reading();
        let now: Count = diesel::sql_query("PRAGMA page_count").get_result(connection).unwrap();
        let most = pages.map_or(i32::MAX, |pages| now.page_count + pages);
        diesel::sql_query(format!("PRAGMA max_page_count = {most}")).execute(connection).unwrap();
        Ok::<(), Error>(())
    });
    limited.unwrap();
}

/// SQLite's file can grow no more: acts are refused whole, reading goes on; when there is room again, the same retry is
/// done once.
#[actix_web::test]
async fn the_disk_is_full() {
    let force = Force::start(fresh(Kind::Sqlite)).await;
    let officer = force.officer("100001", "2010-01-01").await;
    let adjust = async |n: u32| {
        // The reason is long, so that pages fill.
        let reason = format!("{n} {}", "核".repeat(900));
        let body = json!({"officer_id": officer, "kind": "annual", "year": 2026, "days": 0.5, "reason": reason});
        force.hr.with("idempotency-key", &format!("full-{n}")).post("/leave-adjustments", body).await
    };
    let_grow(&force, Some(4));
    let mut done = 0;
    let refused = loop {
        let told = adjust(done).await;
        if told.status != 201 {
            break told;
        }
        done += 1;
        assert!(done < 100, "the disk was never full");
    };
    assert_not_now(&refused);
    let adjusted = async || force.balance(officer, "2026-12-31").await["adjusted_days"].as_f64().unwrap() * 2.0;
    assert!((adjusted().await - f64::from(done)).abs() < 0.1, "{} for {done}", adjusted().await);
    let_grow(&force, None);
    let first = adjust(done).await.expect(201);
    assert_eq!(adjust(done).await.expect(201).body, first.body);
    assert!((adjusted().await - f64::from(done + 1)).abs() < 0.1);
    assert_sound(&force.app);
}

/// The program on a database, with few connections and little patience.
fn impatient(db: &TestDatabase, more: &[&str]) -> (tempfile::TempDir, Service) {
    let folder = scratch::folder("faults");
    let url = format!("RESPITE_DATABASE_URL={}", db.url);
    let settings = [
        url.as_str(),
        TOKEN_KEYS,
        "RESPITE_POOL_SIZE=2",
        "RESPITE_DATABASE_TIMEOUT_SECONDS=1",
        "RESPITE_LOG_FILTER=warn",
        // What is counted here are the connections of requests alone.
        "RESPITE_JOBS_ENABLED=false",
    ];
    let settings: Vec<&str> = settings.into_iter().chain(more.iter().copied()).collect();
    let password = crate::app::PASSWORD.as_bytes();
    let args = ["account", "create", "--username", "keeper", "--role", "admin", "--password-stdin"];
    run(folder.path(), &args, &settings, password).expect(0);
    let service = Service::start(folder.path(), &settings);
    (folder, service)
}

/// Somebody else holds what every write needs, for longer than the service waits.
enum Holder {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Holder {
    fn take(db: &TestDatabase) -> Self {
        match db.kind {
            Kind::Sqlite => {
                let mut connection = SqliteConnection::establish(db.file().to_str().unwrap()).unwrap();
                connection.batch_execute("BEGIN IMMEDIATE").unwrap();
                Self::Sqlite(connection)
            }
            Kind::Postgres => {
                let mut connection = PgConnection::establish(&db.url).unwrap();
                connection.batch_execute("BEGIN; LOCK TABLE units IN ACCESS EXCLUSIVE MODE").unwrap();
                Self::Postgres(connection)
            }
        }
    }

    fn release(self) {
        match self {
            Self::Sqlite(mut connection) => connection.batch_execute("ROLLBACK"),
            Self::Postgres(mut connection) => connection.batch_execute("ROLLBACK"),
        }
        .unwrap();
    }
}

async fn signed_in(client: &Client) -> Client {
    let body = json!({"username": "keeper", "password": crate::app::PASSWORD});
    let told = client.post("/auth/login", body).await.expect(200);
    client.bearing(told.body["access_token"].as_str().unwrap())
}

both! {
    /// Every connection waits for somebody else's lock: whoever comes is told so soon, the process is alive meanwhile,
    /// and afterwards everything goes on.
    async fn every_connection_is_taken(db: TestDatabase) {
        let (_folder, service) = impatient(&db, &[]);
        let keeper = signed_in(&Client::stranger_at(&service.base)).await;
        let unit = |n: usize| json!({"name": format!("单位{n}"), "code": format!("9{n:03}"), "kind": "station", "parent_id": null});
        keeper.post("/units", unit(0)).await.expect(201);
        let holder = Holder::take(&db);
        let begun = Instant::now();
        let asks = (1..=12).map(|n| {
            let (keeper, body) = (keeper.clone(), unit(n));
            async move { keeper.post("/units", body).await }
        });
        let health = Client::stranger_at(&service.base);
        let (told, alive) = futures_util::future::join(at_once(asks), async {
            let asked = Instant::now();
            health.get("//healthz").await.expect(200);
            asked.elapsed()
        })
        .await;
        assert!(alive < Duration::from_secs(2), "alive after {alive:?}");
        // Whoever waits for a connection and then for the lock waits twice.
        assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
        for told in &told {
            assert_not_now(told);
        }
        holder.release();
        keeper.post("/units", unit(1)).await.expect(201);
        let listed = keeper.get("/units").await.expect(200);
        assert_eq!(listed.body["items"].as_array().unwrap().len(), 2);
    }
}

/// Clients that dawdle over their head or their body are sent away, and nobody waits for them.
#[actix_web::test]
async fn clients_are_slow() {
    let db = fresh(Kind::Sqlite);
    let (_folder, service) = impatient(&db, &["RESPITE_REQUEST_TIMEOUT_SECONDS=1", "RESPITE_MAX_CONNECTIONS=200"]);
    let keeper = signed_in(&Client::stranger_at(&service.base)).await;
    let address = service.base.trim_start_matches("http://").to_owned();
    let connect = |bytes: &str| {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(bytes.as_bytes()).unwrap();
        stream
    };
    let heads: Vec<TcpStream> = (0..40).map(|_| connect("GET /healthz HTTP/1.1\r\nhost: x\r\n")).collect();
    let body_begun = "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{";
    let bodies: Vec<TcpStream> = (0..40).map(|_| connect(body_begun)).collect();
    let begun = Instant::now();
    keeper.get("/auth/me").await.expect(200);
    assert!(begun.elapsed() < Duration::from_secs(2), "served after {:?}", begun.elapsed());
    let ended = |streams: Vec<TcpStream>| {
        actix_web::web::block(move || {
            let told = streams.into_iter().map(|mut stream| {
                let mut told = Vec::new();
                // A connection that is reset has ended too.
                let _ended = stream.read_to_end(&mut told);
                String::from_utf8_lossy(&told).into_owned()
            });
            told.collect::<Vec<_>>()
        })
    };
    for told in ended(bodies).await.unwrap() {
        assert!(told.starts_with("HTTP/1.1 503") || told.starts_with("HTTP/1.1 408"), "{told:?}");
    }
    for told in ended(heads).await.unwrap() {
        assert!(told.is_empty() || told.starts_with("HTTP/1.1 408"), "{told:?}");
    }
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
    keeper.get("/auth/me").await.expect(200);
}
