//! Everything recorded about one officer's compensatory rest, in the words of the rules.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;

use super::worked_rest::touching;
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::rules::comp_credit::{
    Change, Compensation, CreditDraw, CreditLot, CreditOrigin, Spender, Standing, rematch,
};
use crate::rules::terms::{LotId, MovementKind, OfficerId, RequestId, RequestState, RowId};
use crate::store::comp_lots::{CompChoice, CompLot, CompMovement};
use crate::store::leave_requests::{LeaveRequest, Outline};
use crate::store::rest_days::{RestDay, RestDayState};
use crate::store::{self, Conn, Tx};

/// What is known of one officer's credit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Lots as they were earned, oldest first.
    pub rows: Vec<CompLot>,
    /// Every movement.
    pub movements: Vec<CompMovement>,
    /// Every choice.
    pub choices: Vec<CompChoice>,
    /// Rest days that are over and of which nobody was told in time: what they hold is free again, unless their officer says
    /// that they were taken.
    lapsed: BTreeSet<RowId>,
    /// Lots that were wished for as pay and stand for rest on whose date, which is over, nobody worked: they are rest again.
    unworked: BTreeSet<LotId>,
}

/// Which requests hold what they have reserved, and how.
pub type Standings = HashMap<RequestId, Standing>;

/// How the live ones among some requests stand today. What has expired and is not recorded yet holds nothing.
#[must_use]
pub fn standings(ctx: &Ctx, requests: &[Outline]) -> Standings {
    let today = ctx.moment.today();
    let standing = |request: &Outline| match request.state {
        RequestState::Submitted => Standing::Pending,
        _ => Standing::Granted,
    };
    requests.iter().filter(|one| one.is_live(today)).map(|one| (one.id, standing(one))).collect()
}

