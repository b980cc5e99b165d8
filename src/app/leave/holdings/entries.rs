//! Movements to be recorded: days bound, given back, moved from one lot to another.

use chrono::NaiveDate;

use crate::rules::lots::{Assignment, Draw, Move, OPENING};
use crate::rules::terms::{HalfDays, LotId, MovementKind, RequestId};

/// A movement to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which lot.
    pub lot_id: LotId,
    /// What happens.
    pub kind: MovementKind,
    /// How much the lot gains.
    pub quantity: HalfDays,
    /// The date of leave.
    pub leave_on: Option<NaiveDate>,
    /// The request.
    pub request_id: Option<RequestId>,
    /// Why.
    pub cause: String,
}

impl Entry {
    fn of_request(request: RequestId, lot: LotId, on: NaiveDate, quantity: HalfDays, cause: &str) -> Self {
        let kind = match request {
            OPENING => MovementKind::Opening,
            _ if quantity < HalfDays::ZERO => MovementKind::Reserved,
            _ => MovementKind::Released,
        };
        let request_id = Some(request).filter(|request| *request != OPENING);
        Self { lot_id: lot, kind, quantity, leave_on: Some(on), request_id, cause: cause.to_owned() }
    }
}

/// The movements that take days of leave from one lot to another.
#[must_use]
pub fn moving(moves: &[Move]) -> Vec<Entry> {
    let both = |moved: &Move| {
        let entry = |lot, quantity| Entry::of_request(moved.request_id, lot, moved.on, quantity, "moved");
        [entry(moved.from, moved.quantity), entry(moved.to, -moved.quantity)]
    };
    moves.iter().flat_map(both).collect()
}

/// The movements that bind the days of a request as assigned, and move others where the assignment says so.
#[must_use]
pub fn binding(request: RequestId, assignment: &Assignment, cause: &str) -> Vec<Entry> {
    let mut entries = moving(&assignment.moved);
    for (on, lot, quantity) in &assignment.draws {
        entries.push(Entry::of_request(request, *lot, *on, -*quantity, cause));
    }
    entries
}

/// The movements that give days back to the lots they came from.
#[must_use]
pub fn giving_back(draws: &[Draw], cause: &str) -> Vec<Entry> {
    draws.iter().map(|draw| Entry::of_request(draw.request_id, draw.lot_id, draw.on, draw.quantity, cause)).collect()
}
