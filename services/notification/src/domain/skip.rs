//! Why a message is not sent though nothing failed.

use std::fmt;

/// Why a message is skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skip {
    /// The shop has no provider for the channel.
    NoProvider,
    /// Mail to the address came back, or its owner complained.
    Suppressed,
    /// Its reader switched it off.
    Unsubscribed,
    /// The reader has no device left.
    NoDevice,
    /// The link in it was used or has ended.
    LinkEnded,
    /// The reader's account was deleted.
    AccountDeleted,
}

impl Skip {
    /// The word for it in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoProvider => "no_provider",
            Self::Suppressed => "suppressed",
            Self::Unsubscribed => "unsubscribed",
            Self::NoDevice => "no_device",
            Self::LinkEnded => "link_ended",
            Self::AccountDeleted => "account_deleted",
        }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
