//! `warung.privacy.v1.PersonalData`.

use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use warung_chassis::db::Db;
use warung_contracts::id::UserId;

use crate::{
    domain::{Parcel, Shipment},
    store::{parcels, shipments},
};

/// What was sent to a user, and where to.
pub async fn export(db: Db, user: UserId) -> Result<Value, sqlx::Error> {
    let mut conn = db.pool().acquire().await?;
    let shipments = shipments::of_user(&mut conn, user).await?;
    if shipments.is_empty() {
        return Ok(json!({}));
    }
    let ids: Vec<_> = shipments.iter().map(|shipment| shipment.id).collect();
    let parcels = parcels::of(&mut conn, &ids).await?;
    let exported = |shipment: &Shipment| {
        let own = parcels.iter().filter(|parcel| parcel.shipment_id == shipment.id);
        export_shipment(shipment, own)
    };
    Ok(json!({"shipments": shipments.iter().map(exported).collect::<Vec<_>>()}))
}

fn export_shipment<'p>(shipment: &Shipment, parcels: impl Iterator<Item = &'p Parcel>) -> Value {
    let parcel = |parcel: &Parcel| {
        json!({
            "number": parcel.number, "state": parcel.state, "carrier": parcel.carrier,
            "tracking_number": parcel.tracking_number, "state_at": parcel.state_at.format(&Rfc3339).ok(),
        })
    };
    json!({
        "order_id": shipment.order_id, "order_number": shipment.order_number,
        "shipping_address": shipment.shipping_address, "created_at": shipment.created_at.format(&Rfc3339).ok(),
        "parcels": parcels.map(parcel).collect::<Vec<_>>(),
    })
}
