//! What an order ships, and the parcels it goes in.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use warung_contracts::{
    event::{OrderLine, Place, ShippingAddress},
    id::{OrderId, ParcelId, ShipmentId, UserId},
};

use super::State;

/// All that an order ships.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipment {
    pub id: ShipmentId,
    pub order_id: OrderId,
    pub order_number: String,
    pub user_id: UserId,
    /// SHA-256 (hexadecimal) of the token with which a guest follows it; none for orders of accounts.
    pub order_token_hash: Option<String>,
    pub shipping_address: ShippingAddress,
    /// Of the newest news of the address that was acted on: what is older changes nothing.
    pub address_version: i64,
    /// A corrected address that carriers have to let go for first.
    pub correction: Option<Correction>,
    pub lines: Vec<OrderLine>,
    /// Grows with each change of what is told of its parcels.
    pub version: i64,
    pub created_at: OffsetDateTime,
}

/// Where everything is to go instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    pub address: ShippingAddress,
    pub version: i64,
}

/// What becomes of a correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// A carrier may still know of the address of before.
    Waits,
    Taken,
    /// A parcel has left.
    TooLate,
    /// Nothing goes anywhere any more.
    Needless,
}

impl Fate {
    /// Of a correction of what is in these parcels, of which carriers may know (`known`).
    pub fn of(parcels: impl IntoIterator<Item = State>, known: bool) -> Self {
        let (mut left, mut waits) = (false, false);
        for state in parcels {
            match state {
                State::Created => waits = true,
                State::Cancelled => {}
                _ => left = true,
            }
        }
        match (left, waits) {
            (true, _) => Self::TooLate,
            (false, false) => Self::Needless,
            (false, true) if known => Self::Waits,
            (false, true) => Self::Taken,
        }
    }
}

impl Shipment {
    /// The newest news of its address.
    pub fn newest_address(&self) -> i64 {
        self.correction.as_ref().map_or(self.address_version, |correction| correction.version)
    }

    /// Whether its address has been erased: every address names somebody.
    pub fn is_erased(&self) -> bool {
        self.shipping_address.recipient.is_empty()
    }
}

/// Some of a line, inside a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packed {
    /// Index into the shipment's lines.
    pub line: usize,
    /// 1 or more.
    pub quantity: u32,
}

/// A parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    pub id: ParcelId,
    pub shipment_id: ShipmentId,
    /// From 1, within the shipment.
    pub number: u32,
    pub state: State,
    /// Code of the carrier, or the name staff gave it; empty until they do.
    pub carrier: String,
    /// The carrier's, or ours until it is booked.
    pub tracking_number: String,
    /// Where customers follow it, as staff say.
    pub tracking_url: Option<String>,
    pub items: Vec<Packed>,
    /// 0 where nobody weighed it.
    pub weight_grams: u64,
    /// Where it is packed; none where nobody said.
    pub place: Option<Place>,
    /// Whether the shop had yet to get what is inside, all of it.
    pub backordered: bool,
    /// When the state was entered.
    pub state_at: OffsetDateTime,
}

impl Parcel {
    /// The number of a parcel that its carrier has not numbered yet: ours.
    pub fn provisional_number(id: ParcelId) -> String {
        id.to_string()
    }

    /// The number that its carrier gave.
    pub fn given_number(&self) -> Option<&str> {
        Some(&*self.tracking_number).filter(|_| !self.is_unbooked())
    }

    /// Whether it waits for a number of its carrier.
    pub fn is_unbooked(&self) -> bool {
        self.tracking_number == Self::provisional_number(self.id)
    }

    /// Whether it waits for goods that the shop has yet to get; what left has them.
    pub fn awaits_goods(&self) -> bool {
        self.backordered && self.state == State::Created
    }

    /// Items inside that the shop has yet to get.
    pub fn owed(&self) -> u32 {
        let quantities = self.items.iter().map(|packed| packed.quantity);
        if self.awaits_goods() { quantities.fold(0, u32::saturating_add) } else { 0 }
    }

    /// What the customer reads of it when it is made.
    pub fn description(&self) -> &'static str {
        match self.awaits_goods() {
            true => "The shop has yet to get what goes into the parcel.",
            false => self.state.description(),
        }
    }
}

/// What one piece of a line weighs, in grams; 0 where nobody knows.
pub fn piece_grams(line: &OrderLine) -> u64 {
    line.weight_grams.map_or(0, u64::from)
}

/// What these items weigh, in grams.
pub fn weight_grams(lines: &[OrderLine], items: &[Packed]) -> u64 {
    let grams = |packed: &Packed| lines.get(packed.line).map_or(0, piece_grams) * u64::from(packed.quantity);
    items.iter().map(grams).sum()
}

#[cfg(test)]
mod tests {
    use super::{Fate, State};

    #[test]
    fn a_correction_is_taken_while_all_is_here_and_no_carrier_knows_better() {
        use State::{Cancelled, Created, Delivered, Dispatched};
        for known in [false, true] {
            assert_eq!(Fate::of([Created, Dispatched], known), Fate::TooLate);
            assert_eq!(Fate::of([Delivered], known), Fate::TooLate);
            assert_eq!(Fate::of([Cancelled, Cancelled], known), Fate::Needless);
        }
        assert_eq!(Fate::of([Created, Created], false), Fate::Taken);
        assert_eq!(Fate::of([Created, Created], true), Fate::Waits);
    }
}
