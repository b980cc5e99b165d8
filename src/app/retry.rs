//! Retried acts: an answer is kept in the transaction of its effect and given again for the same key (CONTRACT §1).

use super::ctx::Ctx;
use super::error::{Code, Error};
use crate::store::idempotency::{self, Claim};
use crate::store::{Conn, Tx};

pub use crate::store::idempotency::{Answer as Kept, Key};

/// What became of an act under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<A> {
    /// It was done now.
    Done(A),
    /// It was done before; this was the answer.
    Again(Kept),
}

/// Does an act once per key. `keep` says what of its answer is kept; an act that was done before is not done again,
/// and its answer is given only if `gate` finds that the caller may still see it.
///
/// # Errors
/// What the act or the gate refuses; [`Code::IdempotencyMismatch`] for the same key with another body.
pub fn once<A>(
    tx: &mut Tx,
    ctx: &Ctx,
    key: &Key,
    gate: &dyn Fn(&mut Conn, &Ctx) -> Result<(), Error>,
    act: impl FnOnce(&mut Tx, &Ctx) -> Result<A, Error>,
    keep: impl FnOnce(&A) -> Result<Kept, Error>,
) -> Result<Outcome<A>, Error> {
    match idempotency::claim(tx, key, &ctx.moment)? {
        Claim::Mismatch => {
            gate(tx.reading(), ctx)?;
            Err(Code::IdempotencyMismatch.into())
        }
        Claim::Done(kept) => {
            gate(tx.reading(), ctx)?;
            Ok(Outcome::Again(kept))
        }
        Claim::Fresh => {
            let done = act(tx, ctx)?;
            idempotency::keep(tx, key, &keep(&done)?, &ctx.moment)?;
            Ok(Outcome::Done(done))
        }
    }
}
