//! Slows down guessing, without letting a stranger lock somebody out.
//!
//! Failures are counted for a name at a place, and for a place whatever the name; never for a name alone, because then
//! anybody could lock anybody out from anywhere. A name that has signed in from a place before is *at home* there: the
//! place's count does not touch it, only its own. Every wait ends by itself: what is refused is not counted again.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use crate::rules::terms::Instant;

/// Failures of one name from one place before it has to wait.
const FAILURES_MAX: u32 = 10;
/// Failures of all names from one place before names that are not at home there have to wait.
const FAILURES_OF_PLACE_MAX: u32 = 200;
/// How long a count runs from its first failure, which is also the longest wait.
const WINDOW: TimeDelta = TimeDelta::minutes(5);
/// How long a name is at home at a place after it signed in there.
const AT_HOME: TimeDelta = TimeDelta::days(30);
/// Entries that each of the three memories holds at most, some 60 bytes each.
const REMEMBERED_MAX: usize = 20_000;

/// A name, as its hash: names are as long as a stranger likes.
type Name = [u8; 32];
/// A name at a place.
type Pair = (Name, String);

/// Failures since the first of them.
#[derive(Debug, Clone, Copy)]
struct Count {
    since: Instant,
    failures: u32,
}

#[derive(Debug, Default)]
struct Memory {
    pairs: HashMap<Pair, Count>,
    places: HashMap<String, Count>,
    at_home: HashMap<Pair, Instant>,
}

/// Counts failures in this process.
#[derive(Debug, Default)]
pub struct Throttle {
    memory: Mutex<Memory>,
}

fn pair(name: &str, place: &str) -> Pair {
    (Sha256::digest(name.as_bytes()).into(), place.to_owned())
}

/// Makes room for one more: what is over goes first, then the oldest tenth.
fn make_room<K: Hash + Eq, V>(entries: &mut HashMap<K, V>, since: impl Fn(&V) -> Instant, over: Instant) {
    if entries.len() < REMEMBERED_MAX {
        return;
    }
    entries.retain(|_, value| since(value) > over);
    if entries.len() < REMEMBERED_MAX {
        return;
    }
    let mut ages: Vec<Instant> = entries.values().map(&since).collect();
    ages.sort_unstable();
    if let Some(oldest) = ages.get(REMEMBERED_MAX / 10).copied() {
        // Where a whole crowd came at one moment, one of them is as old as the other: all may go.
        entries.retain(|_, value| since(value) > oldest);
    }
}

fn wait_of(count: Option<&Count>, most: u32, now: Instant) -> Option<u64> {
    let count = count.filter(|count| count.failures >= most && now < count.since + WINDOW)?;
    Some(u64::try_from((count.since + WINDOW - now).num_seconds().max(0)).unwrap_or_default() + 1)
}

fn count<K: Hash + Eq>(counts: &mut HashMap<K, Count>, key: K, now: Instant) {
    make_room(counts, |count| count.since, now - WINDOW);
    let count = counts.entry(key).or_insert(Count { since: now, failures: 0 });
    if now >= count.since + WINDOW {
        *count = Count { since: now, failures: 0 };
    }
    count.failures = count.failures.saturating_add(1);
}

impl Throttle {
    /// How many seconds to wait before the next attempt; `None` if it may be made now.
    #[must_use]
    pub fn wait(&self, name: &str, place: &str, now: Instant) -> Option<u64> {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let pair = pair(name, place);
        let own = wait_of(memory.pairs.get(&pair), FAILURES_MAX, now);
        let is_at_home = memory.at_home.get(&pair).is_some_and(|at| now < *at + AT_HOME);
        if own.is_some() || is_at_home {
            return own;
        }
        wait_of(memory.places.get(place), FAILURES_OF_PLACE_MAX, now)
    }

