//! One run at work: pieces of work in transactions of their own, each kept only while the claim is the holder's.

use tokio::sync::watch;

use super::due::Due;
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::app::job_runs::{self, Holding, JobRun};
use crate::app::works::Works;
use crate::app::{Conn, Tx};
use crate::rules::terms::Instant;

/// Asks the jobs of a process to stop.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// Says whether the jobs of a process are to stop.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

/// The two ends of asking to stop.
#[must_use]
pub fn stopping() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    /// Asks.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Nobody will ask.
    #[must_use]
    pub fn never() -> Self {
        stopping().1
    }

    /// Whether it was asked.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is asked; for ever where nobody is left to ask.
    pub async fn asked(&mut self) {
        if self.0.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Why a run ended before it was done.
#[derive(Debug)]
pub enum Broken {
    /// The process stops; the run is given back.
    Stopped,
    /// Another instance took it over.
    Lost,
    /// It failed.
    Failed(Error),
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// One run at work.
#[derive(Debug)]
pub struct Run<'a> {
    /// The records, the law, the time.
    pub works: Works<'a>,
    /// Which run.
    pub due: Due,
    /// The due instant up to which every run was settled before; what is newer is this run's to look at.
    pub since: Instant,
    pub(super) claim: JobRun,
    pub(super) request_ref: String,
    pub(super) stop: Stop,
}

impl Run<'_> {
    /// Does a piece of work in one transaction, and shows that somebody is at it. It is kept only if the claim is still
    /// the holder's.
    ///
    /// # Errors
    /// [`Broken`].
    pub fn write<T>(&mut self, mut act: impl FnMut(&mut Tx, &Ctx) -> Result<T, Error>) -> Result<T, Broken> {
        if self.stop.is_asked() {
            return Err(Broken::Stopped);
        }
        let claim = &self.claim;
        let done = self.works.write(&self.request_ref, |tx, ctx| match job_runs::beat(tx, &ctx.moment, claim)? {
            Holding::Still => act(tx, ctx).map(Some),
            Holding::Lost => Ok(None),
        })?;
        done.ok_or(Broken::Lost)
    }

    /// Reads on one snapshot.
    ///
    /// # Errors
    /// [`Broken`].
    pub fn read<T>(&mut self, act: impl FnOnce(&mut Conn, &Ctx) -> Result<T, Error>) -> Result<T, Broken> {
        if self.stop.is_asked() {
            return Err(Broken::Stopped);
        }
        Ok(self.works.read(&self.request_ref, act)?)
    }
}
