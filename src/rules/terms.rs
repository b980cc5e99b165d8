//! The words of the product: parsed once, and from then on they cannot be wrong.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Days as ChronoDays, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is not one of the words of a vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{read}` is not one of {expected}")]
pub struct UnknownWord {
    /// What was read.
    pub read: String,
    /// The words that would have been understood, separated by commas.
    pub expected: &'static str,
}

/// Declares a closed vocabulary: an enum whose variants have one stable word each, the same on the
/// wire, in the database and in policy files.
macro_rules! vocabulary {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every word of the vocabulary, in the order of its definition.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.as_str()) }
        }

        impl FromStr for $name {
            type Err = UnknownWord;
            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord { read: text.to_owned(), expected: concat!($($word, ", "),+).trim_end_matches(", ") }),
                }
            }
        }
    };
}
pub(crate) use vocabulary;

/// Declares an identifier: a UUIDv7 made by the service.
macro_rules! identifier {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> { Uuid::from_str(text).map(Self) }
        }
    )+};
}

identifier! {
    /// One unit (单位).
    UnitId,
    /// One person on the roll, of whatever category.
    OfficerId,
    /// One account that can sign in.
    AccountId,
    /// One leave request.
    RequestId,
    /// One lot of leave: days of one origin with one validity.
    LotId,
    /// Any other row: a movement, a period, an audit entry.
    RowId,
}

vocabulary! {
    /// Personnel category (人员类别); it chooses the legal regime.
    Category {
        /// 民警: police officer in the civil service.
        Police = "police",
        /// 辅警: auxiliary under a labour contract.
        Auxiliary = "auxiliary",
        /// 职工: staff of the agency.
        Staff = "staff",
        /// 退休: retired.
        Retired = "retired",
    }
}

vocabulary! {
    /// Sex as the roster states it (性别).
    Sex { /// 男
        Male = "male", /// 女
        Female = "female" }
}

vocabulary! {
    /// Kind of unit (单位类别).
    UnitKind {
        /// 局
        Bureau = "bureau",
        /// 分局
        Branch = "branch",
        /// 派出所
        Station = "station",
        /// 大队, 中队
        Team = "team",
        /// 处室, 科室
        Office = "office",
    }
}

vocabulary! {
    /// Kind of a service period: both count as years of work (工作年限), leave-rules §2 point 3.
    ServiceKind { /// 工作
        Employment = "employment", /// 服役
        Military = "military" }
}

vocabulary! {
    /// Why somebody left the roll.
    SeparationCause {
        /// 退休
        Retired = "retired",
        /// 辞职
        Resigned = "resigned",
        /// 调出
        TransferredOut = "transferred_out",
        /// 死亡
        Died = "died",
    }
}

vocabulary! {
    /// What a grant lets an account do (CONTRACT §2).
    Role {
        /// Accounts, units, policies, the service; sees no record of a person's leave.
        Admin = "admin",
        /// 政工/人事
        Hr = "hr",
        /// 科所队长, 教导员
        Leader = "leader",
        /// 分管局领导
        BureauLeader = "bureau_leader",
        /// 职业健康医师
        Clinician = "clinician",
        /// 爱警专干
        WelfareWorker = "welfare_worker",
        /// 评审
        FundPanel = "fund_panel",
        /// 出纳
        FundPayer = "fund_payer",
        /// Report jobs: aggregates only.
        ReportService = "report_service",
        /// 审计/监督
        Auditor = "auditor",
    }
}

vocabulary! {
    /// Kind of leave (假别), CONTRACT §6.
    LeaveKind {
        /// 年休假
        Annual = "annual",
        /// 探亲假（配偶）
        HomeLeaveSpouse = "home_leave_spouse",
        /// 探亲假（未婚探父母）
        HomeLeaveParentsUnmarried = "home_leave_parents_unmarried",
        /// 探亲假（已婚探父母）
        HomeLeaveParentsMarried = "home_leave_parents_married",
        /// 婚假
        Marriage = "marriage",
        /// 产假
        Maternity = "maternity",
        /// 流产假
        Miscarriage = "miscarriage",
        /// 陪产假
        Paternity = "paternity",
        /// 育儿假
        Childcare = "childcare",
        /// 丧假
        Bereavement = "bereavement",
        /// 事假
        Personal = "personal",
        /// 病假
        Sick = "sick",
        /// 停工留薪
        InjuryOnDuty = "injury_on_duty",
        /// 独生子女父母护理假
        OnlyChildCare = "only_child_care",
        /// 陪考假
        ExamCompanion = "exam_companion",
        /// 疗养
        Recuperation = "recuperation",
        /// 妇女节
        WomensDay = "womens_day",
        /// 补休
        Compensatory = "compensatory",
    }
}

vocabulary! {
    /// State of a request as it is recorded; `running` and `expired` are read from dates (see [`ShownState`]).
    RequestState {
        /// Waiting for a decision.
        Submitted = "submitted",
        /// Granted.
        Approved = "approved",
        /// Refused with alternatives.
        Rejected = "rejected",
        /// Taken back by the officer before the decision.
        Withdrawn = "withdrawn",
        /// Not decided in time; its days were returned.
        Expired = "expired",
        /// Given back after approval, before it began.
        Cancelled = "cancelled",
        /// Over, and reported as over (销假), or entered by hr for the past.
        Completed = "completed",
    }
}

