//! Shifts that were sent at once, and which of them a finding is about.

use std::collections::HashMap;

use super::DutyShift;
use super::plan::Told;
use crate::rules::terms::{OfficerId, RowId};

/// Where shifts stand among those that were sent.
pub(super) struct Sent {
    places: HashMap<RowId, usize>,
    by_officer: HashMap<OfficerId, Vec<usize>>,
}

impl Sent {
    pub(super) fn of(rows: &[DutyShift]) -> Self {
        let mut by_officer: HashMap<OfficerId, Vec<usize>> = HashMap::new();
        for (index, row) in rows.iter().enumerate() {
            by_officer.entry(row.officer_id).or_default().push(index);
        }
        Self { places: rows.iter().enumerate().map(|(index, row)| (row.id, index)).collect(), by_officer }
    }

    /// Those that prove a finding, in the order in which they were sent.
    pub(super) fn proving(&self, one: &Told) -> Vec<usize> {
        let mut places: Vec<usize> = one.shifts.iter().filter_map(|id| self.places.get(id).copied()).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// Those that cause a finding: those that prove it, else, where they make another window refuse, all of the person.
    pub(super) fn causing(&self, one: &Told) -> Vec<usize> {
        let proving = self.proving(one);
        if proving.is_empty() { self.by_officer.get(&one.officer_id).cloned().unwrap_or_default() } else { proving }
    }
}
