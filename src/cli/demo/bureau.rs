//! Makes the bureau and its year by the same acts as the interface, each at its own instant.

mod roster;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::almanac::Almanac;
use super::dice::Dice;
use super::names::{ORDER, UNITS};
use super::people::{PERSONNEL_OFFICERS, Person, Roster};
use super::plan::{self, Deed, Event, Leave, Plan};
use crate::app::accounts::{self, NewAccount, Secret};
use crate::app::ctx::{Caller, CallerKind, Ctx, Expected, Statutes};
use crate::app::error::Error;
use crate::app::leave::adjust::{self, Adjustment, Carry};
use crate::app::leave::give_back::Cancellation;
use crate::app::leave::recall::{self, CallBack};
use crate::app::leave::{approvers, ask, decide, give_back};
use crate::app::separations;
use crate::app::{officers, units};
use crate::auth::passwords::Passwords;
use crate::clock::Clock;
use crate::rules::carry_over::CarryReason;
use crate::rules::terms::{AccountId, Category, LeaveKind, OfficerId, RequestId, Role, SeparationCause, Span, UnitId};
use crate::store::accounts::Grant;
use crate::store::officers::Separation;
use crate::store::units::Heads;
use crate::store::{Database, Tx};

/// Everybody's password: the accounts are made up, and only this machine reaches the service.
pub const PASSWORD: &str = "respite-demo";

/// The bureau while it is being made.
pub struct Bureau<'a> {
    database: &'a Database,
    statutes: &'a Arc<Statutes>,
    clock: Clock,
    secret: Secret,
    /// The people.
    pub roster: Roster,
    plan: Plan,
    units: Vec<UnitId>,
    /// Officers of the people, once they are enrolled.
    pub officers: HashMap<usize, OfficerId>,
    callers: HashMap<AccountId, Caller>,
    accounts: HashMap<usize, AccountId>,
    admin: Option<Caller>,
    requests: HashMap<usize, RequestId>,
    /// What rules refused, by deed.
    pub refused: Vec<String>,
}

/// Asked to stop before everything was made.
#[derive(Debug, thiserror::Error)]
#[error("stopped")]
pub struct Stopped;

/// Makes the bureau in an empty database, as it is at the moment that `now` tells.
pub fn make<'a>(
    database: &'a Database,
    statutes: &'a Arc<Statutes>,
    now: &Clock,
    fixed: Clock,
    stop: &AtomicBool,
) -> anyhow::Result<Bureau<'a>> {
    let almanac = Almanac::new(statutes.calendars.force(), now);
    let mut dice = Dice::new(514);
    let roster = Roster::make(&almanac, &mut dice);
    let plan = plan::make(&roster, &almanac, &mut dice);
    let passwords = Passwords::new().map_err(Error::from)?;
    // One hash for all: three hundred would take longer than everything else together.
    let secret = accounts::secret(&passwords, Some(PASSWORD))?;
    let mut bureau = Bureau {
        database,
        statutes,
        clock: fixed,
        secret,
        roster,
        plan,
        units: Vec::new(),
        officers: HashMap::new(),
        callers: HashMap::new(),
        accounts: HashMap::new(),
        admin: None,
        requests: HashMap::new(),
        refused: Vec::new(),
    };
    bureau.clock.set(almanac.at(almanac.first_date(), 7, 0));
    bureau.found()?;
    for event in std::mem::take(&mut bureau.plan.events) {
        if stop.load(Ordering::Relaxed) {
            return Err(Stopped.into());
        }
        bureau.happen(event)?;
    }
    bureau.clock.set(now.now());
    bureau.keep_roster(almanac.today())?;
    Ok(bureau)
}