impl Account {
    /// Reads everything. Of somebody who never earned anything, one index is looked at.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn load(connection: &mut Conn, ctx: &Ctx, officer: OfficerId) -> Result<Self, Error> {
        let rows = store::comp_lots::of(connection, officer)?;
        if rows.is_empty() {
            return Ok(Self::default());
        }
        let movements = store::comp_lots::movements(connection, officer)?;
        let account = Self {
            lapsed: lapsed(connection, ctx, movements.iter())?,
            movements,
            choices: store::comp_lots::choices(connection, officer)?,
            rows,
            unworked: BTreeSet::new(),
        };
        Ok(Self { unworked: unworked(connection, ctx, &account)?, ..account })
    }

    /// As [`Account::load`], of many at once.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn load_many(
        connection: &mut Conn,
        ctx: &Ctx,
        officers: &[OfficerId],
    ) -> Result<HashMap<OfficerId, Self>, Error> {
        let mut all: HashMap<OfficerId, Self> = HashMap::new();
        for row in store::comp_lots::of_many(connection, officers)? {
            all.entry(row.officer_id).or_default().rows.push(row);
        }
        let holders: Vec<OfficerId> = all.keys().copied().collect();
        if holders.is_empty() {
            return Ok(all);
        }
        for movement in store::comp_lots::movements_of_many(connection, &holders)? {
            all.entry(movement.officer_id).or_default().movements.push(movement);
        }
        for choice in store::comp_lots::choices_of_many(connection, &holders)? {
            all.entry(choice.officer_id).or_default().choices.push(choice);
        }
        let lapsed = lapsed(connection, ctx, all.values().flat_map(|account| &account.movements))?;
        if !lapsed.is_empty() {
            for account in all.values_mut() {
                let theirs = account.movements.iter().filter_map(|movement| movement.rest_day_id);
                account.lapsed = theirs.filter(|day| lapsed.contains(day)).collect();
            }
        }
        for account in all.values_mut() {
            account.unworked = unworked(connection, ctx, account)?;
        }
        Ok(all)
    }

    /// How the requests stand that have reserved something in these accounts.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn standings<'a>(
        connection: &mut Conn,
        ctx: &Ctx,
        accounts: impl IntoIterator<Item = &'a Self>,
    ) -> Result<Standings, Error> {
        let mut ids: Vec<RequestId> = Vec::new();
        for account in accounts {
            ids.extend(account.movements.iter().filter_map(|movement| movement.request_id));
        }
        ids.sort_unstable();
        ids.dedup();
        let mut all = Standings::new();
        for some in ids.chunks(500) {
            let requests = store::leave_requests::find_many(connection, some)?;
            all.extend(standings(ctx, &requests.iter().map(LeaveRequest::outline).collect::<Vec<_>>()));
        }
        Ok(all)
    }

    /// What a lot has left when everything that was recorded is taken out, whoever holds it.
    #[must_use]
    pub fn free(&self, lot: LotId) -> i32 {
        let of_lot = self.movements.iter().filter(|movement| movement.lot_id == lot && !self.has_lapsed(movement));
        of_lot.map(|movement| movement.minutes).sum()
    }

    /// Whether a movement is of a rest day that holds nothing any more.
    fn has_lapsed(&self, movement: &CompMovement) -> bool {
        movement.rest_day_id.is_some_and(|day| self.lapsed.contains(&day))
    }

    /// What a rest day has reserved, in force or lapsed.
    #[must_use]
    pub fn held_by(&self, day: RowId) -> Vec<CreditDraw> {
        self.net(&|movement| movement.rest_day_id == Some(day), &Standings::new())
    }

    /// The lots that stand for the rest that was taken away on a date, but that of the cancellation of one rest day: those
    /// of other cancellations, and that of the night for a rest day missed under a derogation.
    pub fn given(&self, on: NaiveDate, except: RowId) -> impl Iterator<Item = &CompLot> {
        let stands_for = move |row: &&CompLot| match row.origin {
            CreditOrigin::CancelledRest => row.origin_id != except,
            CreditOrigin::RestDayDuty => row.account_id.is_none(),
            _ => false,
        };
        let of_date = self.rows.iter().filter(move |row| row.earned_on == on && self.credited(row) > 0);
        of_date.filter(stands_for)
    }

    /// What they were credited with.
    #[must_use]
    pub fn given_for(&self, on: NaiveDate, except: RowId) -> i64 {
        self.given(on, except).map(|row| self.credited(row)).sum()
    }

    /// What a lot was credited with in all: what was earned, and what was added and taken back since.
    #[must_use]
    pub fn credited(&self, row: &CompLot) -> i64 {
        i64::from(row.minutes) + self.moved(row.id, MovementKind::Adjusted)
    }

    /// What the movements of one kind come to in a lot.
    fn moved(&self, lot: LotId, kind: MovementKind) -> i64 {
        let of_kind = self.movements.iter().filter(|movement| movement.lot_id == lot && movement.kind == kind);
        of_kind.map(|movement| i64::from(movement.minutes)).sum()
    }

    /// What the officer wants for what is not reserved of a lot: time, until they say otherwise, and where they wished for pay
    /// of a date that is over and on which nobody worked.
    #[must_use]
    pub fn compensation(&self, lot: LotId) -> Compensation {
        if self.unworked.contains(&lot) { Compensation::Time } else { self.choice(lot) }
    }

    /// What the officer chose for a lot, whether it holds or not.
    #[must_use]
    pub fn choice(&self, lot: LotId) -> Compensation {
        let latest = self.chosen(lot);
        latest.map_or(Compensation::Time, |(_, choice)| choice.choice)
    }

    /// The place of a wish for pay that holds in the order in which the officer chose; `None` where they want rest.
    #[must_use]
    pub fn wish(&self, lot: LotId) -> Option<usize> {
        let is_pay = self.compensation(lot) == Compensation::Pay;
        self.chosen(lot).filter(|_| is_pay).map(|(place, _)| place)
    }

    /// The latest choice for a lot, with its place among all.
    fn chosen(&self, lot: LotId) -> Option<(usize, &CompChoice)> {
        self.choices.iter().enumerate().rev().find(|(_, choice)| choice.lot_id == lot)
    }

    /// The lots in the words of the rules.
    #[must_use]
    pub fn lots(&self) -> Vec<CreditLot> {
        let offer_by = |row: &CompLot| {
            let later = self.movements.iter().filter(|movement| movement.lot_id == row.id);
            later.filter_map(|movement| movement.offer_by).chain(row.offer_by).max()
        };
        self.rows
            .iter()
            .map(|row| CreditLot {
                id: row.id,
                // What was added later is as if it had been earned at once.
                minutes: self.credited(row).max(i64::from(row.minutes)),
                paid: -self.moved(row.id, MovementKind::Settled),
                voided: (i64::from(row.minutes) - self.credited(row)).max(0),
                earned_on: row.earned_on,
                take_by: row.take_by,
                offer_by: offer_by(row),
                compensation: self.compensation(row.id),
            })
            .collect()
    }

    /// When how much of which lot was paid.
    #[must_use]
    pub fn paid(&self, ctx: &Ctx) -> Vec<(NaiveDate, LotId, i64)> {
        let settled = self.movements.iter().filter(|movement| movement.kind == MovementKind::Settled);
        let on = |movement: &CompMovement| ctx.moment.clock().date_of(movement.recorded_at.and_utc());
        settled.map(|movement| (on(movement), movement.lot_id, -i64::from(movement.minutes))).collect()
    }

    /// What requests and rest days hold, except one of them.
    #[must_use]
    pub fn draws(&self, standings: &Standings, except: Option<Spender>) -> Vec<CreditDraw> {
        self.net(&|movement| !self.has_lapsed(movement) && (except.is_none() || spender(movement) != except), standings)
    }

    /// What is reserved by what was recorded, whatever became of the requests since.
    fn reserved(&self) -> Vec<CreditDraw> {
        let requests = self.movements.iter().filter_map(|movement| movement.request_id);
        self.draws(&requests.map(|id| (id, Standing::Pending)).collect(), None)
    }

    /// What the movements that are asked for hold together.
    fn net(&self, is_asked: &dyn Fn(&CompMovement) -> bool, standings: &Standings) -> Vec<CreditDraw> {
        let mut net: BTreeMap<(NaiveDate, Spender, LotId), i64> = BTreeMap::new();
        for movement in self.movements.iter().filter(|movement| is_asked(movement)) {
            if let (Some(on), Some(spender)) = (movement.leave_on, spender(movement)) {
                *net.entry((on, spender, movement.lot_id)).or_default() -= i64::from(movement.minutes);
            }
        }
        net.into_iter()
            .filter(|(_, minutes)| *minutes > 0)
            .filter_map(|((on, spender, lot_id), minutes)| {
                let standing = match spender {
                    Spender::Request(request) => *standings.get(&request)?,
                    Spender::RestDay(_) => Standing::Granted,
                };
                Some(CreditDraw { spender, lot_id, on, minutes, standing })
            })
            .collect()
    }
}