vocabulary! {
    /// State of a request as it is shown on a date.
    ShownState {
        /// Waiting for a decision.
        Submitted = "submitted",
        /// Granted, not begun.
        Approved = "approved",
        /// Granted and begun.
        Running = "running",
        /// Refused with alternatives.
        Rejected = "rejected",
        /// Taken back before the decision.
        Withdrawn = "withdrawn",
        /// Not decided in time.
        Expired = "expired",
        /// Given back after approval.
        Cancelled = "cancelled",
        /// Over.
        Completed = "completed",
        /// Begun, and ended by a recall to duty.
        Recalled = "recalled",
    }
}

vocabulary! {
    /// First day of a span: whole, or from noon on.
    FirstDay { /// The whole day.
        Full = "full", /// The afternoon only.
        Pm = "pm" }
}

vocabulary! {
    /// Last day of a span: whole, or until noon.
    LastDay { /// The whole day.
        Full = "full", /// The morning only.
        Am = "am" }
}

vocabulary! {
    /// One half of a date.
    Half { /// Until noon.
        Am = "am", /// From noon on.
        Pm = "pm" }
}

vocabulary! {
    /// Where a lot of leave comes from (RULINGS 16a).
    LotSource {
        /// The year's own entitlement.
        Own = "own",
        /// Carried from the year before (结转).
        Carried = "carried",
        /// A positive adjustment by hr.
        Adjusted = "adjusted",
        /// Credit for a recall from leave.
        Recall = "recall",
        /// Days returned to a lot that had already ended.
        Reopened = "reopened",
        /// Opening balance from a file.
        Opening = "opening",
    }
}

vocabulary! {
    /// Kind of a movement in the leave ledger (RULINGS 16a).
    MovementKind {
        /// Opening balance.
        Opening = "opening",
        /// Days bound by a request.
        Reserved = "reserved",
        /// Days that a request gave back.
        Released = "released",
        /// Adjustment by hr; may be negative.
        Adjusted = "adjusted",
        /// Days that left this lot for a carried or reopened one.
        CarriedOut = "carried_out",
        /// Days that arrived from another lot.
        CarriedIn = "carried_in",
        /// Credited by a rule, e.g. for a recall.
        Credited = "credited",
        /// Paid or waived at the year's end.
        Settled = "settled",
    }
}

#[expect(clippy::derivable_impls, reason = "the macro that writes the enum marks no default")]
impl Default for FirstDay {
    fn default() -> Self {
        Self::Full
    }
}

#[expect(clippy::derivable_impls, reason = "the macro that writes the enum marks no default")]
impl Default for LastDay {
    fn default() -> Self {
        Self::Full
    }
}

/// What days of leave draw on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DrawsOn {
    /// Nothing: sick and personal leave are only recorded.
    Nothing,
    /// Lots of days, with a year and an end.
    Lots,
    /// Lots of credit in minutes, which never end.
    Credit,
}

impl LeaveKind {
    /// What days of this kind draw on.
    #[must_use]
    pub const fn draws_on(self) -> DrawsOn {
        match self {
            Self::Sick | Self::Personal => DrawsOn::Nothing,
            Self::Compensatory => DrawsOn::Credit,
            _ => DrawsOn::Lots,
        }
    }

    /// Whether days of this kind draw on lots of days.
    #[must_use]
    pub const fn has_lots(self) -> bool {
        matches!(self.draws_on(), DrawsOn::Lots)
    }

    /// Whether leave of this kind is only recorded: no quota, no balance.
    #[must_use]
    pub const fn is_only_recorded(self) -> bool {
        matches!(self.draws_on(), DrawsOn::Nothing)
    }

    /// The group that leaders see in place of the kind (CONTRACT §2); `None` where they see the kind itself.
    #[must_use]
    pub const fn leader_group(self) -> Option<&'static str> {
        match self {
            Self::Annual | Self::Compensatory | Self::Personal | Self::Recuperation => None,
            Self::Sick | Self::InjuryOnDuty | Self::Miscarriage => Some("sick"),
            _ => Some("family"),
        }
    }
}

/// A number of half days. Leave is counted in halves so that no sum is ever a fraction of a binary number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HalfDays(pub i32);

impl HalfDays {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// `days` whole days.
    #[must_use]
    pub const fn whole(days: i32) -> Self {
        Self(days * 2)
    }

    /// Days as a number in steps of 0.5, as the wire shows it.
    #[must_use]
    pub fn days(self) -> f64 {
        f64::from(self.0) / 2.0
    }

    /// Reads days in steps of 0.5, between −10 000 and 10 000; anything else is `None`.
    #[must_use]
    pub fn from_days(days: f64) -> Option<Self> {
        if !days.is_finite() || days.abs() > 10_000.0 {
            return None;
        }
        let doubled = days * 2.0;
        if doubled.fract() != 0.0 {
            return None;
        }
        format!("{doubled:.0}").parse().ok().map(Self)
    }
}

