//! Rosters as files: all rows or none, dry run, located refusals.

use std::io::Cursor;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::Answer;
use super::body::Raw;
use super::language::Language;
use super::office::Office;
use super::problem::Problem;
use super::query::Query;
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::app::import::apply::{self, Mode};
use crate::app::import::{self, Format, Limits, Report};
use crate::app::{Conn, Tx};

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

/// What became of the rows.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImportView {
    created: u32,
    updated: u32,
    unchanged: u32,
    warnings: Vec<WarningView>,
    rejected: Vec<RejectionView>,
}

/// What deserves attention.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WarningView {
    row: Option<u32>,
    column: Option<String>,
    code: String,
    read: Option<String>,
    message: String,
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
}

/// Either noun's way from a file into a transaction.
type Store =
    fn(&mut Tx, &Ctx, Cursor<Vec<u8>>, Format, &Limits, &mut dyn FnMut(import::Progress)) -> Result<Report, Error>;

fn report(report: &Report, language: Language) -> Value {
    report.to_json(match language {
        Language::ZhCn => import::Language::Zh,
        Language::En => import::Language::En,
    })
}

async fn run(office: Office, dry_run: bool, body: Raw, store: Store) -> Result<Answer, Problem> {
    let language = office.desk.language();
    let bytes = body.bytes.to_vec();
    let limits = Limits { xlsx_rows_max: office.house.import_rows_max, ..Limits::default() };
    let format = match import::detect(Some(&body.content_type), None, bytes.get(..8).unwrap_or(&bytes)) {
        Ok(format) => format,
        Err(error) => {
            let refused = Report { rejected: vec![error.rejection()], ..Report::default() };
            return if dry_run {
                Ok(Answer::ok(&report(&refused, language))?)
            } else {
                Err(Error::Import(report(&refused, language)).into())
            };
        }
    };
    if dry_run {
        let (ctx, house) = (office.ctx()?, office.house.clone());
        let tried = office
            .desk
            .run(move || {
                apply::run(&house.database, Mode::DryRun, |tx| {
                    store(tx, &ctx, Cursor::new(bytes.clone()), format, &limits, &mut |_| {})
                })
            })
            .await?;
        return Ok(Answer::ok(&report(&tried, language))?);
    }
    office
        .post(
            body.hash,
            |_: &mut Conn, _: &Ctx| Ok(()),
            move |tx, ctx| {
                let stored = store(tx, ctx, Cursor::new(bytes.clone()), format, &limits, &mut |_| {})?;
                let shown = report(&stored, language);
                if stored.rejected.is_empty() { Answer::ok(&shown) } else { Err(Error::Import(shown)) }
            },
        )
        .await
}

/// `POST /units/import`
pub async fn units(office: Office, query: Query<ImportQuery>, body: Raw) -> Result<Answer, Problem> {
    run(office, query.0.dry_run, body, apply::units).await
}

/// `POST /leave-openings/import`
pub async fn openings(office: Office, query: Query<ImportQuery>, body: Raw) -> Result<Answer, Problem> {
    run(office, query.0.dry_run, body, apply::openings).await
}

/// `POST /rosters/import`
pub async fn duties(office: Office, query: Query<ImportQuery>, body: Raw) -> Result<Answer, Problem> {
    run(office, query.0.dry_run, body, apply::duties).await
}

/// `POST /officers/import`
pub async fn officers(office: Office, query: Query<ImportQuery>, body: Raw) -> Result<Answer, Problem> {
    run(office, query.0.dry_run, body, apply::officers).await
}
