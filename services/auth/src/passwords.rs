//! Hashing of passwords: argon2id with OWASP's parameters (Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane).
//!
//! A hash takes 19 MiB and tens of milliseconds of a core, so it runs on the blocking pool and only a few at once: a
//! burst of log-ins waits in line instead of exhausting memory, and one that waits too long is told to come back.

use std::{sync::Arc, time::Duration};

use anyhow::anyhow;
use argon2::{
    Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::{self, phc::PasswordHash},
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Hashes under way at once at most; each holds 19 MiB.
const PARALLEL_MAX: usize = 4;
/// How long a log-in waits for its turn.
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

/// Hashes and checks passwords.
#[derive(Debug)]
pub struct Passwords {
    permits: Arc<Semaphore>,
    /// Checked when there is no account, so that the answer takes as long.
    nobody: String,
}

impl Passwords {
    /// # Errors
    ///
    /// When the library refuses its parameters.
    pub fn new() -> anyhow::Result<Self> {
        let parallel = std::thread::available_parallelism().map_or(1, usize::from).clamp(1, PARALLEL_MAX);
        let nobody = hash(&format!("{:032x}", rand::random::<u128>()))?;
        Ok(Self { permits: Arc::new(Semaphore::new(parallel)), nobody })
    }

    /// The PHC string of a password, with a salt of its own.
    ///
    /// # Errors
    ///
    /// When too many wait.
    pub async fn hash(&self, password: SecretString) -> Result<String, Error> {
        self.work(move || hash(password.expose_secret())).await
    }

    /// Whether the password is the one of this hash. Without a hash it takes as long and is never right.
    ///
    /// # Errors
    ///
    /// When too many wait or the hash is malformed.
    pub async fn verify(&self, password: SecretString, stored: Option<String>) -> Result<bool, Error> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobody.clone());
        let right = self.work(move || verify(password.expose_secret(), &stored)).await?;
        Ok(right && known)
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let turn = tokio::time::timeout(PATIENCE, self.permits.clone().acquire_owned());
        let permit: OwnedSemaphorePermit =
            turn.await.map_err(|_| Error::Busy)?.map_err(|closed| Error::Failed(closed.into()))?;
        // The permit goes along: a caller that hangs up does not free the memory its hash still takes.
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        done.await.map_err(|panic| Error::Failed(panic.into()))?.map_err(Error::Failed)
    }
}

fn argon2id() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

fn hash(password: &str) -> anyhow::Result<String> {
    let hash = argon2id().hash_password(password.as_bytes()).map_err(|error| anyhow!("argon2id: {error}"))?;
    Ok(hash.to_string())
}

fn verify(password: &str, stored: &str) -> anyhow::Result<bool> {
    let stored = PasswordHash::new(stored).map_err(|error| anyhow!("a stored hash is malformed: {error}"))?;
    match argon2id().verify_password(password.as_bytes(), &stored) {
        Ok(()) => Ok(true),
        Err(password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(anyhow!("argon2id: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_says_its_parameters_and_knows_its_password() {
        let stored = hash("correct horse").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(verify("correct horse", &stored).unwrap());
        assert!(!verify("correct hors", &stored).unwrap());
        assert_ne!(stored, hash("correct horse").unwrap(), "every hash has a salt of its own");
    }

    #[tokio::test]
    async fn nobodys_password_is_never_right() {
        let passwords = Passwords::new().unwrap();
        assert!(!passwords.verify("anything".into(), None).await.unwrap());
    }
}
