//! The dates at the head of a roster of people by dates: written in full, as month and day, or as the day alone, with
//! the month taken from the title or the request.

use chrono::{Datelike, NaiveDate, Weekday};

use super::super::report::ImportCode;
use super::super::table::Cell;
use super::super::value::{date_text, half_width};

/// What a heading says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heading {
    /// A whole date.
    Date(NaiveDate),
    /// 3月1日.
    MonthDay(u32, u32),
    /// 1, 1日.
    Day(u32),
}

/// The month that headings leave out, or the year alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    /// Year.
    pub year: i32,
    /// Month, where one is said.
    pub month: Option<u32>,
}

impl Month {
    /// Reads `2026-03`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let is_plain = |text: &str, digits| text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        let (year, month) = (is_plain(year, 4).then_some(year)?, is_plain(month, 2).then_some(month)?);
        NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1).map(Self::of)
    }

    /// The month of a date.
    #[must_use]
    pub fn of(date: NaiveDate) -> Self {
        Self { year: date.year(), month: Some(date.month()) }
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.month {
            Some(month) => write!(f, "{:04}-{month:02}", self.year),
            None => write!(f, "{:04}", self.year),
        }
    }
}

/// What a column is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// A date.
    On(NaiveDate),
    /// The 31st of a month that has thirty days: a form with a column for it, which stays blank.
    Absent,
}

const WEEKDAYS: &[(&str, &str, &str, Weekday)] = &[
    ("一", "monday", "mon", Weekday::Mon),
    ("二", "tuesday", "tue", Weekday::Tue),
    ("三", "wednesday", "wed", Weekday::Wed),
    ("四", "thursday", "thu", Weekday::Thu),
    ("五", "friday", "fri", Weekday::Fri),
    ("六", "saturday", "sat", Weekday::Sat),
    ("日", "sunday", "sun", Weekday::Sun),
    ("天", "sunday", "sun", Weekday::Sun),
];

const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

fn compact(text: &str) -> String {
    half_width(text).to_lowercase().chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect()
}

/// The day of the week that a cell says, and nothing else: 一, 周一, 星期一, Mon, Monday.
pub fn weekday(cell: &Cell) -> Option<Weekday> {
    let Cell::Text(text) = cell else { return None };
    weekday_word(&compact(text))
}

fn weekday_word(word: &str) -> Option<Weekday> {
    let bare = ["星期", "礼拜", "周"].iter().find_map(|prefix| word.strip_prefix(prefix)).unwrap_or(word);
    WEEKDAYS.iter().find(|(zh, long, short, _)| bare == *zh || word == *long || word == *short).map(|found| found.3)
}

/// Takes a day of the week off a heading: `3月1日（周日）`, `周日3/1`, `1 Mar Sun`.
fn without_weekday(text: &str) -> (&str, Option<Weekday>) {
    if let Some((before, rest)) = text.split_once('(')
        && !before.is_empty()
    {
        return (before, weekday_word(rest.trim_end_matches(')')));
    }
    for (zh, long, short, day) in WEEKDAYS {
        for prefix in ["星期", "礼拜", "周"] {
            let word = format!("{prefix}{zh}");
            if let Some(rest) = text.strip_suffix(word.as_str()).or_else(|| text.strip_prefix(word.as_str())) {
                return (rest, Some(*day));
            }
        }
        for word in [long, short] {
            if let Some(rest) = text.strip_suffix(word).or_else(|| text.strip_prefix(word)) {
                return (rest.trim_matches([',', '.', '-']), Some(*day));
            }
        }
        // `1日` is the first, not a Sunday.
        if *zh != "日"
            && let Some(rest) = text.strip_suffix(zh)
        {
            return (rest, Some(*day));
        }
    }
    (text, None)
}

/// The date that a heading names, with the day of the week where it says one; `None` where it is about something else.
pub fn heading(cell: &Cell) -> Option<Result<(Heading, Option<Weekday>), ImportCode>> {
    match cell {
        Cell::Date(date) => Some(Ok((Heading::Date(*date), None))),
        Cell::Number(number) if number.fract() == 0.0 && (1.0..=31.0).contains(number) => {
            let day = format!("{number:.0}").parse().ok()?;
            Some(Ok((Heading::Day(day), None)))
        }
        Cell::Number(number) => match date_text(&number.to_string()) {
            Ok(date) if !date.month_only => Some(Ok((Heading::Date(date.date), None))),
            // The number 3.1 is 1 March, or 10 March without its zero.
            _ if number.fract() != 0.0 && (1.0..13.0).contains(number) => Some(Err(ImportCode::DateAmbiguous)),
            _ => None,
        },
        Cell::Text(text) => {
            let text = compact(text);
            let (bare, weekday) = without_weekday(&text);
            of_text(bare).map(|read| read.map(|heading| (heading, weekday)))
        }
        Cell::Empty | Cell::Fault(_) => None,
    }
}

