//! `respite import`: a roster from a file, all rows or none.

use std::fmt::Write;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::terminal::Terminal;
use super::{Ended, records};
use crate::app::duty::REASON_MAX;
use crate::app::import::apply::{self, Mode, RosterOptions};
use crate::app::import::{FileError, Format, Language, Limits, Month, Progress, Report, Spot, Voice, detect};
use crate::http::imports;
use crate::http::language::Words;

/// Rows between two messages.
const STEP: usize = 5000;

/// What the file lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Roster {
    /// Units with their parents.
    Units,
    /// Officers with unit, category and years of work.
    Officers,
    /// Opening balances of annual leave
    Openings,
    /// Shifts and rest days of a period
    #[value(name = "roster")]
    Duties,
}

impl Roster {
    /// The report on a file of which nothing is known yet.
    fn blank(self) -> Report {
        if self == Self::Duties { Report::of_duties() } else { Report::default() }
    }
}

/// What is imported.
#[derive(Debug, Args)]
pub struct Options {
    /// What the file lists
    #[arg(value_enum)]
    roster: Roster,
    /// A .csv (UTF-8 or GB18030) or .xlsx file
    file: PathBuf,
    /// Try everything and store nothing
    #[arg(long)]
    dry_run: bool,
    /// Roster: the month of a table whose dates are written as days alone
    #[arg(long, value_name = "YYYY-MM", value_parser = month)]
    month: Option<Month>,
    /// Roster: why it is planned in spite of what the rules warn of
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    override_reason: Option<String>,
}

fn month(text: &str) -> Result<Month, String> {
    Month::parse(text).ok_or_else(|| "expected YYYY-MM".to_owned())
}

fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    let is_sound = (1..=REASON_MAX).contains(&text.chars().count()) && !text.contains('\0');
    if is_sound { Ok(text.to_owned()) } else { Err(format!("expected 1 to {REASON_MAX} characters")) }
}

/// Imports the file; refused rows end with 1 and leave the records as they were.
pub fn run(terminal: &Terminal, options: &Options) -> anyhow::Result<Ended> {
    let report = match open(&options.file) {
        Ok((file, format)) => apply(terminal, options, file, format)?,
        Err(error) => options.roster.blank().ended_by(error),
    };
    let language = terminal.config.language;
    let sentence = |finding: &_| Words::built_in(terminal.config.time_zone).finding(language, finding);
    let voice = Voice { language: imports::spoken(language), sentence: &sentence };
    terminal.result(|| text(terminal, options, &report, voice), || report.to_json(voice))?;
    Ok(if report.rejected.is_empty() { Ended::Done } else { Ended::Refused })
}

fn open(path: &Path) -> Result<(File, Format), FileError> {
    let mut file = File::open(path)?;
    let mut head = Vec::new();
    Read::by_ref(&mut file).take(8).read_to_end(&mut head)?;
    file.rewind()?;
    let format = detect(None, path.file_name().and_then(|name| name.to_str()), &head)?;
    Ok((file, format))
}

fn apply(terminal: &Terminal, options: &Options, mut file: File, format: Format) -> anyhow::Result<Report> {
    let records = records::open(&terminal.config)?;
    let limits = Limits { xlsx_rows_max: terminal.config.import_rows_max, ..Limits::default() };
    let mode = if options.dry_run { Mode::DryRun } else { Mode::Keep };
    let ctx = records.ctx();
    terminal.note(&format!("{} {} …", terminal.say("正在读取", "reading"), options.file.display()));
    let mut heard = |progress| tell(terminal, progress);
    Ok(apply::run(&records.database, mode, |tx| match options.roster {
        Roster::Units => apply::units(tx, &ctx, &mut file, format, &limits, &mut heard),
        Roster::Officers => apply::officers(tx, &ctx, &mut file, format, &limits, &mut heard),
        Roster::Openings => apply::openings(tx, &ctx, &mut file, format, &limits, &mut heard),
        Roster::Duties => {
            let (month, override_reason) = (options.month, options.override_reason.clone());
            let asked = RosterOptions { month, override_reason, pattern_id: None };
            apply::duties(tx, &ctx, &asked, &mut file, format, &limits, &mut heard)
        }
    })?)
}

/// Says how far it has come, every few thousand rows.
fn tell(terminal: &Terminal, progress: Progress) {
    match progress {
        Progress::Read(rows) => terminal.note(&format!("{} {rows}", terminal.say("已读取行数：", "rows read:"))),
        Progress::Stored(done, of) if done.is_multiple_of(STEP) || done == of => {
            terminal.note(&format!("{} {done} / {of}", terminal.say("已处理行数：", "rows stored:")));
        }
        Progress::Stored(..) => {}
    }
}

fn text(terminal: &Terminal, options: &Options, report: &Report, voice: Voice<'_>) -> String {
    let mut said = String::new();
    let language = voice.language;
    let row = |row: Option<u32>, column: Option<&str>, spot: &Spot| {
        let row = row.map(|row| match language {
            Language::Zh => format!("第 {row} 行"),
            Language::En => format!("row {row}"),
        });
        let column = column.filter(|column| !column.is_empty());
        let parts = [spot.sheet.as_deref(), spot.cell.as_deref().or(row.as_deref()), column];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    for warning in &report.warnings {
        let place = row(warning.row, warning.column.as_deref(), &warning.spot);
        let read = warning.read.as_ref().map(|read| format!(" “{read}”")).unwrap_or_default();
        let words = warning.message(voice);
        let _ = writeln!(said, "{}  {place}  {words}{read}  [{}]", terminal.say("注意", "warning"), warning.code);
    }
    for refused in &report.rejected {
        let place = row(Some(refused.row), Some(&refused.column), &refused.spot);
        let read = if refused.read.is_empty() { String::new() } else { format!(" “{}”", refused.read) };
        let words = refused.message(voice);
        let expected = refused.expected.text(language);
        let wanted = terminal.say("应为", "expected");
        let label = terminal.say("拒绝", "refused");
        let _ = writeln!(said, "{label}  {place}  {words}{read}; {wanted} {expected}  [{}]", refused.shown_code());
    }
    let counts = [
        (terminal.say("新增", "created"), report.created),
        (terminal.say("更新", "updated"), report.updated),
        (terminal.say("未变", "unchanged"), report.unchanged),
    ];
    let counts: Vec<String> = counts.iter().map(|(word, count)| format!("{word} {count}")).collect();
    let end = match (report.rejected.len(), options.dry_run) {
        (0, false) => counts.join(", "),
        (0, true) => format!("{}: {}", terminal.say("试运行，未保存", "dry run, nothing stored"), counts.join(", ")),
        (refused, _) => match language {
            Language::Zh => format!("{refused} 处被拒绝，未保存任何数据。"),
            Language::En => format!("{refused} refused; nothing was stored."),
        },
    };
    let _ = writeln!(said, "{end}");
    said
}
