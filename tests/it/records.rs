//! What the database holds, read past the service.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::databases::{Kind, TestDatabase};

#[derive(QueryableByName)]
struct One {
    #[diesel(sql_type = Text)]
    t: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// The column `t` of a query.
pub fn texts(db: &TestDatabase, query: &str) -> Vec<String> {
    let query = diesel::sql_query(query);
    let rows: Vec<One> = match db.kind {
        Kind::Sqlite => query.load(&mut SqliteConnection::establish(db.file().to_str().unwrap()).unwrap()).unwrap(),
        Kind::Postgres => query.load(&mut PgConnection::establish(&db.url).unwrap()).unwrap(),
    };
    rows.into_iter().map(|row| row.t).collect()
}

/// The rows of a table that a condition holds of.
pub fn count(db: &TestDatabase, of: &str) -> i64 {
    let query = diesel::sql_query(format!("SELECT count(*) AS n FROM {of}"));
    let row: Count = match db.kind {
        Kind::Sqlite => query.get_result(&mut SqliteConnection::establish(db.file().to_str().unwrap()).unwrap()),
        Kind::Postgres => query.get_result(&mut PgConnection::establish(&db.url).unwrap()),
    }
    .unwrap();
    row.n
}
