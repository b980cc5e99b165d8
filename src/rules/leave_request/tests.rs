use super::*;
use crate::rules::annual_leave::entitlement;
use crate::rules::approver::{Level, LevelRole};
use crate::rules::cases::{built_in, calendar, day, draw, own, person, policies_with};
use crate::rules::finding::Outcome;
use crate::rules::policy::Place;
use crate::rules::service::Dated;
use crate::rules::terms::{Category, FirstDay, LastDay, RequestState, ShownState, leave_year};

/// A force of one officer, who asks on a day.
pub(crate) struct Desk {
    pub(crate) facts: PersonFacts,
    pub(crate) policies: PolicySet,
    pub(crate) calendar: Calendar,
    pub(crate) lots: Vec<Lot>,
    pub(crate) draws: Vec<Draw>,
    pub(crate) occupied: BTreeSet<(NaiveDate, Half)>,
    pub(crate) levels: Levels,
    pub(crate) today: NaiveDate,
}

impl Desk {
    pub(crate) fn new(category: Category, service_start: &str, today: &str) -> Self {
        let level = Level { unit_id: None, role: LevelRole::Leader, deciders: Vec::new(), delegates: Vec::new() };
        let facts = person(category, &[(service_start, None)]);
        let mut desk = Self {
            facts,
            policies: built_in(),
            calendar: calendar(),
            lots: Vec::new(),
            draws: Vec::new(),
            occupied: BTreeSet::new(),
            levels: Levels(vec![level]),
            today: day(today),
        };
        desk.restock();
        desk
    }

    /// Own lots of the years around today, from the facts as they are.
    pub(crate) fn restock(&mut self) {
        let year = leave_year(self.today);
        let years = (year - 1..=year + 1).zip(1_u128..);
        self.lots = years.map(|(year, id)| own(id, &entitlement(&self.facts, &self.policies, year).unwrap())).collect();
    }

    pub(crate) fn ask(&self, from: &str, to: &str) -> Submission<'_> {
        self.ask_span(Span::full(day(from), day(to)).unwrap())
    }

    pub(crate) fn ask_span(&self, span: Span) -> Submission<'_> {
        Submission {
            act: Act::Ask,
            kind: LeaveKind::Annual,
            span,
            today: self.today,
            facts: &self.facts,
            policies: &self.policies,
            calendar: &self.calendar,
            lots: &self.lots,
            draws: &self.draws,
            credit_lots: &[],
            credit_draws: &[],
            occupied: &self.occupied,
            levels: &self.levels,
            recalls: &NOT_RECALLED,
        }
    }

    pub(crate) fn occupy(&mut self, from: &str, to: &str) {
        self.occupied.extend(Span::full(day(from), day(to)).unwrap().slots());
    }
}

fn blocking(verdict: &Verdict) -> Vec<&str> {
    verdict.findings.iter().filter(|finding| finding.blocks()).map(|finding| finding.rule.as_str()).collect()
}

fn finding<'a>(verdict: &'a Verdict, rule: &str) -> &'a Finding {
    verdict.findings.iter().find(|finding| finding.rule == rule).unwrap()
}

/// Ten days a year, on Monday 2 March 2026.
fn desk() -> Desk {
    Desk::new(Category::Police, "2010-03-10", "2026-03-02")
}

#[test]
fn a_request_that_passes_says_so_check_by_check() {
    let desk = desk();
    let verdict = assess(&desk.ask("2026-03-09", "2026-03-13"));
    assert!(verdict.acceptable());
    assert_eq!(verdict.counted.as_ref().unwrap().total.days(), 5.0);
    assert_eq!(verdict.assignment.as_ref().unwrap().draws.len(), 5);
    let balance = finding(&verdict, "leave.balance");
    assert_eq!((balance.rule_id.as_str(), balance.policy.as_str()), ("L7", "annual_leave@2008-01-01"));
    assert_eq!((&balance.measured["requested_days"], &balance.measured["available_days"]), (&5.into(), &10.into()));
    assert!(verdict.findings.iter().all(|f| f.outcome == Outcome::Pass && !f.source.is_empty()));
}

