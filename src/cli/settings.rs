//! Flags for the keys of the configuration, made from the same table as file and environment.

use clap::error::Error;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use crate::config::Config;

/// The key that has no flag: whoever may list processes would read it.
const SECRET: &str = "token_keys";

/// The keys that were given as flags, with their texts.
#[derive(Debug, Clone, Default)]
pub struct Settings(pub Vec<(&'static str, String)>);

fn names() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    Config::keys().filter(|(name, ..)| *name != SECRET)
}

impl Args for Settings {
    fn augment_args(command: Command) -> Command {
        names().fold(command, |command, (name, default, about)| {
            let flag = Arg::new(name)
                .long(name.replace('_', "-"))
                .value_name("VALUE")
                .help(format!("{} [default: {default}]", about.trim_end_matches('.')))
                .help_heading("Settings")
                .hide_short_help(true)
                .allow_hyphen_values(true)
                .global(true);
            command.arg(flag)
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Settings {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let given = names().filter_map(|(name, ..)| Some((name, matches.get_one::<String>(name)?.clone())));
        Ok(Self(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_documented() {
        let documented = include_str!("../../docs/OPERATIONS.md");
        for (name, default, about) in Config::keys() {
            let default = if default.is_empty() { "–".to_owned() } else { format!("`{default}`") };
            let row = format!("| `{name}` | {default} | {about} |\n");
            assert!(documented.contains(&row), "docs/OPERATIONS.md lacks {row}");
        }
    }

    #[test]
    fn every_key_but_the_secret_has_a_flag() {
        let command = Settings::augment_args(Command::new("respite"));
        for (name, ..) in Config::keys() {
            let long = name.replace('_', "-");
            let found = command.get_arguments().any(|argument| argument.get_long() == Some(&long));
            assert_eq!(found, name != SECRET, "{name}");
        }
    }
}
