//! The roster of a unit as a table of people by dates: JSON, or a file that is filled in and imported again.

use chrono::{Datelike, Days, NaiveDate, TimeDelta, Timelike, Weekday};
use rust_xlsxwriter::{ExcelDateTime, Format as CellFormat, Workbook, XlsxError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::date;
use super::export::{self, Format};
use super::language::Language;
use super::office::Office;
use super::path::PathId;
use super::problem::Problem;
use super::query::Query;
use super::rosters::LocalTime;
use crate::app::duty::sheet::{self, Sheet, Wording};
use crate::app::error::Error;
use crate::app::import::DutyEntry;
use crate::rules::duty::{DutyKind, RestDayKind};
use crate::rules::terms::{OfficerId, UnitId};

/// Query of a table.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SheetQuery {
    /// First date; left out, that of this month.
    #[serde(default, deserialize_with = "date::optional")]
    from: Option<NaiveDate>,
    /// Last date, 400 days at most; left out, the last of the month of `from`.
    #[serde(default, deserialize_with = "date::optional")]
    to: Option<NaiveDate>,
    /// `csv` or `xlsx`: a file that `POST /rosters/import` reads.
    #[serde(default)]
    format: Format,
}

/// What a code means.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LegendView {
    code: String,
    /// Kind of a shift.
    kind: Option<DutyKind>,
    /// Kind of a rest day; neither is leave.
    rest: Option<RestDayKind>,
    starts: Option<LocalTime>,
    minutes: Option<i64>,
    counted_minutes: Option<i64>,
}

/// Somebody's row.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LineView {
    officer_id: OfficerId,
    badge_no: String,
    name: String,
    /// A code for each of `dates`; empty where nothing is planned, or what no code can say.
    days: Vec<String>,
}

/// A table of people by dates.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SheetView {
    unit_id: UnitId,
    dates: Vec<NaiveDate>,
    people: Vec<LineView>,
    legend: Vec<LegendView>,
}

