//! The access token, kept until shortly before it ends.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use secrecy::SecretString;
use serde::Deserialize;

use crate::providers::{Trouble, http::Client};

/// A token is renewed this long before it ends.
const EARLY: Duration = Duration::from_secs(120);

/// Who we are there, and the token that says so.
#[derive(Debug)]
pub struct Token {
    id: SecretString,
    secret: SecretString,
    kept: Mutex<Option<(SecretString, Instant)>>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: SecretString,
    /// Seconds; about nine hours.
    expires_in: u64,
}

impl Token {
    /// An app that has no token yet.
    pub fn new(id: SecretString, secret: SecretString) -> Self {
        Self { id, secret, kept: Mutex::default() }
    }

    /// A token that lasts.
    pub async fn get(&self, client: &Client) -> Result<SecretString, Trouble> {
        if let Some((token, until)) = &*self.lock()
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        let call = client.post("/v1/oauth2/token").basic(&self.id, Some(&self.secret));
        let reply = call.form(&[("grant_type", "client_credentials")]).send().await?;
        if !reply.is_success() {
            return Err(Trouble::permanent(format!(
                "the client id and secret are not taken ({})",
                reply.status
            )));
        }
        let Granted { access_token, expires_in } = reply.json()?;
        let lasts = Duration::from_secs(expires_in).saturating_sub(EARLY);
        *self.lock() = Some((access_token.clone(), Instant::now() + lasts));
        Ok(access_token)
    }

    /// It is not taken any more.
    pub fn forget(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(SecretString, Instant)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
