//! `respite import`: a roster from a file, all rows or none.

use std::fmt::Write;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::terminal::Terminal;
use super::{Ended, records};
use crate::app::import::apply::{self, Mode};
use crate::app::import::{FileError, Format, Language, Limits, Progress, Report, detect};
use crate::config;

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
}

/// Imports the file; refused rows end with 1 and leave the records as they were.
pub fn run(terminal: &Terminal, options: &Options) -> anyhow::Result<Ended> {
    let report = match open(&options.file) {
        Ok((file, format)) => apply(terminal, options, file, format)?,
        Err(error) => Report { rejected: vec![error.rejection()], ..Report::default() },
    };
    let language = match terminal.config.language {
        config::Language::ZhCn => Language::Zh,
        config::Language::En => Language::En,
    };
    terminal.result(|| text(terminal, options, &report, language), || report.to_json(language))?;
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
        Roster::Duties => apply::duties(tx, &ctx, &mut file, format, &limits, &mut heard),
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

fn text(terminal: &Terminal, options: &Options, report: &Report, language: Language) -> String {
    let mut said = String::new();
    let row = |row: Option<u32>, column: Option<&str>| {
        let row = row.map(|row| match language {
            Language::Zh => format!("第 {row} 行"),
            Language::En => format!("row {row}"),
        });
        [row.as_deref(), column.filter(|column| !column.is_empty())].into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    for warning in &report.warnings {
        let place = row(warning.row, warning.column.as_deref());
        let read = warning.read.as_ref().map(|read| format!(" “{read}”")).unwrap_or_default();
        let words = warning.code.text(language);
        let _ = writeln!(said, "{}  {place}  {words}{read}  [{}]", terminal.say("注意", "warning"), warning.code);
    }
    for refused in &report.rejected {
        let place = row(Some(refused.row), Some(&refused.column));
        let read = if refused.read.is_empty() { String::new() } else { format!(" “{}”", refused.read) };
        let words = refused.code.text(language);
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
