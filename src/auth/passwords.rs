//! Passwords: argon2id, at most two computations at once, the rest in a short queue (RULINGS 61).

use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

/// Shortest password, in characters.
pub const LENGTH_MIN: usize = 8;
/// Longest password, in bytes: longer ones would only buy computing time.
pub const BYTES_MAX: usize = 256;

/// Computations at once: each takes 19 MiB and a core.
const AT_ONCE: usize = 2;
/// How many may wait; above that the caller is told to come back.
const WAITING_MAX: usize = 128;
/// How long one waits at most.
const WAIT: Duration = Duration::from_secs(20);

/// Why no password was hashed or checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Too many computations are waiting.
    #[error("too many sign-ins at once")]
    Busy,
    /// argon2 failed, or the stored hash is not one.
    #[error("the password could not be computed")]
    Failed,
}

/// Computes and checks password hashes.
#[derive(Debug)]
pub struct Passwords {
    queue: Mutex<Queue>,
    freed: Condvar,
    /// Checked when no such account exists, so that both answers take the same time.
    decoy: &'static str,
}

#[derive(Debug, Default)]
struct Queue {
    running: usize,
    waiting: usize,
}

fn argon2() -> Argon2<'static> {
    // 19 MiB, two passes, one lane: the first choice of the OWASP password storage recommendations.
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

/// For one-time codes: they hold 98 random bits, so that no amount of memory and passes makes them harder to guess, and
/// a thousand of them cost a moment (see docs/decisions/0032).
fn argon2_for_codes() -> Result<Argon2<'static>, Error> {
    let least = Params::new(Params::MIN_M_COST, 1, 1, None).map_err(|_| Error::Failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, least))
}

/// Hashes a one-time code into a PHC string, at once and cheaply.
///
/// # Errors
/// When argon2 or the machine's randomness fails.
pub fn hash_of_code(code: &str) -> Result<String, Error> {
    let hash = argon2_for_codes()?.hash_password(code.as_bytes()).map_err(|_| Error::Failed)?;
    Ok(hash.to_string())
}

/// A hash that no password matches; one for the process.
fn decoy() -> Result<&'static str, Error> {
    static DECOY: OnceLock<String> = OnceLock::new();
    if let Some(known) = DECOY.get() {
        return Ok(known);
    }
    let made = argon2().hash_password(&rand::random::<[u8; 16]>()).map_err(|_| Error::Failed)?.to_string();
    Ok(DECOY.get_or_init(|| made))
}

impl Passwords {
    /// Prepares the computations.
    ///
    /// # Errors
    /// When argon2 or the machine's randomness fails.
    pub fn new() -> Result<Self, Error> {
        Ok(Self { queue: Mutex::default(), freed: Condvar::new(), decoy: decoy()? })
    }

    /// Hashes a password into a PHC string.
    ///
    /// # Errors
    /// When too many computations are waiting.
    pub fn hash(&self, password: &str) -> Result<String, Error> {
        self.in_turn(|| {
            argon2().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(|_| Error::Failed)
        })
    }

    /// Tells whether a password matches a PHC string; without one it takes as long and says no, and with the hash of a
    /// one-time code it takes as long too, so that the time does not tell which accounts still wait for their owner.
    ///
    /// # Errors
    /// When too many computations are waiting.
    pub fn matches(&self, password: &str, hash: Option<&str>) -> Result<bool, Error> {
        self.in_turn(|| {
            let verdict = argon2().verify_password(password.as_bytes(), hash.unwrap_or(self.decoy));
            let is_light = hash.is_some_and(|hash| !hash.contains(&format!("m={},", Params::DEFAULT.m_cost())));
            if is_light {
                // Only for the time that it takes.
                let _mismatch = argon2().verify_password(password.as_bytes(), self.decoy);
            }
            Ok(verdict.is_ok() && hash.is_some())
        })
    }

    fn in_turn<T>(&self, compute: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        let _turn = self.wait_for_turn()?;
        compute()
    }

    fn wait_for_turn(&self) -> Result<Turn<'_>, Error> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.running >= AT_ONCE {
            if queue.waiting >= WAITING_MAX {
                return Err(Error::Busy);
            }
            queue.waiting += 1;
            let (woken, timeout) = self
                .freed
                .wait_timeout_while(queue, WAIT, |queue| queue.running >= AT_ONCE)
                .unwrap_or_else(PoisonError::into_inner);
            queue = woken;
            queue.waiting -= 1;
            if timeout.timed_out() {
                return Err(Error::Busy);
            }
        }
        queue.running += 1;
        Ok(Turn { passwords: self })
    }
}

/// A place among the running computations; given back when dropped, also by a panic.
struct Turn<'a> {
    passwords: &'a Passwords,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.passwords.queue.lock().unwrap_or_else(PoisonError::into_inner).running -= 1;
        self.passwords.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_its_own_hash_only() {
        let passwords = Passwords::new().unwrap();
        let hash = passwords.hash("正确的密码 123").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(passwords.matches("正确的密码 123", Some(&hash)), Ok(true));
        assert_eq!(passwords.matches("正确的密码 124", Some(&hash)), Ok(false));
        assert_eq!(passwords.matches("正确的密码 123", None), Ok(false));
        assert_eq!(passwords.matches("x", Some("not a hash")), Ok(false));
    }

    #[test]
    fn a_one_time_code_is_cheap_to_hash_and_as_slow_to_check() {
        let code = crate::auth::tokens::new_one_time_code();
        let hash = hash_of_code(&code).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}");
        let passwords = Passwords::new().unwrap();
        assert_eq!(passwords.matches(&code, Some(&hash)), Ok(true));
        assert_eq!(passwords.matches(&code.to_uppercase(), Some(&hash)), Ok(false));
    }

    #[test]
    fn many_at_once_all_get_their_turn() {
        let passwords = Passwords::new().unwrap();
        let hash = passwords.hash("twelve letters").unwrap();
        std::thread::scope(|scope| {
            let all: Vec<_> =
                (0..16).map(|_| scope.spawn(|| passwords.matches("twelve letters", Some(&hash)))).collect();
            for one in all {
                assert_eq!(one.join().unwrap(), Ok(true));
            }
        });
        assert_eq!(passwords.queue.lock().unwrap().running, 0);
    }
}
