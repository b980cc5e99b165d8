//! Acts of many callers in one transaction: on a file every commit waits for the disk, and it costs the same for one act
//! as for thirty. While one group is being written the next one gathers; nobody waits for a group to fill.
//!
//! Each act has a savepoint of its own: what it refuses leaves no trace, and the others stay. Nobody is answered before the
//! commit of the group. Where a group cannot be kept as a whole (a full disk, a panic in one of the acts), it is taken back
//! and every act is done alone, so that each gets its own answer.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::r2d2::Pool;
use tokio::sync::oneshot;

use super::conn::Conn;
use super::error::Error;
use super::pool::{Manager, Purpose, Retry, Tx, begun, commit, roll_back, write_alone};

/// The most acts of one transaction: the first of them waits for the last.
const TOGETHER_MAX: usize = 32;

/// What an act did, before it is known whether it is kept.
enum Done {
    /// It is to be kept.
    Kept,
    /// It refused: what it wrote is to be taken back.
    Refused,
}

/// An act whose result is of some type that only its caller knows.
trait Job: Send {
    fn act(&mut self, tx: &mut Tx) -> Done;
    /// Gives the caller the result of [`Job::act`].
    fn answer(self: Box<Self>);
    /// Gives the caller an error instead.
    fn fail(self: Box<Self>, error: Error);
    /// Does the act in a transaction of its own and answers.
    fn alone(self: Box<Self>, writers: &Pool<Manager>);
}

struct Act<T, E, F> {
    act: F,
    span: tracing::Span,
    result: Option<Result<T, E>>,
    caller: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Job for Act<T, E, F>
where
    T: Send,
    E: From<Error> + Retry + Send,
    F: FnMut(&mut Tx) -> Result<T, E> + Send,
{
    fn act(&mut self, tx: &mut Tx) -> Done {
        let result = self.span.in_scope(|| (self.act)(tx));
        let done = if result.is_ok() { Done::Kept } else { Done::Refused };
        self.result = Some(result);
        done
    }

    fn answer(self: Box<Self>) {
        if let Some(result) = self.result {
            // A caller who has gone needs no answer.
            let _gone = self.caller.send(result);
        }
    }

    fn fail(self: Box<Self>, error: Error) {
        let _gone = self.caller.send(Err(error.into()));
    }

    fn alone(self: Box<Self>, writers: &Pool<Manager>) {
        let Self { act, span, caller, .. } = *self;
        let result = span.in_scope(|| write_alone(writers, act));
        let _gone = caller.send(result);
    }
}

/// Where acts wait for their transaction. When it goes, what waits is still written, and the thread that writes has ended.
pub(super) struct Gathering {
    waiting: Option<Sender<Box<dyn Job>>>,
    writer: Option<JoinHandle<()>>,
}

impl Drop for Gathering {
    fn drop(&mut self) {
        drop(self.waiting.take());
        // The last to let go may be an act, on the thread itself: that one ends by itself.
        if let Some(writer) = self.writer.take()
            && writer.thread().id() != std::thread::current().id()
        {
            let _panic = writer.join();
        }
    }
}

impl Gathering {
    /// Starts the thread that writes.
    ///
    /// # Errors
    /// When the machine gives no thread.
    pub(super) fn start(writers: Pool<Manager>) -> Result<Self, Error> {
        let (waiting, acts) = channel();
        let writer = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || write_all(&writers, &acts))
            .map_err(|error| Error::Unavailable(error.to_string()))?;
        Ok(Self { waiting: Some(waiting), writer: Some(writer) })
    }

    /// Lets an act wait for its transaction; its result comes once that is kept.
    pub(super) fn join<T, E, F>(&self, act: F) -> impl Future<Output = Result<T, E>> + use<T, E, F>
    where
        T: Send + 'static,
        E: From<Error> + Retry + Send + 'static,
        F: FnMut(&mut Tx) -> Result<T, E> + Send + 'static,
    {
        let (caller, result) = oneshot::channel();
        let job = Act { act, span: tracing::Span::current(), result: None, caller };
        let is_sent = self.waiting.as_ref().is_some_and(|waiting| waiting.send(Box::new(job)).is_ok());
        async move {
            if !is_sent {
                return Err(Error::Unavailable("the writer has ended".to_owned()).into());
            }
            result.await.unwrap_or_else(|_| Err(Error::Other("an act panicked".to_owned()).into()))
        }
    }
}

fn write_all(writers: &Pool<Manager>, acts: &Receiver<Box<dyn Job>>) {
    while let Ok(first) = acts.recv() {
        let mut jobs = vec![first];
        jobs.extend(acts.try_iter().take(TOGETHER_MAX - 1));
        if jobs.len() == 1 {
            alone(writers, jobs);
            continue;
        }
        match begun(writers, Purpose::Writing) {
            Err(error) => {
                let why = error.to_string();
                // Who came while these waited for the database would wait as long again, and in vain.
                jobs.extend(acts.try_iter());
                jobs.into_iter().for_each(|job| job.fail(Error::Unavailable(why.clone())));
            }
            Ok(mut pooled) => {
                let connection: &mut Conn = &mut pooled;
                let kept = act_all(connection, &mut jobs).and_then(|()| commit(connection));
                if kept.is_ok() {
                    drop(pooled);
                    jobs.into_iter().for_each(Job::answer);
                } else {
                    // First the savepoint in which it ended, if it was one. Whatever becomes of this, the pool looks at the
                    // connection before it gives it out again.
                    let _ended = roll_back(connection).and_then(|()| roll_back(connection));
                    drop(pooled);
                    alone(writers, jobs);
                }
            }
        }
    }
}

fn alone(writers: &Pool<Manager>, jobs: Vec<Box<dyn Job>>) {
    for job in jobs {
        // An act that panics drops its caller's channel, which says so.
        let _panic: Result<(), Box<dyn Any + Send>> = catch_unwind(AssertUnwindSafe(|| job.alone(writers)));
    }
}

/// Does every act in the transaction that has begun.
fn act_all(connection: &mut Conn, jobs: &mut [Box<dyn Job>]) -> Result<(), Error> {
    for job in jobs {
        savepoint(connection)?;
        let act = AssertUnwindSafe(|| job.act(&mut Tx { connection }));
        match catch_unwind(act).map_err(|_| Error::Other("an act panicked".to_owned()))? {
            Done::Kept => commit(connection)?,
            Done::Refused => roll_back_to(connection)?,
        }
    }
    Ok(())
}

fn savepoint(connection: &mut Conn) -> Result<(), Error> {
    Ok(match connection {
        Conn::Sqlite(one) => AnsiTransactionManager::begin_transaction(one),
        Conn::Postgres(one) => AnsiTransactionManager::begin_transaction(one),
    }?)
}

fn roll_back_to(connection: &mut Conn) -> Result<(), Error> {
    Ok(match connection {
        Conn::Sqlite(one) => AnsiTransactionManager::rollback_transaction(one),
        Conn::Postgres(one) => AnsiTransactionManager::rollback_transaction(one),
    }?)
}
