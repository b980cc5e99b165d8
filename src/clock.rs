//! The only reader of the time.

use std::sync::{Arc, Mutex};

use chrono::{DurationRound, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use uuid::{ContextV7, Timestamp, Uuid};

use crate::rules::terms::Instant;

/// Tells the time: microseconds in UTC, and the local date of the service's time zone. Ids are made from it too.
#[derive(Clone, Debug)]
pub struct Clock {
    source: Source,
    zone: Tz,
    ids: Arc<Mutex<ContextV7>>,
}

/// The time of one act: read once, so that everything the act records agrees.
#[derive(Clone, Debug)]
pub struct Moment {
    now: Instant,
    today: NaiveDate,
    clock: Clock,
}

impl Moment {
    /// The instant of the act.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// The instant of the act as the databases keep it: UTC without a zone.
    #[must_use]
    pub const fn stamp(&self) -> chrono::NaiveDateTime {
        self.now.naive_utc()
    }

    /// The local date of the act.
    #[must_use]
    pub const fn today(&self) -> NaiveDate {
        self.today
    }

    /// The clock, for the local dates of other instants.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// A new UUIDv7; later ids of one process sort after earlier ones, also within a millisecond.
    #[must_use]
    pub fn new_id(&self) -> Uuid {
        self.clock.id_at(self.now)
    }
}

#[derive(Clone, Debug)]
enum Source {
    System,
    Set(Arc<Mutex<Instant>>),
}

impl Clock {
    fn of(source: Source, zone: Tz) -> Self {
        Self { source, zone, ids: Arc::new(Mutex::new(ContextV7::new())) }
    }

    /// The machine's clock.
    #[must_use]
    pub fn system(zone: Tz) -> Self {
        Self::of(Source::System, zone)
    }

    /// A clock that stands still until it is set.
    #[must_use]
    pub fn fixed(at: Instant, zone: Tz) -> Self {
        Self::of(Source::Set(Arc::new(Mutex::new(at))), zone)
    }

    /// Sets a fixed clock; the machine's clock is left alone. All clones of a fixed clock follow.
    pub fn set(&self, at: Instant) {
        if let Source::Set(cell) = &self.source {
            *cell.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = at;
        }
    }

    /// Now, in UTC, cut to microseconds.
    #[must_use]
    pub fn now(&self) -> Instant {
        let now = match &self.source {
            Source::System => Utc::now(),
            Source::Set(cell) => *cell.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
        };
        now.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(now)
    }

    /// This moment, for one act.
    #[must_use]
    pub fn moment(&self) -> Moment {
        let now = self.now();
        Moment { now, today: self.date_of(now), clock: self.clone() }
    }

    fn id_at(&self, at: Instant) -> Uuid {
        let seconds = u64::try_from(at.timestamp()).unwrap_or_default();
        let counter = self.ids.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Uuid::new_v7(Timestamp::from_unix(&*counter, seconds, at.timestamp_subsec_nanos()))
    }

    /// Today in the service's time zone.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        self.date_of(self.now())
    }

    /// The service's time zone.
    #[must_use]
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// The local date of an instant.
    #[must_use]
    pub fn date_of(&self, at: Instant) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    /// The first instant of a local date.
    #[must_use]
    pub fn start_of(&self, date: NaiveDate) -> Instant {
        date.pred_opt().map_or(Instant::MIN_UTC, |before| self.end_of(before))
    }

    /// 24:00 local of a date: the first instant that no longer belongs to it.
    #[must_use]
    pub fn end_of(&self, date: NaiveDate) -> Instant {
        use chrono::TimeZone;
        let midnight = crate::rules::terms::next_day(date).and_time(chrono::NaiveTime::MIN);
        // Where a zone skips midnight, the day ends at the first instant after the gap.
        let local = self.zone.from_local_datetime(&midnight);
        local
            .earliest()
            .or_else(|| self.zone.from_local_datetime(&(midnight + TimeDelta::hours(1))).earliest())
            .map_or_else(|| midnight.and_utc(), |at| at.with_timezone(&Utc))
    }
}
