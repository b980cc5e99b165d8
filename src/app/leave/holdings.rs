//! Everything recorded about one officer's leave of one kind, in the words of the rules.

mod entries;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::{facts, standing};
use crate::app::credit::account::{Account, standings};
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error};
use crate::rules::annual_leave::{Entitlement, Telling};
use crate::rules::balance::Movement;
use crate::rules::calendar::Calendar;
use crate::rules::comp_credit::{Compensation, CreditDraw, CreditLot, Spender};
use crate::rules::disqualification::{Ground, Pay};
use crate::rules::lots::{Draw, DrawState, Lot, OPENING, Step, rematch};
use crate::rules::policy::NoPolicy;
use crate::rules::recall::Recalls;
use crate::rules::service::PersonFacts;
use crate::rules::terms::{
    DrawsOn, Half, HalfDays, LeaveKind, LotId, LotSource, MovementKind, OfficerId, RequestId, RequestState, RowId,
    Span, leave_year, year_end, year_start,
};
use crate::store::entitlement_decisions::EntitlementDecision;
use crate::store::leave_ledger::{HALF_DAY, Lot as LotRow, Movement as MovementRow};
use crate::store::leave_recalls::Recall;
use crate::store::leave_requests::Outline;
use crate::store::{self, Conn, Tx};

pub use entries::{Entry, binding, giving_back, moving};

/// What is known of one officer and one kind.
#[derive(Debug, Clone)]
pub struct Holdings {
    /// Whose.
    pub officer_id: OfficerId,
    /// Kind of leave.
    pub kind: LeaveKind,
    /// The person as the rules see them.
    pub facts: PersonFacts,
    /// Lots as they are recorded.
    pub rows: Vec<LotRow>,
    /// Every movement.
    pub movements: Vec<Movement>,
    /// Outlines of the requests of every kind that hold days or slots today.
    pub live: Vec<Outline>,
    /// What was recalled of their leave of every kind, oldest first.
    pub recalls: Vec<Recall>,
    /// What hr decided on held days, oldest first; empty where no live leave ends the right to a year.
    pub decisions: Vec<EntitlementDecision>,
    /// The credit in minutes; empty for kinds that draw on none.
    pub credit: Account,
}

impl From<NoPolicy> for Error {
    fn from(_: NoPolicy) -> Self {
        Self::Code(Code::NoPolicy)
    }
}

impl Holdings {
    /// The calendar by which a span that begins on a date is counted: that of the officer's unit then.
    #[must_use]
    pub fn calendar(&self, ctx: &Ctx, on: NaiveDate) -> Arc<Calendar> {
        ctx.statutes.calendars.of(self.facts.units_on(on))
    }

