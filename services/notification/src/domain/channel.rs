//! Ways to somebody.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A way to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Email,
    Sms,
    /// To every device and browser they registered.
    Push,
}

warung_contracts::words!(
    Channel,
    "channel; there are email, sms and push",
    Email = "email",
    Sms = "sms",
    Push = "push",
);

impl Channel {
    /// How its templates' names end.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Email => "txt",
            Self::Sms => "sms.txt",
            Self::Push => "push.txt",
        }
    }
}
