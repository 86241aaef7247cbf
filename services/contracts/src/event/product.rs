//! Events of product.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{PaymentChoice, Totals};
use crate::{
    id::{LocationId, OrderId, ProductId, UserId, VariantId},
    money::Money,
};

/// All items of an order are set aside; the payment may be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StockReserved {
    pub order_id: OrderId,
    /// The order's number that people read, as the order said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    pub user_id: UserId,
    /// What is to be paid, as the order said it; 0 or more.
    pub total: Money,
    /// How the customer wants to pay, as the order said it.
    pub payment: PaymentChoice,
    /// SHA-256 (hex) of the order's token, with which a guest reads the payment; as the order said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_token_hash: Option<String>,
    /// What the total is made of, as the order said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<Totals>,
    /// From where its items are served: all of them, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub served_from: Vec<StockPart>,
}

/// Items of a variant that one place serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StockPart {
    pub variant_id: VariantId,
    pub place: Place,
    /// 1 or more.
    pub quantity: u32,
    /// Of them, those that are promised and not there yet.
    pub backordered: u32,
}

/// A place where stock is kept, as it was called then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Place {
    pub id: LocationId,
    /// The seller's own name for it in files, such as `jkt-1`.
    pub code: String,
    pub name: String,
}

/// An order can't be served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StockRejected {
    pub order_id: OrderId,
    /// The items that are short.
    pub shortages: Vec<Shortage>,
}

/// An item of which there is too little.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Shortage {
    pub product_id: ProductId,
    pub wanted: u32,
    pub left: u32,
    /// Which kind of the product; the default one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant_id: Option<VariantId>,
}

/// Something that can be read of a product changed; what it is now, its owner says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProductChanged {
    pub product_id: ProductId,
}

/// A variant's stock fell to its threshold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StockLow {
    pub product_id: ProductId,
    pub variant_id: VariantId,
    pub sku: String,
    /// Items that are there and not spoken for.
    pub available: u32,
}

/// Nothing of a variant is left that is not spoken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StockOut {
    pub product_id: ProductId,
    pub variant_id: VariantId,
    pub sku: String,
    /// 0.
    pub available: u32,
}