fn of_text(text: &str) -> Option<Result<Heading, ImportCode>> {
    match date_text(text) {
        Ok(date) if !date.month_only => return Some(Ok(Heading::Date(date.date))),
        Err(fault) if fault.code == ImportCode::DateImpossible => return Some(Err(fault.code)),
        _ => {}
    }
    let day_of = |text: &str| number(text.strip_suffix(['日', '号']).unwrap_or(text));
    if let Some(day) = day_of(text) {
        return (1..=31).contains(&day).then_some(Ok(Heading::Day(day)));
    }
    let pair = match text.split_once('月') {
        Some((month, day)) => number(month).zip(day_of(day)),
        None => {
            let parts = text.split_once(['/', '-', '.']);
            parts.and_then(|(month, day)| number(month).zip(number(day)))
        }
    };
    if let Some((month, day)) = pair {
        let is_one = (1..=12).contains(&month) && NaiveDate::from_ymd_opt(2024, month, day).is_some();
        return Some(if is_one { Ok(Heading::MonthDay(month, day)) } else { Err(ImportCode::DateImpossible) });
    }
    english(text)
}

/// `1-mar`, `mar 1`, `1mar2026`.
fn english(text: &str) -> Option<Result<Heading, ImportCode>> {
    let letters: String = text.chars().filter(char::is_ascii_alphabetic).collect();
    let named = |name: &&str| letters.len() >= 3 && name.starts_with(&letters);
    let month = u32::try_from(MONTHS.iter().position(named)?).ok()? + 1;
    let rest = text.replace(&letters, " ");
    let is_plain = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '/' | ',' | '.');
    if !rest.chars().all(is_plain) {
        return None;
    }
    let mut numbers = rest.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let (day, year) = (number(numbers.next()?)?, numbers.next());
    let heading = match year {
        Some(year) if year.len() == 4 => NaiveDate::from_ymd_opt(year.parse().ok()?, month, day).map(Heading::Date),
        Some(_) => return None,
        None => NaiveDate::from_ymd_opt(2024, month, day).map(|_| Heading::MonthDay(month, day)),
    };
    Some(heading.ok_or(ImportCode::DateImpossible))
}

fn number(text: &str) -> Option<u32> {
    let is_number = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

/// The dates of headings in their order, with the month or year that they leave out.
pub fn dates(headings: &[Heading], month: Option<Month>) -> Vec<Result<Day, ImportCode>> {
    let mut last: Option<(u32, u32)> = None;
    let mut years = 0;
    headings
        .iter()
        .map(|heading| match *heading {
            Heading::Date(date) => Ok(Day::On(date)),
            Heading::Day(day) => {
                let Some(Month { year, month: Some(month) }) = month else { return Err(ImportCode::MonthMissing) };
                // 26 … 31, 1 … 25: of which month is the first?
                if last.is_some_and(|last| last >= (month, day)) {
                    return Err(ImportCode::DateAmbiguous);
                }
                last = Some((month, day));
                Ok(NaiveDate::from_ymd_opt(year, month, day).map_or(Day::Absent, Day::On))
            }
            Heading::MonthDay(of, day) => {
                let Some(base) = month else { return Err(ImportCode::MonthMissing) };
                let year = match base.month {
                    Some(month) => base.year + nearest(month, of),
                    None => {
                        years += i32::from(last.is_some_and(|(last, _)| of < last));
                        base.year + years
                    }
                };
                last = Some((of, day));
                NaiveDate::from_ymd_opt(year, of, day).map(Day::On).ok_or(ImportCode::DateImpossible)
            }
        })
        .collect()
}

/// In which year from that of a month another lies nearest: a roster of December reaches into January.
const fn nearest(month: u32, of: u32) -> i32 {
    if of + 6 < month {
        1
    } else if of > month + 5 {
        -1
    } else {
        0
    }
}

/// The month that a title names: 2026年3月, 2026-03, 2026.3, else the year: 2026年. A date with its day is no title's
/// month unless there is nothing else, for it may say when the table was made.
pub fn month_of<'a>(titles: impl Iterator<Item = &'a str>) -> Option<Month> {
    let mut second = None;
    for title in titles {
        let text = compact(title);
        let chars: Vec<char> = text.chars().collect();
        for at in 0..chars.len() {
            let Some((month, is_day)) = month_at(&chars, at) else { continue };
            if month.month.is_some() && !is_day {
                return Some(month);
            }
            if second.is_none_or(|known: Month| known.month.is_none() && month.month.is_some()) {
                second = Some(month);
            }
        }
    }
    second
}

