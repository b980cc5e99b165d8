use super::*;
use crate::rules::annual_leave::entitlement;
use crate::rules::cases::{built_in, day, draw, lot, lot_id, own, person};
use crate::rules::service::PersonFacts;
use crate::rules::terms::Category;

/// The records of an officer: own lots of 2025 to 2027 with ids 2025 to 2027, and others.
struct Book {
    facts: PersonFacts,
    lots: Vec<Lot>,
    movements: Vec<Movement>,
    draws: Vec<Draw>,
}

impl Book {
    fn new(start: &str) -> Self {
        let facts = person(Category::Police, &[(start, None)]);
        let lots = (2025..=2027).zip(2025_u128..);
        let lots = lots.map(|(year, id)| own(id, &entitlement(&facts, &built_in(), year).unwrap())).collect();
        Self { facts, lots, movements: Vec::new(), draws: Vec::new() }
    }

    /// Days arrive in a new lot, or leave a lot that is there.
    fn moved(&mut self, lot: u128, kind: MovementKind, whole: i32) {
        self.movements.push(Movement {
            lot_id: lot_id(lot),
            kind,
            quantity: HalfDays::whole(whole),
            leave_on: None,
            request_id: None,
        });
        if whole < 0 {
            let left = self.lots.iter_mut().find(|known| known.id == lot_id(lot)).unwrap();
            left.carried_out += HalfDays::whole(-whole);
        }
    }

    fn carried(&mut self, id: u128, from_year: i32, whole: i32) {
        let (from, to) = (format!("{}-01-01", from_year + 1), format!("{}-12-31", from_year + 1));
        self.lots.push(lot(id, LotSource::Carried, from_year, &from, &to, whole));
        self.moved(id, MovementKind::CarriedIn, whole);
        self.moved(from_year.unsigned_abs().into(), MovementKind::CarriedOut, -whole);
    }

    fn on(&self, on: &str) -> Item {
        let on = day(on);
        let entitlement = entitlement(&self.facts, &built_in(), leave_year(on)).unwrap();
        let records = Records {
            kind: LeaveKind::Annual,
            entitlement: &entitlement,
            lots: &self.lots,
            movements: &self.movements,
            draws: &self.draws,
        };
        item(&records, on)
    }
}

/// What ruling 14 says must be left on the last day of a leave year.
fn difference(item: &Item) -> HalfDays {
    item.entitled + item.carried_in + item.adjusted + item.credited
        - item.carried_out
        - item.settled
        - item.taken
        - item.approved
        - item.pending
        - item.held
}

fn states(item: &Item) -> Vec<(LotId, LotState)> {
    item.lots.iter().map(|lot| (lot.lot_id, lot.state)).collect()
}

#[test]
fn the_date_chooses_entitlement_and_what_is_taken() {
    let mut book = Book::new("2016-03-10");
    book.draws = vec![draw(7, 2026, "2026-02-03", 2), draw(7, 2026, "2026-02-04", 1), draw(8, 2026, "2026-06-01", 2)];
    book.draws.push(Draw { state: DrawState::Pending, ..draw(9, 2026, "2026-06-02", 2) });
    let february = book.on("2026-02-03");
    assert_eq!((february.year, february.entitled), (2026, HalfDays::whole(5)));
    assert_eq!((february.taken, february.approved, february.pending), (HalfDays(2), HalfDays(3), HalfDays(2)));
    // 1.5 taken early leave 3.5 of the five; June fits into the five that come in April.
    assert_eq!(february.available, HalfDays(7));
    let april = book.on("2026-04-01");
    assert_eq!((april.entitled, april.taken, april.available), (HalfDays::whole(10), HalfDays(3), HalfDays(13)));
    let last = book.on("2026-12-31");
    assert_eq!((last.taken, last.approved, last.available), (HalfDays(5), HalfDays::ZERO, HalfDays(13)));
    assert_eq!(difference(&last), last.available);
}

#[test]
fn other_years_never_leak_in() {
    let mut book = Book::new("2010-03-10");
    book.draws = vec![draw(7, 2025, "2025-12-30", 2), draw(7, 2026, "2026-01-05", 2), draw(8, 2027, "2027-01-05", 2)];
    for (on, taken, approved) in
        [("2025-12-31", 2, 0), ("2026-01-01", 0, 2), ("2026-12-31", 2, 0), ("2027-01-01", 0, 2)]
    {
        let item = book.on(on);
        assert_eq!((item.taken, item.approved), (HalfDays(taken), HalfDays(approved)), "{on}");
        assert_eq!(item.lots.len(), 1);
    }
}

#[test]
fn carried_days_show_on_both_sides_and_are_used_first() {
    let mut book = Book::new("2010-03-10");
    book.carried(1, 2025, 3);
    let before = book.on("2025-12-31");
    assert_eq!((before.carried_out, before.available), (HalfDays::whole(3), HalfDays::whole(7)));
    assert_eq!(difference(&before), before.available);
    assert_eq!(before.lots.len(), 1);
    let after = book.on("2026-01-05");
    assert_eq!(
        (after.carried_in, after.carried_out, after.available),
        (HalfDays::whole(3), HalfDays::ZERO, HalfDays::whole(13))
    );
    assert_eq!(states(&after), [(lot_id(1), LotState::Open), (lot_id(2026), LotState::Open)]);
    let shares: HalfDays = after.lots.iter().map(|lot| lot.available_days).sum();
    assert_eq!(shares, after.available);
    assert_eq!(difference(&book.on("2026-12-31")), book.on("2026-12-31").available);
}

