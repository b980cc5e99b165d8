//! What is printed: accounts to sign in with, and commands that work as they stand.

use std::fmt::Write;

use serde_json::{Value, json};

use super::Made;
use super::bureau::PASSWORD;
use super::names::{STATION, UNITS};
use crate::app::ctx::Caller;
use crate::app::error::Error;
use crate::app::house::House;
use crate::app::leave::ask::{self, Ask};
use crate::cli::terminal::Terminal;
use crate::rules::terms::{LeaveKind, OfficerId, ShownState, Span, leave_year};
use crate::store::leave_requests::{Filter, list};
use crate::store::units::find_by_code;

/// One step of the walk.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    zh: &'static str,
    en: &'static str,
    command: String,
}

/// Everything that is printed.
pub struct Guide {
    url: String,
    people: usize,
    counts: Vec<(ShownState, usize)>,
    accounts: Vec<(String, &'static str, &'static str)>,
    steps: Vec<Step>,
}

impl Guide {
    /// Looks for dates with which the commands work today.
    pub fn of(house: &House, made: Made, url: &str) -> Result<Self, Error> {
        let Made { walker, counts, people, .. } = made;
        let mut accounts = vec![
            ("admin".to_owned(), "系统管理", "accounts, units"),
            ("hr".to_owned(), "人事：全局人员与休假", "people and leave of the whole force"),
            ("chief".to_owned(), "局长", "leader of the bureau"),
            ("deputy-chief".to_owned(), "分管副局长", "bureau deputy in charge"),
            ("head-991000".to_owned(), "东城分局 分局长", "leader of a branch"),
            (leader(), "城关派出所 所长", "leader of a station"),
        ];
        let mut steps = Vec::new();
        if let Some((username, officer)) = walker {
            let asked = asked(house, officer)?;
            steps = walk(url, &username, officer, leave_year(house.clock.today()), asked);
            if steps.iter().any(|step| step.command.starts_with("LEADER=")) {
                steps.extend(roster(house, url)?);
            }
            accounts.push((username, "城关派出所 民警", "officer of that station"));
        }
        Ok(Self { url: url.to_owned(), people, counts, accounts, steps })
    }

    /// For people.
    pub fn text(&self, terminal: &Terminal) -> String {
        let mut said = String::new();
        let counts: Vec<String> = self.counts.iter().map(|(state, count)| format!("{state} {count}")).collect();
        let _ = writeln!(said, "\n{}", self.url);
        let _ = writeln!(said, "{}/docs", self.url);
        let units = UNITS.len();
        let _ = match terminal.say("zh", "en") {
            "zh" => writeln!(said, "\n{units} 个单位，{} 人；请假申请：{}", self.people, counts.join("，")),
            _ => writeln!(said, "\n{units} units, {} people; leave requests: {}", self.people, counts.join(", ")),
        };
        let _ = writeln!(said, "\n{} {PASSWORD}", terminal.say("账户，口令均为", "accounts, all with the password"));
        for (username, zh, en) in &self.accounts {
            let _ = writeln!(said, "  {username:<14}{PASSWORD}  {}", terminal.say(zh, en));
        }
        let other = terminal
            .say("其他人员以警号登录，例如 100020", "everybody else signs in with the badge number, such as 100020");
        let _ = writeln!(said, "  {other}");
        for step in &self.steps {
            let _ = writeln!(said, "\n# {}\n{}", terminal.say(step.zh, step.en), step.command);
        }
        said
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let accounts: Vec<Value> =
            self.accounts.iter().map(|(username, ..)| json!({"username": username, "password": PASSWORD})).collect();
        let counts: serde_json::Map<String, Value> =
            self.counts.iter().map(|(state, count)| (state.to_string(), json!(count))).collect();
        let commands: Vec<&str> = self.steps.iter().map(|step| step.command.as_str()).collect();
        json!({"url": self.url, "people": self.people, "leave_requests": counts, "accounts": accounts, "commands": commands})
    }
}

fn leader() -> String {
    format!("head-{}", UNITS.get(STATION).map_or("", |unit| unit.code))
}

/// A span that is refused today, and what is offered in its place.
type Asked = Option<(Span, Option<Span>)>;

/// Asks once more for leave that is approved already: it overlaps, and other dates are offered.
fn asked(house: &House, officer: OfficerId) -> Result<Asked, Error> {
    let ctx = house.ctx(Caller { officer_id: Some(officer), ..Caller::service() }, "demo");
    house.database.read(|connection| {
        let filter = Filter { officer_id: Some(officer), state: Some(ShownState::Approved), ..Filter::default() };
        let approved = list(connection, &filter, ctx.moment.today(), 1).map_err(Error::from)?;
        let Some(span) = approved.first().and_then(|request| request.span().ok()) else { return Ok(None) };
        let ask = Ask {
            officer_id: officer,
            kind: LeaveKind::Annual,
            span,
            note: None,
            cover_officer_id: None,
            pay_kept: None,
        };
        let preview = ask::preview(connection, &ctx, &ask)?;
        Ok::<Asked, Error>(Some((span, preview.alternatives.first().map(|alternative| alternative.span))))
    })
}