    /// Reads everything.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn load(connection: &mut Conn, ctx: &Ctx, officer: OfficerId, kind: LeaveKind) -> Result<Self, Error> {
        let today = ctx.moment.today();
        let mut live = store::leave_requests::holding(connection, officer)?;
        let is_recalled = live.iter().any(|request| request.recalls > 0);
        let recalls = if is_recalled { store::leave_recalls::of_officer(connection, officer)? } else { Vec::new() };
        live.retain(|request| request.is_live(today));
        // Only sick and personal leave ends the right to a year, and only then is anything held and decided on.
        let may_end_a_right = live.iter().any(|request| Ground::of(request.kind, Pay::Kept).is_some());
        let decisions =
            if may_end_a_right { store::entitlement_decisions::of(connection, officer)? } else { Vec::new() };
        let rows = store::leave_ledger::lots(connection, officer, kind)?;
        let credit = match kind.draws_on() {
            DrawsOn::Credit => Account::load(connection, ctx, officer)?,
            DrawsOn::Lots | DrawsOn::Nothing => Account::default(),
        };
        Ok(Self {
            credit,
            facts: facts::of(connection, ctx, officer)?,
            movements: store::leave_ledger::moved(connection, officer, &rows)?,
            rows,
            decisions,
            live,
            recalls,
            officer_id: officer,
            kind,
        })
    }

    /// What is owed in a leave year.
    ///
    /// # Errors
    /// [`Code::NoPolicy`] when no version is in force in it.
    pub fn entitlement(&self, ctx: &Ctx, year: i32) -> Result<Entitlement, Error> {
        standing::owed(self, ctx, year, None, Telling::Reasons)
    }

    /// As [`Holdings::entitlement`], without the reasons.
    ///
    /// # Errors
    /// As [`Holdings::entitlement`].
    pub fn days_owed(&self, ctx: &Ctx, year: i32) -> Result<Entitlement, Error> {
        self.days_without(ctx, year, None)
    }

    fn days_without(&self, ctx: &Ctx, year: i32, except: Option<RequestId>) -> Result<Entitlement, Error> {
        standing::owed(self, ctx, year, except, Telling::DaysAlone)
    }

    /// Every lot, with the own lots of these leave years and of every year in which something is drawn.
    ///
    /// # Errors
    /// As [`Holdings::entitlement`].
    pub fn lots(&self, ctx: &Ctx, years: impl IntoIterator<Item = i32>) -> Result<Vec<Lot>, Error> {
        self.lots_without(ctx, years, None)
    }

    /// As [`Holdings::lots`], where what is owed in one of the years is known already.
    ///
    /// # Errors
    /// As [`Holdings::entitlement`].
    pub fn lots_beside(
        &self,
        ctx: &Ctx,
        years: impl IntoIterator<Item = i32>,
        known: &Entitlement,
    ) -> Result<Vec<Lot>, Error> {
        self.lots_owed(years, |year| {
            if year == known.year { Ok(Cow::Borrowed(known)) } else { Ok(Cow::Owned(self.days_owed(ctx, year)?)) }
        })
    }

    /// As [`Holdings::lots`], for the assessment of a request that is among the live ones: what it holds itself keeps
    /// nothing open for it once the right to a year has ended.
    ///
    /// # Errors
    /// As [`Holdings::entitlement`].
    pub fn lots_without(
        &self,
        ctx: &Ctx,
        years: impl IntoIterator<Item = i32>,
        except: Option<RequestId>,
    ) -> Result<Vec<Lot>, Error> {
        self.lots_owed(years, |year| Ok(Cow::Owned(self.days_without(ctx, year, except)?)))
    }

    /// As [`Holdings::lots_without`], leaving out years in which no version is in force and nothing is recorded.
    ///
    /// # Errors
    /// As [`Holdings::entitlement`], for years in which something is recorded.
    pub fn known_lots(
        &self,
        ctx: &Ctx,
        years: impl IntoIterator<Item = i32>,
        except: Option<RequestId>,
    ) -> Result<Vec<Lot>, Error> {
        let mut owed = BTreeMap::new();
        for year in years.into_iter().collect::<BTreeSet<i32>>() {
            match self.days_without(ctx, year, except) {
                Ok(entitlement) => drop(owed.insert(year, entitlement)),
                Err(Error::Code(Code::NoPolicy)) => {}
                Err(error) => return Err(error),
            }
        }
        let years: Vec<i32> = owed.keys().copied().collect();
        self.lots_owed(years, |year| match owed.get(&year) {
            Some(entitlement) => Ok(Cow::Borrowed(entitlement)),
            None => Ok(Cow::Owned(self.days_without(ctx, year, except)?)),
        })
    }

    fn lots_owed<'a>(
        &self,
        years: impl IntoIterator<Item = i32>,
        owed: impl Fn(i32) -> Result<Cow<'a, Entitlement>, Error>,
    ) -> Result<Vec<Lot>, Error> {
        if !self.kind.has_lots() {
            return Ok(Vec::new());
        }
        let own_rows = self.rows.iter().filter(|row| row.source == LotSource::Own).map(|row| row.origin_year);
        let years: BTreeSet<i32> = years.into_iter().chain(own_rows).collect();
        let mut lots = Vec::with_capacity(years.len() + self.rows.len());
        for year in years {
            let id = self.own_lot_id(year);
            let entitlement = owed(year)?;
            lots.push(Lot::own(id, &entitlement, self.left_otherwise(id)));
        }
        for row in self.rows.iter().filter(|row| row.source != LotSource::Own) {
            let arrived = self
                .movements
                .iter()
                .filter(|movement| movement.lot_id == row.id && !is_day(movement))
                .map(|movement| movement.quantity.max(HalfDays::ZERO))
                .sum();
            lots.push(Lot {
                id: row.id,
                source: row.source,
                origin_year: row.origin_year,
                valid_from: row.valid_from,
                expires_on: row.expires_on,
                steps: vec![Step { from: row.valid_from, days: arrived }],
                carried_out: self.left_otherwise(row.id),
                bar: None,
            });
        }
        Ok(lots)
    }

    /// What left a lot other than by requests.
    pub(super) fn left_otherwise(&self, lot: LotId) -> HalfDays {
        self.movements
            .iter()
            .filter(|movement| movement.lot_id == lot && !is_day(movement))
            .map(|movement| (-movement.quantity).max(HalfDays::ZERO))
            .sum()
    }

    /// The id of a year's own lot: the recorded one, else the one it will be recorded under. It is made from the
    /// officer's id, so that reading a balance twice names the same lot without writing anything.
    #[must_use]
    pub fn own_lot_id(&self, year: i32) -> LotId {
        let recorded = self.rows.iter().find(|row| row.source == LotSource::Own && row.origin_year == year);
        recorded.map_or_else(|| own_lot_id(self.officer_id, self.kind, year), |row| row.id)
    }

    /// The days that live requests hold, except those of one request.
    #[must_use]
    pub fn draws(&self, except: Option<RequestId>) -> Vec<Draw> {
        let state = |request: &Outline| match request.state {
            RequestState::Submitted => DrawState::Pending,
            _ => DrawState::Granted,
        };
        let states: HashMap<RequestId, DrawState> = self
            .live
            .iter()
            .map(|request| (request.id, state(request)))
            .chain([(OPENING, DrawState::Granted)])
            .collect();
        let mut net: BTreeMap<(NaiveDate, RequestId, LotId), HalfDays> = BTreeMap::new();
        for movement in self.movements.iter().filter(|movement| is_day(movement)) {
            if let Some(on) = movement.leave_on {
                let request = movement.request_id.unwrap_or(OPENING);
                *net.entry((on, request, movement.lot_id)).or_default() += -movement.quantity;
            }
        }
        net.into_iter()
            .filter(|((_, request, _), quantity)| *quantity > HalfDays::ZERO && Some(*request) != except)
            .filter_map(|((on, request_id, lot_id), quantity)| {
                let state = *states.get(&request_id)?;
                Some(Draw { request_id, lot_id, on, quantity, state })
            })
            .collect()
    }

    /// The lots of credit, for one request: what it holds of a lot that was wanted as pay since is still its own.
    #[must_use]
    pub fn credit_lots(&self, ctx: &Ctx, except: Option<RequestId>) -> Vec<CreditLot> {
        let mut lots = self.credit.lots();
        if except.is_none() || lots.iter().all(|lot| lot.compensation == Compensation::Time) {
            return lots;
        }
        let all = self.credit_draws(ctx, None);
        for lot in lots.iter_mut().filter(|lot| lot.compensation == Compensation::Pay) {
            let is_own =
                |draw: &CreditDraw| draw.lot_id == lot.id && Some(draw.spender) == except.map(Spender::Request);
            if all.iter().any(is_own) {
                *lot = CreditLot { voided: lot.voided + lot.free(&all), compensation: Compensation::Time, ..*lot };
            }
        }
        lots
    }

    /// What live requests and rest days hold of the credit, except one request.
    #[must_use]
    pub fn credit_draws(&self, ctx: &Ctx, except: Option<RequestId>) -> Vec<CreditDraw> {
        if self.credit.rows.is_empty() {
            return Vec::new();
        }
        self.credit.draws(&standings(ctx, &self.live), except.map(Spender::Request))
    }

    /// The halves that live requests occupy, except those of one request.
    ///
    /// # Errors
    /// Never for rows that the database's own checks admitted.
    pub fn occupied(&self, except: Option<RequestId>) -> Result<BTreeSet<(NaiveDate, Half)>, Error> {
        let mut occupied = BTreeSet::new();
        for request in self.live.iter().filter(|request| Some(request.id) != except) {
            occupied.extend(self.stretches(request)?.iter().flat_map(Span::slots));
        }
        Ok(occupied)
    }

    /// What was recalled of a leave.
    #[must_use]
    pub fn recalled(&self, request: &Outline) -> Recalls {
        store::leave_recalls::summed(&self.recalls, request.id, request.recalled_on)
    }

    /// The parts of a leave that stand beside its recalls.
    ///
    /// # Errors
    /// Never for rows that the database's own checks admitted.
    pub fn stretches(&self, request: &Outline) -> Result<Vec<Span>, Error> {
        let span = request.span().map_err(|error| Error::Internal(error.to_string()))?;
        Ok(self.recalled(request).stretches(&span))
    }

    /// Writes down the year's own lot if it is not recorded yet.
    fn ensure_own(&self, tx: &mut Tx, ctx: &Ctx, lot: &Lot) -> Result<(), Error> {
        if lot.source != LotSource::Own || self.rows.iter().any(|row| row.id == lot.id) {
            return Ok(());
        }
        let bounds = (year_start(lot.origin_year), year_end(lot.origin_year));
        let (Some(valid_from), Some(expires_on)) = bounds else { return Err(Code::NoPolicy.into()) };
        let row = LotRow { id: lot.id, source: LotSource::Own, origin_year: lot.origin_year, valid_from, expires_on };
        Ok(store::leave_ledger::ensure_lot(tx, self.officer_id, self.kind, row, &ctx.moment)?)
    }

    /// Records movements; the lots they touch are written down first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn record(&self, tx: &mut Tx, ctx: &Ctx, lots: &[Lot], entries: &[Entry]) -> Result<(), Error> {
        let touched: BTreeSet<LotId> = entries.iter().map(|entry| entry.lot_id).collect();
        for lot in lots.iter().filter(|lot| touched.contains(&lot.id)) {
            self.ensure_own(tx, ctx, lot)?;
        }
        let rows: Vec<MovementRow> = entries
            .iter()
            .map(|entry| MovementRow {
                id: RowId(ctx.moment.new_id()),
                officer_id: self.officer_id,
                lot_id: entry.lot_id,
                kind: entry.kind,
                quantity: entry.quantity,
                unit: HALF_DAY.to_owned(),
                leave_on: entry.leave_on,
                request_id: entry.request_id,
                cause: entry.cause.clone(),
                account_id: ctx.caller.account_id,
                recorded_at: ctx.moment.stamp(),
            })
            .collect();
        Ok(store::leave_ledger::append(tx, &rows)?)
    }
}

