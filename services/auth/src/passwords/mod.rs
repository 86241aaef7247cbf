//! Passwords: hashed and checked a few at once, off the runtime's threads.
//!
//! ```text
//!  log-in ──> line ──> turn ──> count ──> hash ──> open a session
//!              │                           └─ a thread of its own, 12 MiB that are given back when it ends
//!              └─ it is long: 503, before anybody waits in vain
//!
//!  new password ──> a line of its own ──> one of its few places ──> hash
//! ```
//!
//! So whoever makes accounts, which anybody may, keeps nobody from logging in.

mod argon2id;

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// Hashes under way at once at most; each holds 12 MiB and a core.
const PARALLEL_MAX: usize = 4;
/// Tries under way at once at most, from their count until it is taken back: fewer than the failures that are free to
/// everybody, so that people who log in at the same moment are never taken for one who guesses.
const TURNS: usize = 4;
/// Who may wait behind each hash under way. A hash takes some 40 ms: whoever is last waits about a second.
const WAITING_EACH: usize = 25;
/// New passwords hashed at once at most: half of what is hashed at once, on two cores or more. On one, a log-in waits for no
/// more than one of them.
const fn places(parallel: usize) -> usize {
    parallel.div_ceil(2)
}
/// How long anybody waits for their turn, however slow the machine is.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why a password could not be hashed or checked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Too many wait already.
    #[error("too many passwords are being checked")]
    Busy,
    /// Anything else: our fault.
    #[error("a password could not be hashed")]
    Failed(#[source] anyhow::Error),
}

/// The lines in which passwords wait.
#[derive(Debug)]
pub struct Passwords {
    /// One for each hash under way.
    hashing: Arc<Semaphore>,
    /// One for each try under way.
    turns: Arc<Semaphore>,
    /// One for each of those and for each who waits.
    line: Arc<Semaphore>,
    /// One for each new password that is being hashed.
    places: Arc<Semaphore>,
    /// One for each of those and for each that waits.
    new_line: Arc<Semaphore>,
}

/// The right to try one password now. It is kept until the try has been counted for good or taken back.
#[derive(Debug)]
pub struct Turn {
    hashing: Arc<Semaphore>,
    _turn: OwnedSemaphorePermit,
    _line: OwnedSemaphorePermit,
}

/// The right to hash one new password now.
#[derive(Debug)]
pub struct Place {
    hashing: Arc<Semaphore>,
    place: OwnedSemaphorePermit,
    _line: OwnedSemaphorePermit,
}

impl Passwords {
    /// Lines for this machine's cores.
    pub fn new() -> Self {
        let parallel = std::thread::available_parallelism().map_or(1, usize::from).clamp(1, PARALLEL_MAX);
        Self::with(parallel)
    }

    fn with(parallel: usize) -> Self {
        let permits = |count| Arc::new(Semaphore::new(count));
        let line = |parallel: usize| permits(parallel * (1 + WAITING_EACH));
        Self {
            hashing: permits(parallel),
            turns: permits(TURNS),
            line: line(parallel),
            places: permits(places(parallel)),
            new_line: line(places(parallel)),
        }
    }

    /// Waits in the line of those who log in.
    ///
    /// # Errors
    ///
    /// When the line is long, at once; when it does not move, after a while.
    pub async fn turn(&self) -> Result<Turn, Error> {
        let line = self.line.clone().try_acquire_owned().map_err(|_| Error::Busy)?;
        let turn = acquire(&self.turns).await?;
        Ok(Turn { hashing: self.hashing.clone(), _turn: turn, _line: line })
    }

    /// Waits in the line of new passwords.
    ///
    /// # Errors
    ///
    /// When the line is long, at once; when it does not move, after a while.
    pub async fn place(&self) -> Result<Place, Error> {
        let line = self.new_line.clone().try_acquire_owned().map_err(|_| Error::Busy)?;
        let place = acquire(&self.places).await?;
        Ok(Place { hashing: self.hashing.clone(), place, _line: line })
    }

    /// The PHC string of a new password, once it has its place.
    ///
    /// # Errors
    ///
    /// When too many wait.
    pub async fn hash(&self, password: SecretString) -> Result<String, Error> {
        self.place().await?.hash(password).await
    }
}

impl Place {
    /// The PHC string of a password, with a salt of its own.
    ///
    /// # Errors
    ///
    /// When it takes too long.
    pub async fn hash(self, password: SecretString) -> Result<String, Error> {
        let Self { hashing, place, _line } = self;
        work(&hashing, move || {
            // Goes along, too: whoever hangs up makes no room for one more.
            let _place = place;
            argon2id::hash(password.expose_secret())
        })
        .await
    }
}

