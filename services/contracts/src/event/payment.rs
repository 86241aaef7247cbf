//! Events of payment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    id::{DisputeId, OrderId, PaymentId, RefundId, UserId},
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
    /// Which try of its order's payment it is, from 1; absent in events of before there were several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// Who is to be paid through; absent in events of before it could change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// RFC 3339; until then the customer can take another way to pay. Absent where this is the last.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub retry_until: Option<time::OffsetDateTime>,
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
    /// Scan this code.
    ShowQr {
        /// What the code says.
        content: String,
        /// A picture of it, where the provider has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        image_url: Option<String>,
    },
    /// Send the money to this account.
    Transfer {
        /// The bank, or the shop where it is paid.
        bank: String,
        /// The number of the account, or the code to pay with.
        account_number: String,
        /// What to write on the transfer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
    },
    /// Confirm in the browser, with the client secret that `GET /api/v1/payments/{order_id}` shows to the customer alone.
    Confirm {},
}

/// The money is set aside at the customer's bank; the shop takes it by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentAuthorized {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub user_id: UserId,
    pub amount: Money,
    /// RFC 3339; afterwards it is set free.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub expires_at: time::OffsetDateTime,
    /// Which try of its order's payment it is, from 1; absent in events of before there were several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
}

/// The money was captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentSucceeded {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub user_id: UserId,
    /// What was captured.
    pub amount: Money,
    pub provider: String,
    /// Whether that is less than was to be paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial: Option<bool>,
    /// Whether it is more than was to be paid, and an administrator accepted that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overpaid: Option<bool>,
    /// Which try of its order's payment it is, from 1; absent in events of before there were several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
}

/// The provider refused, or an administrator called it off. With `retry_until` the order waits for another try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentFailed {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    /// Why, in a word of the provider's or ours, such as `card_declined`.
    pub reason: String,
    /// Which try of its order's payment it is, from 1; absent in events of before there were several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// Whose payment it is; absent in events of before anybody was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// RFC 3339; until then the customer can take another way to pay. Absent where the order can't be paid any more.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub retry_until: Option<time::OffsetDateTime>,
}

/// The customer let the time run out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentExpired {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    /// Which try of its order's payment it is, from 1; absent in events of before there were several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
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
    /// Which refund it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<RefundId>,
    /// Whether the shop paid it back itself, outside of the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offline: Option<bool>,
}

/// Money that was to go back can't: the provider refuses for good. It is still with the shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefundFailed {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    /// Which refund it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<RefundId>,
    pub amount: Money,
    /// Why, in a word of the provider's or ours.
    pub reason: String,
}

/// An administrator decided about a payment. What comes of it is told apart, once the provider has answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentDecided {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    /// `capture`, `void`, `refund`, `offline` (the shop paid it back itself), or what becomes of an amount that differs:
    /// `accept`, `return`, `settled`. More may come.
    pub deed: String,
    /// How much, where the deed is about a part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Who decided.
    pub author: UserId,
    /// Why, in their words.
    pub reason: String,
}

/// The provider reports another amount than was asked: it waits until an administrator decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentHeld {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub asked: Money,
    /// As the provider reports it, maybe of another currency.
    pub reported: Money,
}

/// What the provider reported no longer waits: an administrator decided, or the provider put it right itself. What becomes of
/// the money is told apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentHoldEnded {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
}

/// The customer contests the payment, at their bank or at the provider; told again when an inquiry becomes a dispute. The
/// order goes on as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentDisputed {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub dispute_id: DisputeId,
    pub provider: String,
    /// What is contested, maybe in another currency than the payment.
    pub amount: Money,
    /// What was taken from the shop so far.
    pub taken: Money,
    /// Why, in the provider's word, such as `fraudulent`.
    pub reason: String,
    /// Whether it is only a question so far, and nothing is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inquiry: Option<bool>,
    /// RFC 3339; the shop has to answer until then. Absent where there is nothing to answer.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub respond_by: Option<time::OffsetDateTime>,
    /// How all disputes of the order stand together: `open`, `won` or `lost`.
    pub order_dispute: String,
}

/// A dispute was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentDisputeClosed {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub dispute_id: DisputeId,
    pub provider: String,
    /// What was contested.
    pub amount: Money,
    /// What is taken from the shop now; of one that was won it comes back, maybe later.
    pub taken: Money,
    /// `won`: the shop keeps the money. `lost`: the customer does.
    pub outcome: String,
    /// How all disputes of the order stand together: `open`, `won` or `lost`.
    pub order_dispute: String,
}
