//! Who bore a token when somebody last asked with it, and what the rules know of them. Whoever works with the service asks many
//! times with one token; to check its signature and to read account, grants and service anew each time is a third of a small
//! read.
//!
//! What is remembered is never older than the records: it counts only while the keys of the tokens are the same, and a bearer
//! only for a snapshot in which nothing of what somebody may do, and of who they are on the roll, has changed since
//! ([`Revisions::access`]). That number is counted by triggers, whoever writes, in the same transaction; so a sign-out, a
//! disabled account, a grant taken away and a corrected year of service bind at the next request. Of a row that `INSERT OR
//! REPLACE` puts in the place of another SQLite tells no trigger: the service has no such statement.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::ctx::Caller;
use super::error::Error;
use crate::auth::tokens::Claims;
use crate::rules::service::PersonFacts;
use crate::rules::terms::OfficerId;
use crate::store::law::Revisions;

/// How many tokens are remembered on each of the two shelves; some 900 bytes each.
const SHELF: usize = 8192;

/// What the rules know of the officer who bears a token, once it was asked for; of one revision of access.
#[derive(Debug)]
pub struct OwnFacts {
    officer: OfficerId,
    facts: OnceLock<PersonFacts>,
}

impl OwnFacts {
    /// Nothing was asked for yet.
    #[must_use]
    pub const fn new(officer: OfficerId) -> Self {
        Self { officer, facts: OnceLock::new() }
    }

    /// What the rules know of an officer: what was read before, where it is about the same person, else what `read` finds.
    ///
    /// # Errors
    /// What `read` returns.
    pub fn of(
        &self,
        officer: OfficerId,
        read: impl FnOnce() -> Result<PersonFacts, Error>,
    ) -> Result<PersonFacts, Error> {
        if officer != self.officer {
            return read();
        }
        if let Some(known) = self.facts.get() {
            return Ok(known.clone());
        }
        let facts = read()?;
        // Who was faster found the same: nothing of it has changed in any snapshot of this revision.
        let _same = self.facts.set(facts.clone());
        Ok(facts)
    }
}

/// Who bears a token.
#[derive(Debug, Clone)]
pub struct Bearer {
    /// Who asks.
    pub caller: Arc<Caller>,
    /// What was read of them in other snapshots of the same revision; `None` where these are not counted, or where nobody on
    /// the roll is behind it.
    pub own_facts: Option<Arc<OwnFacts>>,
}

/// What is remembered of a token.
#[derive(Debug, Clone)]
pub struct Known {
    /// What it says; its signature was good.
    pub claims: Claims,
    /// By the keys as they were after so many exchanges.
    pub exchanges: u64,
    /// Who bore it, as of a revision of access; `None` where these are not counted.
    pub bearer: Option<(i64, Bearer)>,
}

impl Known {
    /// Who bears the token in a snapshot; `None` where that has to be read.
    #[must_use]
    pub fn bearer_at(&self, revisions: Revisions) -> Option<Bearer> {
        let (read_at, bearer) = self.bearer.as_ref()?;
        (Some(*read_at) == revisions.access).then(|| bearer.clone())
    }
}

/// The tokens that were asked with of late: at most two shelves full. When the first is full it becomes the second, and what
/// nobody asked with since it became the second is forgotten.
#[derive(Debug, Default)]
pub struct Bearers {
    shelves: Mutex<[HashMap<Box<str>, Known>; 2]>,
}

impl Bearers {
    /// What is known of a token that was verified with these keys.
    #[must_use]
    pub fn find(&self, token: &str, exchanges: u64) -> Option<Known> {
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        let [first, second] = &mut *shelves;
        if let Some(known) = first.get(token) {
            return Some(known.clone()).filter(|known| known.exchanges == exchanges);
        }
        let (token, known) = second.remove_entry(token)?;
        if known.exchanges != exchanges {
            return None;
        }
        put(&mut shelves, token, known.clone());
        Some(known)
    }

    /// Remembers a token.
    pub fn remember(&self, token: &str, known: Known) {
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        put(&mut shelves, token.into(), known);
    }
}

fn put(shelves: &mut [HashMap<Box<str>, Known>; 2], token: Box<str>, known: Known) {
    let [first, second] = shelves;
    if first.len() >= SHELF && !first.contains_key(&token) {
        *second = std::mem::take(first);
    }
    first.insert(token, known);
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn known(number: u128, exchanges: u64, read_at: Option<i64>) -> Known {
        let claims = Claims { sub: Uuid::from_u128(number), sid: Uuid::from_u128(number), iat: 0, exp: 1 };
        let bearer = Bearer { caller: Arc::new(Caller::service()), own_facts: None };
        Known { claims, exchanges, bearer: read_at.map(|at| (at, bearer)) }
    }

    fn revisions(access: Option<i64>) -> Revisions {
        Revisions { law: 0, access }
    }

    #[test]
    fn own_facts_are_read_once_and_are_nobody_elses() {
        let officer = |number| OfficerId(Uuid::from_u128(number));
        let own = OwnFacts::new(officer(1));
        let found = |on: &str| PersonFacts { joined_on: Some(on.parse().unwrap()), ..PersonFacts::default() };
        assert!(own.of(officer(1), || Err(Error::Unavailable(String::new()))).is_err());
        let first = own.of(officer(1), || Ok(found("2020-01-01"))).unwrap();
        assert_eq!(own.of(officer(1), || unreachable!()).unwrap(), first);
        let other = own.of(officer(2), || Ok(found("2021-01-01"))).unwrap();
        assert_eq!(other, found("2021-01-01"));
        assert_eq!(own.of(officer(1), || unreachable!()).unwrap(), first);
    }

    #[test]
    fn a_caller_counts_for_the_revision_that_it_was_read_at_and_no_other() {
        let known = known(1, 0, Some(7));
        assert!(known.bearer_at(revisions(Some(7))).is_some());
        for other in [Some(6), Some(8), None] {
            assert!(known.bearer_at(revisions(other)).is_none(), "{other:?}");
        }
        assert!(
            super::tests::known(1, 0, None).bearer_at(revisions(None)).is_none(),
            "what is not counted never counts"
        );
    }

    #[test]
    fn a_token_counts_for_the_keys_that_verified_it() {
        let bearers = Bearers::default();
        bearers.remember("a", known(1, 2, None));
        assert!(bearers.find("a", 2).is_some());
        assert!(bearers.find("a", 3).is_none());
        assert!(bearers.find("b", 2).is_none());
        bearers.remember("a", known(1, 3, None));
        assert!(bearers.find("a", 3).is_some());
    }

    #[test]
    fn what_is_asked_with_stays_and_the_rest_is_forgotten() {
        let bearers = Bearers::default();
        bearers.remember("first", known(0, 0, None));
        for number in 0..4 * SHELF {
            bearers.remember(&number.to_string(), known(1, 0, None));
            assert!(bearers.find("first", 0).is_some(), "{number}");
        }
        let held: usize = bearers.shelves.lock().unwrap().iter().map(HashMap::len).sum();
        assert!((SHELF..=2 * SHELF).contains(&held), "{held}");
        assert!(bearers.find("0", 0).is_none());
        assert!(bearers.find(&(4 * SHELF - 1).to_string(), 0).is_some());
    }
}
