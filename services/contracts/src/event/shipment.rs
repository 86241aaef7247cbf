//! Events of shipment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Place, ReturnItem, ShippingAddress};
use crate::id::{OrderId, ProductId, ShipmentId, UserId, VariantId};

/// A parcel waits for its carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShipmentCreated {
    pub order_id: OrderId,
    pub shipment_id: ShipmentId,
    pub user_id: UserId,
}

/// The carrier has the parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShipmentDispatched {
    pub order_id: OrderId,
    pub shipment_id: ShipmentId,
    pub user_id: UserId,
    pub carrier: String,
    pub tracking_number: String,
    /// Where customers follow it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_url: Option<String>,
    /// Number of the parcel within its shipment, from 1; absent where the shipment is one parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel: Option<u32>,
    /// Parcels of the shipment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcels: Option<u32>,
    /// Parcels that are still to be delivered after this; those that come back are not. 0 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u32>,
}

/// Staff corrected who carries a parcel that had been told as dispatched, or where it is followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShipmentTrackingCorrected {
    pub order_id: OrderId,
    pub shipment_id: ShipmentId,
    pub user_id: UserId,
    pub carrier: String,
    pub tracking_number: String,
    /// Where customers follow it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_url: Option<String>,
    /// Number of the parcel within its shipment, from 1.
    pub parcel: u32,
    /// Parcels of the shipment.
    pub parcels: u32,
}

/// The parcel is at the door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShipmentDelivered {
    pub order_id: OrderId,
    pub shipment_id: ShipmentId,
    pub user_id: UserId,
    /// Number of the parcel within its shipment, from 1; absent where the shipment is one parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel: Option<u32>,
    /// Parcels of the shipment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcels: Option<u32>,
    /// Parcels that are still to be delivered after this; those that come back are not. 0 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u32>,
}

/// The carrier gave up: the parcel goes back to the shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShipmentFailed {
    pub order_id: OrderId,
    pub shipment_id: ShipmentId,
    pub user_id: UserId,
    /// For people, as the carrier says it.
    pub reason: String,
    /// Number of the parcel within its shipment, from 1; absent where the shipment is one parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel: Option<u32>,
    /// Parcels of the shipment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcels: Option<u32>,
    /// Parcels that are still to be delivered after this; those that come back are not. 0 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u32>,
}

/// The parcel is back at the shop, after it failed or was recalled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShipmentReturned {
    pub order_id: OrderId,
    pub shipment_id: ShipmentId,
    pub user_id: UserId,
    /// What was inside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<ReturnedItem>>,
    /// Number of the parcel within its shipment, from 1; absent where the shipment is one parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel: Option<u32>,
    /// Parcels of the shipment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcels: Option<u32>,
    /// Parcels that are still to be delivered after this; those that come back are not. 0 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u32>,
}

/// A parcel had left when its order was cancelled, and is called back. Told once more when it reaches the customer after all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShipmentRecalled {
    pub order_id: OrderId,
    pub shipment_id: ShipmentId,
    /// The order's, that people read.
    pub number: String,
    /// Number of the parcel within its shipment, from 1.
    pub parcel: u32,
    pub carrier: String,
    pub tracking_number: String,
    /// What is inside: the shop sells it again, and does not have it.
    pub items: Vec<ReturnItem>,
    /// `true` when it is at the door: the customer has the goods and gets the money back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered: Option<bool>,
}

/// A product inside a parcel that came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReturnedItem {
    pub product_id: ProductId,
    /// The default one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant_id: Option<VariantId>,
    /// 1 or more.
    pub quantity: u32,
}

/// The parcels of an order as they are now: told whenever one is packed, split, numbered by its carrier, or moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShipmentChanged {
    pub order_id: OrderId,
    pub shipment_id: ShipmentId,
    /// Grows with each change: what is older than what a reader knows changes nothing.
    pub version: i64,
    /// All of them, by number.
    pub parcels: Vec<ShippedParcel>,
}

/// A parcel as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShippedParcel {
    /// From 1, within the shipment.
    pub number: u32,
    pub state: ParcelState,
    /// Its name for people; empty until the shop has chosen one.
    pub carrier: String,
    /// Absent until the carrier gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
    /// Where customers follow it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_url: Option<String>,
    /// When it entered its state.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "String")]
    pub since: OffsetDateTime,
    pub items: Vec<ShippedItem>,
    /// Where it is packed, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Items inside that the shop has yet to get: all of them, or none. Absent for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backordered: Option<u32>,
}

/// A corrected address came when a parcel had left: all parcels go where they were to go before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShipmentAddressKept {
    pub order_id: OrderId,
    pub shipment_id: ShipmentId,
    pub user_id: UserId,
    /// Of the correction that came too late, as order told it.
    pub version: i64,
    /// Where the parcels go.
    pub shipping_address: ShippingAddress,
}

/// What a parcel that has not left waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WaitsFor {
    /// Goods that the shop has yet to get: staff hand it over when they have come.
    Goods,
    /// Its carrier.
    Carrier,
}

impl WaitsFor {
    /// Of a parcel in this state, with so many items that the shop has yet to get; none once it left, or when it never will.
    #[must_use]
    pub fn of(state: ParcelState, backordered: u32) -> Option<Self> {
        match state {
            ParcelState::Created if backordered > 0 => Some(Self::Goods),
            ParcelState::Created => Some(Self::Carrier),
            _ => None,
        }
    }
}

/// Some of a line of the order, inside a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShippedItem {
    /// Its place among the order's lines, from 0.
    pub line: u32,
    /// 1 or more.
    pub quantity: u32,
}

/// How far a parcel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ParcelState {
    /// It waits for its carrier.
    Created,
    /// The carrier has it.
    Dispatched,
    /// Its order was cancelled while the carrier had it: it is to come back.
    Recalled,
    /// The carrier gave up: it is to come back.
    Failed,
    /// It is at the door.
    Delivered,
    /// It is back at the shop.
    Returned,
    /// Its order was cancelled before it left.
    Cancelled,
}
