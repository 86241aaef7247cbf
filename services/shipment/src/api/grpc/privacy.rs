//! `warung.privacy.v1.PersonalData`.

use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use tonic::{Request, Response, Status};
use warung_chassis::db::Db;
use warung_contracts::{
    grpc::privacy::{ExportRequest, ExportResponse, personal_data_server::PersonalData},
    id::UserId,
};

use super::failed;
use crate::{
    domain::{Parcel, Shipment},
    store::{parcels, shipments},
};

/// Who keeps personal data here.
#[derive(Debug)]
pub struct Keeper(pub Db);

#[tonic::async_trait]
impl PersonalData for Keeper {
    async fn export(&self, request: Request<ExportRequest>) -> Result<Response<ExportResponse>, Status> {
        let user = request.into_inner().user_id.parse();
        let user = user.map_err(|error| Status::invalid_argument(format!("user_id: {error}")))?;
        let json = self.shipments(user).await.map_err(failed)?.to_string();
        Ok(Response::new(ExportResponse { json }))
    }
}

impl Keeper {
    async fn shipments(&self, user: UserId) -> Result<Value, sqlx::Error> {
        let mut conn = self.0.pool().acquire().await?;
        let shipments = shipments::of_user(&mut conn, user).await?;
        if shipments.is_empty() {
            return Ok(json!({}));
        }
        let ids: Vec<_> = shipments.iter().map(|shipment| shipment.id).collect();
        let parcels = parcels::of(&mut conn, &ids).await?;
        let exported = |shipment: &Shipment| {
            let own = parcels.iter().filter(|parcel| parcel.shipment_id == shipment.id);
            export(shipment, own)
        };
        Ok(json!({"shipments": shipments.iter().map(exported).collect::<Vec<_>>()}))
    }
}

fn export<'p>(shipment: &Shipment, parcels: impl Iterator<Item = &'p Parcel>) -> Value {
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
