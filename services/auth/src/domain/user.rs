//! An account.

use time::OffsetDateTime;
use warung_chassis::auth::Role;
use warung_contracts::id::UserId;

use super::email::Email;

/// Who a token speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub user_id: UserId,
    pub email: Email,
    /// The greatest role.
    pub role: Role,
}

/// An account with what its owner and emails to them see of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub user: User,
    /// What emails call its owner; none at accounts that are older than this.
    pub name: Option<String>,
    /// BCP 47.
    pub locale: String,
    pub email_verified_at: Option<OffsetDateTime>,
    pub created_at: OffsetDateTime,
    /// Whether a log-in needs a second factor.
    pub second_factor: bool,
    /// Nobody logs in while it is there.
    pub suspension: Option<Suspension>,
}

/// That an administrator closed an account for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspension {
    pub at: OffsetDateTime,
    pub reason: String,
}

impl Account {
    /// What emails call its owner.
    pub fn called(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.user.email.local_part().to_owned())
    }
}
