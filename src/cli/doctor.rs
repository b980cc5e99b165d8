//! `respite doctor`: examines the records, also beside a running service. It reads only.

use std::fmt::Write;

use serde_json::json;

use super::terminal::Terminal;
use super::{Ended, records};
use crate::app::doctor::{self, Check, Health};

/// Runs every check; a fault ends with 1, a warning does not.
pub fn run(terminal: &Terminal) -> anyhow::Result<Ended> {
    let records = records::open_as_it_is(&terminal.config)?;
    let checks = doctor::examine(&records.database, &records.ctx())?;
    let faults = checks.iter().filter(|check| check.health == Health::Fault).count();
    let warnings = checks.iter().filter(|check| check.health == Health::Warning).count();
    let json = || json!({"checks": checks, "faults": faults, "warnings": warnings});
    terminal.result(|| text(terminal, &checks, faults, warnings), json)?;
    Ok(if faults == 0 { Ended::Done } else { Ended::Refused })
}

fn text(terminal: &Terminal, checks: &[Check], faults: usize, warnings: usize) -> String {
    let mut said = String::new();
    for check in checks {
        let health = match check.health {
            Health::Ok => terminal.say("正常", "ok     "),
            Health::Warning => terminal.say("注意", "warning"),
            Health::Fault => terminal.say("错误", "FAULT  "),
        };
        let _ = writeln!(said, "{health}  {}", check.name);
        for found in &check.found {
            let _ = writeln!(said, "         {found}");
        }
    }
    let _ = match terminal.say("zh", "en") {
        "zh" => writeln!(said, "共检查 {} 项：{faults} 项错误，{warnings} 项需注意。", checks.len()),
        _ => writeln!(said, "{} checks: {faults} faults, {warnings} warnings.", checks.len()),
    };
    said
}
