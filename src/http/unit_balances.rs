//! Balances of everyone in a unit, as a list or a file.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::answer::Answer;
use super::balance_views::{BalanceView, balance_view};
use super::date;
use super::export::Format;
use super::office::Office;
use super::paging::{Page, Paging};
use super::path::PathId;
use super::problem::Problem;
use super::query::Query;
use crate::app::error::Error;
use crate::app::leave::balance::{self, OfUnit};
use crate::rules::terms::{OfficerId, UnitId};

/// Query of the balances of a unit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitBalanceQuery {
    /// Date; today where absent.
    #[serde(default, deserialize_with = "date::optional")]
    on: Option<NaiveDate>,
    /// `csv` or `xlsx`: the whole list as a file, one row for each person and kind, at most 20,000 rows.
    #[serde(default)]
    format: Format,
    #[serde(flatten)]
    paging: Paging,
}

/// The balances of one person.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PersonBalanceView {
    officer_id: OfficerId,
    badge_no: String,
    name: String,
    items: Vec<BalanceView>,
}

fn view(row: OfUnit) -> PersonBalanceView {
    PersonBalanceView {
        officer_id: row.listed.officer.id,
        badge_no: row.listed.officer.badge_no,
        name: row.listed.officer.name,
        items: row.items.iter().map(balance_view).collect(),
    }
}

/// One row of a file for each kind of leave: the columns of the balance, without its lots.
fn lines(person: &PersonBalanceView) -> Result<Vec<Value>, Error> {
    let mut lines = Vec::new();
    for item in &person.items {
        let mut line = Map::new();
        line.insert("badge_no".to_owned(), person.badge_no.clone().into());
        line.insert("name".to_owned(), person.name.clone().into());
        let columns = serde_json::to_value(item).map_err(|error| Error::Internal(format!("export: {error}")))?;
        if let Value::Object(columns) = columns {
            line.extend(columns.into_iter().filter(|(member, _)| !matches!(member.as_str(), "lots" | "minutes")));
        }
        lines.push(Value::Object(line));
    }
    Ok(lines)
}

/// `GET /units/{id}/leave-balances`
pub async fn list(office: Office, id: PathId<UnitId>, query: Query<UnitBalanceQuery>) -> Result<Answer, Problem> {
    let UnitBalanceQuery { on, format, paging } = query.0;
    let after: Option<String> = paging.after("unit_balances")?;
    let limit = format.rows(paging.limit());
    let rows = office.read(move |connection, ctx| balance::of_unit(connection, ctx, id.0, on, after, limit)).await?;
    if format != Format::Json {
        let mut all = Vec::new();
        for row in rows {
            all.extend(lines(&view(row))?);
        }
        return Ok(office.desk.export(format, "unit_balances", &all)?);
    }
    let page = Page::of(rows, &paging, "unit_balances", |row| row.listed.officer.badge_no.clone())?;
    Ok(Answer::ok(&page.map(view))?)
}
