//! Officers of a roster file (RULINGS 26 and 27).

use std::collections::{HashMap, HashSet};
use std::io::{Read, Seek};

use chrono::{Months, NaiveDate};

use super::header::{Column, Field, Header, Need};
use super::report::{Checked, Expectation, FileError, ImportCode, Notes};
use super::table::{Row, Visitor, each_row};
use super::value::{Fault, ImportedDate, badge, category, date, sex, text, unit_code};
use super::{Format, Known, Limits};
use crate::rules::terms::{Category, Sex};

/// The age under which nobody can have begun work, in months: 14 years (RULINGS 27).
const WORK_AGE: Months = Months::new(14 * 12);

const COLUMNS: &[Column] = &[
    Column { field: Field::BadgeNo, need: Need::Required, names: &["警号", "badge_no", "badge"] },
    Column { field: Field::Name, need: Need::Required, names: &["姓名", "name"] },
    Column { field: Field::UnitCode, need: Need::Required, names: &["单位代码", "unit_code", "unit"] },
    Column { field: Field::Category, need: Need::Required, names: &["人员类别", "category"] },
    Column { field: Field::Sex, need: Need::Required, names: &["性别", "sex"] },
    Column { field: Field::BornOn, need: Need::Optional, names: &["出生日期", "born_on", "出生年月"] },
    Column {
        field: Field::ServiceFrom,
        need: Need::Optional,
        names: &[
            "参加工作时间",
            "service_from",
            "service_periods[0].from",
            "service_periods.0.from",
            "参加工作日期",
            "参加工作年月",
        ],
    },
    Column { field: Field::JoinedOn, need: Need::Optional, names: &["入警时间", "joined_on", "入警日期"] },
    Column { field: Field::Post, need: Need::Optional, names: &["职务", "post"] },
    Column { field: Field::Rank, need: Need::Optional, names: &["警衔", "rank"] },
    Column { field: Field::Spouse, need: Need::Optional, names: &["配偶警号", "spouse_badge_no", "spouse"] },
];

/// One officer as the file states them; every value is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficerRow {
    /// Line of the file on which the row begins, title and header included; row number in a workbook.
    pub line: u32,
    /// 警号, as text.
    pub badge_no: String,
    /// 姓名.
    pub name: String,
    /// 单位代码 of a unit that exists.
    pub unit_code: String,
    /// 人员类别.
    pub category: Category,
    /// 性别.
    pub sex: Sex,
    /// 出生日期.
    pub born_on: Option<ImportedDate>,
    /// 参加工作时间: the begin of the first service period.
    pub service_from: Option<ImportedDate>,
    /// 入警时间.
    pub joined_on: Option<ImportedDate>,
    /// 职务.
    pub post: Option<String>,
    /// 警衔.
    pub rank: Option<String>,
    /// 配偶警号: of an officer in the file, whose row then names this one, or of one that the database has.
    pub spouse_badge_no: Option<String>,
}

/// Reads officers. The second list holds warnings, the third refusals; only rows without refusal are in the first,
/// and unless the third is empty nothing may be stored (all rows or none).
///
/// `today` is the local date that births are held against; `known` answers for the database.
///
/// # Errors
/// When the file cannot be read as a table at all; [`FileError::rejection`] makes a refusal of it.
pub fn officers<R: Read + Seek>(
    mut reader: R,
    format: Format,
    limits: &Limits,
    today: NaiveDate,
    known: &dyn Known,
) -> Result<Checked<OfficerRow>, FileError> {
    let mut notes = Notes::new(limits);
    let mut roll =
        Roll { today, known, rows: Vec::new(), seen: HashMap::new(), links: Vec::new(), column: String::new() };
    each_row(&mut reader, format, limits, COLUMNS, &mut notes, &mut roll)?;
    let rows = roll.link_spouses(&mut notes);
    let (warnings, rejected) = notes.finish();
    Ok((rows, warnings, rejected))
}

/// What is remembered of a badge number for the links between rows.
#[derive(Debug)]
struct Seen {
    line: u32,
    refused: bool,
    spouse: Option<String>,
}

/// A spouse to be checked when all rows are known.
struct Link {
    line: u32,
    badge_no: String,
    spouse: String,
}

struct Roll<'a> {
    today: NaiveDate,
    known: &'a dyn Known,
    rows: Vec<OfficerRow>,
    seen: HashMap<String, Seen>,
    links: Vec<Link>,
    /// Header of the spouse column.
    column: String,
}

