//! The words for how far a payment is.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far a payment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PaymentState)]
pub enum State {
    /// The provider is being asked; its answer is not known yet.
    Opening,
    /// It waits for the customer or the provider.
    Pending,
    /// The customer agreed; the provider is being asked to set the money aside or to take it.
    Approved,
    /// The money is set aside at the customer's bank, and not taken yet.
    Authorized,
    /// Captured.
    Succeeded,
    /// Captured, and all of it went back.
    Refunded,
    /// The provider refused.
    Failed,
    /// The time ran out.
    Expired,
    /// It was called off before anything was captured.
    Cancelled,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Opening,
        Self::Pending,
        Self::Approved,
        Self::Authorized,
        Self::Succeeded,
        Self::Refunded,
        Self::Failed,
        Self::Expired,
        Self::Cancelled,
    ];

    /// The word for it in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Authorized => "authorized",
            Self::Succeeded => "succeeded",
            Self::Refunded => "refunded",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether it may still be paid or called off.
    pub fn is_open(self) -> bool {
        match self {
            Self::Opening | Self::Pending | Self::Approved | Self::Authorized => true,
            Self::Succeeded | Self::Refunded | Self::Failed | Self::Expired | Self::Cancelled => false,
        }
    }
}

/// Why a payment is being brought to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// Its order was cancelled: nothing may be kept.
    Cancel,
    /// An administrator, or a capture that was refused: nothing may be kept, and the order must hear of it.
    Void,
    /// The time ran out: what was paid in the last moment is kept.
    Expire,
}

/// Who takes money that is set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Capture {
    /// It is taken as soon as it can be.
    #[default]
    Automatic,
    /// An administrator takes it.
    Manual,
}

/// Gives an enum without data its words in the database.
macro_rules! words {
    ($name:ident, $what:literal, $($variant:ident = $word:literal),+) => {
        impl $name {
            /// The word for it in the database and in settings.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(format!(concat!("{:?} is no ", $what), text)),
                }
            }
        }
    };
}

words!(Closing, "reason to close", Cancel = "cancel", Void = "void", Expire = "expire");
words!(Capture, "way to capture; write automatic or manual", Automatic = "automatic", Manual = "manual");

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for State {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| format!("{text:?} is no state of a payment"))
    }
}
