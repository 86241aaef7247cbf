//! An account.

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
