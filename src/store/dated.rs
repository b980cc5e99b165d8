//! Facts that hold from a date on: an edit supersedes rows, it never overwrites them.

use chrono::NaiveDate;

use crate::rules::terms::RowId;

/// "Since ever": what is given at creation holds for all earlier dates (CONTRACT §4).
pub const SINCE_EVER: NaiveDate = fixed(1, 1, 1);
/// "Until further notice".
pub const FOR_EVER: NaiveDate = fixed(9999, 12, 31);

const fn fixed(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(date) => date,
        None => NaiveDate::MAX,
    }
}

/// One live row: a value from a date up to and not including another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period<V> {
    /// The row.
    pub id: RowId,
    /// What holds.
    pub value: V,
    /// First date.
    pub effective_on: NaiveDate,
    /// First date on which it no longer holds.
    pub until_on: NaiveDate,
}

/// What an edit does to the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit<V> {
    /// The rows that are superseded.
    pub superseded: Vec<RowId>,
    /// New rows: value, first date, first date after.
    pub inserted: Vec<(V, NaiveDate, NaiveDate)>,
}

/// Lets `value` hold from `on` up to the next dated change; what held before `on`, and later changes already
/// entered, stay. Where a neighbour holds the same value, the two become one row.
pub fn set<V: Clone + PartialEq>(rows: &[Period<V>], on: NaiveDate, value: V) -> Edit<V> {
    let Some(holding) = rows.iter().find(|row| row.effective_on <= on && on < row.until_on) else {
        let until = rows.iter().map(|row| row.effective_on).filter(|from| *from > on).min().unwrap_or(FOR_EVER);
        return Edit { superseded: Vec::new(), inserted: vec![(value, on, until)] };
    };
    if holding.value == value {
        return Edit { superseded: Vec::new(), inserted: Vec::new() };
    }
    let mut edit = Edit { superseded: vec![holding.id], inserted: Vec::new() };
    let (mut from, mut until) = (on, holding.until_on);
    if holding.effective_on < on {
        edit.inserted.push((holding.value.clone(), holding.effective_on, on));
    }
    for row in rows.iter().filter(|row| row.value == value) {
        if row.until_on == on && holding.effective_on == on {
            edit.superseded.push(row.id);
            from = row.effective_on;
        }
        if row.effective_on == holding.until_on {
            edit.superseded.push(row.id);
            until = row.until_on;
        }
    }
    edit.inserted.push((value, from, until));
    edit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn row(number: u128, value: char, from: &str, until: NaiveDate) -> Period<char> {
        Period { id: RowId(uuid::Uuid::from_u128(number)), value, effective_on: date(from), until_on: until }
    }

    #[test]
    fn an_edit_splits_the_row_that_holds() {
        let rows = [row(1, 'a', "0001-01-01", FOR_EVER)];
        let edit = set(&rows, date("2026-05-01"), 'b');
        assert_eq!(edit.superseded, [rows[0].id]);
        assert_eq!(edit.inserted, [('a', SINCE_EVER, date("2026-05-01")), ('b', date("2026-05-01"), FOR_EVER)]);
    }

    #[test]
    fn a_later_change_that_is_already_entered_stays() {
        let rows = [row(1, 'a', "0001-01-01", date("2026-07-01")), row(2, 'c', "2026-07-01", FOR_EVER)];
        let edit = set(&rows, date("2026-05-01"), 'b');
        assert_eq!(edit.inserted[1], ('b', date("2026-05-01"), date("2026-07-01")));
    }

    #[test]
    fn the_same_date_replaces_and_the_same_value_changes_nothing() {
        let rows = [row(1, 'a', "2026-01-01", FOR_EVER)];
        assert_eq!(set(&rows, date("2026-01-01"), 'b').inserted, [('b', date("2026-01-01"), FOR_EVER)]);
        assert_eq!(set(&rows, date("2026-03-01"), 'a').inserted, []);
        assert_eq!(set(&rows, date("2025-03-01"), 'z').inserted, [('z', date("2025-03-01"), date("2026-01-01"))]);
    }
    #[test]
    fn neighbours_of_one_value_become_one_row() {
        let rows = [row(1, 'a', "0001-01-01", date("2026-07-01")), row(2, 'b', "2026-07-01", FOR_EVER)];
        let back = set(&rows, date("2026-07-01"), 'a');
        assert_eq!(back.inserted, [('a', SINCE_EVER, FOR_EVER)]);
        assert_eq!(back.superseded, [rows[1].id, rows[0].id]);
        let sooner = set(&rows, date("2026-05-01"), 'b');
        assert_eq!(sooner.inserted, [('a', SINCE_EVER, date("2026-05-01")), ('b', date("2026-05-01"), FOR_EVER)]);
        assert_eq!(sooner.superseded, [rows[0].id, rows[1].id]);
    }
}
