//! `respite calendar show`: what each date is, from the calendar of the force.

use std::fmt::Write;

use anyhow::bail;
use chrono::{Datelike, NaiveDate, Weekday};
use clap::Subcommand;
use serde_json::json;

use super::Ended;
use super::records;
use super::terminal::Terminal;
use crate::clock::Clock;
use crate::config::Language;
use crate::rules::calendar::{Day, DayClass, YearStatus};
use crate::rules::terms::{year_end, year_start};

/// Most dates in one answer.
const DAYS_MAX: i64 = 3660;

/// What can be done with the calendar.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print what each date is; without dates, of this year
    Show {
        /// The dates of one year
        #[arg(long, conflicts_with_all = ["from", "to"])]
        year: Option<i32>,
        /// First date
        #[arg(long, requires = "to", value_name = "DATE")]
        from: Option<NaiveDate>,
        /// Last date
        #[arg(long, requires = "from", value_name = "DATE")]
        to: Option<NaiveDate>,
    },
}

/// Prints the dates asked for; a year without a calendar is refused.
pub fn run(terminal: &Terminal, command: &Command) -> anyhow::Result<Ended> {
    let Command::Show { year, from, to } = command;
    let today = Clock::system(terminal.config.time_zone).today();
    let year = year.unwrap_or_else(|| today.year());
    let (from, to) = match (from, to) {
        (Some(from), Some(to)) => (Some(*from), Some(*to)),
        _ => (year_start(year), year_end(year)),
    };
    let (Some(from), Some(to)) = (from, to) else { bail!("{year}") };
    if to < from || (to - from).num_days() >= DAYS_MAX {
        bail!("--from {from} --to {to}: 1–{DAYS_MAX} {}", terminal.say("天", "days"));
    }
    let statutes = records::law_in_force(&terminal.config)?;
    let calendar = statutes.calendars.force();
    let mut days = Vec::new();
    for date in from.iter_days().take_while(|date| *date <= to) {
        match calendar.day(date) {
            Ok(day) => days.push(day),
            Err(missing) => {
                let years: Vec<String> = calendar.years().map(|(year, _)| year.to_string()).collect();
                terminal.note(&format!(
                    "respite: {}{} ({})",
                    terminal.say("没有已公布的工作日历：", "no calendar is published for "),
                    missing.year,
                    years.join(", ")
                ));
                return Ok(Ended::Refused);
            }
        }
    }
    let json = || {
        let items: Vec<_> = days
            .iter()
            .map(|day| {
                let (name_zh, name_en) = day.name.as_ref().map(|name| (&name.zh, &name.en)).unzip();
                json!({
                    "date": day.date, "class": day.class, "working": day.working, "status": day.status,
                    "name_zh": name_zh, "name_en": name_en,
                })
            })
            .collect();
        json!({"items": items})
    };
    terminal.result(|| days.iter().fold(String::new(), |said, day| line(terminal, said, day)), json)?;
    Ok(Ended::Done)
}

fn line(terminal: &Terminal, mut said: String, day: &Day) -> String {
    let chinese = terminal.config.language == Language::ZhCn;
    let weekday = match day.date.weekday() {
        Weekday::Mon if chinese => "周一",
        Weekday::Tue if chinese => "周二",
        Weekday::Wed if chinese => "周三",
        Weekday::Thu if chinese => "周四",
        Weekday::Fri if chinese => "周五",
        Weekday::Sat if chinese => "周六",
        Weekday::Sun if chinese => "周日",
        Weekday::Mon => "Mon",
        Weekday::Tue => "Tue",
        Weekday::Wed => "Wed",
        Weekday::Thu => "Thu",
        Weekday::Fri => "Fri",
        Weekday::Sat => "Sat",
        Weekday::Sun => "Sun",
    };
    let class = match day.class {
        DayClass::Workday => terminal.say("工作日", "workday"),
        DayClass::Weekend => terminal.say("周末", "weekend"),
        DayClass::RestDayMoved => terminal.say("调休放假", "rest day moved"),
        DayClass::StatutoryHoliday => terminal.say("法定节假日", "statutory holiday"),
        DayClass::MakeupWorkday => terminal.say("调休上班", "make-up workday"),
    };
    let working = if day.working { terminal.say("班", "work") } else { terminal.say("休", "rest") };
    let name = day.name.as_ref().map(|name| terminal.say(&name.zh, &name.en)).unwrap_or_default();
    let status = match day.status {
        YearStatus::Official => "",
        YearStatus::Provisional => terminal.say("（暂定）", "(provisional)"),
    };
    let _ = writeln!(said, "{}", format!("{}  {weekday}  {working}  {class}  {name}{status}", day.date).trim_end());
    said
}