#[test]
fn too_little_left() {
    let mut desk = Desk::new(Category::Police, "2020-03-10", "2026-03-02");
    let verdict = assess(&desk.ask("2026-03-09", "2026-03-17"));
    assert_eq!(blocking(&verdict), ["leave.balance"]);
    let balance = finding(&verdict, "leave.balance");
    assert_eq!((&balance.measured["requested_days"], &balance.measured["available_days"]), (&7.into(), &5.into()));
    assert_eq!(balance.limit["short_by_days"], 2);
    assert_eq!(verdict.assignment, None);
    // Pending days reserve like granted ones.
    desk.draws = vec![Draw { state: crate::rules::lots::DrawState::Pending, ..draw(7, 2, "2026-06-01", 2) }];
    assert_eq!(blocking(&assess(&desk.ask("2026-03-09", "2026-03-13"))), ["leave.balance"]);
    assert!(assess(&desk.ask("2026-03-09", "2026-03-12")).acceptable());
}

#[test]
fn each_year_has_its_own_balance() {
    let mut desk = Desk::new(Category::Police, "2020-03-10", "2025-12-01");
    desk.draws = vec![draw(7, 2, "2025-06-03", 10)];
    let verdict = assess(&desk.ask("2025-12-29", "2026-01-06"));
    let outcomes: Vec<(i64, Outcome)> = verdict
        .findings
        .iter()
        .filter(|finding| finding.rule == "leave.balance")
        .map(|finding| (finding.measured["year"].as_i64().unwrap(), finding.outcome))
        .collect();
    assert_eq!(outcomes, [(2025, Outcome::Block), (2026, Outcome::Pass)]);
}

#[test]
fn nothing_to_take_and_no_calendar() {
    let desk = desk();
    let holiday = assess(&desk.ask("2026-10-01", "2026-10-04"));
    assert_eq!(blocking(&holiday), ["leave.no_working_day"]);
    assert_eq!(holiday.counted.unwrap().total.days(), 0.0);
    let far = assess(&desk.ask("2027-12-30", "2028-01-05"));
    assert!(blocking(&far).contains(&"calendar.not_published") && far.counted.is_none());
    assert_eq!(finding(&far, "calendar.not_published").measured["year"], 2028);
    let next = assess(&desk.ask("2026-12-30", "2027-01-05"));
    assert!(next.acceptable());
    assert_eq!(finding(&next, "calendar.provisional").outcome, Outcome::Warn);
}

#[test]
fn the_past_is_for_hr() {
    let desk = desk();
    assert_eq!(blocking(&assess(&desk.ask("2026-02-27", "2026-03-03"))), ["leave.past"]);
    assert!(assess(&desk.ask("2026-03-02", "2026-03-03")).acceptable());
    let with = |act, kind, from| assess(&Submission { act, kind, ..desk.ask(from, "2026-03-03") });
    assert!(with(Act::Enter, LeaveKind::Annual, "2026-02-24").acceptable());
    assert!(with(Act::Decide, LeaveKind::Annual, "2026-02-27").acceptable());
    assert!(with(Act::Ask, LeaveKind::Sick, "2026-02-23").acceptable());
    assert_eq!(blocking(&with(Act::Ask, LeaveKind::Sick, "2026-02-22")), ["leave.past"]);
}

#[test]
fn halves_clash_one_by_one() {
    let mut desk = desk();
    desk.occupied.insert((day("2026-03-10"), Half::Am));
    let on =
        |first, last| assess(&desk.ask_span(Span::new(day("2026-03-10"), day("2026-03-10"), first, last).unwrap()));
    assert!(on(FirstDay::Pm, LastDay::Full).acceptable());
    for (first, last) in [(FirstDay::Full, LastDay::Am), (FirstDay::Full, LastDay::Full)] {
        let verdict = on(first, last);
        assert_eq!(blocking(&verdict), ["leave.overlap"]);
        let halves = &finding(&verdict, "leave.overlap").measured["halves"];
        assert_eq!(halves, &serde_json::json!([{"date": "2026-03-10", "half": "am"}]));
    }
    // A span that contains another clashes too, on days that are not worked as well.
    desk.occupied = BTreeSet::from([(day("2026-03-14"), Half::Pm)]);
    assert_eq!(blocking(&assess(&desk.ask("2026-03-09", "2026-03-20"))), ["leave.overlap"]);
}

