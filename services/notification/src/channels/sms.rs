//! Text messages by a Twilio-compatible API (Programmable Messaging, 2010-04-01).
//!
//! It knows no idempotency: a message whose outcome is unknown is not sent again, so that nobody is told twice.

mod signature;

use reqwest::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use warung_contracts::id::NotificationId;

pub use signature::is_signed;

use super::{Delivery, client, fault, retry_after};
use crate::domain::skip::Skip;

/// The field of a callback's query that holds our own id of the message.
pub const OURS: &str = "notification_id";

/// An account at the provider.
#[derive(Debug, Clone)]
pub struct Account {
    /// Such as `https://api.twilio.com`.
    pub url: String,
    /// Such as `AC…`.
    pub sid: String,
    pub token: SecretString,
    /// The number or name messages come from.
    pub from: String,
    /// Where the provider tells what became of each.
    pub callback: String,
}

/// Sends text messages.
#[derive(Debug, Clone)]
pub struct Sms(Option<(Account, reqwest::Client)>);

#[derive(Debug, Deserialize)]
struct Created {
    sid: String,
}

#[derive(Debug, Default, Deserialize)]
struct Refusal {
    code: Option<i64>,
    message: Option<String>,
}

impl Sms {
    /// Sends by this account; without one nothing is sent.
    ///
    /// # Errors
    ///
    /// When the HTTP client can't be made.
    pub fn new(account: Option<Account>) -> reqwest::Result<Self> {
        Ok(Self(account.map(|account| Ok((account, client().build()?))).transpose()?))
    }

    /// The account, if there is one.
    pub fn account(&self) -> Option<&Account> {
        self.0.as_ref().map(|(account, _)| account)
    }

    /// Hands a message for a number (E.164) to the provider, which tells what became of it under our own id: it may do so
    /// before we know its id of it, or when we never will.
    pub async fn send(&self, id: NotificationId, to: &str, text: &str) -> Delivery {
        let Some((account, client)) = &self.0 else { return Delivery::Skipped(Skip::NoProvider) };
        let url = format!("{}/2010-04-01/Accounts/{}/Messages.json", account.url, account.sid);
        // Form encoding: a `+` goes as %2B.
        let mut form = vec![("To", to), ("From", account.from.as_str()), ("Body", text)];
        let callback = format!("{}?{OURS}={id}", account.callback);
        if callback.starts_with("https://") {
            form.push(("StatusCallback", &callback));
        }
        let request =
            client.post(url).basic_auth(&account.sid, Some(account.token.expose_secret())).form(&form);
        match request.send().await {
            Ok(response) => answered(response).await,
            // It never left.
            Err(error) if error.is_connect() || error.is_builder() => Delivery::Later(fault(error), None),
            Err(error) => Delivery::Unknown(fault(error)),
        }
    }
}

async fn answered(response: reqwest::Response) -> Delivery {
    let (status, after) = (response.status(), retry_after(response.headers()));
    if status.is_success() {
        return Delivery::Sent(response.json::<Created>().await.ok().map(|created| created.sid));
    }
    let Refusal { code, message } = response.json().await.unwrap_or_default();
    let text = format!("{} {}: {}", status.as_u16(), code.unwrap_or_default(), message.unwrap_or_default());
    match status {
        // A wrong log-in is a setting that somebody will mend.
        StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            Delivery::Later(text, after)
        }
        status if status.is_server_error() => Delivery::Unknown(text),
        _ => Delivery::Refused(text),
    }
}
