//! Acts of many callers in one transaction: each is kept or refused by itself, and nobody is answered before the commit.

use std::sync::mpsc::{Sender, channel};

use actix_web::rt::System;
use futures_util::future::join_all;
use respite::app::Tx;
use respite::app::error::{Code, Error};
use respite::clock::Clock;
use respite::store::outbox;
use respite::store::pool::{Database, Options, Target};
use uuid::Uuid;

use crate::databases::{Kind, TestDatabase, fresh};
use crate::sql::{execute, lines};

type Result<T> = std::result::Result<T, Error>;

/// What one caller wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Kept,
    Refused,
    Panics,
}

fn open(db: &TestDatabase) -> Database {
    Database::open(&Target::parse(&db.url).unwrap(), &Options::default()).unwrap()
}

/// Writes a row, and then does as wished.
fn act(tx: &mut Tx, wish: Wish) -> Result<()> {
    let moment = Clock::system(chrono_tz::Asia::Shanghai).moment();
    outbox::append(tx, "together", Uuid::now_v7(), None, &moment)?;
    match wish {
        Wish::Kept => Ok(()),
        Wish::Refused => Err(Code::Forbidden.into()),
        Wish::Panics => panic!("as wished"),
    }
}

/// Holds the writer with an act that writes nothing, so that what is asked for until the sender goes is written together.
fn hold(database: &Database) -> (Sender<()>, impl Future<Output = Result<()>> + use<>) {
    let ((let_go, gate), (begun, begins)) = (channel::<()>(), channel());
    let act = database.write_together(move |_: &mut Tx| {
        begun.send(()).unwrap();
        let _gone = gate.recv();
        Ok::<(), Error>(())
    });
    begins.recv().unwrap();
    (let_go, act.unwrap_or_else(|_| panic!("a file")))
}

/// Has the wishes done together, and gives their answers.
fn all_at_once(database: &Database, wishes: &[Wish]) -> Vec<Result<()>> {
    let (let_go, first) = hold(database);
    let join =
        |wish: Wish| database.write_together(move |tx: &mut Tx| act(tx, wish)).unwrap_or_else(|_| panic!("a file"));
    let waiting: Vec<_> = wishes.iter().map(|wish| join(*wish)).collect();
    drop(let_go);
    System::new().block_on(async {
        first.await.unwrap();
        join_all(waiting).await
    })
}

fn kept(db: &TestDatabase) -> usize {
    lines(db, "SELECT hex(id) AS line FROM outbox").len()
}

#[test]
fn an_act_that_refuses_leaves_no_trace_and_the_others_stay() {
    let db = fresh(Kind::Sqlite);
    let wishes = [Wish::Kept, Wish::Refused, Wish::Kept, Wish::Refused, Wish::Kept];
    let answers = all_at_once(&open(&db), &wishes);
    for (wish, answer) in wishes.iter().zip(&answers) {
        match wish {
            Wish::Kept => assert!(answer.is_ok(), "{answer:?}"),
            _ => assert!(matches!(answer, Err(Error::Code(Code::Forbidden))), "{answer:?}"),
        }
    }
    assert_eq!(kept(&db), 3);
}

#[test]
fn a_panic_harms_nobody_else() {
    let db = fresh(Kind::Sqlite);
    let database = open(&db);
    let wishes = [Wish::Kept, Wish::Panics, Wish::Kept, Wish::Refused];
    let answers = all_at_once(&database, &wishes);
    assert!(answers[0].is_ok() && answers[2].is_ok(), "{answers:?}");
    assert!(matches!(answers[1], Err(Error::Internal(_))), "{:?}", answers[1]);
    assert!(matches!(answers[3], Err(Error::Code(Code::Forbidden))), "{:?}", answers[3]);
    assert_eq!(kept(&db), 2);
    assert!(all_at_once(&database, &[Wish::Kept]).iter().all(Result::is_ok));
    assert_eq!(kept(&db), 3);
}

#[test]
fn what_cannot_be_kept_is_answered_so_to_each() {
    let db = fresh(Kind::Sqlite);
    let database = open(&db);
    // No commit succeeds: a reference that is looked at last leads nowhere.
    execute(&db, "CREATE TABLE nowhere (id BLOB PRIMARY KEY)").unwrap();
    execute(&db, "CREATE TABLE late (id BLOB REFERENCES nowhere (id) DEFERRABLE INITIALLY DEFERRED)").unwrap();
    let late = "CREATE TRIGGER late AFTER INSERT ON outbox BEGIN INSERT INTO late VALUES (NEW.id); END";
    execute(&db, late).unwrap();
    let answers = all_at_once(&database, &[Wish::Kept, Wish::Refused, Wish::Kept]);
    assert!(matches!(answers[0], Err(Error::Internal(_))), "{:?}", answers[0]);
    assert!(matches!(answers[1], Err(Error::Code(Code::Forbidden))), "{:?}", answers[1]);
    assert!(matches!(answers[2], Err(Error::Internal(_))), "{:?}", answers[2]);
    assert_eq!(kept(&db), 0);
}

#[test]
fn nothing_that_waits_is_lost_when_the_database_goes() {
    let db = fresh(Kind::Sqlite);
    let database = open(&db);
    let (let_go, first) = hold(&database);
    let join = || database.write_together(|tx: &mut Tx| act(tx, Wish::Kept)).unwrap_or_else(|_| panic!("a file"));
    let waiting: Vec<_> = (0..40).map(|_| join()).collect();
    drop(let_go);
    drop(database);
    assert_eq!(kept(&db), 40);
    System::new().block_on(async {
        first.await.unwrap();
        assert!(join_all(waiting).await.iter().all(Result::is_ok));
    });
}

#[test]
fn a_server_commits_together_by_itself() {
    let db = fresh(Kind::Postgres);
    let database = open(&db);
    assert!(database.write_together(|tx: &mut Tx| act(tx, Wish::Kept)).is_err());
}