/// One row being read: takes values out of it and notes what is wrong with them.
pub(super) struct Line<'a> {
    pub(super) header: &'a Header,
    pub(super) row: &'a Row,
    pub(super) notes: &'a mut Notes,
    pub(super) refused: bool,
}

impl Line<'_> {
    /// The value of an optional cell; `None` also when it was refused.
    pub(super) fn optional<T>(
        &mut self,
        field: Field,
        read: impl Fn(&super::table::Cell) -> Result<Option<T>, Fault>,
    ) -> Option<T> {
        let cell = self.header.position(field).map(|index| self.row.cell(index))?;
        match read(cell) {
            Ok(value) => value,
            Err(fault) => {
                self.refuse(field, fault.code, fault.expected);
                None
            }
        }
    }

    /// The value of a required cell; `None` when it was refused.
    pub(super) fn required<T>(
        &mut self,
        field: Field,
        read: impl Fn(&super::table::Cell) -> Result<Option<T>, Fault>,
    ) -> Option<T> {
        if self.header.position(field).is_none_or(|index| self.row.cell(index).is_empty()) {
            self.refuse(field, ImportCode::ValueMissing, Expectation::Value);
            return None;
        }
        self.optional(field, read)
    }

    pub(super) fn refuse(&mut self, field: Field, code: ImportCode, expected: Expectation) {
        self.refused = true;
        let read = self.shown(field);
        self.notes.reject(self.row.line, self.header.text(field), code, &read, expected);
    }

    fn warn(&mut self, field: Field, code: ImportCode) {
        let read = self.shown(field);
        self.notes.warn(Some(self.row.line), Some(self.header.text(field)), code, Some(&read));
    }

    fn shown(&self, field: Field) -> String {
        self.header.position(field).map(|index| self.row.cell(index).shown()).unwrap_or_default()
    }

    /// A date, with a warning when only its month is known.
    fn dated(&mut self, field: Field) -> Option<ImportedDate> {
        let read = self.optional(field, date)?;
        if read.month_only {
            self.warn(field, ImportCode::DateMonthOnly);
        }
        Some(read)
    }

    /// Holds a date of work against the birth. A conflict that other days of the same month would not have is a
    /// warning (RULINGS 26).
    fn check_age(&mut self, field: Field, born: ImportedDate, begun: ImportedDate, too_early: [ImportCode; 2]) {
        let of_age = |birth: NaiveDate| birth.checked_add_months(WORK_AGE).unwrap_or(birth);
        let [before_birth, under_age] = too_early;
        if begun.latest() < born.date {
            self.refuse(field, before_birth, Expectation::AfterBirth);
        } else if begun.latest() < of_age(born.date) {
            self.refuse(field, under_age, Expectation::OfAge);
        } else if begun.date < of_age(born.date) {
            self.warn(field, ImportCode::DateConflictUncertain);
        }
    }

    fn check_dates(
        &mut self,
        today: NaiveDate,
        born: Option<ImportedDate>,
        service: Option<ImportedDate>,
        joined: Option<ImportedDate>,
    ) {
        if born.is_some_and(|born| born.date > today) {
            self.refuse(Field::BornOn, ImportCode::BornInFuture, Expectation::PastDate);
            return;
        }
        if let (Some(born), Some(service)) = (born, service) {
            let codes = [ImportCode::ServiceBeforeBirth, ImportCode::ServiceUnderAge];
            self.check_age(Field::ServiceFrom, born, service, codes);
        }
        if let (Some(born), Some(joined)) = (born, joined) {
            let codes = [ImportCode::JoinedBeforeBirth, ImportCode::JoinedUnderAge];
            self.check_age(Field::JoinedOn, born, joined, codes);
        }
        if let (Some(service), Some(joined)) = (service, joined) {
            if joined.latest() < service.date {
                self.warn(Field::JoinedOn, ImportCode::JoinedBeforeService);
            } else if joined.date < service.date {
                self.warn(Field::JoinedOn, ImportCode::DateConflictUncertain);
            }
        }
    }
}

