//! A report as JSON, with its words in a language (CONTRACT §4).

use serde_json::{Map, Value, json};

use super::report::{Changed, Expectation, ImportCode, Language, Rejection, Report, Spot, Warning};
use crate::rules::finding::Finding;

/// The language of a report's words, and who puts what a rule says into a sentence of it.
#[derive(Clone, Copy)]
pub struct Voice<'a> {
    /// The language.
    pub language: Language,
    /// The sentence of a finding.
    pub sentence: &'a dyn Fn(&Finding) -> String,
}

impl Report {
    /// The report as JSON.
    #[must_use]
    pub fn to_json(&self, voice: Voice<'_>) -> Value {
        let mut shown = Map::new();
        shown.insert("created".to_owned(), json!(self.created));
        shown.insert("updated".to_owned(), json!(self.updated));
        shown.insert("unchanged".to_owned(), json!(self.unchanged));
        if let Some(roster) = &self.roster {
            let changed: Vec<Value> = roster.changed.iter().map(Changed::to_json).collect();
            shown.insert("changed".to_owned(), json!(changed));
            shown.insert("asks_override_reason".to_owned(), json!(roster.asks_reason));
        }
        let warnings: Vec<Value> = self.warnings.iter().map(|warning| warning.to_json(voice)).collect();
        let rejected: Vec<Value> = self.rejected.iter().map(|rejection| rejection.to_json(voice)).collect();
        shown.insert("warnings".to_owned(), json!(warnings));
        shown.insert("rejected".to_owned(), json!(rejected));
        Value::Object(shown)
    }
}

/// Adds the place beside row and column, and what a rule says.
fn add(shown: &mut Value, spot: &Spot, finding: Option<&Finding>, voice: Voice<'_>) {
    let Some(members) = shown.as_object_mut() else { return };
    if let Some(sheet) = &spot.sheet {
        members.insert("sheet".to_owned(), json!(&**sheet));
    }
    if let Some(cell) = &spot.cell {
        members.insert("cell".to_owned(), json!(cell));
    }
    if let Some(finding) = finding {
        let mut said = json!(finding);
        if let Some(said) = said.as_object_mut() {
            said.insert("message".to_owned(), json!((voice.sentence)(finding)));
        }
        members.insert("finding".to_owned(), said);
    }
}

impl Changed {
    /// The change as JSON.
    #[must_use]
    fn to_json(&self) -> Value {
        let mut shown = json!({
            "row": self.row, "column": self.column, "badge_no": self.badge_no, "date": self.on,
            "before": self.before, "after": self.after,
        });
        let mute = Voice { language: Language::En, sentence: &|_| String::new() };
        add(&mut shown, &self.spot, None, mute);
        shown
    }
}

impl Warning {
    /// What deserves attention, as a sentence.
    #[must_use]
    pub fn message(&self, voice: Voice<'_>) -> String {
        match &self.finding {
            Some(finding) => (voice.sentence)(finding),
            None => self.code.text(voice.language).to_owned(),
        }
    }

    /// The warning as JSON.
    #[must_use]
    pub fn to_json(&self, voice: Voice<'_>) -> Value {
        let mut shown = json!({
            "row": self.row, "column": self.column, "code": self.code.as_str(), "read": self.read,
            "message": self.message(voice),
        });
        add(&mut shown, &self.spot, self.finding.as_ref(), voice);
        shown
    }
}

impl Rejection {
    /// The code as it is shown: the rule, where one refuses the row.
    #[must_use]
    pub fn shown_code(&self) -> &str {
        match &self.expected {
            Expectation::Rule(rule) => rule,
            _ => self.code.as_str(),
        }
    }

    /// Why, as a sentence.
    #[must_use]
    pub fn message(&self, voice: Voice<'_>) -> String {
        match &self.finding {
            Some(finding) if self.code == ImportCode::RuleRefuses => (voice.sentence)(finding),
            _ => self.code.text(voice.language).to_owned(),
        }
    }

    /// The refusal as JSON.
    #[must_use]
    pub fn to_json(&self, voice: Voice<'_>) -> Value {
        let mut shown = json!({
            "row": self.row, "column": self.column, "code": self.shown_code(), "read": self.read,
            "expected": self.expected.text(voice.language), "message": self.message(voice),
        });
        add(&mut shown, &self.spot, self.finding.as_ref(), voice);
        shown
    }
}