/// The rest days of some movements that are over, of which nobody was told in time, and which nobody has said to have been
/// taken (welfare.md A: planned → published → taken).
fn lapsed<'a>(
    connection: &mut Conn,
    ctx: &Ctx,
    movements: impl Iterator<Item = &'a CompMovement>,
) -> Result<BTreeSet<RowId>, Error> {
    let today = ctx.moment.today();
    let held = movements.filter(|movement| movement.leave_on.is_some_and(|on| on < today));
    let held: BTreeSet<RowId> = held.filter_map(|movement| movement.rest_day_id).collect();
    let held: Vec<RowId> = held.into_iter().collect();
    let mut lapsed = BTreeSet::new();
    for some in held.chunks(500) {
        let days = store::rest_days::find_many(connection, some)?;
        lapsed.extend(days.into_iter().filter(|day| was_untold(ctx, day)).map(|day| day.id));
    }
    Ok(lapsed)
}

/// The lots of an account that are wanted as pay and stand for rest on whose date, which is over, nobody worked (人社部发
/// 〔2009〕184号: an allowance is paid for work that was done). Nothing is looked up where there is no such wish.
fn unworked(connection: &mut Conn, ctx: &Ctx, account: &Account) -> Result<BTreeSet<LotId>, Error> {
    let today = ctx.moment.today();
    let is_wished = |row: &&CompLot| {
        let is_over = row.origin == CreditOrigin::CancelledRest && row.earned_on < today;
        is_over && account.choice(row.id) == Compensation::Pay && account.free(row.id) > 0
    };
    let mut unworked = BTreeSet::new();
    for row in account.rows.iter().filter(is_wished) {
        if touching(connection, ctx, row.officer_id, row.earned_on)?.is_empty() {
            unworked.insert(row.id);
        }
    }
    Ok(unworked)
}

