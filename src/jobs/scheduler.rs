//! The scheduler of a process that serves: it wakes by a timer and decides by the service's clock.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::plan::Plan;
use super::run::Stop;
use super::tick::{By, tick};
use crate::app::house::House;
use crate::app::works::Works;
use crate::clock::Clock;

/// How often the clock is looked at.
const WAKE: Duration = Duration::from_secs(15);

/// A name for this process among all that share the records.
#[must_use]
pub fn holder(clock: &Clock) -> String {
    format!("{}-{}", std::process::id(), clock.moment().new_id())
}

/// Makes the runs that are owed, from now until it is asked to stop: those of one job in order, those of several side by side,
/// so that a scan of the whole force keeps no draft of a rest order waiting (welfare.md A-8). A database that is away, or
/// a job that panics, ends nothing: the next look finds the same runs owed.
pub async fn keep(house: Arc<House>, plan: Plan, stop: Stop) {
    let (plan, holder) = (Arc::new(plan), holder(&house.clock));
    let mut lanes = JoinSet::new();
    for job in &plan.jobs {
        lanes.spawn(lane(Arc::clone(&house), Arc::clone(&plan), job.name, holder.clone(), stop.clone()));
    }
    while lanes.join_next().await.is_some() {}
}

/// Makes the runs of one job that are owed, from now until it is asked to stop.
async fn lane(house: Arc<House>, plan: Arc<Plan>, job: &'static str, holder: String, mut stop: Stop) {
    while !stop.is_asked() {
        let (house, plan, holder, asked) = (Arc::clone(&house), Arc::clone(&plan), holder.clone(), stop.clone());
        let looked = tokio::task::spawn_blocking(move || {
            tick(&By { works: Works::of(&house), holder: &holder, stop: asked }, &plan, Some(job))
        });
        match looked.await {
            Ok(Ok(_told)) => {}
            Ok(Err(error)) => tracing::warn!(job, %error, "a job could not be looked at"),
            Err(panic) => tracing::error!(job, %panic, "a job panicked"),
        }
        tokio::select! {
            () = tokio::time::sleep(WAKE) => {}
            () = stop.asked() => {}
        }
    }
}
