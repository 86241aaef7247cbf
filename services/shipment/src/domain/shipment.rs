//! A parcel and its states.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use warung_contracts::{
    event::{OrderLine, ShippingAddress},
    id::{OrderId, ShipmentId, UserId},
};

/// How far a parcel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It waits for its carrier.
    Created,
    /// The carrier has it.
    Dispatched,
    /// It is at the door. The end.
    Delivered,
    /// Its order was cancelled before it left. The end.
    Cancelled,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Created, Self::Dispatched, Self::Delivered, Self::Cancelled];

    /// The word for it in the database, the API and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Dispatched => "dispatched",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
        }
    }

    /// What the customer reads.
    pub fn description(self) -> &'static str {
        match self {
            Self::Created => "The parcel is packed and waits for its carrier.",
            Self::Dispatched => "The carrier has the parcel.",
            Self::Delivered => "The parcel was delivered.",
            Self::Cancelled => "The order was cancelled before the parcel left.",
        }
    }
}

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
            .ok_or_else(|| format!("{text:?} is no state of a parcel"))
    }
}

/// A parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipment {
    pub id: ShipmentId,
    pub order_id: OrderId,
    pub order_number: String,
    pub user_id: UserId,
    pub state: State,
    pub carrier: String,
    pub tracking_number: String,
    pub shipping_address: ShippingAddress,
    pub lines: Vec<OrderLine>,
    pub created_at: OffsetDateTime,
    /// When the state was entered.
    pub state_at: OffsetDateTime,
}
