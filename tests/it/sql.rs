//! SQL past the service, for looking at what it keeps and for damaging it.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::databases::{Kind, TestDatabase};

/// Runs one statement. `@id` stands for a new random id.
pub fn execute(db: &TestDatabase, statement: &str) -> QueryResult<usize> {
    match db.kind {
        Kind::Sqlite => diesel::sql_query(statement.replace("@id", "randomblob(16)")).execute(&mut sqlite(db)),
        Kind::Postgres => {
            let id = "decode(md5(random()::text), 'hex')";
            diesel::sql_query(statement.replace("@id", id)).execute(&mut PgConnection::establish(&db.url).unwrap())
        }
    }
}

/// Runs a whole script.
pub fn script(db: &TestDatabase, statements: &str) {
    match db.kind {
        Kind::Sqlite => sqlite(db).batch_execute(statements).unwrap(),
        Kind::Postgres => PgConnection::establish(&db.url).unwrap().batch_execute(statements).unwrap(),
    }
}

/// Runs a statement that must change something.
#[track_caller]
pub fn change(db: &TestDatabase, statement: &str) {
    let changed = execute(db, statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    assert!(changed > 0, "nothing changed: {statement}");
}

/// The rows of a query with one text column named `line`, sorted.
#[track_caller]
pub fn lines(db: &TestDatabase, query: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        line: String,
    }
    let query = diesel::sql_query(query);
    let rows: QueryResult<Vec<Row>> = match db.kind {
        Kind::Sqlite => query.load(&mut sqlite(db)),
        Kind::Postgres => query.load(&mut PgConnection::establish(&db.url).unwrap()),
    };
    let mut lines: Vec<String> = rows.unwrap().into_iter().map(|row| row.line).collect();
    lines.sort_unstable();
    lines
}

/// Lets the append-only tables be changed.
pub fn unlock(db: &TestDatabase) {
    for table in ["leave_ledger", "audit_log", "comp_lots", "comp_movements"] {
        let statements = match db.kind {
            Kind::Sqlite => vec![format!("DROP TRIGGER {table}_no_update"), format!("DROP TRIGGER {table}_no_delete")],
            Kind::Postgres => vec![format!("DROP TRIGGER {table}_append_only ON {table}")],
        };
        for statement in statements {
            execute(db, &statement).unwrap();
        }
    }
}

fn sqlite(db: &TestDatabase) -> SqliteConnection {
    let mut connection = SqliteConnection::establish(db.file().to_str().unwrap()).unwrap();
    connection.batch_execute("PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 10000").unwrap();
    connection
}
