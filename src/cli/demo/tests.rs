use super::*;
use crate::app::ctx::{Caller, Ctx};
use crate::app::doctor::{Health, examine};

/// Makes the bureau as of noon of a date and gives what was made, with the faults that the doctor finds.
fn made(today: &str) -> (Made, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::default();
    let database = open(folder.path(), &config).unwrap();
    let now = Clock::fixed(format!("{today}T04:00:00Z").parse().unwrap(), config.time_zone);
    let fixed = Clock::fixed(now.now(), config.time_zone);
    let made = make(&database, &now, fixed, &AtomicBool::new(false)).unwrap();
    let ctx = Ctx {
        caller: Caller::service(),
        moment: now.moment(),
        statutes: Law::new(&Vec::new()).unwrap().current(),
        request_ref: String::new(),
        own_facts: None,
    };
    let checks = examine(&database, &ctx).unwrap();
    let faults = checks.into_iter().filter(|check| check.health == Health::Fault);
    (made, faults.map(|check| format!("{} {:?}", check.name, check.found)).collect())
}

#[test]
fn every_state_on_the_awkward_days_of_the_year() {
    for today in ["2026-01-01", "2026-12-31"] {
        let (made, faults) = made(today);
        assert_eq!(faults, Vec::<String>::new(), "{today}");
        assert_eq!(made.missing, [], "{today}");
        assert_eq!(made.people, 300, "{today}");
    }
}

#[test]
fn without_a_calendar_it_says_what_is_missing() {
    let (made, faults) = made("2028-03-01");
    assert_eq!(faults, Vec::<String>::new());
    assert!(made.missing.contains(&ShownState::Approved));
    assert!(!made.missing.contains(&ShownState::Completed));
}

#[test]
fn a_port_in_use_is_passed_over() {
    let taken = listen(0).unwrap();
    let port = taken.local_addr().unwrap().port();
    let other = listen(port).unwrap().local_addr().unwrap().port();
    assert_ne!(port, other);
}
