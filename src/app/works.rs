//! What an act needs that nobody asked for over HTTP: the records, the law, the time.

use super::ctx::{Caller, Ctx};
use super::error::Error;
use super::house::House;
use super::law::Law;
use crate::clock::Clock;
use crate::store::{Conn, Database, Tx};

/// The records, the law and the time, for jobs and commands: what they do, the service does by itself.
#[derive(Debug, Clone, Copy)]
pub struct Works<'a> {
    /// The records.
    pub database: &'a Database,
    /// The law.
    pub law: &'a Law,
    /// The time.
    pub clock: &'a Clock,
}

impl<'a> Works<'a> {
    /// Of a house that stands.
    #[must_use]
    pub const fn of(house: &'a House) -> Self {
        Self { database: &house.database, law: &house.law, clock: &house.clock }
    }

    /// Reads on one snapshot, under the law in force.
    ///
    /// # Errors
    /// What the act refuses, or that the database does not answer.
    pub fn read<T>(
        &self,
        request_ref: &str,
        act: impl FnOnce(&mut Conn, &Ctx) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.database.read(|connection| {
            let statutes = self.law.refresh(connection)?;
            act(connection, &Ctx { statutes, ..self.ctx(request_ref) })
        })
    }

    /// Does an act in one transaction, under the law in force.
    ///
    /// # Errors
    /// What the act refuses, or that the database does not answer.
    pub fn write<T>(
        &self,
        request_ref: &str,
        mut act: impl FnMut(&mut Tx, &Ctx) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.database.write(|tx| {
            let statutes = self.law.hold(tx)?;
            act(tx, &Ctx { statutes, ..self.ctx(request_ref) })
        })
    }

    fn ctx(&self, request_ref: &str) -> Ctx {
        Ctx {
            caller: Caller::service(),
            moment: self.clock.moment(),
            statutes: self.law.current(),
            request_ref: request_ref.to_owned(),
            own_facts: None,
        }
    }
}
