//! Slows down guessing: failures are counted per name and place, and for a while nothing more is tried.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;

use crate::rules::terms::Instant;

/// Failures of one name from one place before it has to wait.
const FAILURES_MAX: usize = 10;
/// Failures of all names from one place before it has to wait.
const FAILURES_OF_PLACE_MAX: usize = 200;
/// How long a failure counts, which is also the longest wait.
const WINDOW: TimeDelta = TimeDelta::minutes(5);
/// Names and places that are remembered at once.
const REMEMBERED_MAX: usize = 20_000;

/// Counts failures in this process. Counting by name *and* place keeps a stranger from locking somebody out.
#[derive(Debug, Default)]
pub struct Throttle {
    failures: Mutex<HashMap<(String, String), Vec<Instant>>>,
}

impl Throttle {
    /// How many seconds to wait before the next attempt; `None` if it may be made now.
    #[must_use]
    pub fn wait(&self, name: &str, place: &str, now: Instant) -> Option<u64> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = |name: &str, most: usize| {
            let of = failures.get(&(name.to_owned(), place.to_owned()))?;
            let recent: Vec<_> = of.iter().filter(|at| **at > now - WINDOW).collect();
            let first = recent.first()?;
            (recent.len() >= most)
                .then(|| u64::try_from((**first + WINDOW - now).num_seconds().max(0)).unwrap_or_default() + 1)
        };
        wait(name, FAILURES_MAX).or_else(|| wait("", FAILURES_OF_PLACE_MAX))
    }

    /// Counts a failure.
    pub fn failed(&self, name: &str, place: &str, now: Instant) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= REMEMBERED_MAX {
            failures.retain(|_, of| of.last().is_some_and(|at| *at > now - WINDOW));
        }
        if failures.len() >= REMEMBERED_MAX {
            return;
        }
        for (name, most) in [(name, FAILURES_MAX), ("", FAILURES_OF_PLACE_MAX)] {
            let of = failures.entry((name.to_owned(), place.to_owned())).or_default();
            of.retain(|at| *at > now - WINDOW);
            if of.len() < most {
                of.push(now);
            }
        }
    }

    /// Forgets the failures of a name at a place: it has shown that it knows the password.
    pub fn succeeded(&self, name: &str, place: &str) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.remove(&(name.to_owned(), place.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_failures_wait_and_others_do_not() {
        let throttle = Throttle::default();
        let now: Instant = "2026-03-02T00:00:00Z".parse().unwrap();
        for _ in 0..FAILURES_MAX {
            assert_eq!(throttle.wait("li", "1.2.3.4", now), None);
            throttle.failed("li", "1.2.3.4", now);
        }
        assert_eq!(throttle.wait("li", "1.2.3.4", now), Some(301));
        assert_eq!(throttle.wait("li", "5.6.7.8", now), None, "the owner, elsewhere, is not locked out");
        assert_eq!(throttle.wait("wang", "1.2.3.4", now), None);
        assert_eq!(throttle.wait("li", "1.2.3.4", now + WINDOW), None, "the wait ends by itself");
        throttle.succeeded("li", "1.2.3.4");
        assert_eq!(throttle.wait("li", "1.2.3.4", now), None);
    }

    #[test]
    fn one_place_cannot_try_every_name() {
        let throttle = Throttle::default();
        let now: Instant = "2026-03-02T00:00:00Z".parse().unwrap();
        for number in 0..FAILURES_OF_PLACE_MAX {
            throttle.failed(&format!("name {number}"), "1.2.3.4", now);
        }
        assert!(throttle.wait("another", "1.2.3.4", now).is_some());
        assert_eq!(throttle.wait("another", "5.6.7.8", now), None);
    }
}
