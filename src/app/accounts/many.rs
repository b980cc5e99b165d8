//! Many accounts at once: all or none, with a handful of statements for a thousand of them.

use std::collections::{HashMap, HashSet};

use super::{
    GRANTS_MAX, Grant, NewAccount, Secret, checked_name, conflict, described, one_time, row, subject, within_reach,
};
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error, FieldError};
use crate::app::names;
use crate::app::reach::{self, Reach};
use crate::rules::terms::{AccountId, OfficerId, Role, UnitId};
use crate::store::accounts::Account;
use crate::store::{self, Conn, Tx};

/// Accounts that are looked at and written together.
const CHUNK: usize = 500;
/// Officers of one batch at most.
const BATCH_MAX: usize = 500;

/// Why one of many accounts cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which one, from 0.
    pub at: usize,
    /// What of it: `username`, `officer_id` or `grants`.
    pub field: &'static str,
    /// Why.
    pub code: Code,
}

/// Creates accounts, all or none; `heard` is told how many are done.
///
/// # Errors
/// [`Code::GrantConflict`] for grants outside the caller's reach. What is wrong with single accounts is in the inner
/// error; then nothing may be kept.
pub fn create_many(
    tx: &mut Tx,
    ctx: &Ctx,
    wanted: &[(NewAccount, Secret)],
    heard: &mut dyn FnMut(usize),
) -> Result<Result<Vec<Account>, Vec<Refusal>>, Error> {
    let mut refused = Vec::new();
    let mut keys = HashSet::new();
    for (at, (new, _)) in wanted.iter().enumerate() {
        match checked_name(&new.username) {
            Err(error) => refused.push(Refusal { at, field: "username", code: error.code }),
            Ok(name) if !keys.insert(names::key(&name)) => {
                refused.push(Refusal { at, field: "username", code: Code::Taken });
            }
            Ok(_) => {}
        }
        if new.grants.len() > GRANTS_MAX {
            refused.push(Refusal { at, field: "grants", code: Code::TooLong });
        }
    }
    let grants: HashSet<Grant> = wanted.iter().flat_map(|(new, _)| new.grants.iter().copied()).collect();
    within_reach(tx.reading(), ctx, &grants.into_iter().collect::<Vec<_>>())?;
    let reach = reach::of(tx.reading(), ctx, &[Role::Admin])?;
    let mut held: HashMap<OfficerId, Vec<Role>> = HashMap::new();
    for (chunk_at, chunk) in wanted.chunks(CHUNK).enumerate() {
        check_chunk(tx, ctx, &reach, chunk, chunk_at * CHUNK, &mut held, &mut refused)?;
    }
    if !refused.is_empty() {
        refused.sort_by_key(|refusal| refusal.at);
        return Ok(Err(refused));
    }
    let mut made = Vec::with_capacity(wanted.len());
    for chunk in wanted.chunks(CHUNK) {
        insert(tx, ctx, chunk, &mut made)?;
        heard(made.len());
    }
    Ok(Ok(made))
}

/// Holds some accounts against the records.
fn check_chunk(
    tx: &mut Tx,
    ctx: &Ctx,
    reach: &Reach,
    chunk: &[(NewAccount, Secret)],
    first: usize,
    held: &mut HashMap<OfficerId, Vec<Role>>,
    refused: &mut Vec<Refusal>,
) -> Result<(), Error> {
    let today = ctx.moment.today();
    let keys: Vec<String> = chunk.iter().map(|(new, _)| names::key(&new.username)).collect();
    let taken: HashSet<String> = store::accounts::taken_names(tx.reading(), &keys)?.into_iter().collect();
    let mut officers: Vec<OfficerId> = chunk.iter().filter_map(|(new, _)| new.officer_id).collect();
    officers.sort_unstable();
    officers.dedup();
    store::roster::lock(tx, &officers)?;
    let units: HashMap<OfficerId, UnitId> =
        store::officers::units_on(tx.reading(), &officers, today)?.into_iter().collect();
    for (officer, role) in store::accounts::roles_of_officers(tx.reading(), &officers)? {
        held.entry(officer).or_default().push(role);
    }
    for delegate in store::delegations::delegates_among(tx.reading(), &officers, &[], today)?.into_iter().flatten() {
        held.entry(delegate).or_default().push(Role::Leader);
    }
    for (offset, ((new, _), key)) in chunk.iter().zip(&keys).enumerate() {
        let at = first + offset;
        if taken.contains(key) {
            refused.push(Refusal { at, field: "username", code: Code::Taken });
        }
        let mut roles: Vec<Role> = new.grants.iter().map(|grant| grant.role).collect();
        if let Some(officer) = new.officer_id {
            let theirs = units.get(&officer).is_some_and(|unit| reach.contains(*unit)) || ctx.caller.is_self(officer);
            if !theirs {
                refused.push(Refusal { at, field: "officer_id", code: Code::NotFound });
            }
            if ctx.caller.is_self(officer) && !new.grants.is_empty() {
                return Err(Code::GrantConflict.into());
            }
            // What the same file gives to another account of the person counts as well.
            let all = held.entry(officer).or_default();
            all.extend(&roles);
            roles.clone_from(all);
        }
        if conflict(&roles) {
            refused.push(Refusal { at, field: "grants", code: Code::GrantConflict });
        }
    }
    Ok(())
}

