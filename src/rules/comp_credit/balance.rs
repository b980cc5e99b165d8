//! The balance of compensatory rest in one leave year, in minutes.

use chrono::NaiveDate;

use super::{CreditDraw, CreditLot, CreditOrigin, Standing, available};
use crate::rules::terms::{LotId, leave_year, year_end, year_start};

/// The columns of a balance, in minutes; all positive but `adjusted`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CreditItem {
    /// Leave year.
    pub year: i32,
    /// What earlier years left.
    pub carried_in: i64,
    /// Entered by hr, less what was taken back because it did not happen.
    pub adjusted: i64,
    /// Earned by the date.
    pub credited: i64,
    /// What rest of later years needs of it.
    pub carried_out: i64,
    /// Paid.
    pub settled: i64,
    /// Rested by the date.
    pub taken: i64,
    /// Granted for later in the year.
    pub approved: i64,
    /// Asked for in the year and not decided.
    pub pending: i64,
    /// Wanted as pay and not paid yet.
    pub held: i64,
    /// What can still be asked for, dated on the date.
    pub available: i64,
}

/// What a balance is made from.
#[derive(Debug, Clone, Copy)]
pub struct CreditRecords<'a> {
    /// All lots, each with what earned it.
    pub lots: &'a [(CreditLot, CreditOrigin)],
    /// All that is asked for and granted.
    pub draws: &'a [CreditDraw],
    /// When how much of which lot was paid.
    pub paid: &'a [(NaiveDate, LotId, i64)],
    /// Today.
    pub today: NaiveDate,
}

/// ## 补休结余明细 — the balance of credit on a date
///
/// RULINGS 14 for credit, in minutes: what earlier years left, what was earned and entered in the year come in; what was
/// paid, taken, approved, asked for and wanted as pay go out; on the last day of the leave year the difference is what is
/// available, before it the matching decides (RULINGS 11).
///
/// *Reading:* credit has no year and never ends: what is left goes on into the next, and what rest of later years needs
/// of it shows as carried out.
#[must_use]
pub fn credit_item(records: &CreditRecords<'_>, on: NaiveDate) -> CreditItem {
    let year = leave_year(on);
    let (first, last) = (year_start(year).unwrap_or(NaiveDate::MIN), year_end(year).unwrap_or(NaiveDate::MAX));
    let lots: Vec<CreditLot> = records.lots.iter().map(|(lot, _)| *lot).collect();
    let free = |on| available(&lots, records.draws, records.today, on);
    let whole = columns(records, first, last, last);
    let at = columns(records, first, last, on);
    CreditItem {
        year,
        carried_out: (whole.credited + whole.adjusted + whole.carried_in
            - whole.settled
            - whole.taken
            - whole.approved
            - whole.pending
            - whole.held
            - free(last))
        .max(0),
        available: free(on),
        ..at
    }
}

fn columns(records: &CreditRecords<'_>, first: NaiveDate, last: NaiveDate, on: NaiveDate) -> CreditItem {
    let drawn = |wanted: &dyn Fn(&CreditDraw) -> bool| -> i64 {
        records.draws.iter().filter(|draw| wanted(draw)).map(|draw| draw.minutes).sum()
    };
    let paid = |from: NaiveDate, to: NaiveDate| -> i64 {
        records.paid.iter().filter(|(date, ..)| from <= *date && *date <= to).map(|(.., minutes)| minutes).sum()
    };
    let mut item = CreditItem::default();
    for (lot, origin) in records.lots.iter().filter(|(lot, _)| lot.earned_on <= on) {
        let minutes = lot.minutes - lot.voided;
        match origin {
            _ if lot.earned_on < first => item.carried_in += minutes,
            CreditOrigin::Adjustment => item.adjusted += minutes,
            _ => item.credited += minutes,
        }
        item.held += lot.free(records.draws) - lot.available(records.draws);
    }
    let before = first.pred_opt().unwrap_or(first);
    item.carried_in -= drawn(&|draw| draw.on < first) + paid(NaiveDate::MIN, before);
    item.settled = paid(first, last);
    item.taken = drawn(&|draw| draw.standing == Standing::Granted && first <= draw.on && draw.on <= on);
    item.approved = drawn(&|draw| draw.standing == Standing::Granted && on < draw.on && draw.on <= last);
    item.pending = drawn(&|draw| draw.standing == Standing::Pending && first <= draw.on && draw.on <= last);
    item
}
