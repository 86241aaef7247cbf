//! Events of user.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::UserId;

/// Somebody changed what they say of themselves; this is all of it, as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileChanged {
    pub user_id: UserId,
    pub name: String,
    /// E.164.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// BCP 47.
    pub locale: String,
    /// The profile's: what is older than what a reader knows changes nothing. 0 before it was told.
    #[serde(default)]
    pub version: i64,
}