/// The words of a file.
struct Words {
    wording: Wording,
    title: &'static str,
    sheets: [&'static str; 2],
    people: [&'static str; 2],
    legend: [&'static str; 6],
    weekdays: [&'static str; 7],
    kind: fn(DutyKind) -> &'static str,
}

const ZH: Words = Words {
    wording: Wording {
        weekly: "休",
        rotation: "轮休",
        comp: "补休",
        leave: "假",
        kinds: |kind| match kind {
            DutyKind::Duty => "勤",
            DutyKind::Overnight => "值",
            DutyKind::Standby => "备",
            DutyKind::Overtime => "加",
            DutyKind::Training => "训",
            DutyKind::Court => "庭",
            DutyKind::Travel => "差",
            DutyKind::Protected => "",
        },
    },
    title: "排班表",
    sheets: ["排班表", "图例"],
    people: ["警号", "姓名"],
    legend: ["代码", "类别", "开始", "结束", "时长分钟", "计时分钟"],
    weekdays: ["一", "二", "三", "四", "五", "六", "日"],
    kind: |kind| match kind {
        DutyKind::Duty => "勤务",
        DutyKind::Overnight => "值班",
        DutyKind::Standby => "备勤",
        DutyKind::Overtime => "加班",
        DutyKind::Training => "训练",
        DutyKind::Court => "出庭",
        DutyKind::Travel => "出差",
        DutyKind::Protected => "",
    },
};

const EN: Words = Words {
    wording: Wording {
        weekly: "rest",
        rotation: "rotation",
        comp: "comp",
        leave: "leave",
        kinds: |kind| match kind {
            DutyKind::Duty => "D",
            DutyKind::Overnight => "N",
            DutyKind::Standby => "S",
            DutyKind::Overtime => "OT",
            DutyKind::Training => "T",
            DutyKind::Court => "C",
            DutyKind::Travel => "TR",
            DutyKind::Protected => "",
        },
    },
    title: "roster",
    sheets: ["Roster", "Legend"],
    people: ["badge_no", "name"],
    legend: ["code", "kind", "starts", "ends", "minutes", "counted_minutes"],
    weekdays: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    kind: DutyKind::as_str,
};

const fn words(language: Language) -> &'static Words {
    match language {
        Language::ZhCn => &ZH,
        Language::En => &EN,
    }
}

/// `GET /units/{id}/roster`
pub async fn show(office: Office, id: PathId<UnitId>, query: Query<SheetQuery>) -> Result<Answer, Problem> {
    let SheetQuery { from, to, format } = query.0;
    let (unit, words) = (id.0, words(office.desk.language()));
    let sheet = office
        .read(move |connection, ctx| {
            let from = from.unwrap_or_else(|| first_of(ctx.moment.today()));
            let to = to.unwrap_or_else(|| last_of(from));
            sheet::of(connection, ctx, unit, (from, to), words.wording)
        })
        .await?;
    Ok(match format {
        Format::Json => Answer::ok(&view(unit, &sheet))?,
        Format::Csv => {
            let body = separated(&sheet, words).map_err(|error| Error::Internal(format!("roster: {error}")))?;
            Answer::file("text/csv; charset=utf-8", "roster.csv", body)
        }
        Format::Xlsx => {
            let body = workbook(&sheet, words).map_err(|error| Error::Internal(format!("roster: {error}")))?;
            Answer::file(export::XLSX, "roster.xlsx", body)
        }
    })
}

fn first_of(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}

fn last_of(date: NaiveDate) -> NaiveDate {
    let next = first_of(date).checked_add_days(Days::new(32)).map(first_of);
    next.and_then(|next| next.pred_opt()).unwrap_or(date)
}

fn view(unit_id: UnitId, sheet: &Sheet) -> SheetView {
    let people = sheet.people.iter().map(|line| LineView {
        officer_id: line.officer_id,
        badge_no: line.called.badge_no.clone(),
        name: line.called.name.clone(),
        days: line.days.clone(),
    });
    let legend = sheet.legend.iter().map(|(code, entry)| {
        let mut view = LegendView {
            code: code.clone(),
            kind: None,
            rest: None,
            starts: None,
            minutes: None,
            counted_minutes: None,
        };
        match *entry {
            DutyEntry::Shift { kind, starts, minutes, counted } => {
                view.kind = Some(kind);
                view.starts = Some(LocalTime::from(starts));
                (view.minutes, view.counted_minutes) = (Some(minutes), Some(counted.unwrap_or(minutes)));
            }
            DutyEntry::Rest(kind) => view.rest = Some(kind),
            DutyEntry::Off | DutyEntry::Leave => {}
        }
        view
    });
    SheetView { unit_id, dates: sheet.dates.clone(), people: people.collect(), legend: legend.collect() }
}

/// A row of the legend: code, kind, start, end, minutes where they are more than a day, minutes that count.
fn explained(code: &str, entry: DutyEntry, words: &Words) -> [String; 6] {
    let of_rest =
        |word: &str| [code.to_owned(), word.to_owned(), String::new(), String::new(), String::new(), String::new()];
    match entry {
        DutyEntry::Shift { kind, starts, minutes, counted } => {
            let ends = starts.overflowing_add_signed(TimeDelta::minutes(minutes)).0;
            let time = |time: chrono::NaiveTime| format!("{:02}:{:02}", time.hour(), time.minute());
            let length = if minutes > 1440 { minutes.to_string() } else { String::new() };
            let counted = counted.map(|counted| counted.to_string()).unwrap_or_default();
            [code.to_owned(), (words.kind)(kind).to_owned(), time(starts), time(ends), length, counted]
        }
        DutyEntry::Rest(RestDayKind::Weekly) => of_rest(words.wording.weekly),
        DutyEntry::Rest(RestDayKind::Rotation) => of_rest(words.wording.rotation),
        DutyEntry::Rest(RestDayKind::Comp) => of_rest(words.wording.comp),
        DutyEntry::Leave => of_rest(words.wording.leave),
        DutyEntry::Rest(RestDayKind::Ordered) | DutyEntry::Off => of_rest("-"),
    }
}

fn title(sheet: &Sheet, words: &Words) -> String {
    let span = match (sheet.dates.first(), sheet.dates.last()) {
        (Some(from), Some(to)) => format!("{from} – {to}"),
        _ => String::new(),
    };
    format!("{} {} {span}", sheet.unit, words.title)
}

fn weekday(date: NaiveDate, words: &Words) -> &'static str {
    let [mon, tue, wed, thu, fri, sat, sun] = words.weekdays;
    match date.weekday() {
        Weekday::Mon => mon,
        Weekday::Tue => tue,
        Weekday::Wed => wed,
        Weekday::Thu => thu,
        Weekday::Fri => fri,
        Weekday::Sat => sat,
        Weekday::Sun => sun,
    }
}

fn separated(sheet: &Sheet, words: &Words) -> Result<Vec<u8>, csv::Error> {
    let width = (sheet.dates.len() + 2).max(words.legend.len());
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer("\u{feff}".as_bytes().to_vec());
    let mut write = |cells: Vec<String>| {
        let rest = width.saturating_sub(cells.len());
        writer.write_record(cells.into_iter().chain(std::iter::repeat_n(String::new(), rest)))
    };
    let head = words.people.iter().map(|head| (*head).to_owned());
    write(vec![export::harmless(&title(sheet, words))])?;
    write(head.chain(sheet.dates.iter().map(NaiveDate::to_string)).collect())?;
    let blank = [String::new(), String::new()];
    write(blank.into_iter().chain(sheet.dates.iter().map(|date| weekday(*date, words).to_owned())).collect())?;
    for line in &sheet.people {
        let called = [line.called.badge_no.clone(), export::harmless(&line.called.name)];
        write(called.into_iter().chain(line.days.iter().cloned()).collect())?;
    }
    write(Vec::new())?;
    write(words.legend.iter().map(|head| (*head).to_owned()).collect())?;
    for (code, entry) in &sheet.legend {
        write(explained(code, *entry, words).to_vec())?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn workbook(sheet: &Sheet, words: &Words) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let [table, legend] = words.sheets;
    let date_format = CellFormat::new().set_num_format("m/d");
    let page = book.add_worksheet().set_name(table)?;
    page.write_string(0, 0, title(sheet, words))?;
    for (column, head) in (0..).zip(words.people) {
        page.write_string(1, column, head)?;
    }
    for (column, date) in (2..).zip(&sheet.dates) {
        let (year, month, day) = (date.year(), date.month(), date.day());
        let year = u16::try_from(year).unwrap_or_default();
        let at = ExcelDateTime::from_ymd(year, u8::try_from(month).unwrap_or(1), u8::try_from(day).unwrap_or(1))?;
        page.write_datetime_with_format(1, column, &at, &date_format)?;
        page.write_string(2, column, weekday(*date, words))?;
        page.set_column_width(column, 6)?;
    }
    for (row, line) in (3..).zip(&sheet.people) {
        page.write_string(row, 0, &line.called.badge_no)?;
        page.write_string(row, 1, &line.called.name)?;
        for (column, code) in (2..).zip(&line.days).filter(|(_, code)| !code.is_empty()) {
            page.write_string(row, column, code)?;
        }
    }
    page.set_freeze_panes(3, 2)?;
    let page = book.add_worksheet().set_name(legend)?;
    for (column, head) in (0..).zip(words.legend) {
        page.write_string(0, column, head)?;
    }
    for (row, (code, entry)) in (1..).zip(&sheet.legend) {
        for (column, text) in (0..).zip(explained(code, *entry, words)).filter(|(_, text)| !text.is_empty()) {
            page.write_string(row, column, text)?;
        }
    }
    book.save_to_buffer()
}