    /// Counts a failure.
    pub fn failed(&self, name: &str, place: &str, now: Instant) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        count(&mut memory.pairs, pair(name, place), now);
        count(&mut memory.places, place.to_owned(), now);
    }

    /// Forgets the failures of a name at a place and lets it be at home there: it has shown that it knows the password.
    pub fn succeeded(&self, name: &str, place: &str, now: Instant) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let pair = pair(name, place);
        memory.pairs.remove(&pair);
        make_room(&mut memory.at_home, |at| *at, now - AT_HOME);
        memory.at_home.insert(pair, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Instant {
        "2026-03-02T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn ten_failures_wait_and_others_do_not() {
        let throttle = Throttle::default();
        let now = start();
        for _ in 0..FAILURES_MAX {
            assert_eq!(throttle.wait("li", "1.2.3.4", now), None);
            throttle.failed("li", "1.2.3.4", now);
        }
        assert_eq!(throttle.wait("li", "1.2.3.4", now), Some(301));
        assert_eq!(throttle.wait("li", "5.6.7.8", now), None, "the owner, elsewhere, is not locked out");
        assert_eq!(throttle.wait("wang", "1.2.3.4", now), None);
        assert_eq!(throttle.wait("li", "1.2.3.4", now + WINDOW), None, "the wait ends by itself");
        throttle.failed("li", "1.2.3.4", now + WINDOW);
        assert_eq!(throttle.wait("li", "1.2.3.4", now + WINDOW), None, "and the count begins anew");
        throttle.succeeded("li", "1.2.3.4", now);
        assert_eq!(throttle.wait("li", "1.2.3.4", now), None);
    }

    #[test]
    fn one_place_cannot_try_every_name() {
        let throttle = Throttle::default();
        let now = start();
        for number in 0..FAILURES_OF_PLACE_MAX {
            assert_eq!(throttle.wait("another", "1.2.3.4", now), None, "{number}");
            throttle.failed(&format!("name {number}"), "1.2.3.4", now);
        }
        assert!(throttle.wait("another", "1.2.3.4", now).is_some());
        assert_eq!(throttle.wait("another", "5.6.7.8", now), None);
    }

    #[test]
    fn whoever_is_at_home_is_not_locked_out_by_a_neighbour() {
        let throttle = Throttle::default();
        let now = start();
        throttle.succeeded("li", "station", now);
        for number in 0..FAILURES_OF_PLACE_MAX {
            throttle.failed(&format!("name {number}"), "station", now);
        }
        assert_eq!(throttle.wait("li", "station", now), None, "one wall socket, two hundred guesses of somebody else");
        assert!(throttle.wait("wang", "station", now).is_some());
        for _ in 0..FAILURES_MAX {
            throttle.failed("li", "station", now);
        }
        assert!(throttle.wait("li", "station", now).is_some(), "guesses of the name itself still wait");
        assert_eq!(throttle.wait("li", "station", now + WINDOW), None);
        let later = now + AT_HOME;
        for number in 0..FAILURES_OF_PLACE_MAX {
            throttle.failed(&format!("name {number}"), "station", later);
        }
        assert!(throttle.wait("li", "station", later).is_some(), "at home for thirty days");
    }

    #[test]
    fn memory_is_bounded_and_the_newest_stay() {
        let throttle = Throttle::default();
        let now = start();
        for number in 0..REMEMBERED_MAX + 5 {
            let at = now + TimeDelta::milliseconds(i64::try_from(number).unwrap());
            throttle.failed(&"x".repeat(5000), &format!("place {number}"), at);
            throttle.succeeded("li", &format!("place {number}"), at);
        }
        let memory = throttle.memory.lock().unwrap();
        assert!(memory.pairs.len() <= REMEMBERED_MAX && memory.places.len() <= REMEMBERED_MAX);
        assert!(memory.at_home.len() <= REMEMBERED_MAX);
        assert!(memory.places.contains_key(&format!("place {}", REMEMBERED_MAX + 4)));
    }
}
