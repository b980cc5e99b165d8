//! The ledger of compensatory rest of a unit (轮休补休台账), as a list or a file.

use std::collections::HashMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::credit::{CompLotView, CreditTotals, lot_view, totals};
use super::date;
use super::export::Format;
use super::office::Office;
use super::paging::{Page, Paging};
use super::path::PathId;
use super::problem::Problem;
use super::query::Query;
use crate::app::credit::read::{self, OfUnit, Shown, Wanted};
use crate::rules::comp_credit::{CancelReason, Compensation, CreditOrigin, CreditState, Light};
use crate::rules::terms::{AccountId, Instant, OfficerId, UnitId, UnknownWord, vocabulary};
use std::fmt;
use std::str::FromStr;

vocabulary! {
    /// Which lots are listed.
    ListedCredit {
        /// Something is left, in time.
        Open = "open",
        /// Nothing is left to ask for: some of it is reserved for later, or waits for a decision.
        Reserved = "reserved",
        /// Everything has been rested.
        Used = "used",
        /// Something is left past its date.
        Overdue = "overdue",
        /// No replacement date was named in time.
        OverdueOffer = "overdue_offer",
        /// What is left is to be paid.
        ChosenPay = "chosen_pay",
        /// What was left was paid.
        Paid = "paid",
        /// What it stood for did not happen.
        Voided = "voided",
    }
}

impl ListedCredit {
    const fn wanted(self) -> Wanted {
        match self {
            Self::Open => Wanted::State(CreditState::Open),
            Self::Reserved => Wanted::State(CreditState::Reserved),
            Self::Used => Wanted::State(CreditState::Used),
            Self::Overdue => Wanted::State(CreditState::Overdue),
            Self::OverdueOffer => Wanted::OverdueOffer,
            Self::ChosenPay => Wanted::State(CreditState::ChosenPay),
            Self::Paid => Wanted::State(CreditState::Paid),
            Self::Voided => Wanted::State(CreditState::Voided),
        }
    }
}

/// Query of the credit of a unit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitCreditQuery {
    /// Date; today where absent.
    #[serde(default, deserialize_with = "date::optional")]
    on: Option<NaiveDate>,
    /// Only lots in this state; all where absent.
    #[serde(default)]
    state: Option<ListedCredit>,
    /// `csv` or `xlsx`: the whole list as a file, one row for each lot, at most 20,000 rows.
    #[serde(default)]
    format: Format,
    #[serde(flatten)]
    paging: Paging,
}

/// The credit of one person.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PersonCreditView {
    officer_id: OfficerId,
    badge_no: String,
    name: String,
    unit_id: UnitId,
    lots: Vec<CompLotView>,
    /// Sums over the lots that are listed.
    totals: CreditTotals,
    /// How grave the whole balance is.
    light: Light,
}

/// One row of the file.
#[derive(Debug, Serialize, JsonSchema)]
struct Line {
    unit_code: String,
    unit_name: String,
    name: String,
    badge_no: String,
    origin: CreditOrigin,
    cancelled_on: Option<NaiveDate>,
    reason_code: Option<CancelReason>,
    notified_at: Option<Instant>,
    clear_days: Option<i32>,
    earned_on: NaiveDate,
    offer_by: Option<NaiveDate>,
    take_by: NaiveDate,
    rest_on: String,
    minutes: i64,
    used: i64,
    reserved: i64,
    paid: i64,
    voided: i64,
    available_minutes: i64,
    state: CreditState,
    r#as: Compensation,
    approved_by: Option<AccountId>,
}

fn view(row: &OfUnit) -> PersonCreditView {
    PersonCreditView {
        officer_id: row.listed.officer.id,
        badge_no: row.listed.officer.badge_no.clone(),
        name: row.listed.officer.name.clone(),
        unit_id: row.listed.unit_id,
        lots: row.credit.lots.iter().map(lot_view).collect(),
        totals: totals(&row.credit),
        light: row.credit.light,
    }
}

fn line(row: &OfUnit, one: &Shown, units: &HashMap<UnitId, (String, String)>) -> Line {
    let (unit_code, unit_name) = units.get(&one.row.unit_id).cloned().unwrap_or_default();
    let cancelled = row.cancellations.get(&one.row.id);
    let rest_on: Vec<String> = one.rest_on.iter().map(ToString::to_string).collect();
    Line {
        unit_code,
        unit_name,
        name: row.listed.officer.name.clone(),
        badge_no: row.listed.officer.badge_no.clone(),
        origin: one.row.origin,
        cancelled_on: cancelled.map(|cancelled| cancelled.on_date),
        reason_code: cancelled.map(|cancelled| cancelled.reason_code),
        notified_at: cancelled.map(|cancelled| cancelled.notified_at.and_utc()),
        clear_days: cancelled.map(|cancelled| cancelled.clear_days),
        earned_on: one.row.earned_on,
        offer_by: one.lot.offer_by,
        take_by: one.row.take_by,
        rest_on: rest_on.join(" "),
        minutes: one.lot.minutes,
        used: one.used,
        reserved: one.reserved,
        paid: one.lot.paid,
        voided: one.lot.voided,
        available_minutes: one.available,
        state: one.state,
        r#as: one.lot.compensation,
        approved_by: cancelled.and_then(|cancelled| cancelled.account_id),
    }
}

/// `GET /units/{id}/comp-lots`
pub async fn list(office: Office, id: PathId<UnitId>, query: Query<UnitCreditQuery>) -> Result<Answer, Problem> {
    let UnitCreditQuery { on, state, format, paging } = query.0;
    let after: Option<String> = paging.after("unit_credit")?;
    let limit = format.rows(paging.limit());
    let wanted = (on, state.map_or(Wanted::All, ListedCredit::wanted));
    if format != Format::Json {
        let (rows, units) = office
            .read(move |connection, ctx| {
                let rows = read::of_unit(connection, ctx, id.0, wanted, after, limit)?;
                let owing = rows.iter().flat_map(|row| row.credit.lots.iter().map(|one| one.row.unit_id));
                let units = read::unit_names(connection, owing)?;
                Ok((rows, units))
            })
            .await?;
        let lines: Vec<Line> =
            rows.iter().flat_map(|row| row.credit.lots.iter().map(|one| line(row, one, &units))).collect();
        return Ok(office.desk.export(format, "comp_lots", &lines)?);
    }
    let rows = office.read(move |connection, ctx| read::of_unit(connection, ctx, id.0, wanted, after, limit)).await?;
    let page = Page::of(rows, &paging, "unit_credit", |row| row.listed.officer.badge_no.clone())?;
    Ok(Answer::ok(&page.map(|row| view(&row)))?)
}
