//! What officers are called, for lists of what is theirs.

use std::collections::HashMap;

use crate::app::error::Error;
use crate::rules::terms::OfficerId;
use crate::store::{self, Conn};

/// What somebody is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// Badge number.
    pub badge_no: String,
    /// Name.
    pub name: String,
}

/// What officers are called, for a list of records that the caller may see.
///
/// # Errors
/// When the database does not answer.
pub fn called(
    connection: &mut Conn,
    officers: impl IntoIterator<Item = OfficerId>,
) -> Result<HashMap<OfficerId, Called>, Error> {
    let mut ids: Vec<OfficerId> = officers.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = store::officers::find_many(connection, &ids)?;
    Ok(found
        .into_iter()
        .map(|officer| (officer.id, Called { badge_no: officer.badge_no, name: officer.name }))
        .collect())
}
