//! What is said about a file: refusals and warnings with stable codes, each at its place.

use std::fmt;
use std::str::FromStr;

use std::sync::Arc;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::file_error::FileError;
pub(super) use super::notes::{Notes, excerpt};
use crate::rules::duty::{DutyKind, RestDayKind};
use crate::rules::finding::Finding;
use crate::rules::terms::{HalfDays, Instant, UnknownWord, vocabulary};

vocabulary! {
    /// Why a file, a row or a cell was refused, or what deserves attention. Stable (docs/ERRORS.md).
    ImportCode {
        // The file cannot be read.
        /// No bytes, or no row.
        FileEmpty = "file_empty",
        /// Reading failed on the way.
        FileUnreadable = "file_unreadable",
        /// Neither UTF-8 nor GB18030.
        EncodingUnreadable = "encoding_unreadable",
        /// Not an `.xlsx` workbook, or a damaged one.
        NotAWorkbook = "not_a_workbook",
        /// `.xls`, or a workbook under a password that hides it.
        OldWorkbook = "old_workbook",
        /// A workbook under a password.
        WorkbookEncrypted = "workbook_encrypted",
        /// Unpacked it would be larger than the limit.
        WorkbookTooLarge = "workbook_too_large",
        /// More data rows than the limit.
        TooManyRows = "too_many_rows",
        /// More columns than the limit.
        TooManyColumns = "too_many_columns",
        /// One record is larger than the limit.
        RecordTooLong = "record_too_long",
        /// A quote is never closed.
        QuoteUnclosed = "quote_unclosed",
        /// None of the first rows is a header.
        HeaderMissing = "header_missing",

        // The header.
        /// A required column is absent.
        ColumnMissing = "column_missing",
        /// Two columns mean the same.
        ColumnRepeated = "column_repeated",

        // Rows and cells.
        /// More or fewer fields than the header.
        RowRagged = "row_ragged",
        /// A formula that failed.
        CellError = "cell_error",
        /// A required value is absent.
        ValueMissing = "value_missing",
        /// Too many characters.
        ValueTooLong = "value_too_long",
        /// Control characters, line breaks included.
        ControlCharacter = "control_character",
        /// Characters that such a number or code cannot have.
        InvalidCharacters = "invalid_characters",
        /// A number or date where text belongs.
        NotText = "not_text",
        /// A badge number that a spreadsheet turned into `1.0E+5`.
        BadgeScientific = "badge_scientific",
        /// A unit code that a spreadsheet turned into `5.1E+11`.
        CodeScientific = "code_scientific",
        /// A number with a fraction where a badge number or code belongs.
        NumberNotWhole = "number_not_whole",
        /// The badge number stands in an earlier row.
        BadgeRepeated = "badge_repeated",
        /// The unit code stands in an earlier row.
        CodeRepeated = "code_repeated",
        /// No unit has this code.
        UnitUnknown = "unit_unknown",
        /// No unit has the code of the parent, in the file or outside.
        ParentUnknown = "parent_unknown",
        /// A unit would be its own ancestor.
        ParentCycle = "parent_cycle",
        /// Not a personnel category.
        CategoryUnknown = "category_unknown",
        /// Not a sex.
        SexUnknown = "sex_unknown",
        /// Not a kind of unit.
        KindUnknown = "kind_unknown",
        /// Not in a form that dates have.
        DateUnreadable = "date_unreadable",
        /// No such day.
        DateImpossible = "date_impossible",
        /// A number such as 2016.1: January, or October without its zero.
        DateAmbiguous = "date_ambiguous",
        /// Born after today.
        BornInFuture = "born_in_future",
        /// Work begun before birth.
        ServiceBeforeBirth = "service_before_birth",
        /// Work begun under 14 years of age.
        ServiceUnderAge = "service_under_age",
        /// Joined before birth.
        JoinedBeforeBirth = "joined_before_birth",
        /// Joined under 14 years of age.
        JoinedUnderAge = "joined_under_age",
        /// Their own spouse.
        SpouseSelf = "spouse_self",
        /// The other row does not name this one.
        SpouseNotMutual = "spouse_not_mutual",
        /// Two rows name the same person outside the file.
        SpouseRepeated = "spouse_repeated",

        // Openings.
        /// No officer has this badge number, or none within the caller's reach.
        OfficerUnknown = "officer_unknown",
        /// Not a year.
        YearUnreadable = "year_unreadable",
        /// Neither this leave year nor the last.
        YearOutOfRange = "year_out_of_range",
        /// Not a number of days in steps of a half.
        DaysUnreadable = "days_unreadable",
        /// The date does not lie in the leave year.
        AsOfOutsideYear = "as_of_outside_year",
        /// The date lies after today.
        AsOfInFuture = "as_of_in_future",
        /// The officer and year stand in an earlier row.
        OpeningRepeated = "opening_repeated",
        /// Another opening of the officer and year is recorded.
        OpeningDiffers = "opening_differs",
        /// More days than were owed on the date.
        TakenExceedsOwed = "taken_exceeds_owed",

        // Rosters of duty.
        /// Not a time of day.
        TimeUnreadable = "time_unreadable",
        /// Not a number of minutes, or more than the shift has.
        MinutesUnreadable = "minutes_unreadable",
        /// Neither a kind of duty nor one of rest.
        DutyKindUnknown = "duty_kind_unknown",
        /// A rule of rest refuses the row; the report names the rule.
        RuleRefuses = "rule_refuses",
        /// A code that neither the file's legend, nor a pattern, nor the service knows.
        CodeUnknown = "code_unknown",
        /// A code that means more than one thing.
        CodeAmbiguous = "code_ambiguous",
        /// Date headings without a month, and no month is said.
        MonthMissing = "month_missing",
        /// The title names another month than the request.
        MonthConflicts = "month_conflicts",
        /// Several officers have this name.
        NameAmbiguous = "name_ambiguous",
        /// More cells that say something than the limit.
        TooManyCells = "too_many_cells",
        /// A rule asks for a reason and none is given.
        MissingField = "missing_field",

        /// Has left the roll: no other unit or category.
        OfficerSeparated = "officer_separated",
        /// Outside the caller's reach, or the caller's own or their spouse's record.
        NotYours = "not_yours",

        // Warnings.
        /// A column that is not read.
        ColumnIgnored = "column_ignored",
        /// Values without a header above them.
        CellsOutsideTable = "cells_outside_table",
        /// A further sheet with a header, not read.
        SheetIgnored = "sheet_ignored",
        /// A date known to the month only.
        DateMonthOnly = "date_month_only",
        /// Dates that conflict only because one is known to the month.
        DateConflictUncertain = "date_conflict_uncertain",
        /// Joined before work began.
        JoinedBeforeService = "joined_before_service",
        /// The spouse is neither in the file nor in the database: no link.
        SpouseUnknown = "spouse_unknown",
        /// A rule of rest warns of the row; what was read names the rule.
        RuleWarns = "rule_warns",
        /// The officer of this badge number has another name.
        NameDiffers = "name_differs",
        /// The date has another day of the week.
        WeekdayDiffers = "weekday_differs",
        /// A remark in a row of the table, not read.
        RowIgnored = "row_ignored",
        /// Leave is written in the file and none is granted.
        LeaveNotGranted = "leave_not_granted",
        /// More warnings than are listed.
        MoreWarnings = "more_warnings",
        /// More refusals than are listed.
        MoreRejected = "more_rejected",
    }
}

