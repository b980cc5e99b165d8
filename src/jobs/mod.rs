//! The night shift: what the service does by itself at its times. Which runs are owed is a pure question (`due`); one
//! instance claims each (`tick`); every job calls the same functions of the desk as HTTP and the command line.

mod derogation_credits;
mod due;
mod plan;
mod pruning;
mod rest_looks;
mod rest_orders;
mod rest_scan;
mod run;
mod scheduler;
mod tick;

pub use due::{CronError, Due, Missed, Window, next_after, owed, read_cron};
pub use plan::{Job, Names, Plan, Wanted};
pub use run::{Broken, Run, Stop, Stopper, stopping};
pub use scheduler::{holder, keep};
pub use tick::{By, Happened, Told, by_hand, tick};