impl Bureau<'_> {
    fn ctx(&self, caller: Caller) -> Ctx {
        Ctx {
            caller,
            moment: self.clock.moment(),
            statutes: Arc::clone(self.statutes),
            request_ref: "demo".to_owned(),
            own_facts: None,
        }
    }

    /// The service and its administrator, and the units.
    fn found(&mut self) -> Result<(), Error> {
        let service = self.ctx(Caller::service());
        let admin = vec![Grant { role: Role::Admin, unit_id: None }];
        self.admin = Some(self.account(&service, "admin", None, admin)?);
        let ctx = self.ctx(self.administrator());
        for unit in UNITS {
            let parent_id = unit.parent.and_then(|parent| self.units.get(parent)).copied();
            let new =
                units::NewUnit { name: unit.name.to_owned(), code: unit.code.to_owned(), kind: unit.kind, parent_id };
            let made = self.database.write(|tx| units::create(tx, &ctx, &new))?;
            self.units.push(made.unit.id);
        }
        Ok(())
    }

    fn administrator(&self) -> Caller {
        self.admin.clone().unwrap_or_else(Caller::service)
    }

    fn account(
        &mut self,
        ctx: &Ctx,
        username: &str,
        officer_id: Option<OfficerId>,
        grants: Vec<Grant>,
    ) -> Result<Caller, Error> {
        let new = NewAccount { username: username.to_owned(), password: None, officer_id, grants };
        let shown = self.database.write(|tx| accounts::create(tx, ctx, &new, &self.secret))?;
        let caller = Caller {
            kind: CallerKind::Person,
            account_id: Some(shown.account.id),
            username: shown.account.username,
            officer_id,
            session_id: None,
            grants: shown.grants,
            must_change_password: false,
        };
        self.callers.insert(shown.account.id, caller.clone());
        Ok(caller)
    }

    fn happen(&mut self, event: Event) -> Result<(), Error> {
        self.clock.set(event.at);
        match self.act(event.deed) {
            // The rules know better than the plan: somebody has too few days left, or a year has no calendar.
            Err(Error::Refused(_) | Error::Conflict(_) | Error::Fields(_) | Error::Code(_)) => {
                self.refused.push(format!("{:?}", event.deed));
                Ok(())
            }
            done => done,
        }
    }

    fn act(&mut self, deed: Deed) -> Result<(), Error> {
        match deed {
            Deed::Enrol(place) => self.enrol(place),
            Deed::TakeOffice => self.take_office(),
            Deed::Transfer(place) | Deed::Promote(place) | Deed::Retire(place) | Deed::Resign(place) => {
                self.change(deed, place)
            }
            Deed::Carry(place, ..) | Deed::Adjust(place, ..) => self.balance(deed, place),
            Deed::Ask(leave) | Deed::Enter(leave) => self.submit(deed, leave),
            Deed::Approve(leave) | Deed::Reject(leave) => self.decide(deed, leave),
            Deed::Withdraw(leave) | Deed::Cancel(leave) | Deed::Shorten(leave) => self.give_back(deed, leave),
            Deed::Recall(leave) => self.recall(leave),
        }
    }

    fn person(&self, place: usize) -> Result<&Person, Error> {
        self.roster.0.get(place).ok_or_else(|| absent("person"))
    }

    fn officer(&self, place: usize) -> Result<OfficerId, Error> {
        self.officers.get(&place).copied().ok_or_else(|| absent("officer"))
    }

    fn enrol(&mut self, place: usize) -> Result<(), Error> {
        let person = self.person(place)?.clone();
        let unit_id = *self.units.get(person.unit).ok_or_else(|| absent("unit"))?;
        let new = officers::NewOfficer {
            badge_no: person.badge_no.clone(),
            name: person.name.clone(),
            unit_id,
            category: person.category,
            sex: person.sex,
            born_on: Some(person.born_on),
            post: Some(person.post.to_owned()),
            rank: None,
            joined_on: Some(person.joined_on),
            spouse_officer_id: person.spouse.and_then(|spouse| self.officers.get(&spouse)).copied(),
            shift_worker: UNITS.get(person.unit).is_some_and(|unit| unit.auxiliaries >= 40),
            service_periods: person.periods.clone(),
        };
        let ctx = self.ctx(self.personnel(place));
        let made = self.database.write(|tx| officers::create(tx, &ctx, &new))?;
        self.officers.insert(place, made.officer.id);
        if person.category == Category::Retired {
            return Ok(());
        }
        let (username, role, unit_id) = match (person.unit, person.rank) {
            (0, 0) => ("chief".to_owned(), Some(Role::Leader), Some(unit_id)),
            (0, 1) => ("deputy-chief".to_owned(), Some(Role::BureauLeader), None),
            at if at == PERSONNEL_OFFICERS[0] => ("hr".to_owned(), Some(Role::Hr), None),
            at if at == PERSONNEL_OFFICERS[1] => ("hr2".to_owned(), Some(Role::Hr), None),
            (unit, 0) => {
                (format!("head-{}", UNITS.get(unit).map_or("", |unit| unit.code)), Some(Role::Leader), Some(unit_id))
            }
            (_, 1) => (person.badge_no, Some(Role::Leader), Some(unit_id)),
            _ => (person.badge_no, None, None),
        };
        let grants = role.map(|role| Grant { role, unit_id }).into_iter().collect();
        let ctx = self.ctx(self.administrator());
        let caller = self.account(&ctx, &username, Some(made.officer.id), grants)?;
        self.accounts.extend(caller.account_id.map(|account| (place, account)));
        Ok(())
    }

    fn take_office(&mut self) -> Result<(), Error> {
        let ctx = self.ctx(self.administrator());
        for (place, unit) in self.units.iter().enumerate() {
            let holder = |rank| self.roster.place((place, rank)).and_then(|person| self.officers.get(&person)).copied();
            let heads = Heads { head: holder(0), deputies: holder(1).into_iter().collect() };
            let on = ctx.moment.today();
            self.database.write(|tx| units::set_heads(tx, &ctx, *unit, &Expected::Absent, &heads, on))?;
        }
        Ok(())
    }

    /// Whoever of the personnel office may enter something for somebody: not themselves.
    fn personnel(&self, place: usize) -> Caller {
        let own = |officer: &usize| {
            *officer == place || self.roster.0.get(place).and_then(|one| one.spouse) == Some(*officer)
        };
        PERSONNEL_OFFICERS
            .iter()
            .filter_map(|who| self.roster.place(*who))
            .filter(|officer| !own(officer))
            .find_map(|officer| self.callers.get(self.accounts.get(&officer)?))
            .cloned()
            // Before there is a personnel office, the service itself enters its people.
            .unwrap_or_else(Caller::service)
    }

    fn change(&mut self, deed: Deed, place: usize) -> Result<(), Error> {
        let ctx = self.ctx(self.personnel(place));
        let (officer, on) = (self.officer(place)?, ctx.moment.today());
        let order = *self.units.get(ORDER).ok_or_else(|| absent("unit"))?;
        let separation = |cause| Separation { left_on: on, cause };
        self.database.write(|tx| match deed {
            Deed::Transfer(_) => officers::transfer(tx, &ctx, officer, order, on),
            Deed::Promote(_) => officers::recategorize(tx, &ctx, officer, Category::Police, on),
            Deed::Retire(_) => separations::separate(tx, &ctx, officer, separation(SeparationCause::Retired)),
            _ => separations::separate(tx, &ctx, officer, separation(SeparationCause::Resigned)),
        })?;
        Ok(())
    }

    fn balance(&mut self, deed: Deed, place: usize) -> Result<(), Error> {
        let ctx = self.ctx(self.personnel(place));
        let (officer_id, on) = (self.officer(place)?, ctx.moment.today());
        self.database.write(|tx| match deed {
            Deed::Carry(_, from_year, days) => {
                let reason = CarryReason::WorkNeed;
                adjust::carry(tx, &ctx, &Carry { officer_id, from_year, days, reason, consent_on: on })
            }
            Deed::Adjust(_, days, reason) => {
                let year = crate::rules::terms::leave_year(on);
                let reason = reason.to_owned();
                adjust::adjust(tx, &ctx, &Adjustment { officer_id, kind: LeaveKind::Annual, year, days, reason })
            }
            _ => Err(absent("deed")),
        })?;
        Ok(())
    }

    fn leave(&self, leave: usize) -> Result<&Leave, Error> {
        self.plan.leaves.get(leave).ok_or_else(|| absent("leave"))
    }

    fn request(&self, leave: usize) -> Result<RequestId, Error> {
        self.requests.get(&leave).copied().ok_or_else(|| crate::app::error::Code::NotFound.into())
    }

    fn own(&self, place: usize) -> Result<Caller, Error> {
        let account = self.accounts.get(&place).ok_or_else(|| absent("account"))?;
        self.callers.get(account).cloned().ok_or_else(|| absent("account"))
    }

    fn asking(&self, leave: &Leave, span: Span) -> Result<ask::Ask, Error> {
        Ok(ask::Ask {
            officer_id: self.officer(leave.person)?,
            kind: LeaveKind::Annual,
            span,
            note: Some(leave.note.to_owned()),
            cover_officer_id: None,
            pay_kept: None,
        })
    }

    fn submit(&mut self, deed: Deed, place: usize) -> Result<(), Error> {
        let leave = self.leave(place)?;
        let asked = self.asking(leave, leave.span)?;
        let caller = match deed {
            Deed::Enter(_) => self.personnel(leave.person),
            _ => self.own(leave.person)?,
        };
        let ctx = self.ctx(caller);
        let shown = self.database.write(|tx| ask::submit(tx, &ctx, &asked))?;
        self.requests.insert(place, shown.request.id);
        Ok(())
    }

    /// The first who may decide on somebody's leave today.
    fn decider(&self, tx: &mut Tx, ctx: &Ctx, officer: OfficerId, unit: UnitId) -> Result<Caller, Error> {
        let (_, levels) = approvers::levels_for(tx.reading(), ctx, officer, unit)?;
        let account = levels.0.first().and_then(|level| level.deciders.first());
        account.and_then(|account| self.callers.get(account)).cloned().ok_or_else(|| absent("leader"))
    }

    fn decide(&mut self, deed: Deed, place: usize) -> Result<(), Error> {
        let (leave, request) = (self.leave(place)?, self.request(place)?);
        let officer = self.officer(leave.person)?;
        let unit = *self.units.get(self.person(leave.person)?.unit).ok_or_else(|| absent("unit"))?;
        let asked = self.asking(leave, leave.span)?;
        let requester = self.ctx(self.own(leave.person)?);
        self.database.write(|tx| {
            let leader = self.ctx(self.decider(tx, &requester, officer, unit)?);
            if matches!(deed, Deed::Approve(_)) {
                return decide::approve(tx, &leader, request, Some("同意".to_owned()));
            }
            // Asked for once more it overlaps with itself: the preview then names what is free instead.
            let preview = ask::preview(tx.reading(), &requester, &asked)?;
            let offered: Vec<Span> = preview.alternatives.iter().take(2).map(|alternative| alternative.span).collect();
            decide::reject(tx, &leader, request, "当日值班力量不足，请在以下时段中选择", &offered)
        })?;
        Ok(())
    }

    fn give_back(&mut self, deed: Deed, place: usize) -> Result<(), Error> {
        let (leave, request) = (self.leave(place)?, self.request(place)?);
        let ctx = self.ctx(self.own(leave.person)?);
        let from = matches!(deed, Deed::Shorten(_)).then(|| leave.span.to());
        self.database.write(|tx| match deed {
            Deed::Withdraw(_) => give_back::withdraw(tx, &ctx, request),
            _ => {
                let cancellation = Cancellation { reason: "工作安排有变".to_owned(), from, to: None };
                give_back::cancel(tx, &ctx, request, &cancellation)
            }
        })?;
        Ok(())
    }

    fn recall(&mut self, place: usize) -> Result<(), Error> {
        let (leave, request) = (self.leave(place)?, self.request(place)?);
        let ctx = self.ctx(self.personnel(leave.person));
        let last = leave.span.to();
        let back = CallBack { from: last, to: last, reason: "重大安保任务召回".to_owned() };
        self.database.write(|tx| recall::recall(tx, &ctx, request, &back))?;
        Ok(())
    }
}

fn absent(what: &str) -> Error {
    Error::Internal(format!("the plan of the demo names a {what} that is not there"))
}
