//! Rosters as files: all rows or none, dry run, located refusals.

use std::borrow::Cow;
use std::io::Cursor;

use chrono::NaiveDate;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::answer::Answer;
use super::body::Raw;
use super::language::{FindingView, Language, Words};
use super::office::Office;
use super::problem::Problem;
use super::query::Query;
use crate::app::ctx::Ctx;
use crate::app::duty::REASON_MAX;
use crate::app::error::{Code, Error, FieldError};
use crate::app::import::apply::{self, Mode, RosterOptions};
use crate::app::import::{self, Format, Limits, Month, Planned, Report, Voice};
use crate::app::{Conn, Tx};
use crate::rules::terms::RowId;

/// Content types of rosters.
pub const ROSTER_TYPES: &[&str] = &["text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"];

/// Query of an import.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportQuery {
    /// Tries everything, stores nothing, and always answers `200`.
    #[serde(default)]
    dry_run: bool,
}

/// A month, `YYYY-MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthText(pub Month);

impl<'de> Deserialize<'de> for MonthText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Month::parse(&text).map(Self).ok_or_else(|| serde::de::Error::custom("invalid value: expected YYYY-MM"))
    }
}

impl JsonSchema for MonthText {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Month".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$", "example": "2026-03"})
    }
}

/// Query of the import of a roster of duty.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RosterQuery {
    /// Tries everything, stores nothing, and always answers `200`.
    #[serde(default)]
    dry_run: bool,
    /// The month of a table whose dates are written as days alone and whose title names none.
    #[serde(default)]
    month: Option<MonthText>,
    /// Why it is planned in spite of what the rules warn of, for the rows that say nothing of their own.
    #[serde(default)]
    #[schemars(length(min = 1, max = 1000))]
    override_reason: Option<String>,
    /// The pattern whose codes the table uses; left out, those of the patterns of each officer's unit and above it.
    #[serde(default)]
    pattern_id: Option<RowId>,
}

impl RosterQuery {
    fn options(&self) -> Result<RosterOptions, FieldError> {
        let reason = self.override_reason.as_deref().map(str::trim);
        if reason.is_some_and(|reason| !(1..=REASON_MAX).contains(&reason.chars().count())) {
            let expected = format!("1 … {REASON_MAX}");
            return Err(FieldError::new("?override_reason", Code::InvalidParameter).expected(expected));
        }
        Ok(RosterOptions {
            month: self.month.map(|month| month.0),
            override_reason: reason.map(str::to_owned),
            pattern_id: self.pattern_id,
        })
    }
}

/// What became of the rows.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImportView {
    created: u32,
    updated: u32,
    unchanged: u32,
    warnings: Vec<WarningView>,
    rejected: Vec<RejectionView>,
}

/// What became of the rows and cells of a roster of duty.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RosterImportView {
    created: u32,
    /// What an earlier roster said otherwise.
    updated: u32,
    unchanged: u32,
    /// What is planned anew (`before` is empty) or otherwise, before and after: the first thousand dates. What is refused is
    /// not among what is new.
    changed: Vec<ChangedView>,
    /// Whether a rule asks for a reason that is not given.
    asks_override_reason: bool,
    warnings: Vec<WarningView>,
    rejected: Vec<RejectionView>,
}

/// A date of somebody's that the file changes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChangedView {
    row: u32,
    column: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sheet: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cell: Option<String>,
    badge_no: String,
    date: NaiveDate,
    /// Nothing where it is new.
    before: Vec<Planned>,
    /// Nothing where it is taken back.
    after: Vec<Planned>,
}

/// What deserves attention.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WarningView {
    row: Option<u32>,
    column: Option<String>,
    code: String,
    read: Option<String>,
    message: String,
    /// Sheet of a workbook of rosters.
    #[serde(skip_serializing_if = "Option::is_none")]
    sheet: Option<String>,
    /// Cell of a table, such as `F7`.
    #[serde(skip_serializing_if = "Option::is_none")]
    cell: Option<String>,
    /// What a rule says.
    #[serde(skip_serializing_if = "Option::is_none")]
    finding: Option<FindingView>,
}