impl Turn {
    /// Whether the password is the one of this hash. Without a hash it takes as long and is never right.
    ///
    /// # Errors
    ///
    /// When it takes too long or the hash is malformed.
    pub async fn verify(&self, password: SecretString, stored: Option<String>) -> Result<bool, Error> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| argon2id::NOBODYS.to_owned());
        let right = work(&self.hashing, move || argon2id::verify(password.expose_secret(), &stored)).await?;
        Ok(right && known)
    }
}

async fn acquire(permits: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Error> {
    let permit = tokio::time::timeout(PATIENCE, permits.clone().acquire_owned()).await;
    permit.map_err(|_| Error::Busy)?.map_err(|closed| Error::Failed(closed.into()))
}

/// Works on a thread of its own. The permit goes along: a caller that hangs up does not free the memory its hash still
/// takes.
async fn work<T: Send + 'static>(
    hashing: &Arc<Semaphore>,
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> Result<T, Error> {
    let permit = acquire(hashing).await?;
    let (tell, told) = oneshot::channel();
    argon2id::on_a_thread(move || {
        let result = work();
        drop(permit);
        // Nobody listens when the caller has hung up.
        let _ = tell.send(result);
    })
    .map_err(|error| Error::Failed(error.into()))?;
    told.await.context("the thread of a hash died").map_err(Error::Failed)?.map_err(Error::Failed)
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use super::*;

    #[tokio::test]
    async fn nobodys_password_is_never_right() {
        let turn = Passwords::new().turn().await.unwrap();
        assert!(!turn.verify("anything".into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn a_long_line_is_told_at_once() {
        let passwords = Passwords::with(1);
        let waiting = |line: &Arc<Semaphore>| -> Vec<_> {
            (0..=WAITING_EACH).map(|_| line.clone().try_acquire_owned().expect("there is room")).collect()
        };
        let (line, new_line) = (waiting(&passwords.line), waiting(&passwords.new_line));
        assert!(matches!(passwords.hash("too late".into()).await, Err(Error::Busy)));
        assert!(matches!(passwords.turn().await, Err(Error::Busy)));
        drop((line, new_line));
        assert!(passwords.hash("in time".into()).await.is_ok());
        assert!(passwords.turn().await.is_ok());
    }

    #[tokio::test]
    async fn whoever_makes_accounts_keeps_nobody_from_logging_in() {
        for parallel in [1, 2, PARALLEL_MAX] {
            let passwords = Passwords::with(parallel);
            let mut new: Vec<_> = (0..500).map(|_| Box::pin(passwords.hash("of many".into()))).collect();
            let mut refused = 0;
            for hash in &mut new {
                refused += usize::from(matches!(futures::poll!(hash), Poll::Ready(Err(Error::Busy))));
            }
            assert!(refused > 0, "their line is full");
            let turn = passwords.turn().await.unwrap();
            assert!(!turn.verify("of one".into(), None).await.unwrap());
        }
    }

    #[tokio::test]
    async fn a_hash_does_not_hold_the_runtime() {
        // One thread runs everything: if a hash ran on it, nothing would tick meanwhile.
        let passwords = Passwords::with(1);
        let hash = passwords.hash("kopi tubruk pagi".into());
        let ticks = async {
            let mut ticks = 0_u32;
            loop {
                tokio::time::sleep(Duration::from_millis(1)).await;
                ticks += 1;
                if ticks >= 3 {
                    return ticks;
                }
            }
        };
        let (hashed, ticks) = tokio::join!(hash, ticks);
        assert!(hashed.is_ok() && ticks >= 3);
    }

    /// In a process of its own, because other tests hash too: it starts itself there.
    #[test]
    fn the_memory_of_a_hash_is_given_back() {
        const ALONE: &str = "WARUNG_TEST_ALONE";
        if std::env::var_os(ALONE).is_some() {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            return runtime.block_on(hashes_are_given_back());
        }
        let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
        alone.args(["--exact", "passwords::tests::the_memory_of_a_hash_is_given_back"]).env(ALONE, "1");
        let done = alone.output().unwrap();
        let told = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success() && told.contains("1 passed"), "{told}");
    }

    async fn hashes_are_given_back() {
        let resident_kib = || -> u64 {
            let status = std::fs::read_to_string("/proc/self/status").unwrap();
            let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
            line.split_whitespace().nth(1).unwrap().parse().unwrap()
        };
        let passwords = Passwords::with(2);
        let before = resident_kib();
        for _ in 0..4 {
            let (a, b) = tokio::join!(passwords.hash("a".into()), passwords.hash("b".into()));
            assert!(a.is_ok() && b.is_ok());
        }
        // A thread gives it back when it ends, a moment after it told its hash.
        let given_back = async {
            while resident_kib().saturating_sub(before) >= 10 * 1024 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(20), given_back).await;
        assert!(waited.is_ok(), "{} KiB were resident, {} are", before, resident_kib());
    }
}
