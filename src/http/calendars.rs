//! The working calendar: what each date is, and its publication by year.

use chrono::{Datelike, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::body::Json;
use super::date;
use super::desk::Expected;
use super::office::{Office, tag};
use super::paging::Page;
use super::path::PathId;
use super::problem::Problem;
use super::query::Query;
use crate::app::calendars::{self, NewYear, Shown};
use crate::app::error::{Code, FieldError};
use crate::app::policies;
use crate::rules::calendar::{DayClass, SpecialDay, YearStatus};
use crate::rules::terms::{SPAN_DAYS_MAX, UnitId};

/// Query of the calendar.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarQuery {
    #[serde(deserialize_with = "date::required")]
    from: NaiveDate,
    #[serde(deserialize_with = "date::required")]
    to: NaiveDate,
    /// Unit whose calendar is asked for; the force's where absent.
    #[serde(default)]
    unit_id: Option<UnitId>,
}

/// One date of the calendar.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DayView {
    date: NaiveDate,
    class: DayClass,
    working: bool,
    status: YearStatus,
    name_zh: Option<String>,
    name_en: Option<String>,
}

/// Which calendar is meant.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeQuery {
    /// Unit whose calendar is meant, with everything under it; the force's where absent.
    #[serde(default)]
    unit_id: Option<UnitId>,
}

/// A year to be published.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct YearBody {
    status: YearStatus,
    /// Dates that are not what their weekday makes them, and holidays; all others follow their weekday.
    #[schemars(length(max = 366))]
    days: Vec<SpecialDayView>,
}

/// A date that is not what its weekday makes it, or has a name.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpecialDayView {
    #[serde(deserialize_with = "date::required")]
    date: NaiveDate,
    class: DayClass,
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    name: Option<String>,
}

/// A year as it is in force for a scope.
#[derive(Debug, Serialize, JsonSchema)]
pub struct YearView {
    year: i32,
    unit_id: Option<UnitId>,
    status: YearStatus,
    days: Vec<SpecialDayView>,
}

/// What a publication did.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PublishedYearView {
    year: i32,
    unit_id: Option<UnitId>,
    status: YearStatus,
    /// Pending requests whose cost was counted anew.
    recounted: usize,
    /// Granted requests that cost another number of days now, or no longer fit; listed in `/leave-conflicts`.
    approved_changed: usize,
}

/// `GET /calendar`
pub async fn show(office: Office, query: Query<CalendarQuery>) -> Result<Answer, Problem> {
    let CalendarQuery { from, to, unit_id } = query.0;
    if to < from || (to - from).num_days() >= SPAN_DAYS_MAX {
        return Err(FieldError::new("?to", Code::InvalidParameter)
            .expected(format!("from … from + {SPAN_DAYS_MAX}"))
            .into());
    }
    office
        .read(move |connection, ctx| {
            let chain = policies::chain(connection, unit_id, ctx.moment.today())?;
            let calendar = ctx.statutes.calendars.of(&chain);
            let mut days = Vec::new();
            for date in from.iter_days().take_while(|date| *date <= to) {
                let day = calendar.day(date).map_err(|_| Code::CalendarNotPublished)?;
                let (name_zh, name_en) = day.name.map(|name| (name.zh, name.en)).unzip();
                days.push(DayView {
                    date,
                    class: day.class,
                    working: day.working,
                    status: day.status,
                    name_zh,
                    name_en,
                });
            }
            let answer = Answer::ok(&Page::whole(days))?;
            if from.year() != to.year() {
                return Ok(answer);
            }
            // Whoever reads one year may go on to publish it: the tag is that of the year.
            Ok(answer.etag(tag_of(&calendars::get(connection, ctx, unit_id, from.year())?)))
        })
        .await
}

/// The version of the year in its scope, and a print of its dates: where a scope has none of its own, they may change
/// without it.
fn tag_of(shown: &Shown) -> String {
    tag(shown.version, &[&shown.status, &shown.days])
}

fn view(shown: Shown) -> YearView {
    YearView {
        year: shown.year,
        unit_id: shown.unit_id,
        status: shown.status,
        days: shown
            .days
            .into_iter()
            .map(|day| SpecialDayView { date: day.date, class: day.class, name: day.name })
            .collect(),
    }
}

/// `GET /calendar/years/{year}`
pub async fn year(office: Office, year: PathId<i32>, query: Query<ScopeQuery>) -> Result<Answer, Problem> {
    let unit = query.0.unit_id;
    office
        .read(move |connection, ctx| {
            let shown = calendars::get(connection, ctx, unit, year.0)?;
            let tag = tag_of(&shown);
            Ok(Answer::ok(&view(shown))?.etag(tag))
        })
        .await
}

/// `PUT /calendar/years/{year}`
pub async fn publish(
    office: Office,
    year: PathId<i32>,
    query: Query<ScopeQuery>,
    body: Json<YearBody>,
) -> Result<Answer, Problem> {
    let expected = office.desk.expected()?;
    let days = body.value.days.into_iter();
    let new = NewYear {
        unit_id: query.0.unit_id,
        year: year.0,
        status: body.value.status,
        days: days.map(|day| SpecialDay { date: day.date, class: day.class, name: day.name }).collect(),
    };
    let house = std::sync::Arc::clone(&office.house);
    office
        .put_law(move |tx, ctx| {
            let expects = |current: Option<&calendars::Shown>| match (&expected, current) {
                // What is built in, or comes from above, is no year of this scope yet: it may be created.
                (Expected::Absent, Some(shown)) if shown.version == 0 => Ok(()),
                // The whole tag counts: what comes from above changes without the scope's own version.
                _ => expected.check(current.map(tag_of).as_deref()),
            };
            let done = calendars::publish(tx, &house.law, ctx, &new, &expects)?;
            let tag = tag_of(&done.shown);
            let view = PublishedYearView {
                year: done.shown.year,
                unit_id: done.shown.unit_id,
                status: done.shown.status,
                recounted: done.touched.recounted,
                approved_changed: done.touched.conflicts,
            };
            Ok(Answer::ok(&view)?.etag(tag))
        })
        .await
}
