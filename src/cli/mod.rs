//! The command line: one enum is every way to start the program.
//!
//! Results go to standard output, progress and messages to standard error. A command ends with 0 when it is done, 1
//! when it was refused or failed, 2 when it was used wrongly.

mod account;
mod backup;
mod calendar;
mod demo;
mod doctor;
mod import;
mod jobs;
mod keys;
mod migrate;
mod openapi;
mod policy;
mod records;
mod serve;
mod settings;
mod terminal;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, ConfigError};
use settings::Settings;
use terminal::{Format, Terminal};

/// Personnel welfare and leave service for police forces and other services that never close.
#[derive(Debug, Parser)]
#[command(name = "respite", version, propagate_version = true, max_term_width = 110)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    shared: Shared,
}

/// What every command takes.
#[derive(Debug, Args)]
struct Shared {
    /// Configuration file; without it respite.toml, where there is one
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How results are written to standard output
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    settings: Settings,
}

/// Every way to start the program.
#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the HTTP interface until SIGTERM or SIGINT
    Serve,
    /// Serve a made-up bureau with a year of leave from a temporary folder
    Demo(demo::Options),
    /// Bring the database to the schema of this build
    Migrate,
    /// Create accounts
    #[command(subcommand)]
    Account(account::Command),
    /// Load a roster: all rows or none
    Import(import::Options),
    /// Check and show the policies
    #[command(subcommand)]
    Policy(policy::Command),
    /// Show the working calendar
    #[command(subcommand)]
    Calendar(calendar::Command),
    /// Write what a SQLite database holds into a file; runs beside serve
    Backup(backup::Backup),
    /// Put a backup in the place of a SQLite database that nobody uses
    Restore(backup::Restore),
    /// List, rotate and end the keys that a SQLite database keeps for signing tokens
    #[command(subcommand)]
    Keys(keys::Command),
    /// List and make the runs of the service's jobs
    #[command(subcommand)]
    Jobs(jobs::Command),
    /// Print the OpenAPI 3.1 document
    Openapi,
    /// Examine the records without changing anything; runs beside serve
    Doctor,
}

/// How a command ended, when nothing went wrong with the command itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// Done: 0.
    Done,
    /// Refused, or faults were found: 1.
    Refused,
}

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    let Cli { command, shared } = Cli::parse();
    let config = match configuration(&shared) {
        Ok(config) => config,
        Err(error) => {
            terminal::complain(&format!("respite: {error}"));
            return ExitCode::from(2);
        }
    };
    let terminal = Terminal { format: shared.format, config };
    match run(command, &terminal) {
        Ok(Ended::Done) => ExitCode::SUCCESS,
        Ok(Ended::Refused) => ExitCode::FAILURE,
        // Whoever read the results has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            terminal.explain(error);
            ExitCode::FAILURE
        }
    }
}

fn configuration(shared: &Shared) -> Result<Config, ConfigError> {
    Config::of_process(shared.config.as_deref(), &shared.settings.0)
}

fn run(command: Command, terminal: &Terminal) -> anyhow::Result<Ended> {
    match command {
        Command::Serve => serve::run(terminal),
        Command::Demo(options) => demo::run(terminal, &options),
        Command::Migrate => migrate::run(terminal),
        Command::Account(command) => account::run(terminal, &command),
        Command::Import(options) => import::run(terminal, &options),
        Command::Policy(command) => policy::run(terminal, &command),
        Command::Calendar(command) => calendar::run(terminal, &command),
        Command::Backup(options) => backup::backup(terminal, &options),
        Command::Restore(options) => backup::restore(terminal, &options),
        Command::Keys(command) => keys::run(terminal, &command),
        Command::Jobs(command) => jobs::run(terminal, &command),
        Command::Openapi => openapi::run(terminal),
        Command::Doctor => doctor::run(terminal),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_are_understood_at_any_place() {
        for line in ["respite --listen [::1]:1 migrate --format json", "respite migrate --format json --listen [::1]:1"]
        {
            let cli = Cli::try_parse_from(line.split(' ')).unwrap();
            assert_eq!(cli.shared.format, Format::Json, "{line}");
            assert_eq!(cli.shared.settings.0, [("listen", "[::1]:1".to_owned())], "{line}");
        }
    }

    #[test]
    fn wrong_usage_is_refused() {
        for line in [
            "respite",
            "respite import officers",
            "respite import people a.csv",
            "respite account create --username a",
            "respite account create --role leader",
            "respite account create --username a --role boss",
            "respite calendar show --year 2026 --from 2026-01-01",
            "respite calendar show --from 2026-01-01",
            "respite policy show",
            "respite policy show --on 2026-13-01",
            "respite migrate --token-keys a:b",
        ] {
            let error = Cli::try_parse_from(line.split(' ')).expect_err(line);
            assert_eq!(error.exit_code(), 2, "{line}");
        }
    }
}
