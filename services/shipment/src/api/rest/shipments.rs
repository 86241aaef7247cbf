//! The parcel of an order.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use warung_chassis::{
    auth::{Admin, Customer, Role},
    http::{Begun, IdempotencyKey, Path, Problem, problem::ProblemBody},
};
use warung_contracts::{
    event::ShippingAddress,
    id::{OrderId, ProductId, ShipmentId},
};

use super::Shared;
use crate::{
    api::problems,
    commands::advance,
    domain,
    store::{shipments, tracking},
};

/// A product inside a parcel.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Item {
    pub product_id: ProductId,
    pub sku: String,
    pub name: String,
    pub quantity: u32,
}

/// Something that happened to a parcel.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct TrackingEvent {
    pub state: String,
    pub description: String,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// A parcel.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Shipment {
    pub id: ShipmentId,
    pub order_id: OrderId,
    pub order_number: String,
    pub state: domain::State,
    pub carrier: String,
    pub tracking_number: String,
    pub shipping_address: ShippingAddress,
    pub items: Vec<Item>,
    /// Oldest first.
    pub events: Vec<TrackingEvent>,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

impl Shipment {
    fn new(shipment: domain::Shipment, entries: Vec<tracking::Entry>) -> Self {
        let item = |line: warung_contracts::event::OrderLine| Item {
            product_id: line.product_id,
            sku: line.sku,
            name: line.name,
            quantity: line.quantity,
        };
        let event = |tracking::Entry { state, description, at }| TrackingEvent { state, description, at };
        Self {
            id: shipment.id,
            order_id: shipment.order_id,
            order_number: shipment.order_number,
            state: shipment.state,
            carrier: shipment.carrier,
            tracking_number: shipment.tracking_number,
            shipping_address: shipment.shipping_address,
            items: shipment.lines.into_iter().map(item).collect(),
            events: entries.into_iter().map(event).collect(),
            created_at: shipment.created_at,
        }
    }
}

/// Show the parcel of an order
///
/// Staff see every parcel.
#[utoipa::path(
    get, path = "/api/v1/shipments/{order_id}", operation_id = "get_shipment", tag = "shipments",
    params(("order_id" = OrderId, Path, description = "The order")),
    responses(
        (status = 200, description = "The parcel", body = Shipment),
        (status = 401, description = "Not logged in", body = ProblemBody),
        (status = 404, description = "No parcel yet, or not the caller's", body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub async fn get_shipment(
    State(shared): State<Arc<Shared>>,
    Customer(claims): Customer,
    Path(order_id): Path<OrderId>,
) -> Result<axum::Json<Shipment>, Problem> {
    let mut conn = shared.db.pool().acquire().await?;
    let shipment = shipments::find(&mut conn, order_id).await?;
    let visible = shipment.filter(|shipment| shipment.user_id == claims.sub || claims.has(Role::Staff));
    let shipment = visible.ok_or_else(problems::no_parcel)?;
    let entries = tracking::list(&mut conn, shipment.id).await?;
    Ok(axum::Json(Shipment::new(shipment, entries)))
}

/// Move a parcel one step on
///
/// From created to dispatched, from dispatched to delivered.
#[utoipa::path(
    post, path = "/api/v1/shipments/{order_id}/advance", operation_id = "advance_shipment", tag = "shipments",
    params(
        ("order_id" = OrderId, Path, description = "The order"),
        ("Idempotency-Key" = String, Header, description = "New for each intent, the same for each retry"),
    ),
    responses(
        (status = 200, description = "Moved", body = Shipment),
        (status = 400, description = "The Idempotency-Key is missing", body = ProblemBody),
        (status = 401, description = "Not logged in", body = ProblemBody),
        (status = 403, description = "Not an administrator", body = ProblemBody),
        (status = 404, description = "No parcel", body = ProblemBody),
        (status = 409, description = "It has ended, or a twin of the request is in flight", body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub async fn advance_shipment(
    State(shared): State<Arc<Shared>>,
    Admin(claims): Admin,
    Path(order_id): Path<OrderId>,
    key: IdempotencyKey,
) -> Result<Response, Problem> {
    let mut work = match key.begin(&shared.db, &claims.sub.to_string(), &[]).await? {
        Begun::Fresh(work) => work,
        Begun::Replay(answer) => return Ok(answer),
    };
    let moved = advance::run(&mut work.tx, &shared.metrics, order_id).await;
    let shipment = moved.map_err(problems::advance)?;
    let entries = tracking::list(work.tx.conn(), shipment.id).await?;
    work.finish(StatusCode::OK, &Shipment::new(shipment, entries)).await
}