/// The station's roster as a table: as a file it is filled in and imported again; as it is it changes nothing.
fn roster(house: &House, url: &str) -> Result<Vec<Step>, Error> {
    let code = UNITS.get(STATION).map_or("", |unit| unit.code);
    let found = house.database.read(|connection| Ok::<_, Error>(find_by_code(connection, code)?))?;
    let Some(unit) = found else { return Ok(Vec::new()) };
    let api = format!("{url}/api/v1");
    let table = format!("curl -sS '{api}/units/{}/roster?format=csv' -H \"Authorization: Bearer $LEADER\"", unit.id);
    let import = format!(
        "{table} | curl -sS '{api}/rosters/import?dry_run=true' -H \"Authorization: Bearer $LEADER\" \
         -H 'Content-Type: text/csv' --data-binary @-"
    );
    let step = |zh, en, command| Step { zh, en, command };
    Ok(vec![
        step(
            "本所排班表（人员×日期，可在 Excel 中修改后导入）",
            "the station's roster as a table, to be filled in and imported",
            table,
        ),
        step("原样试导入：没有变化", "imported as it is, on trial: nothing changes", import),
    ])
}

fn walk(url: &str, username: &str, officer: OfficerId, year: i32, asked: Asked) -> Vec<Step> {
    let api = format!("{url}/api/v1");
    let step = |zh, en, command| Step { zh, en, command };
    let sign_in = |variable: &str, username: &str| {
        let body = json!({"username": username, "password": PASSWORD});
        format!(
            "{variable}=$(curl -sS {api}/auth/login -H 'Content-Type: application/json' -d '{body}' \
             | sed -E 's/.*\"access_token\":\"([^\"]+)\".*/\\1/')"
        )
    };
    let get = |token: &str, path: &str| format!("curl -sS '{api}{path}' -H \"Authorization: Bearer ${token}\"");
    let post = |token: &str, path: &str, body: &Value| {
        format!(
            "curl -sS {api}{path} -H \"Authorization: Bearer ${token}\" -H 'Content-Type: application/json' -d '{body}'"
        )
    };
    let mut steps = vec![
        step("民警登录", "an officer signs in", sign_in("OFFICER", username)),
        step("本人年休假余额", "the officer's balance", get("OFFICER", &format!("/officers/{officer}/leave-balances"))),
        step(
            "余额的由来",
            "why the balance is this number",
            get("OFFICER", &format!("/officers/{officer}/leave-balances/explanation?kind=annual&year={year}")),
        ),
    ];
    steps.extend([
        step("本人班表", "the officer's roster", get("OFFICER", &format!("/duty-shifts?officer_id={officer}&limit=5"))),
        step(
            "本季度每周休息与轮休是否达标，依据是哪些班次",
            "whether this quarter's weekly rest and rotations are what the plan promises",
            get("OFFICER", &format!("/officers/{officer}/rest-compliance")),
        ),
    ]);
    let Some((refused, free)) = asked else { return steps };
    let wish = |span: Span| {
        json!({
            "officer_id": officer, "kind": "annual", "from": span.from(), "to": span.to(),
            "first_day": span.first_day(), "last_day": span.last_day(),
        })
    };
    steps.push(step(
        "预览：与已批准的休假重叠，系统给出可选时段",
        "a preview that is refused: it overlaps with approved leave, other dates are offered",
        post("OFFICER", "/leave-requests/preview", &wish(refused)),
    ));
    if let Some(free) = free {
        let submit = post("OFFICER", "/leave-requests", &wish(free));
        let first_id = "grep -o '\"id\":\"[^\"]*\"' | head -n 1 | cut -d '\"' -f 4";
        steps.extend([
            step("提交其中一个时段", "one of those dates is asked for", format!("REQUEST=$({submit} | {first_id})")),
            step("所长登录", "the leader of the station signs in", sign_in("LEADER", &leader())),
            step("待审批的申请", "what waits for a decision", get("LEADER", "/leave-requests/inbox")),
            step(
                "批准",
                "the leader approves",
                format!(
                    "curl -sS \"{api}/leave-requests/$REQUEST/approve\" -H \"Authorization: Bearer $LEADER\" \
                     -H 'Content-Type: application/json' -d '{}'",
                    json!({"note": "同意"})
                ),
            ),
        ]);
    }
    steps
}
