//! Who calls: ES256 access tokens (RFC 7519) checked against auth's keys (RFC 7517), and extractors that say in a
//! handler's signature who may.

mod caller;
mod reader;
mod verifier;

use serde::{Deserialize, Serialize};
use warung_contracts::id::{SessionId, UserId};
pub use warung_contracts::permission::{Permission, Role};

pub(crate) use self::caller::Doors;
pub use self::{
    caller::{Customer, Guest, Permitted, Standing},
    reader::Reader,
    verifier::Verifier,
};

/// Audience of every access token.
pub const AUDIENCE: &str = "warung";

/// The claims of an access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who.
    pub sub: UserId,
    /// The Shop that signed it.
    pub iss: String,
    /// [`AUDIENCE`].
    pub aud: String,
    /// Seconds since the epoch.
    pub iat: i64,
    /// Seconds since the epoch.
    pub exp: i64,
    /// The token's own id.
    pub jti: String,
    pub roles: Vec<Role>,
    pub email: String,
    /// The log-in it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    /// When a password or a second factor was last shown for that log-in; seconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
}

impl Claims {
    /// Whether the caller has this role or a greater one.
    pub fn has(&self, role: Role) -> bool {
        self.roles.iter().any(|own| *own >= role)
    }

    /// Whether a role of the caller has this permission.
    pub fn may(&self, permission: Permission) -> bool {
        self.roles.iter().any(|role| role.may(permission))
    }
}
