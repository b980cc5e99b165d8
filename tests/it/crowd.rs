//! Many at once, and whether the records are sound afterwards.

use std::future::Future;

use respite::app::doctor::{self, Health};

use crate::app::{App, Told};

/// Runs all at once; the answers are in the order of the asks.
pub async fn at_once<T: 'static, F: Future<Output = T> + 'static>(asks: impl IntoIterator<Item = F>) -> Vec<T> {
    let running: Vec<_> = asks.into_iter().map(actix_web::rt::spawn).collect();
    let mut answers = Vec::with_capacity(running.len());
    for one in running {
        answers.push(one.await.unwrap());
    }
    answers
}

/// How many answers have this status.
pub fn count(answers: &[Told], status: u16) -> usize {
    answers.iter().filter(|told| told.status == status).count()
}

/// Asserts that every answer has one of these statuses.
#[track_caller]
pub fn assert_only(answers: &[Told], allowed: &[u16]) {
    for told in answers {
        assert!(allowed.contains(&told.status), "{} {}", told.status, told.body);
    }
}

/// Asserts that the doctor finds nothing wrong, and every live day of leave covered.
#[track_caller]
pub fn assert_sound(app: &App) {
    for check in doctor::examine(&app.house.database, &app.ctx()).unwrap() {
        let may_warn = check.name == "calendar_covers_this_year_and_the_next";
        assert!(check.health == Health::Ok || may_warn && check.health == Health::Warning, "{check:?}");
    }
}