/// Whether a movement is a day of leave: bound or given back by a request, or taken by an opening.
const fn is_day(movement: &Movement) -> bool {
    match movement.kind {
        MovementKind::Reserved | MovementKind::Released => true,
        MovementKind::Opening => movement.leave_on.is_some(),
        _ => false,
    }
}

/// Moves live days to the lots whose turn they are, after a lot has arrived or days have come back (RULINGS 15).
///
/// # Errors
/// When the database does not answer.
pub fn rebind(tx: &mut Tx, ctx: &Ctx, officer: OfficerId, kind: LeaveKind) -> Result<(), Error> {
    let holdings = Holdings::load(tx.reading(), ctx, officer, kind)?;
    let draws = holdings.draws(None);
    let lots = holdings.lots(ctx, years_of(&draws))?;
    holdings.record(tx, ctx, &lots, &moving(&rematch(&lots, &draws)))
}

fn own_lot_id(officer: OfficerId, kind: LeaveKind, year: i32) -> LotId {
    let digest: [u8; 32] = Sha256::new()
        .chain_update(officer.0.as_bytes())
        .chain_update(kind.as_str())
        .chain_update(year.to_be_bytes())
        .finalize()
        .into();
    let mut filling = [0; 10];
    filling.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    let milliseconds = officer.0.get_timestamp().map_or(0, |at| {
        let (seconds, nanos) = at.to_unix();
        seconds * 1000 + u64::from(nanos / 1_000_000)
    });
    LotId(uuid::Builder::from_unix_timestamp_millis(milliseconds, &filling).into_uuid())
}

/// The leave years in which draws fall.
#[must_use]
pub fn years_of(draws: &[Draw]) -> BTreeSet<i32> {
    draws.iter().map(|draw| leave_year(draw.on)).collect()
}
