//! Why a message is not sent though nothing failed.

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

warung_contracts::words!(
    Skip,
    "reason to skip",
    NoProvider = "no_provider",
    Suppressed = "suppressed",
    Unsubscribed = "unsubscribed",
    NoDevice = "no_device",
    LinkEnded = "link_ended",
    AccountDeleted = "account_deleted",
);
