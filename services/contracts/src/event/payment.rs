//! Events of payment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    id::{OrderId, PaymentId, UserId},
    money::Money,
};

/// The customer has to do something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentPending {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub user_id: UserId,
    pub amount: Money,
    /// What to do next.
    pub next_action: NextAction,
    /// RFC 3339; afterwards the payment expires.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub expires_at: time::OffsetDateTime,
}

/// What the customer does to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum NextAction {
    /// Open this page.
    Redirect { url: String },
    /// Wait: the provider reports by itself.
    Wait,
}

/// All of the amount was captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentSucceeded {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub user_id: UserId,
    pub amount: Money,
    pub provider: String,
}

/// The provider refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentFailed {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    /// Why, in a word of the provider's or ours, such as `card_declined`.
    pub reason: String,
}

/// The customer let the time run out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentExpired {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
}

/// Money went back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentRefunded {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub user_id: UserId,
    /// What went back this time.
    pub amount: Money,
}