/// Whether a rest day is over that was published after its date, or never, and not confirmed.
pub(super) fn was_untold(ctx: &Ctx, day: &RestDay) -> bool {
    let is_live = matches!(day.state, RestDayState::Planned | RestDayState::Published);
    let told_on = day.published_at.map(|at| ctx.moment.clock().date_of(at.and_utc()));
    is_live && day.on_date < ctx.moment.today() && told_on.is_none_or(|told_on| day.on_date < told_on)
}

/// What reserved or released by a movement.
fn spender(movement: &CompMovement) -> Option<Spender> {
    movement.request_id.map(Spender::Request).or_else(|| movement.rest_day_id.map(Spender::RestDay))
}

/// Records that rest days hold nothing any more of which nobody was told in time: before anything else is made of it.
///
/// # Errors
/// When the database does not answer.
pub fn record_lapsed(tx: &mut Tx, ctx: &Ctx, officer: OfficerId) -> Result<(), Error> {
    let account = Account::load(tx.reading(), ctx, officer)?;
    let mut rows = Vec::new();
    for day in &account.lapsed {
        for draw in account.held_by(*day) {
            let change = Change { spender: None, lot_id: draw.lot_id, on: draw.on, minutes: -draw.minutes };
            rows.push(movement(ctx, officer, Spender::RestDay(*day), &change, "not_told")?);
        }
    }
    if rows.is_empty() { Ok(()) } else { Ok(store::comp_lots::append(tx, &rows)?) }
}

/// Matches leave that lies ahead anew, after something was given back or earned: at any time it draws on the earliest
/// `take_by` first (R7).
///
/// # Errors
/// When the database does not answer.
pub fn settle(tx: &mut Tx, ctx: &Ctx, officer: OfficerId) -> Result<(), Error> {
    let today = ctx.moment.today();
    if !store::comp_lots::is_drawn_by_leave(tx.reading(), officer, today)? {
        return Ok(());
    }
    record_lapsed(tx, ctx, officer)?;
    let account = Account::load(tx.reading(), ctx, officer)?;
    let changes = rematch(&account.lots(), &account.reserved(), today);
    let rows = changes
        .iter()
        .filter_map(|change| change.spender.map(|spender| movement(ctx, officer, spender, change, "moved")))
        .collect::<Result<Vec<CompMovement>, Error>>()?;
    Ok(store::comp_lots::append(tx, &rows)?)
}

/// Records what is reserved and released, and what lapsed before; `anew` is whose the changes are that belong to nobody yet.
///
/// # Errors
/// When the database does not answer.
pub fn record(
    tx: &mut Tx,
    ctx: &Ctx,
    officer: OfficerId,
    anew: Spender,
    changes: &[Change],
    cause: &str,
) -> Result<(), Error> {
    let row = |change: &Change| {
        let spender = change.spender.unwrap_or(anew);
        movement(ctx, officer, spender, change, if spender == anew { cause } else { "moved" })
    };
    let rows = changes.iter().map(row).collect::<Result<Vec<CompMovement>, Error>>()?;
    record_lapsed(tx, ctx, officer)?;
    Ok(store::comp_lots::append(tx, &rows)?)
}

/// What is reserved or released on a date, as a row.
pub(super) fn movement(
    ctx: &Ctx,
    officer: OfficerId,
    spender: Spender,
    change: &Change,
    cause: &str,
) -> Result<CompMovement, Error> {
    let (request_id, rest_day_id) = match spender {
        Spender::Request(id) => (Some(id), None),
        Spender::RestDay(id) => (None, Some(id)),
    };
    let minutes = i32::try_from(-change.minutes).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(CompMovement {
        id: RowId(ctx.moment.new_id()),
        officer_id: officer,
        lot_id: change.lot_id,
        kind: if minutes < 0 { MovementKind::Reserved } else { MovementKind::Released },
        minutes,
        leave_on: Some(change.on),
        request_id,
        rest_day_id,
        offer_by: None,
        cause: cause.to_owned(),
        account_id: ctx.caller.account_id,
        recorded_at: ctx.moment.stamp(),
    })
}