impl std::ops::Add for HalfDays {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl std::ops::Sub for HalfDays {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl std::ops::AddAssign for HalfDays {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl std::ops::Neg for HalfDays {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl std::iter::Sum for HalfDays {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, |a, b| a + b)
    }
}

impl fmt::Display for HalfDays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 % 2 == 0 { write!(f, "{}", self.0 / 2) } else { write!(f, "{:.1}", self.days()) }
    }
}

impl Serialize for HalfDays {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % 2 == 0 { serializer.serialize_i32(self.0 / 2) } else { serializer.serialize_f64(self.days()) }
    }
}

impl<'de> Deserialize<'de> for HalfDays {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let days = f64::deserialize(deserializer)?;
        Self::from_days(days).ok_or_else(|| serde::de::Error::custom("days are given in steps of 0.5"))
    }
}

impl JsonSchema for HalfDays {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Days".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "number", "multipleOf": 0.5, "minimum": -10000, "maximum": 10000,
            "description": "Days in steps of 0.5."})
    }
}

/// The longest leave span that is read, in calendar days (CONTRACT §1).
pub const SPAN_DAYS_MAX: i64 = 800;

/// Why a span could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSpan {
    /// `to` lies before `from`.
    #[error("`to` lies before `from`")]
    Reversed,
    /// One date with `pm` and `am`: nothing is left of it.
    #[error("one date cannot begin at noon and end at noon")]
    Empty,
    /// More than [`SPAN_DAYS_MAX`] calendar days.
    #[error("a span has at most {SPAN_DAYS_MAX} days")]
    TooLong,
}

/// A leave span: two inclusive dates, and the halves that are left out at either end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    from: NaiveDate,
    to: NaiveDate,
    first_day: FirstDay,
    last_day: LastDay,
}

impl Span {
    /// Makes a span.
    ///
    /// # Errors
    /// When the dates are reversed, nothing is left of a single date, or the span is longer than [`SPAN_DAYS_MAX`].
    pub fn new(from: NaiveDate, to: NaiveDate, first_day: FirstDay, last_day: LastDay) -> Result<Self, InvalidSpan> {
        if to < from {
            return Err(InvalidSpan::Reversed);
        }
        if from == to && first_day == FirstDay::Pm && last_day == LastDay::Am {
            return Err(InvalidSpan::Empty);
        }
        if (to - from).num_days() >= SPAN_DAYS_MAX {
            return Err(InvalidSpan::TooLong);
        }
        Ok(Self { from, to, first_day, last_day })
    }

    /// Whole days from `from` to `to`.
    ///
    /// # Errors
    /// As [`Span::new`].
    pub fn full(from: NaiveDate, to: NaiveDate) -> Result<Self, InvalidSpan> {
        Self::new(from, to, FirstDay::Full, LastDay::Full)
    }

    /// First date.
    #[must_use]
    pub const fn from(&self) -> NaiveDate {
        self.from
    }
    /// Last date.
    #[must_use]
    pub const fn to(&self) -> NaiveDate {
        self.to
    }
    /// What of the first date.
    #[must_use]
    pub const fn first_day(&self) -> FirstDay {
        self.first_day
    }
    /// What of the last date.
    #[must_use]
    pub const fn last_day(&self) -> LastDay {
        self.last_day
    }

    /// Every date of the span, in order.
    pub fn dates(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        let to = self.to;
        self.from.iter_days().take_while(move |date| *date <= to)
    }

    /// The halves of a date that the span covers, morning first; none for a date outside.
    #[must_use]
    pub fn halves_on(&self, date: NaiveDate) -> &'static [Half] {
        if date < self.from || date > self.to {
            return &[];
        }
        let without_morning = date == self.from && self.first_day == FirstDay::Pm;
        let without_afternoon = date == self.to && self.last_day == LastDay::Am;
        match (without_morning, without_afternoon) {
            (false, false) => &[Half::Am, Half::Pm],
            (true, false) => &[Half::Pm],
            (false, true) => &[Half::Am],
            (true, true) => &[],
        }
    }

    /// Every half of the span in order: what it occupies, whether working or not.
    pub fn slots(&self) -> impl Iterator<Item = (NaiveDate, Half)> + use<> {
        let span = *self;
        span.dates().flat_map(move |date| span.halves_on(date).iter().map(move |half| (date, *half)))
    }
}

/// The leave year that a date belongs to: the calendar year here (RULINGS 7 leaves room for others).
#[must_use]
pub fn leave_year(date: NaiveDate) -> i32 {
    date.year()
}

/// First day of a leave year; `None` for years that no calendar knows.
#[must_use]
pub fn year_start(year: i32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, 1, 1)
}

/// Last day of a leave year.
#[must_use]
pub fn year_end(year: i32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, 12, 31)
}

/// The date after; the last representable date stays.
#[must_use]
pub fn next_day(date: NaiveDate) -> NaiveDate {
    date.checked_add_days(ChronoDays::new(1)).unwrap_or(date)
}

/// An instant with microseconds, as both databases keep it.
pub type Instant = DateTime<Utc>;