impl Visitor for Roll<'_> {
    fn row(&mut self, header: &Header, row: &Row, notes: &mut Notes) {
        if self.column.is_empty() {
            header.text(Field::Spouse).clone_into(&mut self.column);
        }
        let mut line = Line { header, row, notes, refused: false };
        let badge_no = line.required(Field::BadgeNo, badge);
        let earlier = badge_no.as_ref().and_then(|badge_no| self.seen.get(badge_no)).map(|seen| seen.line);
        if let Some(earlier) = earlier {
            line.refuse(Field::BadgeNo, ImportCode::BadgeRepeated, Expectation::Once(earlier));
        }
        let name = line.required(Field::Name, text);
        let unit = line.required(Field::UnitCode, unit_code);
        if unit.as_ref().is_some_and(|code| !self.known.unit_exists(code)) {
            line.refuse(Field::UnitCode, ImportCode::UnitUnknown, Expectation::Unit);
        }
        let category = line.required(Field::Category, category);
        let sex = line.required(Field::Sex, sex);
        let born_on = line.dated(Field::BornOn);
        let service_from = line.dated(Field::ServiceFrom);
        let joined_on = line.dated(Field::JoinedOn);
        line.check_dates(self.today, born_on, service_from, joined_on);
        let post = line.optional(Field::Post, text);
        let rank = line.optional(Field::Rank, text);
        let mut spouse = line.optional(Field::Spouse, badge);
        if spouse.is_some() && spouse == badge_no {
            line.refuse(Field::Spouse, ImportCode::SpouseSelf, Expectation::OtherPerson);
            spouse = None;
        }
        let refused = line.refused;
        if let (Some(badge_no), None) = (&badge_no, earlier) {
            self.seen.insert(badge_no.clone(), Seen { line: row.line, refused, spouse: spouse.clone() });
            if let Some(spouse) = &spouse {
                self.links.push(Link { line: row.line, badge_no: badge_no.clone(), spouse: spouse.clone() });
            }
        }
        if let (false, Some(badge_no), Some(name), Some(unit_code), Some(category), Some(sex)) =
            (refused, badge_no, name, unit, category, sex)
        {
            let line = row.line;
            let spouse_badge_no = spouse;
            self.rows.push(OfficerRow {
                line,
                badge_no,
                name,
                unit_code,
                category,
                sex,
                born_on,
                service_from,
                joined_on,
                post,
                rank,
                spouse_badge_no,
            });
        }
    }

    fn ragged(&mut self, header: &Header, row: &Row) {
        let cell = header.position(Field::BadgeNo).map(|index| row.cell(index));
        if let Some(Ok(Some(badge_no))) = cell.map(badge) {
            self.seen.entry(badge_no).or_insert(Seen { line: row.line, refused: true, spouse: None });
        }
    }
}

impl Roll<'_> {
    /// Checks the spouses now that every row is known, and takes out the rows that are refused for them.
    fn link_spouses(self, notes: &mut Notes) -> Vec<OfficerRow> {
        let Self { known, mut rows, seen, links, column, .. } = self;
        let mut refused_lines = HashSet::new();
        let mut unlinked_lines = HashSet::new();
        let mut elsewhere: Vec<&str> =
            links.iter().map(|link| link.spouse.as_str()).filter(|spouse| !seen.contains_key(*spouse)).collect();
        elsewhere.sort_unstable();
        elsewhere.dedup();
        let there = known.officers_among(&elsewhere);
        let mut outside: HashSet<&str> = HashSet::new();
        for link in &links {
            let mut refuse = |code| {
                notes.reject(link.line, &column, code, &link.spouse, Expectation::MutualSpouse);
                refused_lines.insert(link.line);
            };
            match seen.get(&link.spouse) {
                // The other row is refused for reasons of its own; that is no fault of this one.
                Some(partner) if partner.refused => {}
                Some(partner) if partner.spouse.as_ref() == Some(&link.badge_no) => {}
                Some(_) => refuse(ImportCode::SpouseNotMutual),
                None if !there.contains(&link.spouse) => {
                    unlinked_lines.insert(link.line);
                    notes.warn(Some(link.line), Some(&column), ImportCode::SpouseUnknown, Some(&link.spouse));
                }
                None if !outside.insert(&link.spouse) => refuse(ImportCode::SpouseRepeated),
                None => {}
            }
        }
        rows.retain(|row| !refused_lines.contains(&row.line));
        for row in rows.iter_mut().filter(|row| unlinked_lines.contains(&row.line)) {
            row.spouse_badge_no = None;
        }
        rows
    }
}