/// The language of a report's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
}

/// What would have been understood; [`Expectation::text`] puts it into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expectation {
    /// A file of one of the two formats.
    File,
    /// At most so many rows.
    Rows(usize),
    /// At most so many columns.
    Columns(usize),
    /// At most so many bytes.
    Bytes(u64),
    /// A closing quote.
    Quote,
    /// A header with these required columns.
    Header(String),
    /// A column of this name.
    Column(String),
    /// One column of this meaning.
    OneColumn,
    /// So many fields.
    Fields(usize),
    /// Any value.
    Value,
    /// At most so many characters.
    Chars(usize),
    /// Text on one line.
    PlainText,
    /// Text, not a number or date.
    Text,
    /// A badge number as text.
    Badge,
    /// A unit code as text.
    Code,
    /// A value that no other row has; the earlier row.
    Once(u32),
    /// The code of a unit that exists.
    Unit,
    /// The code of a unit in the file or the database.
    Parent,
    /// A parent that is no descendant.
    NoCycle,
    /// A category.
    Category,
    /// A sex.
    Sex,
    /// A kind of unit.
    Kind,
    /// A date.
    Date,
    /// A date of today or before.
    PastDate,
    /// A date after birth.
    AfterBirth,
    /// A date at the age of 14 or more.
    OfAge,
    /// Somebody else's badge number.
    OtherPerson,
    /// A spouse whose row names this one.
    MutualSpouse,
    /// A record that the caller may change.
    Yours,
    /// The badge number of an officer on record.
    Officer,
    /// A leave year between two.
    Years(i32, i32),
    /// A date in a leave year.
    DateIn(i32),
    /// Days in steps of a half.
    Days,
    /// At most so many days.
    DaysAtMost(HalfDays),
    /// The row as it was imported before.
    SameOpening,
    /// Unit and category as they were on the last day on the roll.
    AsOnLeaving,
    /// A time of day.
    Time,
    /// At most so many minutes.
    MinutesAtMost(i64),
    /// Minutes.
    Minutes,
    /// A kind of duty or of rest.
    DutyKind,
    /// What a rule of rest admits.
    Rule(String),
    /// A code of a duty that is known: these.
    DutyCode(String),
    /// Hours, or a kind of rest.
    DutyHours,
    /// A month, such as `?month=2026-03`.
    Month,
    /// The month of the request, or none there.
    MonthAs(String),
    /// At most so many cells.
    Cells(usize),
    /// A name that one officer has, or a badge number.
    OneName,
    /// A reason.
    Reason,
}

