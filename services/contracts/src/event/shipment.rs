//! Events of shipment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
