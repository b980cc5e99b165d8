//! Load: the program itself under requests, beside floors of the same run on the same disk. `cargo bench --bench load`;
//! `-- --quick` for a short form, `-- --json FILE` for the figures. Ends with 1 where a figure is below its demand.

mod client;
mod floors;
#[path = "../../tests/it/multitude.rs"]
mod multitude;
#[expect(dead_code, clippy::unwrap_used, clippy::expect_used, reason = "the tests' own server")]
#[path = "../../tests/it/postgres.rs"]
mod postgres;
mod scene;
mod script;
mod service;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use multitude::Multitude;
use scene::Scene;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Who is in the database.
    pub multitude: Multitude,
    /// How often each figure is taken.
    pub rounds: usize,
    /// How long one round lasts.
    pub time: Duration,
    /// Connections of the client, and clients of pgbench.
    pub clients: usize,
}

/// One demand: rates of the service and of its floor, round by round.
struct Figure {
    what: &'static str,
    floor: &'static str,
    demanded: f64,
    rates: Vec<(f64, f64)>,
    p99: Duration,
}

impl Figure {
    fn ratios(&self) -> Vec<f64> {
        let mut ratios: Vec<f64> = self.rates.iter().map(|(rate, floor)| rate / floor).collect();
        ratios.sort_unstable_by(f64::total_cmp);
        ratios
    }

    fn ratio(&self) -> f64 {
        median(self.ratios())
    }

    fn is_met(&self) -> bool {
        self.ratio() >= self.demanded
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The most memory that the service may have resident, in MiB.
const MEMORY_MAX: f64 = 100.0;

/// Sets a scene up.
type Set = fn(&Plan) -> Result<Scene>;

fn main() -> Result<ExitCode> {
    let (plan, json_file, only) = arguments()?;
    let mut figures = Vec::new();
    let mut memory = Vec::new();
    let scenes: [(&str, Set); 2] = [("SQLite", Scene::sqlite), ("PostgreSQL", Scene::postgres)];
    for (name, set) in scenes {
        if only.as_ref().is_some_and(|only| !name.eq_ignore_ascii_case(only)) {
            continue;
        }
        eprintln!("{name}: {} officers are being written", plan.multitude.officers);
        let mut scene = set(&plan)?;
        figures.push(scene.reads(&plan)?);
        figures.push(scene.writes(&plan)?);
        memory.push((name, scene.memory_peak()?));
    }
    let is_met = figures.iter().all(Figure::is_met) && memory.iter().all(|(_, peak)| *peak < MEMORY_MAX);
    report(&figures, &memory);
    if let Some(file) = json_file {
        std::fs::write(&file, format!("{:#}\n", as_json(&plan, &figures, &memory)))
            .with_context(|| file.display().to_string())?;
    }
    Ok(if is_met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn arguments() -> Result<(Plan, Option<PathBuf>, Option<String>)> {
    let mut plan = Plan {
        multitude: Multitude { officers: 100_000, units: 1000 },
        // What else the machine does comes and goes: many short rounds beside their floors tell more than few long ones.
        rounds: 15,
        time: Duration::from_secs(2),
        clients: 16,
    };
    let (mut json_file, mut only) = (None, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            // Cargo says so to every bench.
            "--bench" => {}
            "--quick" => {
                plan.multitude = Multitude { officers: 10_000, units: 200 };
                (plan.rounds, plan.time) = (3, Duration::from_secs(2));
            }
            "--json" => json_file = Some(arguments.next().context("--json FILE")?.into()),
            "--only" => only = Some(arguments.next().context("--only sqlite|postgresql")?),
            other => anyhow::bail!("{other} is not known: --quick, --json FILE, --only sqlite|postgresql"),
        }
    }
    ensure!(cfg!(not(debug_assertions)), "a release build is measured: cargo bench --bench load");
    Ok((plan, json_file, only))
}

fn report(figures: &[Figure], memory: &[(&str, f64)]) {
    println!(
        "| what | rate | p99 | floor in the same run | rate of the floor | ratio, median (least–most) | demanded |"
    );
    println!("|---|---|---|---|---|---|---|");
    for figure in figures {
        let ratios = figure.ratios();
        println!(
            "| {} | {:.0}/s | {:.1} ms | {} | {:.0}/s | {:.2} ({:.2}–{:.2}) | {:.2}{} |",
            figure.what,
            median(figure.rates.iter().map(|(rate, _)| *rate).collect()),
            figure.p99.as_secs_f64() * 1000.0,
            figure.floor,
            median(figure.rates.iter().map(|(_, floor)| *floor).collect()),
            figure.ratio(),
            ratios.first().copied().unwrap_or(f64::NAN),
            ratios.last().copied().unwrap_or(f64::NAN),
            figure.demanded,
            if figure.is_met() { "" } else { " MISSED" },
        );
    }
    for (name, peak) in memory {
        let missed = if *peak < MEMORY_MAX { "" } else { " MISSED" };
        println!(
            "| {name}: resident memory, the most under load | {peak:.0} MiB | | | | | < {MEMORY_MAX:.0} MiB{missed} |"
        );
    }
}

fn as_json(plan: &Plan, figures: &[Figure], memory: &[(&str, f64)]) -> Value {
    let figures: Vec<Value> = figures
        .iter()
        .map(|figure| {
            json!({
                "what": figure.what, "floor": figure.floor, "demanded": figure.demanded, "ratio": figure.ratio(),
                "met": figure.is_met(), "rounds": figure.rates.iter().map(|(rate, floor)| json!({"rate": rate, "floor": floor})).collect::<Vec<_>>(),
                "p99_milliseconds": figure.p99.as_secs_f64() * 1000.0,
            })
        })
        .collect();
    json!({
        "officers": plan.multitude.officers, "clients": plan.clients, "figures": figures,
        "memory_mib": memory.iter().map(|(name, peak)| json!({"database": name, "peak": peak})).collect::<Vec<_>>(),
    })
}
