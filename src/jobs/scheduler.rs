//! The scheduler of a process that serves: it wakes by a timer and decides by the service's clock.

use std::sync::Arc;
use std::time::Duration;

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

/// Makes the runs that are owed, from now until it is asked to stop. A database that is away, or a job that panics, ends
/// nothing: the next look finds the same runs owed.
pub async fn keep(house: Arc<House>, plan: Plan, mut stop: Stop) {
    let (plan, holder) = (Arc::new(plan), holder(&house.clock));
    while !stop.is_asked() {
        let (house, plan, holder, asked) = (Arc::clone(&house), Arc::clone(&plan), holder.clone(), stop.clone());
        let looked = tokio::task::spawn_blocking(move || {
            tick(&By { works: Works::of(&house), holder: &holder, stop: asked }, &plan, None)
        });
        match looked.await {
            Ok(Ok(_told)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "jobs could not be looked at"),
            Err(panic) => tracing::error!(%panic, "a job panicked"),
        }
        tokio::select! {
            () = tokio::time::sleep(WAKE) => {}
            () = stop.asked() => {}
        }
    }
}
