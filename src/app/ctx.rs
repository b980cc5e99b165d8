//! Who acts, when, and under which policies: what every act is given.

use std::sync::Arc;

use super::bearers::OwnFacts;
use crate::clock::Moment;
use crate::rules::calendar::Calendars;
use crate::rules::policy::PolicySet;
use crate::rules::terms::{AccountId, OfficerId, Role, RowId};
use crate::store::accounts::Grant;

/// The law and the numbers in force, as of one revision.
#[derive(Debug)]
pub struct Statutes {
    /// Policies with their dates and scopes.
    pub policies: PolicySet,
    /// Calendars of the years, for the force and for units that have their own.
    pub calendars: Calendars,
    /// How many publications are in them.
    pub revision: i64,
}

impl Statutes {
    /// Whether anything is made for a unit, so that it matters in which one somebody is.
    #[must_use]
    pub fn knows_units(&self) -> bool {
        self.policies.knows_units() || self.calendars.knows_units()
    }
}

/// What kind of caller asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerKind {
    /// The command line.
    Service,
    /// A person who signed in.
    Person,
    /// A key of the interface: nobody in person, never interactive.
    ApiKey,
}

/// Who asks.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Person, key or command line.
    pub kind: CallerKind,
    /// The account; `None` for the command line, which acts for the service itself.
    pub account_id: Option<AccountId>,
    /// Its name.
    pub username: String,
    /// The officer behind it.
    pub officer_id: Option<OfficerId>,
    /// The sign-in.
    pub session_id: Option<RowId>,
    /// What it may do, and where.
    pub grants: Vec<Grant>,
    /// Whether it must change its one-time code first.
    pub must_change_password: bool,
}

impl Caller {
    /// The command line: whoever can read the database file or its URL may do what `admin` and `hr` may.
    #[must_use]
    pub fn service() -> Self {
        Self {
            kind: CallerKind::Service,
            account_id: None,
            username: "service".to_owned(),
            officer_id: None,
            session_id: None,
            grants: [Role::Admin, Role::Hr].map(|role| Grant { role, unit_id: None }).to_vec(),
            must_change_password: false,
        }
    }

    /// Whether any grant is of one of the roles.
    #[must_use]
    pub fn holds(&self, roles: &[Role]) -> bool {
        self.grants.iter().any(|grant| roles.contains(&grant.role))
    }

    /// Whether a grant of one of the roles is for the whole force.
    #[must_use]
    pub fn holds_force_wide(&self, roles: &[Role]) -> bool {
        self.grants.iter().any(|grant| grant.unit_id.is_none() && roles.contains(&grant.role))
    }

    /// Whether the officer is the caller.
    #[must_use]
    pub fn is_self(&self, officer: OfficerId) -> bool {
        self.officer_id == Some(officer)
    }
}

/// What every act is given.
#[derive(Debug, Clone)]
pub struct Ctx {
    /// Who acts.
    pub caller: Caller,
    /// When.
    pub moment: Moment,
    /// Under which policies and calendars.
    pub statutes: Arc<Statutes>,
    /// Under which request id.
    pub request_ref: String,
    /// What is remembered of the officer who asks, in a snapshot for which it counts; `None` everywhere else, above all where
    /// something is written.
    pub own_facts: Option<Arc<OwnFacts>>,
}

impl Ctx {
    /// The account that acts.
    ///
    /// # Errors
    /// For acts that need a person: the command line has no account.
    pub fn account_id(&self) -> Result<AccountId, super::error::Error> {
        self.caller.account_id.ok_or_else(|| super::error::Code::Forbidden.into())
    }

    /// Writes an audit entry about a subject.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn audit(
        &self,
        tx: &mut crate::store::Tx,
        act: &'static str,
        subject: Subject,
        before: Option<serde_json::Value>,
        after: Option<serde_json::Value>,
    ) -> Result<(), crate::store::Error> {
        crate::store::audit::append(tx, &self.entry(act, subject, before, after), &self.moment)
    }

    /// An audit entry about a subject, for acts that write many at once.
    #[must_use]
    pub fn entry(
        &self,
        act: &'static str,
        subject: Subject,
        before: Option<serde_json::Value>,
        after: Option<serde_json::Value>,
    ) -> crate::store::audit::Entry<'_> {
        crate::store::audit::Entry {
            account_id: self.caller.account_id,
            act,
            subject_kind: subject.kind,
            subject_id: subject.id,
            officer_id: subject.officer_id,
            request_ref: &self.request_ref,
            before,
            after,
        }
    }
}

/// What an act was done to.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    /// Kind of thing.
    pub kind: &'static str,
    /// Which one.
    pub id: uuid::Uuid,
    /// Whose record it is.
    pub officer_id: Option<OfficerId>,
}

/// Holds the version of a record against what the caller expects of it (`If-Match`); an error refuses the act.
pub type Expects<'a> = &'a dyn Fn(i32) -> Result<(), super::error::Error>;

/// What the caller expects of a record that may not be there yet.
pub enum Expected<'a> {
    /// It is there, in a version that passes (`If-Match`).
    There(Expects<'a>),
    /// It is not there (`If-None-Match: *`).
    Absent,
}
