//! The law as this process knows it: what is built in, what the folder lays over it, and what was published, read
//! again as soon as the database's revision is another.

use std::sync::{Arc, RwLock};

use serde_json::json;
use sha2::{Digest, Sha256};

use super::ctx::{Ctx, Statutes};
use super::error::Error;
use crate::clock::Moment;
use crate::rules::calendar::{Calendars, PublishedYear};
use crate::rules::policy::{Document, PolicyError, PolicySet, Published, Reason, VersionInfo};
use crate::store::law::{CalendarYear, PolicyVersion, Revisions};
use crate::store::{self, Conn, Tx};

/// The law, and what it was when it was last read.
#[derive(Debug)]
pub struct Law {
    policies: PolicySet,
    calendars: Calendars,
    current: RwLock<Arc<Statutes>>,
}

/// Texts of policies, each with the name of its file.
pub type Texts = Vec<(String, String)>;

impl Law {
    /// The law that is built in, with the texts of a folder over it; nothing published is known yet.
    ///
    /// # Errors
    /// Where a text of the folder stumbles.
    pub fn new(folder: &Texts) -> Result<Self, PolicyError> {
        let policies = PolicySet::built_in()?.overlaid(folder)?;
        let calendars = Calendars::built_in().map_err(|error| PolicyError {
            file: "calendar_cn.toml".to_owned(),
            line: 1,
            reason: Reason::of_reader(&error.to_string()),
        })?;
        let statutes = Statutes { policies: policies.clone(), calendars: calendars.clone(), revision: 0 };
        Ok(Self { policies, calendars, current: RwLock::new(Arc::new(statutes)) })
    }

    /// What was read last.
    #[must_use]
    pub fn current(&self) -> Arc<Statutes> {
        Arc::clone(&self.current.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// The law in force for what this connection sees; what others published meanwhile binds from here on.
    ///
    /// # Errors
    /// When the database does not answer, or a published text cannot be read by this build.
    pub fn refresh(&self, connection: &mut Conn) -> Result<Arc<Statutes>, Error> {
        let revision = store::law::revision(connection)?;
        self.at(connection, revision)
    }

    /// As [`Law::refresh`], and tells how often what the gate reads was changed.
    ///
    /// # Errors
    /// As [`Law::refresh`].
    pub fn looked_up(&self, connection: &mut Conn) -> Result<Revisions, Error> {
        let revisions = store::law::revisions(connection)?;
        self.at(connection, revisions.law)?;
        Ok(revisions)
    }

    /// Holds the law for an act that decides (RULINGS 62), and gives it.
    ///
    /// # Errors
    /// As [`Law::refresh`].
    pub fn hold(&self, tx: &mut Tx) -> Result<Arc<Statutes>, Error> {
        let revision = store::law::hold(tx)?;
        self.at(tx.reading(), revision)
    }

    /// Takes the law for a publication (RULINGS 62), and gives it as it was before.
    ///
    /// # Errors
    /// As [`Law::refresh`].
    pub fn take(&self, tx: &mut Tx) -> Result<Arc<Statutes>, Error> {
        let revision = store::law::take(tx)?;
        self.at(tx.reading(), revision)
    }

    fn at(&self, connection: &mut Conn, revision: i64) -> Result<Arc<Statutes>, Error> {
        let known = self.current();
        if known.revision == revision {
            return Ok(known);
        }
        let read = Arc::new(self.read(connection, revision)?);
        let mut current = self.current.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        *current = Arc::clone(&read);
        Ok(read)
    }

    /// The law as the database has it under a revision; kept by nobody.
    fn read(&self, connection: &mut Conn, revision: i64) -> Result<Statutes, Error> {
        let unreadable = |error: String| Error::Internal(format!("the published law cannot be read: {error}"));
        let versions: Vec<Published> = store::law::policy_versions(connection)?.into_iter().map(published).collect();
        let years = store::law::calendar_years(connection)?.into_iter().map(year).collect::<Result<Vec<_>, _>>();
        let years = years.map_err(|error| unreadable(error.to_string()))?;
        Ok(Statutes {
            policies: self.policies.clone().with_published(&versions).map_err(|error| unreadable(error.to_string()))?,
            calendars: self.calendars.clone().with_published(&years),
            revision,
        })
    }

    /// Counts a publication and gives the law as it is with it, for the rest of the same transaction: nobody else sees
    /// it before it is committed.
    ///
    /// # Errors
    /// As [`Law::refresh`].
    pub fn published(&self, tx: &mut Tx, ctx: &Ctx) -> Result<Ctx, Error> {
        store::law::count_up(tx)?;
        let statutes = self.read(tx.reading(), ctx.statutes.revision + 1)?;
        keep(tx, &statutes, &ctx.moment)?;
        Ok(Ctx { statutes: Arc::new(statutes), ..ctx.clone() })
    }

    /// Keeps the texts in force, so that what is decided under them can be explained for ever.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn keep_texts(&self, tx: &mut Tx, moment: &Moment) -> Result<(), Error> {
        let statutes = self.hold(tx)?;
        keep(tx, &statutes, moment)
    }
}

fn published(row: PolicyVersion) -> Published {
    Published {
        id: row.id,
        name: row.name,
        unit_id: row.unit_id,
        category: row.category,
        effective_from: row.effective_from,
        source: row.source,
        text: row.text,
        published_at: row.published_at.and_utc(),
        supersedes: row.supersedes,
        superseded_at: row.superseded_at.map(|at| at.and_utc()),
        reason: row.reason,
    }
}

fn year(row: CalendarYear) -> Result<PublishedYear, serde_json::Error> {
    Ok(PublishedYear {
        id: row.id,
        unit_id: row.unit_id,
        year: row.year,
        status: row.status,
        days: serde_json::from_str(&row.days)?,
    })
}

fn keep(tx: &mut Tx, statutes: &Statutes, moment: &Moment) -> Result<(), Error> {
    let fingerprint = statutes.policies.fingerprint();
    if store::law::keeps(tx.reading(), fingerprint)? {
        return Ok(());
    }
    let mut members = Vec::new();
    let mut texts: Vec<(&str, &str)> = Vec::new();
    for document in statutes.policies.documents() {
        for (origin, text, sha256) in whole_texts(document) {
            members.push(json!({"name": document.name, "origin": origin, "sha256": sha256}));
            texts.push((sha256, text));
        }
        for version in document.versions.iter().filter(|version| is_in_force(version)) {
            members.push(json!({
                "name": document.name, "origin": "published", "id": version.id, "sha256": version.sha256,
                "unit_id": version.binding.scope.unit(), "category": version.binding.category,
                "effective_from": version.binding.effective_from,
            }));
            texts.push((&version.sha256, &version.text));
        }
    }
    Ok(store::law::keep(tx, fingerprint, &json!(members).to_string(), &texts, moment)?)
}

fn is_in_force(version: &VersionInfo) -> bool {
    version.id.is_some() && version.superseded_at.is_none()
}

fn whole_texts(document: &Document) -> Vec<(&'static str, &str, &str)> {
    let folder = document.folder.as_ref().map(|(text, sha256)| ("folder", text.as_str(), sha256.as_str()));
    [Some(("built_in", document.text.as_str(), document.sha256.as_str())), folder].into_iter().flatten().collect()
}

/// SHA-256 of a text, in hexadecimal.
#[must_use]
pub fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
