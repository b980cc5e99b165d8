//! Local time without asking the zone for every instant: the offsets around a date are looked up once.

use chrono::{DateTime, Datelike, Days, NaiveDate, Offset, TimeZone};
use chrono_tz::Tz;

use crate::rules::terms::Instant;

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;
/// Seconds of a week.
const WEEK: i64 = 7 * DAY;
/// Days since the common era of 1 January 1970.
const EPOCH: i32 = 719_163;
/// Days before and after the date around which offsets are kept.
const KEPT: u64 = 800;

/// A stretch of one offset, half-open, in seconds since 1970.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    from: i64,
    to: i64,
    offset: i64,
}

/// Local dates and nights of one zone. Dates are days since 1970, instants seconds since 1970.
#[derive(Debug, Clone)]
pub struct Local {
    zone: Tz,
    stretches: Vec<Stretch>,
}

impl Local {
    /// The zone with the offsets kept for some two years before and after a date; outside the zone itself is asked.
    #[must_use]
    pub fn new(zone: Tz, around: NaiveDate) -> Self {
        let first = day_number(around.checked_sub_days(Days::new(KEPT)).unwrap_or(around)) * DAY;
        let weeks = i64::try_from(2 * KEPT / 7).unwrap_or(0);
        let mut stretches: Vec<Stretch> = Vec::new();
        for from in (0..weeks).map(|week| first + week * WEEK) {
            let (offset, next) = (offset_at(zone, from), offset_at(zone, from + WEEK - 1));
            let pieces = if offset == next {
                [Some(Stretch { from, to: from + WEEK, offset }), None]
            } else {
                // No zone changes twice within a week: the change is found by halving.
                let (mut low, mut high) = (from, from + WEEK - 1);
                while high - low > 1 {
                    let middle = low.midpoint(high);
                    if offset_at(zone, middle) == offset { low = middle } else { high = middle }
                }
                [Some(Stretch { from, to: high, offset }), Some(Stretch { from: high, to: from + WEEK, offset: next })]
            };
            for piece in pieces.into_iter().flatten() {
                match stretches.last_mut() {
                    Some(last) if last.offset == piece.offset => last.to = piece.to,
                    _ => stretches.push(piece),
                }
            }
        }
        Self { zone, stretches }
    }

    /// The zone.
    #[must_use]
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// Seconds that local time is ahead of UTC at an instant.
    pub(super) fn offset(&self, at: i64) -> i64 {
        let known = self.stretches.iter().find(|stretch| at < stretch.to).filter(|stretch| stretch.from <= at);
        known.map_or_else(|| offset_at(self.zone, at), |stretch| stretch.offset)
    }

    /// The local date of an instant.
    pub(super) fn day(&self, at: i64) -> i64 {
        (at + self.offset(at)).div_euclid(DAY)
    }

    /// The instant of a local time on a date. A time that is skipped is the instant after the gap as far as it lies in
    /// it; of a time that comes twice the first is meant.
    pub(super) fn at(&self, day: i64, seconds: i64) -> i64 {
        let wall = day * DAY + seconds;
        let before = self.offset(wall - DAY);
        if self.offset(wall - before) == before {
            return wall - before;
        }
        let after = self.offset(wall + DAY);
        if self.offset(wall - after) == after { wall - after } else { wall - before }
    }

    /// The local date of an instant, as others see it.
    #[must_use]
    pub fn date_of(&self, at: Instant) -> NaiveDate {
        date(self.day(at.timestamp()))
    }

    /// First instant of a local date.
    #[must_use]
    pub fn start_of(&self, on: NaiveDate) -> Instant {
        instant(self.at(day_number(on), 0))
    }

    /// The local dates that an interval touches, first and last; half-open, so that one ending at midnight does not
    /// touch the next date. An empty one touches the date of its start.
    #[must_use]
    pub fn dates_touched(&self, starts_at: Instant, ends_at: Instant) -> (NaiveDate, NaiveDate) {
        let last = self.day((ends_at.timestamp() - 1).max(starts_at.timestamp()));
        (self.date_of(starts_at), date(last))
    }
}

fn offset_at(zone: Tz, at: i64) -> i64 {
    let utc = DateTime::from_timestamp(at, 0).unwrap_or_default().naive_utc();
    i64::from(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc())
}

/// Days since 1970.
pub(super) fn day_number(on: NaiveDate) -> i64 {
    i64::from(on.num_days_from_ce() - EPOCH)
}

/// The date of a day since 1970; dates no calendar knows clamp to the last.
pub(super) fn date(day: i64) -> NaiveDate {
    let since = i32::try_from(day).ok().and_then(|day| day.checked_add(EPOCH));
    since.and_then(NaiveDate::from_num_days_from_ce_opt).unwrap_or(NaiveDate::MAX)
}

/// The instant of seconds since 1970.
pub(super) fn instant(at: i64) -> Instant {
    DateTime::from_timestamp(at, 0).unwrap_or_default()
}
