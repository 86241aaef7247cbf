//! Events of order.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    id::{OrderId, ProductId, UserId},
    money::Money,
};

/// One product of an order, with the price it had when the order was placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderLine {
    pub product_id: ProductId,
    pub sku: String,
    pub name: String,
    /// 1 or more.
    pub quantity: u32,
    pub unit_price: Money,
}

/// How the customer wants to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentChoice {
    /// Name of a provider that is switched on, such as `sandbox`.
    pub provider: String,
    /// The provider's token for the customer's means of payment, where it uses one.
    pub token: Option<String>,
}

/// Where parcels go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShippingAddress {
    pub recipient: String,
    pub phone: Option<String>,
    pub line1: String,
    pub line2: Option<String>,
    pub city: String,
    pub province: Option<String>,
    pub postal_code: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
}

/// A customer checked out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderPlaced {
    pub order_id: OrderId,
    /// The number people read, such as `KOPI-000042`.
    pub number: String,
    pub user_id: UserId,
    pub lines: Vec<OrderLine>,
    pub total: Money,
    pub payment: PaymentChoice,
}

/// The order is paid for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderConfirmed {
    pub order_id: OrderId,
    pub number: String,
    pub user_id: UserId,
    pub lines: Vec<OrderLine>,
    pub total: Money,
    pub shipping_address: ShippingAddress,
}

/// The order will not be served; whatever was taken for it goes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderCancelled {
    pub order_id: OrderId,
    pub number: String,
    pub user_id: UserId,
    pub total: Money,
    pub reason: CancelReason,
}

/// Why an order was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    OutOfStock,
    PaymentFailed,
    PaymentExpired,
    ByCustomer,
    ByAdmin,
    /// Nothing was heard of the order until its deadline.
    Deadline,
}

/// Everything was delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderCompleted {
    pub order_id: OrderId,
    pub number: String,
    pub user_id: UserId,
}
