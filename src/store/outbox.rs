//! What is to leave the process: written with the effect, delivered after it (inbox, mail and webhooks read it).

use diesel::prelude::*;
use uuid::Uuid;

use super::error::Error;
use super::pool::Tx;
use super::portable::on_both;
use super::schema::outbox;
use crate::clock::Moment;
use crate::rules::terms::{OfficerId, RowId};

/// Rows of one statement.
const CHUNK: usize = 500;

/// Adds a message about a subject.
///
/// # Errors
/// When the database does not answer.
pub fn append(
    tx: &mut Tx,
    topic: &'static str,
    subject: Uuid,
    officer: Option<OfficerId>,
    moment: &Moment,
) -> Result<(), Error> {
    let row = (
        outbox::id.eq(RowId(moment.new_id())),
        outbox::topic.eq(topic),
        outbox::subject_id.eq(RowId(subject)),
        outbox::officer_id.eq(officer),
        outbox::recorded_at.eq(moment.stamp()),
    );
    on_both!(&mut *tx.connection, |one| diesel::insert_into(outbox::table).values(row).execute(one))?;
    Ok(())
}

/// Adds messages about subjects of people, many at once.
///
/// # Errors
/// When the database does not answer.
pub fn append_many(tx: &mut Tx, messages: &[(&'static str, Uuid, OfficerId)], moment: &Moment) -> Result<(), Error> {
    for some in messages.chunks(CHUNK) {
        let row = |(topic, subject, officer): &(&'static str, Uuid, OfficerId)| {
            (
                outbox::id.eq(RowId(moment.new_id())),
                outbox::topic.eq(*topic),
                outbox::subject_id.eq(RowId(*subject)),
                outbox::officer_id.eq(Some(*officer)),
                outbox::recorded_at.eq(moment.stamp()),
            )
        };
        let rows: Vec<_> = some.iter().map(row).collect();
        on_both!(&mut *tx.connection, |one| diesel::insert_into(outbox::table).values(rows).execute(one))?;
    }
    Ok(())
}