fn insert(tx: &mut Tx, ctx: &Ctx, chunk: &[(NewAccount, Secret)], made: &mut Vec<Account>) -> Result<(), Error> {
    let mut rows = Vec::with_capacity(chunk.len());
    for (new, secret) in chunk {
        let mut grants = new.grants.clone();
        grants.sort_unstable();
        grants.dedup();
        rows.push((row(ctx, checked_name(&new.username)?, new.officer_id, secret), grants));
    }
    store::accounts::insert_many(tx, &rows, &ctx.moment)?;
    let entries: Vec<_> = rows
        .iter()
        .map(|(account, grants)| {
            ctx.entry("account.created", subject(account), None, Some(described(&account.username, grants)))
        })
        .collect();
    store::audit::append_many(tx, &entries, &ctx.moment)?;
    made.extend(rows.into_iter().map(|(account, _)| account));
    Ok(())
}

/// For whom accounts are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Batch {
    /// These officers; each must be without an account.
    Officers(Vec<OfficerId>),
    /// Everybody in a unit and under it who serves today and has no account yet.
    Unit(UnitId),
}

/// One account of a batch, with what is shown once.
#[derive(Debug, Clone)]
pub struct BatchLine {
    /// The officer.
    pub officer_id: OfficerId,
    /// Their badge number.
    pub badge_no: String,
    /// The account.
    pub account_id: AccountId,
    /// The name to sign in with: the badge number.
    pub username: String,
    /// The code to sign in with once.
    pub one_time_code: String,
}

/// Makes accounts with one-time codes for officers, all or none. The badge number is the name to sign in with.
///
/// # Errors
/// Located refusals: officers who are not there or not the caller's, who have an account already, whose badge number
/// is another's name, or who may not hold the grants.
pub fn batch(tx: &mut Tx, ctx: &Ctx, batch: &Batch, grants: &[Grant]) -> Result<Vec<BatchLine>, Error> {
    let (officers, pointer): (Vec<OfficerId>, &dyn Fn(usize) -> String) = match batch {
        Batch::Officers(officers) => (officers.clone(), &|at| format!("/officer_ids/{at}")),
        Batch::Unit(unit) => (without_account(tx.reading(), ctx, *unit)?, &|_| "/unit_id".to_owned()),
    };
    if officers.len() > BATCH_MAX {
        let pointer = if matches!(batch, Batch::Unit(_)) { "/unit_id" } else { "/officer_ids" };
        return Err(FieldError::new(pointer, Code::TooLong).expected(format!("≤ {BATCH_MAX}")).into());
    }
    let badges: HashMap<OfficerId, String> = store::officers::find_many(tx.reading(), &officers)?
        .into_iter()
        .map(|officer| (officer.id, officer.badge_no))
        .collect();
    let have: HashSet<OfficerId> =
        store::accounts::of_officers(tx.reading(), &officers)?.into_iter().map(|(officer, _)| officer).collect();
    let mut seen = HashSet::new();
    let mut wanted = Vec::with_capacity(officers.len());
    let mut errors = Vec::new();
    for (at, officer) in officers.iter().enumerate() {
        let Some(badge_no) = badges.get(officer) else {
            errors.push(FieldError::new(pointer(at), Code::NotFound));
            continue;
        };
        if !seen.insert(*officer) {
            errors.push(FieldError::new(pointer(at), Code::InvalidValue));
            continue;
        }
        let new = NewAccount {
            username: badge_no.clone(),
            password: None,
            officer_id: Some(*officer),
            grants: grants.to_vec(),
        };
        wanted.push((at, (new, one_time()?)));
    }
    let (places, wanted): (Vec<usize>, Vec<_>) = wanted.into_iter().unzip();
    match create_many(tx, ctx, &wanted, &mut |_| {})? {
        Err(refused) => errors.extend(refused.into_iter().filter_map(|refusal| {
            let (at, (new, _)) = (*places.get(refusal.at)?, wanted.get(refusal.at)?);
            let error = FieldError::new(pointer(at), refusal.code);
            // What is not the caller's to see is not told either.
            Some(if refusal.code == Code::NotFound { error } else { error.read(new.username.clone()) })
        })),
        Ok(made) if errors.is_empty() && have.is_empty() => {
            let lines = made.into_iter().zip(wanted).filter_map(|(account, (new, secret))| {
                Some(BatchLine {
                    officer_id: account.officer_id?,
                    badge_no: new.username,
                    account_id: account.id,
                    username: account.username,
                    one_time_code: secret.one_time_code?,
                })
            });
            return Ok(lines.collect());
        }
        Ok(_) => {}
    }
    let unseen: HashSet<String> =
        errors.iter().filter(|error| error.code == Code::NotFound).map(|error| error.pointer.clone()).collect();
    let twice = officers.iter().enumerate().filter(|(_, officer)| have.contains(officer));
    errors.extend(
        twice.map(|(at, _)| FieldError::new(pointer(at), Code::Taken)).filter(|error| !unseen.contains(&error.pointer)),
    );
    errors.sort_by(|one, other| one.pointer.len().cmp(&other.pointer.len()).then(one.pointer.cmp(&other.pointer)));
    errors.dedup_by(|one, other| (&one.pointer, one.code) == (&other.pointer, other.code));
    Err(Error::Fields(errors))
}

/// Whoever serves in a unit today, or under it, and has no account, by badge number.
fn without_account(connection: &mut Conn, ctx: &Ctx, unit: UnitId) -> Result<Vec<OfficerId>, Error> {
    let reached = reach::of(connection, ctx, &[Role::Admin])?;
    if !reached.contains(unit) || store::units::find(connection, unit)?.is_none() {
        return Err(Code::NotFound.into());
    }
    let units = reached.within(connection, ctx, Some(unit))?.units();
    // One more than a batch may hold is enough to refuse it.
    let most = i64::try_from(BATCH_MAX + 1).unwrap_or(i64::MAX);
    Ok(store::roster::without_account(connection, &units.unwrap_or_default(), ctx.moment.today(), most)?)
}
