//! The words for how far a payment is.

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

warung_contracts::words!(
    State,
    "state of a payment",
    Opening = "opening",
    Pending = "pending",
    Approved = "approved",
    Authorized = "authorized",
    Succeeded = "succeeded",
    Refunded = "refunded",
    Failed = "failed",
    Expired = "expired",
    Cancelled = "cancelled",
);

impl State {
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
    /// The customer takes another way to pay: what was paid in the last moment is kept, and the other way dropped.
    Replace,
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

warung_contracts::words!(
    Closing,
    "reason to close",
    Cancel = "cancel",
    Void = "void",
    Expire = "expire",
    Replace = "replace"
);
warung_contracts::words!(
    Capture,
    "way to capture; write automatic or manual",
    Automatic = "automatic",
    Manual = "manual"
);
