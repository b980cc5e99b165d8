//! A database for one test, of either kind. `both!` runs a test on both; a missing database is a failure, never a skip.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

use crate::{postgres, scratch};

/// The two databases that the service runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// A database that belongs to one test and is gone after it.
pub struct TestDatabase {
    pub kind: Kind,
    /// As the service is configured with it: `sqlite:PATH` or `postgres://…`.
    pub url: String,
    guard: Guard,
}

enum Guard {
    File(TempDir),
    Named(String),
}

/// A migrated database without records.
pub fn fresh(kind: Kind) -> TestDatabase {
    static FILE: OnceLock<Vec<u8>> = OnceLock::new();
    static NAME: OnceLock<String> = OnceLock::new();
    // Migrated once, then copied: a copy takes a fraction of the time.
    match kind {
        Kind::Sqlite => on_file(FILE.get_or_init(|| {
            let template = on_file(&[]);
            migrate(&template.url);
            std::fs::read(template.file()).unwrap()
        })),
        Kind::Postgres => named(NAME.get_or_init(|| {
            let name = format!("template_{}", std::process::id());
            let server = postgres::shared();
            server.execute(&format!("CREATE DATABASE {name}")).unwrap();
            migrate(&server.url_for(&name));
            name
        })),
    }
}

/// A database as it is before the first start of the service: an empty file, or a database without tables.
pub fn empty(kind: Kind) -> TestDatabase {
    match kind {
        Kind::Sqlite => on_file(&[]),
        Kind::Postgres => named("template0"),
    }
}

/// Brings the database at a URL to the current schema.
fn migrate(url: &str) {
    use diesel::connection::SimpleConnection;
    use diesel::{Connection, SqliteConnection};
    use respite::app::house;
    use respite::store::pool::{Options, Target};
    house::migrate(&Target::parse(url).unwrap(), &Options::default()).unwrap();
    if let Some(path) = url.strip_prefix("sqlite:") {
        // The file is copied alone: everything must be in it, nothing in the log beside it.
        let mut connection = SqliteConnection::establish(path).unwrap();
        connection.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    }
}

fn on_file(content: &[u8]) -> TestDatabase {
    let folder = scratch::folder("sqlite");
    let path = folder.path().join("respite.db");
    std::fs::write(&path, content).unwrap();
    TestDatabase { kind: Kind::Sqlite, url: format!("sqlite:{}", path.display()), guard: Guard::File(folder) }
}

fn named(template: &str) -> TestDatabase {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    // The process id keeps runs apart that share the server of TEST_POSTGRES_URL.
    let name = format!("t_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let server = postgres::shared();
    server.execute(&format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")).unwrap();
    TestDatabase { kind: Kind::Postgres, url: server.url_for(&name), guard: Guard::Named(name) }
}

impl TestDatabase {
    /// The SQLite file.
    pub fn file(&self) -> &Path {
        Path::new(self.url.strip_prefix("sqlite:").expect("only SQLite is a file"))
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        match &self.guard {
            Guard::File(folder) => drop(std::fs::remove_dir_all(folder.path())),
            Guard::Named(name) => {
                let dropped = postgres::shared().execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
                // Inside a failing test a second panic would hide the first.
                assert!(dropped.is_ok() || std::thread::panicking(), "{dropped:?}");
            }
        }
    }
}

/// Makes the tests `name::sqlite` and `name::postgres` of each function.
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident($db:ident: TestDatabase) $body:block)+) => {$(
        $(#[$meta])*
        async fn $name($db: $crate::databases::TestDatabase) $body

        mod $name {
            #[actix_web::test]
            async fn sqlite() {
                super::$name($crate::databases::fresh($crate::databases::Kind::Sqlite)).await;
            }

            #[actix_web::test]
            async fn postgres() {
                super::$name($crate::databases::fresh($crate::databases::Kind::Postgres)).await;
            }
        }
    )+};
}

mod tests {
    use diesel::connection::SimpleConnection;
    use diesel::prelude::*;
    use diesel::sql_types::Integer;

    use super::{Kind, TestDatabase, empty};

    #[derive(QueryableByName)]
    struct One {
        #[diesel(sql_type = Integer)]
        n: i32,
    }

    fn read_one(db: &TestDatabase, query: &str) -> i32 {
        let query = diesel::sql_query(query);
        let one: One = match db.kind {
            Kind::Sqlite => query.get_result(&mut SqliteConnection::establish(db.file().to_str().unwrap()).unwrap()),
            Kind::Postgres => query.get_result(&mut PgConnection::establish(&db.url).unwrap()),
        }
        .unwrap();
        one.n
    }

    fn execute(db: &TestDatabase, statements: &str) {
        match db.kind {
            Kind::Sqlite => SqliteConnection::establish(db.file().to_str().unwrap()).unwrap().batch_execute(statements),
            Kind::Postgres => PgConnection::establish(&db.url).unwrap().batch_execute(statements),
        }
        .unwrap();
    }

    both! {
        async fn a_database_answers(db: TestDatabase) {
            assert_eq!(read_one(&db, "SELECT 1 AS n"), 1);
        }

        /// What one test writes, no other sees: both write the same table into their own database.
        async fn a_database_belongs_to_one_test(db: TestDatabase) {
            let other = empty(db.kind);
            for database in [&db, &other] {
                execute(database, "CREATE TABLE scribble (n INTEGER); INSERT INTO scribble VALUES (7)");
                assert_eq!(read_one(database, "SELECT CAST(count(*) * 10 + max(n) AS INTEGER) AS n FROM scribble"), 17);
            }
        }
    }

    #[test]
    fn a_dropped_database_is_gone() {
        for kind in [Kind::Sqlite, Kind::Postgres] {
            let database = empty(kind);
            let url = database.url.clone();
            // A connection that is left open must not keep it alive.
            let _open = (kind == Kind::Postgres).then(|| PgConnection::establish(&url).unwrap());
            let file = (kind == Kind::Sqlite).then(|| database.file().to_owned());
            drop(database);
            match file {
                Some(file) => assert!(!file.exists()),
                None => assert!(PgConnection::establish(&url).is_err()),
            }
        }
    }
}