#[test]
fn an_untaken_carried_lot_never_vanishes() {
    let mut book = Book::new("2010-03-10");
    book.carried(1, 2025, 3);
    assert_eq!(book.on("2026-12-31").available, HalfDays::whole(13));
    let next = book.on("2027-01-01");
    assert_eq!((next.carried_in, next.available), (HalfDays::ZERO, HalfDays::whole(10)));
    assert_eq!(states(&next), [(lot_id(1), LotState::Unsettled), (lot_id(2027), LotState::Open)]);
    assert_eq!((next.lots[0].days, next.lots[0].available_days), (HalfDays::whole(3), HalfDays::ZERO));
    // Paid, it is gone from later years; the year it was usable in shows it as settled.
    book.moved(1, MovementKind::Settled, -3);
    assert_eq!(states(&book.on("2027-01-01")), [(lot_id(2027), LotState::Open)]);
    let settled = book.on("2026-12-31");
    assert_eq!((settled.carried_in, settled.settled), (HalfDays::whole(3), HalfDays::whole(3)));
    assert_eq!((settled.available, difference(&settled)), (HalfDays::whole(10), HalfDays::whole(10)));
    // Taken in time, it is used and not listed later.
    let mut taken = Book::new("2010-03-10");
    taken.carried(1, 2025, 3);
    taken.draws = vec![draw(7, 1, "2026-05-06", 6)];
    assert_eq!(taken.on("2026-05-06").available, HalfDays::whole(10));
    assert_eq!(states(&taken.on("2026-05-06"))[0], (lot_id(1), LotState::Used));
    assert_eq!(taken.on("2027-01-01").lots.len(), 1);
}

#[test]
fn adjustments_up_and_down() {
    let mut book = Book::new("2010-03-10");
    book.lots.push(lot(5, LotSource::Adjusted, 2026, "2026-03-01", "2026-12-31", 2));
    book.moved(5, MovementKind::Adjusted, 2);
    assert_eq!(
        (book.on("2026-02-28").available, book.on("2026-03-01").available),
        (HalfDays::whole(10), HalfDays::whole(12))
    );
    assert_eq!(states(&book.on("2026-02-28"))[0], (lot_id(2026), LotState::Open));
    assert_eq!(states(&book.on("2026-02-28"))[1], (lot_id(5), LotState::Future));
    book.moved(2026, MovementKind::Adjusted, -3);
    let last = book.on("2026-12-31");
    assert_eq!(
        (last.adjusted, last.available, difference(&last)),
        (HalfDays::whole(-1), HalfDays::whole(9), HalfDays::whole(9))
    );
    // What is adjusted lapses with its year.
    assert_eq!(book.on("2027-01-01").lots.len(), 1);
}

#[test]
fn a_lot_over_new_year_shows_its_rest_as_carried_in() {
    let mut book = Book::new("2010-03-10");
    book.lots.push(lot(6, LotSource::Recall, 2026, "2026-09-01", "2027-12-31", 4));
    book.moved(6, MovementKind::Credited, 4);
    book.draws = vec![draw(7, 6, "2026-10-12", 2), draw(8, 6, "2027-03-01", 2)];
    // As long as the year's own days could have served, its day in October leaves the credit whole.
    let whole = book.on("2027-12-31");
    assert_eq!((whole.carried_in, whole.available), (HalfDays::whole(4), HalfDays::whole(13)));
    assert_eq!(difference(&whole), whole.available);
    book.moved(2026, MovementKind::Settled, -10);
    let (first, second) = (book.on("2026-12-31"), book.on("2027-12-31"));
    assert_eq!((first.credited, first.carried_in, first.taken), (HalfDays::whole(4), HalfDays::ZERO, HalfDays(2)));
    assert_eq!((second.credited, second.carried_in, second.taken), (HalfDays::ZERO, HalfDays::whole(3), HalfDays(2)));
    assert_eq!(difference(&second), second.available);
}

#[test]
fn after_separation_nothing_is_available() {
    let mut book = Book::new("2010-03-10");
    book.facts.left_on = Some(day("2026-06-30"));
    book.lots = vec![own(2026, &entitlement(&book.facts, &built_in(), 2026).unwrap())];
    book.carried_lot_only();
    assert_eq!(book.on("2026-06-30").available, HalfDays::whole(12));
    let after = book.on("2026-07-01");
    assert_eq!((after.entitled, after.available), (HalfDays::whole(10), HalfDays::ZERO));
    assert_eq!(states(&after)[0], (lot_id(2026), LotState::Expired));
}

impl Book {
    fn carried_lot_only(&mut self) {
        self.lots.push(lot(1, LotSource::Carried, 2025, "2026-01-01", "2026-12-31", 2));
        self.moved(1, MovementKind::CarriedIn, 2);
    }
}

#[test]
fn an_own_lot_whose_first_step_is_to_come() {
    let book = Book::new("2025-03-10");
    let march = book.on("2026-03-31");
    assert_eq!((march.entitled, march.available), (HalfDays::ZERO, HalfDays::ZERO));
    assert_eq!(states(&march), [(lot_id(2026), LotState::Future)]);
    assert_eq!(book.on("2026-04-01").available, HalfDays::whole(5));
}
