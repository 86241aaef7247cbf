//! The sandbox carrier: picks up and delivers by the clock alone.

use warung_contracts::id::ShipmentId;

/// What it is called.
pub const NAME: &str = "Sandbox Express";

/// The number it knows a parcel by: `SBX` and the last twelve digits of the parcel's id, which are random.
pub fn tracking_number(id: ShipmentId) -> String {
    let digits = id.uuid().simple().to_string().to_uppercase();
    format!("SBX{}", &digits[digits.len() - 12..])
}
