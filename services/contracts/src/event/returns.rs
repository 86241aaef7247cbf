//! Events of order about goods that customers send back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    id::{OrderId, ReturnId, UserId},
    money::Money,
};

/// Items of a return, as its customer knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReturnItem {
    pub sku: String,
    pub name: String,
    /// Such as "Red / L".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant_name: Option<String>,
    pub quantity: u32,
}

/// A customer wants to send something back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReturnRequested {
    pub order_id: OrderId,
    pub return_id: ReturnId,
    pub number: String,
    pub user_id: UserId,
    pub items: Vec<ReturnItem>,
    /// In the customer's words.
    pub reason: String,
}

/// The customer took the wish back; nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReturnWithdrawn {
    pub order_id: OrderId,
    pub return_id: ReturnId,
    pub number: String,
    pub user_id: UserId,
    pub items: Vec<ReturnItem>,
}

/// The shop waits for the goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReturnApproved {
    pub order_id: OrderId,
    pub return_id: ReturnId,
    pub number: String,
    pub user_id: UserId,
    pub items: Vec<ReturnItem>,
    /// In the shop's words, such as where to send them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// What goes back once all of it has arrived, 0 or more.
    pub refund: Money,
}

/// The shop does not take the goods back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReturnRefused {
    pub order_id: OrderId,
    pub return_id: ReturnId,
    pub number: String,
    pub user_id: UserId,
    pub items: Vec<ReturnItem>,
    /// In the shop's words: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

/// Goods that a customer sent back arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReturnReceived {
    pub order_id: OrderId,
    pub return_id: ReturnId,
    pub number: String,
    pub user_id: UserId,
    /// Those that arrived.
    pub items: Vec<ReturnItem>,
    /// What goes back for them at most, 0 or more.
    pub refund: Money,
}
