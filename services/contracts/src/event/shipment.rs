//! Events of shipment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{OrderId, ShipmentId, UserId};

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
}

/// The parcel is at the door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShipmentDelivered {
    pub order_id: OrderId,
    pub shipment_id: ShipmentId,
    pub user_id: UserId,
}