/// One refusal, at its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejection {
    /// Line of the file, title and header included; row number in a workbook.
    pub row: u32,
    /// Column as in the file's header; empty where the whole row is meant.
    pub column: String,
    /// Why.
    pub code: ImportCode,
    /// What was read, cut to a readable length.
    pub read: String,
    /// What would have been understood.
    pub expected: Expectation,
    /// Where it lies exactly.
    pub spot: Spot,
    /// What the rule says that refuses.
    pub finding: Option<Finding>,
}

/// Where in a file something lies, beside its row and column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spot {
    /// Sheet of a workbook of rosters.
    pub sheet: Option<Arc<str>>,
    /// Cell of a roster by columns and rows, such as `F7`.
    pub cell: Option<String>,
}

/// Something that deserves attention and refuses nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Warning {
    /// Line of the file, where one is meant.
    pub row: Option<u32>,
    /// Column as in the file's header, where one is meant.
    pub column: Option<String>,
    /// What.
    pub code: ImportCode,
    /// What was read, where that helps.
    pub read: Option<String>,
    /// Where it lies exactly.
    pub spot: Spot,
    /// What the rule says that warns.
    pub finding: Option<Finding>,
}

/// The result of an import, as CONTRACT §4 shows it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// Records made.
    pub created: u32,
    /// Records changed.
    pub updated: u32,
    /// Records that were already so.
    pub unchanged: u32,
    /// What deserves attention.
    pub warnings: Vec<Warning>,
    /// What was refused; nothing was stored unless empty.
    pub rejected: Vec<Rejection>,
    /// What else is told of a roster of duty.
    pub roster: Option<RosterReport>,
}

impl Report {
    /// The report on a roster of duty of which nothing is known yet.
    #[must_use]
    pub fn of_duties() -> Self {
        Self { roster: Some(RosterReport::default()), ..Self::default() }
    }

    /// The report where the file cannot be read on.
    #[must_use]
    pub fn ended_by(mut self, error: FileError) -> Self {
        self.rejected.push(error.rejection());
        self
    }
}

/// What is told of a roster of duty beside the rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RosterReport {
    /// What the file plans anew or otherwise than an earlier roster, the first thousand dates.
    pub changed: Vec<Changed>,
    /// Whether a rule asks for a reason that is not given.
    pub asks_reason: bool,
}

/// A date of somebody's on which the file plans something anew or otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// Line of the file.
    pub row: u32,
    /// Column as in the file's header.
    pub column: String,
    /// Where it lies exactly.
    pub spot: Spot,
    /// Whose.
    pub badge_no: String,
    /// The date.
    pub on: NaiveDate,
    /// What was planned; nothing where it is new.
    pub before: Vec<Planned>,
    /// What is planned instead; nothing where it is taken back.
    pub after: Vec<Planned>,
}

/// A shift or a day of rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Planned {
    /// A shift.
    Shift {
        /// Kind.
        kind: DutyKind,
        /// First instant.
        starts_at: Instant,
        /// First instant after it.
        ends_at: Instant,
        /// Minutes that count.
        counted_minutes: i32,
    },
    /// A day of rest.
    Rest {
        /// Kind.
        kind: RestDayKind,
    },
}

/// What a file holds: the rows without fault, warnings, refusals.
pub type Checked<T> = (Vec<T>, Vec<Warning>, Vec<Rejection>);