#[test]
fn off_the_roll() {
    let mut desk = desk();
    desk.facts.left_on = Some(day("2026-06-30"));
    desk.restock();
    assert!(assess(&desk.ask("2026-06-29", "2026-06-30")).acceptable());
    let after = assess(&desk.ask("2026-06-30", "2026-07-01"));
    assert_eq!(blocking(&after), ["leave.separated", "leave.balance"]);
    assert_eq!(finding(&after, "leave.separated").measured["first_date_off_roll"], "2026-07-01");
    desk.facts.left_on = None;
    desk.facts.categories.push(Dated { from: day("2026-05-01"), value: Category::Retired });
    desk.restock();
    assert!(assess(&desk.ask("2026-04-29", "2026-04-30")).acceptable());
    assert!(blocking(&assess(&desk.ask("2026-05-06", "2026-05-07"))).contains(&"leave.not_eligible"));
    assert!(!offered(&desk.facts, &desk.policies, day("2026-05-01")));
}

#[test]
fn nobody_to_decide() {
    let mut desk = desk();
    desk.levels = Levels::default();
    assert_eq!(blocking(&assess(&desk.ask("2026-03-09", "2026-03-09"))), ["leave.no_approver"]);
    let enter = |from| assess(&Submission { act: Act::Enter, ..desk.ask(from, "2026-03-09") });
    assert!(enter("2026-02-27").acceptable());
    assert_eq!(blocking(&enter("2026-03-02")), ["leave.no_approver"]);
}

#[test]
fn whole_days_only_where_the_policy_says_so() {
    let mut desk = desk();
    let text = include_str!("../annual_leave.toml").replace("min_unit_days = 0.5", "min_unit_days = 1");
    desk.policies = policies_with(&[("annual_leave.toml", &text)]);
    let span = |last| Span::new(day("2026-03-09"), day("2026-03-10"), FirstDay::Full, last).unwrap();
    assert_eq!(blocking(&assess(&desk.ask_span(span(LastDay::Am)))), ["leave.min_unit"]);
    assert!(assess(&desk.ask_span(span(LastDay::Full))).acceptable());
}

#[test]
fn how_long_a_request_waits() {
    let calendar = calendar();
    // Submitted on Friday 13 February 2026: 14 (worked), 24, 25 are the three full working days.
    let (friday, last) = (day("2026-02-13"), day("2026-02-25"));
    assert_eq!(expires_at_date(friday, day("2026-02-14"), &calendar, 3), last);
    assert_eq!(expires_at_date(friday, day("2026-03-20"), &calendar, 3), day("2026-03-20"));
    let deadlines = step_deadlines(friday, &calendar, 3, 2);
    assert_eq!(deadlines.iter().map(|step| step.due.date).collect::<Vec<_>>(), [last, day("2026-02-28")]);
    let gone_up = |today, levels| escalations(friday, day(today), &calendar, 3, levels);
    assert_eq!([gone_up("2026-02-25", 3), gone_up("2026-02-26", 3), gone_up("2026-03-01", 3)], [0, 1, 2]);
    assert_eq!([gone_up("2026-03-31", 3), gone_up("2026-03-31", 1), gone_up("2026-03-31", 0)], [2, 0, 0]);
    let policies = built_in();
    let policy = &policies.leave_requests(Place::in_force(Category::Police), friday).unwrap().values;
    assert_eq!(expires_on(LeaveKind::Annual, friday, friday, &calendar, policy), Some(last));
    assert_eq!(expires_on(LeaveKind::Sick, friday, friday, &calendar, policy), None);
}

#[test]
fn states_by_date() {
    let shown = |state, today| shown_state(state, day("2026-03-09"), Some(day("2026-03-09")), None, day(today));
    assert_eq!(shown(RequestState::Submitted, "2026-03-09"), ShownState::Submitted);
    assert_eq!(shown(RequestState::Submitted, "2026-03-10"), ShownState::Expired);
    assert_eq!(shown(RequestState::Approved, "2026-03-08"), ShownState::Approved);
    assert_eq!(shown(RequestState::Approved, "2026-03-09"), ShownState::Running);
    assert_eq!(shown(RequestState::Approved, "2026-05-09"), ShownState::Running);
    assert_eq!(shown(RequestState::Completed, "2026-05-09"), ShownState::Completed);
    let never = shown_state(RequestState::Submitted, day("2026-03-09"), None, None, day("2027-01-01"));
    assert_eq!(never, ShownState::Submitted);
    let recalled =
        |today| shown_state(RequestState::Approved, day("2026-03-09"), None, Some(day("2026-03-11")), day(today));
    assert_eq!(
        ["2026-03-08", "2026-03-10", "2026-03-11", "2026-05-09"].map(recalled),
        [ShownState::Approved, ShownState::Running, ShownState::Recalled, ShownState::Recalled]
    );
}
