//! What orders ship, for customers and staff.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use garde::Validate;
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa::IntoParams;
use warung_chassis::{
    auth::{Permission, Permitted, Reader},
    db::Tx,
    http::{IdempotencyKey, Page, PageQuery, Path, Problem, Query, Reply, problem::ProblemBody},
    server::no_store,
};
use warung_contracts::id::{OrderId, ShipmentId};

use super::{
    Shared,
    model::{ShipmentBody, ShipmentSummary},
};
use crate::{
    api::problems,
    commands::{advance, record::Held},
    domain::{self, Parcel, Shipment},
    store::{
        parcels,
        shipments::{self, AtPlace},
        tracking,
    },
};

/// What an order ships, with all that happened to it.
pub async fn body(conn: &mut PgConnection, shared: &Shared, held: Held) -> Result<ShipmentBody, Problem> {
    let happened = tracking::list(conn, held.shipment.id).await?;
    Ok(ShipmentBody::new(held, happened, &shared.desk.carriers))
}

/// A shipment with its parcels, as they are now.
pub async fn with_parcels(conn: &mut PgConnection, shipment: Shipment) -> Result<Held, sqlx::Error> {
    let parcels = parcels::of(conn, &[shipment.id]).await?;
    Ok(Held { shipment, parcels })
}

/// Answers a write with the shipment as it is now.
pub async fn shown(tx: &mut Tx, shared: &Shared, held: Held) -> Result<Reply<ShipmentBody>, Problem> {
    body(tx.conn(), shared, held).await.map(Reply::ok)
}

/// Show what an order ships
///
/// Its parcels, and what happened to them. A guest shows the order's token. Staff see every order's.
#[utoipa::path(
    get, path = "/api/v1/shipments/{order_id}", operation_id = "get_shipment", tag = "shipments",
    params(
        ("order_id" = OrderId, Path, description = "The order"),
        ("Order-Token" = Option<String>, Header, description = "Of a guest's order"),
    ),
    responses(
        (status = 200, description = "What it ships", body = ShipmentBody),
        (status = 404, description = "Nothing yet, or not the caller's", body = ProblemBody),
    ),
)]
pub async fn get_shipment(
    State(shared): State<Arc<Shared>>,
    reader: Reader,
    Path(order_id): Path<OrderId>,
) -> Result<Response, Problem> {
    let mut conn = shared.db.pool().acquire().await?;
    let shipment = shipments::find(&mut conn, order_id).await?;
    let owns = |shipment: &Shipment| reader.owns(shipment.user_id, shipment.order_token_hash.as_deref());
    let visible = shipment.filter(|shipment| owns(shipment) || reader.may(Permission::ShipmentsRead));
    let held = with_parcels(&mut conn, visible.ok_or_else(problems::no_parcel)?).await?;
    Ok(no_store(axum::Json(body(&mut conn, &shared, held).await?).into_response()))
}

/// Which shipments.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// In this state alone, such as `created`: what waits to be packed and handed over.
    #[garde(skip)]
    state: Option<domain::State>,
    /// Only those of which this place packs a parcel: by its id, or its code as it was when the parcel was packed.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[param(min_length = 1, max_length = 100, example = "main")]
    place: Option<String>,
}

impl ListQuery {
    fn place(&self) -> Option<AtPlace> {
        let place = self.place.as_ref()?;
        Some(place.parse().map_or_else(|_| AtPlace::Code(place.clone()), AtPlace::Id))
    }
}

/// List shipments
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/v1/shipments", operation_id = "list_shipments", tag = "shipments", params(ListQuery, PageQuery),
    responses(
        (status = 200, description = "A page of shipments", body = Page<ShipmentSummary>),
        (status = 400, description = "The query is not valid", body = ProblemBody),
    ),
)]
pub async fn list_shipments(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Query(which): Query<ListQuery>,
    Query(query): Query<PageQuery>,
) -> Result<axum::Json<Page<ShipmentSummary>>, Problem> {
    let mut conn = shared.db.pool().acquire().await?;
    let place = which.place();
    let only = (which.state, place.as_ref());
    let rows = shipments::page(&mut conn, only, query.after()?, i64::from(query.limit()) + 1).await?;
    let page = Page::of(rows, query.limit(), |shipment| shipment.id);
    let ids: Vec<ShipmentId> = page.items.iter().map(|shipment| shipment.id).collect();
    let mut of: BTreeMap<ShipmentId, Vec<Parcel>> = BTreeMap::new();
    for parcel in parcels::of(&mut conn, &ids).await? {
        of.entry(parcel.shipment_id).or_default().push(parcel);
    }
    let summary = |shipment: Shipment| {
        let parcels = of.remove(&shipment.id).unwrap_or_default();
        ShipmentSummary::from(&Held { shipment, parcels })
    };
    Ok(axum::Json(page.map(summary)))
}

/// Move an order's parcels one step on
///
/// The least advanced of them: from created to dispatched, from dispatched to delivered, from failed and recalled to
/// returned.
#[utoipa::path(
    post, path = "/api/v1/shipments/{order_id}/advance", operation_id = "advance_shipment", tag = "shipments",
    params(("order_id" = OrderId, Path, description = "The order")),
    responses(
        (status = 200, description = "Moved", body = ShipmentBody),
        (status = 404, description = "The order ships nothing", body = ProblemBody),
        (status = 409, description = "All have ended, or a twin of the request is in flight", body = ProblemBody),
    ),
)]
pub async fn advance_shipment(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Path(order_id): Path<OrderId>,
    key: IdempotencyKey,
) -> Result<Response, Problem> {
    key.once(&shared.db, &claims.sub, &(), async |tx| {
        let held = advance::run(tx, &shared.desk, order_id, claims.sub).await?;
        shown(tx, &shared, held).await
    })
    .await
}
