//! What is owed in a leave year once everything about it is known: the tiers, what ended the right to it, what hr
//! decided, and the share of a year in which somebody leaves.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::holdings::Holdings;
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::rules::annual_leave::{self, Entitlement, Telling};
use crate::rules::disqualification::{
    Absence, Assessment, Circumstances, Decision, Ground, Pay, Use, assess, follow, lose_next_year,
};
use crate::rules::leaving;
use crate::rules::lots::{Draw, DrawState};
use crate::rules::terms::{HalfDays, LeaveKind, RequestId, RequestState, leave_year, year_end};
use crate::store::leave_requests::Outline;

/// What is owed in a leave year, leaving out what one request holds; with or without the reasons.
///
/// # Errors
/// [`crate::app::error::Code::NoPolicy`] when no version is in force in the year.
pub(super) fn owed(
    holdings: &Holdings,
    ctx: &Ctx,
    year: i32,
    except: Option<RequestId>,
    telling: Telling,
) -> Result<Entitlement, Error> {
    let mut entitlement = annual_leave::owed(&holdings.facts, &ctx.statutes.policies, year, telling)?;
    let absences = absences(holdings, ctx);
    let touched: BTreeSet<i32> =
        absences.iter().flat_map(|absence| leave_year(absence.span.from())..=leave_year(absence.span.to())).collect();
    let calendar = holdings.calendar(ctx, year_end(year).unwrap_or(NaiveDate::MAX));
    let case = Circumstances {
        facts: &holdings.facts,
        policies: &ctx.statutes.policies,
        calendar: &calendar,
        absences: &absences,
    };
    if touched.contains(&(year - 1))
        && let Ok(before) = annual_leave::owed(&holdings.facts, &ctx.statutes.policies, year - 1, Telling::DaysAlone)
        && let Some(event_on) = assess(&case, &before).event_on
    {
        let used = usage(holdings, year - 1, &Assessment { event_on: Some(event_on), findings: Vec::new() }, except);
        if used.taken > HalfDays::ZERO {
            return Ok(lose_next_year(entitlement, event_on, used.taken));
        }
    }
    if touched.contains(&year) {
        let found = assess(&case, &entitlement);
        let used = usage(holdings, year, &found, except);
        let decisions: Vec<Decision> = holdings
            .decisions
            .iter()
            .filter(|decision| decision.leave_year == year)
            .map(|decision| Decision { held: decision.held, given_back: decision.given_back, kept: decision.kept })
            .collect();
        entitlement = follow(entitlement, found, used, &decisions);
    }
    if telling == Telling::Reasons {
        let arranged = arranged(holdings, year);
        entitlement.findings.extend(leaving::share(&holdings.facts, &ctx.statutes.policies, &entitlement, arranged));
    }
    Ok(entitlement)
}

/// Granted sick and personal leave, whatever its dates.
fn absences(holdings: &Holdings, ctx: &Ctx) -> Vec<Absence> {
    let granted = holdings.live.iter().filter(|request| request.state != RequestState::Submitted);
    granted
        .filter_map(|request| {
            let ground = Ground::of(request.kind, pay(holdings, ctx, request))?;
            Some(holdings.stretches(request).ok()?.into_iter().map(move |span| Absence { ground, span }))
        })
        .flatten()
        .collect()
}

/// Whether pay was kept; where hr has not said so, the policy does.
fn pay(holdings: &Holdings, ctx: &Ctx, request: &Outline) -> Pay {
    let by_policy = || {
        let place = holdings.facts.place_on(request.from_on)?;
        let version = ctx.statutes.policies.leave_requests(place, request.from_on)?;
        version.values.kinds.get(&LeaveKind::Personal)?.pay_kept_default
    };
    match request.pay_kept.or_else(by_policy) {
        Some(true) => Pay::Kept,
        _ => Pay::Deducted,
    }
}

/// How far the year's own lot was used before the right to it ended, and since.
fn usage(holdings: &Holdings, year: i32, found: &Assessment, except: Option<RequestId>) -> Use {
    let Some(event_on) = found.event_on else { return Use::default() };
    let draws = own_draws(holdings, year, except);
    let sum = |wanted: &dyn Fn(&Draw) -> bool| -> HalfDays {
        draws.iter().filter(|draw| wanted(draw)).map(|draw| draw.quantity).sum()
    };
    let is_granted = |draw: &Draw| draw.state == DrawState::Granted;
    Use {
        taken: sum(&|draw| is_granted(draw) && draw.on < event_on),
        before: sum(&|draw| draw.on < event_on),
        approved: sum(&|draw| is_granted(draw) && draw.on >= event_on),
        after: sum(&|draw| draw.on >= event_on),
        gone: holdings.left_otherwise(holdings.own_lot_id(year)),
    }
}

/// What live requests and an opening hold in a year's own lot.
fn own_draws(holdings: &Holdings, year: i32, except: Option<RequestId>) -> Vec<Draw> {
    let lot = holdings.own_lot_id(year);
    holdings.draws(except).into_iter().filter(|draw| draw.lot_id == lot).collect()
}

/// What was arranged of the year's own days until the last day on the roll (RULINGS 9).
fn arranged(holdings: &Holdings, year: i32) -> HalfDays {
    let Some(left_on) = holdings.facts.left_on.filter(|left| leave_year(*left) == year) else {
        return HalfDays::ZERO;
    };
    let granted = own_draws(holdings, year, None);
    granted.iter().filter(|draw| draw.state == DrawState::Granted && draw.on <= left_on).map(|draw| draw.quantity).sum()
}
