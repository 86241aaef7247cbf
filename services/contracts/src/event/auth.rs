//! Events of auth.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::id::UserId;

/// Somebody has an account now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserRegistered {
    pub user_id: UserId,
    /// Lower-cased address.
    pub email: String,
    pub name: String,
    /// BCP 47 language tag, such as `id` or `en`.
    pub locale: String,
}

/// Somebody is to show that this address is theirs: the one they registered with, or the one they change to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EmailVerificationRequested {
    pub user_id: UserId,
    /// Where the link goes.
    pub email: String,
    pub name: String,
    /// BCP 47.
    pub locale: String,
    /// Auth gives the link's token for it (`warung.auth.v1.Links/GetToken`); an event never carries a secret.
    #[schemars(with = "String", extend("format" = "uuid"))]
    pub request_id: Uuid,
    /// The link is good until then.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub expires_at: OffsetDateTime,
}

/// Somebody, who may not be the owner, asked for a new password of this account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PasswordResetRequested {
    pub user_id: UserId,
    pub email: String,
    pub name: String,
    /// BCP 47.
    pub locale: String,
    /// Auth gives the link's token for it (`warung.auth.v1.Links/GetToken`); an event never carries a secret.
    #[schemars(with = "String", extend("format" = "uuid"))]
    pub request_id: Uuid,
    /// The link is good until then.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub expires_at: OffsetDateTime,
}

/// An account has another password: its owner should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PasswordChanged {
    pub user_id: UserId,
    pub email: String,
    #[serde(default)]
    pub name: String,
    /// BCP 47.
    pub locale: String,
}

/// Somebody who is logged in to an account asked to give it another address, which has yet to be shown to be theirs. The
/// address of now should hear of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EmailChangeRequested {
    pub user_id: UserId,
    /// The address of now.
    pub email: String,
    /// The one that was asked for. It may be another account's: then nothing comes of it.
    pub new_email: String,
    pub name: String,
    /// BCP 47.
    pub locale: String,
}

/// An account has another address, which its owner has shown to be theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EmailChanged {
    pub user_id: UserId,
    /// The address from now on.
    pub email: String,
    /// The one before, which should hear of it.
    pub old_email: String,
    pub name: String,
    /// BCP 47.
    pub locale: String,
    /// Grows with each change of the address: what is older than what a reader knows changes nothing. 0 before it was told.
    #[serde(default)]
    pub version: i64,
}

/// The second factor of an account was turned on or off: its owner should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SecondFactorChanged {
    pub user_id: UserId,
    /// Whether log-ins ask for it from now on.
    pub enabled: bool,
    /// An administrator did it, for somebody who lost the authenticator.
    #[serde(default)]
    pub by_administrator: bool,
}

/// Somebody logged in on a device, and from a network, that the account did not know: its owner should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewDeviceLoggedIn {
    pub user_id: UserId,
    /// What the device calls itself, such as "Firefox on Linux".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: OffsetDateTime,
}

/// An administrator suspended an account: nobody logs in to it until it is restored. Why stays with auth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountSuspended {
    pub user_id: UserId,
}

/// A suspended account can be logged in to again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountRestored {
    pub user_id: UserId,
}

/// An account is gone: whoever keeps something personal of this user erases it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserDeleted {
    pub user_id: UserId,
}
