//! What the codes of a roster mean: the file's legend first, then the patterns of the officer's unit and of those above
//! it, the nearest first, then those of the force; words and hours that need no explanation come last.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::app::ctx::Ctx;
use crate::app::duty::patterns::{self, CycleDay};
use crate::app::error::Error;
use crate::app::import::rosters::codes::{Codes, MINUTES_MAX, Unclear, entries};
use crate::app::import::{DutyEntry, Expectation};
use crate::rules::terms::{RowId, UnitId};
use crate::store::units::Tree;
use crate::store::{self, Conn};

/// Most codes that a refusal names.
const NAMED_MAX: usize = 20;

/// Explains codes.
pub(super) struct Explainer {
    legend: Codes,
    /// Codes of the patterns of a unit; of the force under `None`.
    patterns: HashMap<Option<UnitId>, Codes>,
    tree: Tree,
    told: HashMap<(Option<UnitId>, Arc<str>), Meaning>,
}

/// What a cell means, or why it means nothing.
type Meaning = Result<Vec<DutyEntry>, Unclear>;

impl Explainer {
    /// Gathers the codes of the patterns that the caller may use, or of one of them.
    pub(super) fn of(connection: &mut Conn, ctx: &Ctx, legend: Codes, only: Option<RowId>) -> Result<Self, Error> {
        let mut patterns: HashMap<Option<UnitId>, Codes> = HashMap::new();
        for shown in patterns::explaining(connection, ctx, only)? {
            // A pattern that is named holds for everybody of the file.
            let unit = if only.is_some() { None } else { shown.pattern.unit_id };
            let codes = patterns.entry(unit).or_default();
            for (code, entry) in shown.cycle.iter().filter_map(said) {
                codes.add(code, entry);
            }
        }
        let tree = store::units::tree(connection, ctx.moment.today())?;
        Ok(Self { legend, patterns, tree, told: HashMap::new() })
    }

    /// What a cell says of somebody of a unit.
    pub(super) fn explain(&mut self, unit: Option<UnitId>, text: &Arc<str>) -> Meaning {
        let key = (unit, Arc::clone(text));
        if let Some(told) = self.told.get(&key) {
            return told.clone();
        }
        let told = {
            let layers = self.layers(unit);
            entries(text, &|code| layers.iter().find_map(|codes| codes.get(code)))
        };
        self.told.insert(key, told.clone());
        told
    }

    /// Whose codes hold for a unit, the nearest first.
    fn layers(&self, unit: Option<UnitId>) -> Vec<&Codes> {
        let upward = unit.map(|unit| self.tree.upward(unit)).unwrap_or_default();
        let units = upward.into_iter().map(Some).chain([None]);
        [&self.legend].into_iter().chain(units.filter_map(|unit| self.patterns.get(&unit))).collect()
    }

    /// The codes that are known for a unit, for a refusal.
    pub(super) fn known(&self, unit: Option<UnitId>) -> Expectation {
        let layers = self.layers(unit);
        let names: BTreeSet<&str> = layers.iter().flat_map(|codes| codes.names()).collect();
        if names.is_empty() {
            return Expectation::DutyCode(String::new());
        }
        let mut named: Vec<&str> = names.iter().copied().take(NAMED_MAX).collect();
        if names.len() > NAMED_MAX {
            named.push("…");
        }
        Expectation::DutyCode(named.join(" "))
    }
}

/// The code of a pattern's day and what it means.
fn said(day: &CycleDay) -> Option<(&str, DutyEntry)> {
    let code = day.code.as_deref()?;
    let entry = match (day.kind, day.starts, day.minutes, day.rest) {
        (Some(kind), Some(starts), Some(minutes), _) if (1..=MINUTES_MAX).contains(&minutes) => {
            DutyEntry::Shift { kind, starts, minutes, counted: day.counted_minutes }
        }
        (None, _, _, Some(rest)) => DutyEntry::Rest(rest),
        (None, _, _, None) => DutyEntry::Off,
        _ => return None,
    };
    Some((code, entry))
}