/// What was refused, and where.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RejectionView {
    /// Line of the file, title and header included.
    row: u32,
    /// Column as in the file's header; empty where the whole row is meant.
    column: String,
    code: String,
    read: String,
    expected: String,
    /// Why, as a sentence.
    message: String,
    /// Sheet of a workbook of rosters.
    #[serde(skip_serializing_if = "Option::is_none")]
    sheet: Option<String>,
    /// Cell of a table, such as `F7`.
    #[serde(skip_serializing_if = "Option::is_none")]
    cell: Option<String>,
    /// What a rule says.
    #[serde(skip_serializing_if = "Option::is_none")]
    finding: Option<FindingView>,
}

/// The language of a report.
#[must_use]
pub const fn spoken(language: Language) -> import::Language {
    match language {
        Language::ZhCn => import::Language::Zh,
        Language::En => import::Language::En,
    }
}

/// A report as JSON, with its words in a language.
fn report(report: &Report, words: Words, language: Language) -> Value {
    let sentence = |finding: &_| words.finding(language, finding);
    report.to_json(Voice { language: spoken(language), sentence: &sentence })
}

/// A noun's way from a file into a transaction; the blank report is what is answered when the file is none.
async fn run<F>(office: Office, dry_run: bool, blank: Report, body: Raw, store: F) -> Result<Answer, Problem>
where
    F: Fn(&mut Tx, &Ctx, Cursor<Vec<u8>>, Format, &Limits) -> Result<Report, Error> + Send + 'static,
{
    let (words, language) = (office.desk.words(), office.desk.language());
    let bytes = body.bytes.to_vec();
    let limits = Limits { xlsx_rows_max: office.house.import_rows_max, ..Limits::default() };
    let format = match import::detect(Some(&body.content_type), None, bytes.get(..8).unwrap_or(&bytes)) {
        Ok(format) => format,
        Err(error) => {
            let refused = blank.ended_by(error);
            return if dry_run {
                Ok(Answer::ok(&report(&refused, words, language))?)
            } else {
                Err(Error::Import(report(&refused, words, language)).into())
            };
        }
    };
    if dry_run {
        let (ctx, house) = (office.ctx()?, office.house.clone());
        let tried = office
            .desk
            .run(move || {
                apply::run(&house.database, Mode::DryRun, |tx| {
                    store(tx, &ctx, Cursor::new(bytes.clone()), format, &limits)
                })
            })
            .await?;
        return Ok(Answer::ok(&report(&tried, words, language))?);
    }
    office
        .post(
            body.hash,
            |_: &mut Conn, _: &Ctx| Ok(()),
            move |tx, ctx| {
                let stored = store(tx, ctx, Cursor::new(bytes.clone()), format, &limits)?;
                let shown = report(&stored, words, language);
                if stored.rejected.is_empty() { Answer::ok(&shown) } else { Err(Error::Import(shown)) }
            },
        )
        .await
}

/// `POST /units/import`
pub async fn units(office: Office, query: Query<ImportQuery>, body: Raw) -> Result<Answer, Problem> {
    run(office, query.0.dry_run, Report::default(), body, |tx, ctx, file, format, limits| {
        apply::units(tx, ctx, file, format, limits, &mut |_| {})
    })
    .await
}

/// `POST /leave-openings/import`
pub async fn openings(office: Office, query: Query<ImportQuery>, body: Raw) -> Result<Answer, Problem> {
    run(office, query.0.dry_run, Report::default(), body, |tx, ctx, file, format, limits| {
        apply::openings(tx, ctx, file, format, limits, &mut |_| {})
    })
    .await
}

/// `POST /rosters/import`
pub async fn duties(office: Office, query: Query<RosterQuery>, body: Raw) -> Result<Answer, Problem> {
    let options = query.0.options()?;
    run(office, query.0.dry_run, Report::of_duties(), body, move |tx, ctx, file, format, limits| {
        apply::duties(tx, ctx, &options, file, format, limits, &mut |_| {})
    })
    .await
}

/// `POST /officers/import`
pub async fn officers(office: Office, query: Query<ImportQuery>, body: Raw) -> Result<Answer, Problem> {
    run(office, query.0.dry_run, Report::default(), body, |tx, ctx, file, format, limits| {
        apply::officers(tx, ctx, file, format, limits, &mut |_| {})
    })
    .await
}
