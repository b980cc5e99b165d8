//! Compensatory leave: what its days do to the credit in minutes.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::json;

use super::holdings::Holdings;
use crate::app::credit::account::{Account, record, settle, standings};
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::rules::comp_credit::{Change, Matching, Spender};
use crate::rules::finding::Finding;
use crate::rules::leave_request::{Verdict, covering, minutes_of};
use crate::rules::terms::{DrawsOn, HalfDays, LeaveKind, LotId, Span};
use crate::store::leave_requests::LeaveRequest;
use crate::store::{Conn, Tx};

/// Reserves the minutes of a request as the rules have matched them.
pub(super) fn bind(
    tx: &mut Tx,
    ctx: &Ctx,
    request: &LeaveRequest,
    matching: &Matching,
    cause: &str,
) -> Result<(), Error> {
    record(tx, ctx, request.officer_id, Spender::Request(request.id), &matching.changes, cause)
}

/// What a request holds, by date and lot, whatever its state.
pub(super) fn held(account: &Account, request: &LeaveRequest) -> BTreeMap<(NaiveDate, LotId), i64> {
    let mut held = BTreeMap::new();
    for movement in account.movements.iter().filter(|movement| movement.request_id == Some(request.id)) {
        if let Some(on) = movement.leave_on {
            *held.entry((on, movement.lot_id)).or_default() -= i64::from(movement.minutes);
        }
    }
    held.retain(|_, minutes| *minutes > 0);
    held
}

fn releases(held: BTreeMap<(NaiveDate, LotId), i64>, stays: impl Fn(NaiveDate) -> bool) -> Vec<Change> {
    held.into_iter()
        .filter(|((on, _), _)| !stays(*on))
        .map(|((on, lot_id), minutes)| Change { spender: None, lot_id, on, minutes: -minutes })
        .collect()
}

/// Gives the minutes of every date back to their lots that does not stay leave. Lots of credit never end, so that nothing is
/// lost on the way.
pub(super) fn give_back(
    tx: &mut Tx,
    ctx: &Ctx,
    request: &LeaveRequest,
    stays: impl Fn(NaiveDate) -> bool,
    cause: &str,
) -> Result<(), Error> {
    let account = Account::load(tx.reading(), ctx, request.officer_id)?;
    let changes = releases(held(&account, request), stays);
    record(tx, ctx, request.officer_id, Spender::Request(request.id), &changes, cause)?;
    settle(tx, ctx, request.officer_id)
}

/// What became of binding a request anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rebound {
    /// It holds what it costs already, or draws on no credit.
    Same,
    /// It holds now what it costs now.
    Done,
    /// What it costs now is not there; it holds what it did.
    Short,
}

/// Binds a request anew where its dates cost something else now than what it holds.
pub(super) fn rebind(
    tx: &mut Tx,
    ctx: &Ctx,
    holdings: &Holdings,
    request: &LeaveRequest,
    verdict: &Verdict,
) -> Result<Rebound, Error> {
    if request.kind.draws_on() != DrawsOn::Credit {
        return Ok(Rebound::Same);
    }
    let Some((matching, counted)) = verdict.credit.as_ref().zip(verdict.counted.as_ref()) else {
        return Ok(Rebound::Short);
    };
    let mut wanted: BTreeMap<NaiveDate, i64> = BTreeMap::new();
    for change in matching.changes.iter().filter(|change| change.spender.is_none()) {
        *wanted.entry(change.on).or_default() += change.minutes;
    }
    debug_assert_eq!(wanted.len(), counted.days.len(), "every day that costs something is matched");
    let bound = held(&holdings.credit, request);
    let mut there: BTreeMap<NaiveDate, i64> = BTreeMap::new();
    for ((on, _), minutes) in &bound {
        *there.entry(*on).or_default() += minutes;
    }
    if wanted == there {
        return Ok(Rebound::Same);
    }
    let released = releases(bound, |_| false);
    record(tx, ctx, request.officer_id, Spender::Request(request.id), &released, "rebound")?;
    bind(tx, ctx, request, matching, "rebound")?;
    Ok(Rebound::Done)
}

/// Names the lots of credit that could cover what annual leave is short of (B-3). Reads them only where it is short.
pub(super) fn suggest(
    connection: &mut Conn,
    ctx: &Ctx,
    holdings: &Holdings,
    span: &Span,
    findings: &mut [Finding],
) -> Result<(), Error> {
    let is_short = |finding: &&mut Finding| finding.rule == "leave.balance" && finding.blocks();
    if holdings.kind != LeaveKind::Annual || !findings.iter_mut().any(|finding| is_short(&finding)) {
        return Ok(());
    }
    let account = Account::load(connection, ctx, holdings.officer_id)?;
    let place = holdings.facts.place_on(span.from());
    let Some(version) = place.and_then(|place| ctx.statutes.policies.rest(place, span.from())) else { return Ok(()) };
    let half = version.values.credit.minutes_per_day / 2;
    let (lots, draws) = (account.lots(), account.draws(&standings(ctx, &holdings.live), None));
    for finding in findings.iter_mut().filter(is_short) {
        let short =
            finding.limit.get("short_by_days").and_then(serde_json::Value::as_f64).and_then(HalfDays::from_days);
        let covers = covering(&lots, &draws, minutes_of(short.unwrap_or_default(), half), span.from());
        finding.suggestions.extend(covers.iter().map(|cover| {
            json!({"kind": "comp_lot", "lot_id": cover.lot_id, "minutes": cover.minutes, "take_by": cover.take_by})
        }));
    }
    Ok(())
}
