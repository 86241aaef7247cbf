//! Events of auth.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