/// Reads a month or year that begins at a place; whether a day follows.
fn month_at(chars: &[char], at: usize) -> Option<(Month, bool)> {
    let digits = |from: usize| chars.iter().skip(from).take_while(|c| c.is_ascii_digit()).count();
    let number = |from: usize, count: usize| -> Option<i32> {
        chars.iter().skip(from).take(count).collect::<String>().parse().ok()
    };
    let before = at.checked_sub(1).and_then(|before| chars.get(before));
    if before.is_some_and(char::is_ascii_digit) || digits(at) != 4 {
        return None;
    }
    let year = number(at, 4).filter(|year| (1900..=2100).contains(year))?;
    let separator = chars.get(at + 4).filter(|c| matches!(c, '年' | '-' | '.' | '/'))?;
    let year_only = (*separator == '年').then_some((Month { year, month: None }, false));
    let count = digits(at + 5);
    let Some(month) = number(at + 5, count).and_then(|month| u32::try_from(month).ok()) else { return year_only };
    if !(1..=12).contains(&month) || !(1..=2).contains(&count) {
        return year_only;
    }
    let after = chars.get(at + 5 + count);
    let is_day = after.is_some_and(|c| matches!(c, '月' | '-' | '.' | '/')) && digits(at + 6 + count) > 0;
    Some((Month { year, month: Some(month) }, is_day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Result<Heading, ImportCode>> {
        heading(&Cell::text(text, 100)).map(|read| read.map(|(heading, _)| heading))
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn headings_of_every_form() {
        for text in
            ["2026-03-01", "2026/3/1", "2026年3月1日", "2026.03.01", "20260301", "2026-03-01 周日", "1 Mar 2026"]
        {
            assert_eq!(read(text), Some(Ok(Heading::Date(day("2026-03-01")))), "{text}");
        }
        for text in [
            "3月1日",
            "3月1",
            "3/1",
            "03-01",
            "3.1",
            "３月１日",
            "3月1日(周日)",
            "周日3/1",
            "1-Mar",
            "Mar 1",
            "March 1",
        ] {
            assert_eq!(read(text), Some(Ok(Heading::MonthDay(3, 1))), "{text}");
        }
        for text in ["1", "01", "1日", "1号", "1（日）", "1\n周日", "1日星期日", "1 Sun"] {
            assert_eq!(read(text), Some(Ok(Heading::Day(1))), "{text}");
        }
        assert_eq!(heading(&Cell::text("7\n一", 9)), Some(Ok((Heading::Day(7), Some(Weekday::Mon)))));
        for text in ["", "警号", "合计", "备注", "2026-03", "32", "0", "白", "一", "1小时", "March", "夜班1"]
        {
            assert_eq!(read(text), None, "{text}");
        }
        for text in ["13月1日", "2月30日", "2026-02-30", "4/31"] {
            assert_eq!(read(text), Some(Err(ImportCode::DateImpossible)), "{text}");
        }
        assert_eq!(heading(&Cell::Number(3.1)), Some(Err(ImportCode::DateAmbiguous)));
        assert_eq!(heading(&Cell::Number(31.0)), Some(Ok((Heading::Day(31), None))));
    }

    #[test]
    fn titles_name_their_month() {
        let of = |text: &str| month_of([text].into_iter()).map(|month| month.to_string());
        for text in [
            "城关派出所2026年3月排班表",
            "2026-03",
            "值班表（2026.3）",
            "２０２６年３月",
            "2026年3月1日至2026年3月31日",
        ] {
            assert_eq!(of(text).as_deref(), Some("2026-03"), "{text}");
        }
        assert_eq!(of("2026年度排班表").as_deref(), Some("2026"));
        assert_eq!(of("2026年第二季度").as_deref(), Some("2026"));
        for text in ["排班表", "12026-03", "2026", "1234-56"] {
            assert_eq!(of(text), None, "{text}");
        }
        let made = ["制表日期 2026-02-25", "2026年3月"];
        assert_eq!(month_of(made.into_iter()).map(|month| month.to_string()).as_deref(), Some("2026-03"));
    }

    #[test]
    fn months_and_years_that_are_left_out() {
        let month = |text| Month::parse(text);
        let days = dates(&[Heading::Day(30), Heading::Day(31)], month("2026-04"));
        assert_eq!(days, [Ok(Day::On(day("2026-04-30"))), Ok(Day::Absent)]);
        let over = dates(&[Heading::MonthDay(12, 31), Heading::MonthDay(1, 1)], month("2026-12"));
        assert_eq!(over, [Ok(Day::On(day("2026-12-31"))), Ok(Day::On(day("2027-01-01")))]);
        let before = dates(&[Heading::MonthDay(12, 31), Heading::MonthDay(1, 1)], month("2027-01"));
        assert_eq!(before, over);
        let year = Some(Month { year: 2026, month: None });
        assert_eq!(dates(&[Heading::MonthDay(12, 31), Heading::MonthDay(1, 1)], year), over);
        assert_eq!(dates(&[Heading::MonthDay(2, 29)], month("2026-02")), [Err(ImportCode::DateImpossible)]);
        assert_eq!(dates(&[Heading::Day(1)], None), [Err(ImportCode::MonthMissing)]);
        assert_eq!(dates(&[Heading::Day(1)], year), [Err(ImportCode::MonthMissing)]);
        let around = dates(&[Heading::Day(31), Heading::Day(1)], month("2026-03"));
        assert_eq!(around, [Ok(Day::On(day("2026-03-31"))), Err(ImportCode::DateAmbiguous)]);
        for text in ["2026-13", "26-03", "2026-3", "2026", "2026-03-01", "+026-03"] {
            assert_eq!(Month::parse(text), None, "{text}");
        }
    }
}
