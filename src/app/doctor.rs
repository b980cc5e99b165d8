//! Is everything as it must be? What the ledger derives against what is recorded beside it, references, schema,
//! calendar.

use chrono::Datelike;

use super::ctx::Ctx;
use super::error::Error;
use super::leave::holdings::Holdings;
use crate::rules::calendar::YearStatus;
use crate::rules::lots::{Demand, available};
use crate::rules::terms::{LeaveKind, OfficerId, leave_year};
use crate::store::officers::Filter;
use crate::store::{self, Database};

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// As it must be.
    Ok,
    /// Worth knowing; nothing is wrong.
    Warning,
    /// Wrong.
    Fault,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Check {
    /// Stable name.
    pub name: String,
    /// How it ended.
    pub health: Health,
    /// What was looked at, and what was found.
    pub found: Vec<String>,
}

impl Check {
    fn of(name: &str, health: Health, found: Vec<String>) -> Self {
        Self { name: name.to_owned(), health, found }
    }

    fn faults(name: &str, found: Vec<String>) -> Self {
        let health = if found.is_empty() { Health::Ok } else { Health::Fault };
        Self::of(name, health, found)
    }
}

/// Runs every check. Nothing is written; it may run beside `serve`.
///
/// # Errors
/// When the database does not answer.
pub fn examine(database: &Database, ctx: &Ctx) -> Result<Vec<Check>, Error> {
    let mut checks = Vec::new();
    let pending = database.read(store::migrations::pending)?;
    let current = pending.is_empty();
    checks.push(Check::faults("migrations_are_current", pending));
    checks.push(calendar(ctx));
    if !current {
        return Ok(checks);
    }
    database.read(|connection| {
        for invariant in store::doctor::INVARIANTS {
            let offenders = store::doctor::offenders(connection, invariant)?;
            checks.push(Check::faults(invariant.name, offenders));
        }
        let broken = store::doctor::broken_references(connection)?;
        let found = if broken == 0 { Vec::new() } else { vec![broken.to_string()] };
        checks.push(Check::faults("references_lead_somewhere", found));
        Ok::<(), Error>(())
    })?;
    checks.push(coverage(database, ctx)?);
    Ok(checks)
}

/// This year and the next need a calendar; a provisional one is worth knowing.
fn calendar(ctx: &Ctx) -> Check {
    let today = ctx.moment.today();
    let mut found = Vec::new();
    let mut health = Health::Ok;
    for year in [today.year(), today.year() + 1] {
        let (word, worst) = match ctx.statutes.calendars.force().status(year) {
            Some(YearStatus::Official) => ("official", Health::Ok),
            Some(YearStatus::Provisional) => ("provisional", Health::Warning),
            None => ("not published", Health::Warning),
        };
        found.push(format!("{year}: {word}"));
        if worst != Health::Ok {
            health = worst;
        }
    }
    Check::of("calendar_covers_this_year_and_the_next", health, found)
}

/// Every live day of leave must find a lot valid on its day, as the facts stand today. Where a fact was corrected
/// since, a person decides: so this warns and names the officers.
fn coverage(database: &Database, ctx: &Ctx) -> Result<Check, Error> {
    let mut uncovered = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let filter = Filter { after: after.clone(), ..Filter::default() };
        let some = database
            .read(|connection| Ok::<_, Error>(store::officers::list(connection, &filter, ctx.moment.today(), 500)?))?;
        let Some(last) = some.last() else { break };
        after = Some(last.officer.badge_no.clone());
        for listed in some {
            let badge = listed.officer.badge_no.clone();
            if !is_covered(database, ctx, listed.officer.id)? {
                uncovered.push(badge);
            }
        }
    }
    let health = if uncovered.is_empty() { Health::Ok } else { Health::Warning };
    Ok(Check::of("live_leave_is_covered_by_entitlement", health, uncovered))
}

fn is_covered(database: &Database, ctx: &Ctx, id: OfficerId) -> Result<bool, Error> {
    database.read(|connection| {
        let holdings = Holdings::load(connection, ctx, id, LeaveKind::Annual)?;
        let draws = holdings.draws(None);
        let Some(first) = draws.first() else { return Ok(true) };
        let years: Vec<i32> = draws.iter().map(|draw| leave_year(draw.on)).collect();
        let lots = holdings.lots(ctx, years)?;
        let without_first: Vec<Demand> = draws.iter().skip(1).map(Demand::from).collect();
        Ok(available(&lots, &without_first, first.on) >= first.quantity)
    })
}
