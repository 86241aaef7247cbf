//! Parcels, for staff: hand over, say what happened, split, print.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_chassis::{
    auth::Permitted,
    http::{
        IdempotencyKey, Json, Path, Problem,
        problem::ProblemBody,
        rules::{is_line, is_page, is_said},
    },
};
use warung_contracts::id::OrderId;

use super::{
    Shared,
    model::{Label, ShipmentBody},
    shipments::{shown, with_parcels},
};
use crate::{
    api::problems,
    commands::{correct, dispatch, note, split},
    domain::{Fact, Packed},
    store::{bookings, shipments},
};

/// Whom a parcel is handed to; what is left out stays as it was packed.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dispatch {
    /// Code of a carrier that is switched on, such as `sandbox`, or the name of another: then staff say what happens.
    #[garde(inner(length(chars, min = 1, max = 60), custom(is_line)))]
    #[serde(default)]
    #[schema(min_length = 1, max_length = 60)]
    carrier: Option<String>,
    #[garde(inner(length(chars, min = 1, max = 60), custom(is_line)))]
    #[serde(default)]
    #[schema(min_length = 1, max_length = 60)]
    tracking_number: Option<String>,
    /// Where customers follow it, http or https; the carrier's own page when left out.
    // Not written when absent: a request from before there was this field is repeated as the same.
    #[garde(inner(length(chars, min = 1, max = 2000), custom(is_page)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 2000)]
    tracking_url: Option<String>,
}

/// Who carries a parcel that has left, and under which number. What is left out stays; but the page of a carrier or number that
/// was wrong goes, unless another is named.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// Code of a carrier that is switched on, or the name of another.
    #[garde(inner(length(chars, min = 1, max = 60), custom(is_line)))]
    #[serde(default)]
    #[schema(min_length = 1, max_length = 60)]
    carrier: Option<String>,
    #[garde(inner(length(chars, min = 1, max = 60), custom(is_line)))]
    #[serde(default)]
    #[schema(min_length = 1, max_length = 60)]
    tracking_number: Option<String>,
    /// Where customers follow it, http or https.
    #[garde(inner(length(chars, min = 1, max = 2000), custom(is_page)))]
    #[serde(default)]
    #[schema(min_length = 1, max_length = 2000)]
    tracking_url: Option<String>,
}

/// What happened to a parcel.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ParcelEvent {
    #[garde(skip)]
    event: Fact,
    /// What the customer reads; our own words when left out.
    #[garde(inner(length(chars, min = 1, max = 500), custom(is_said)))]
    #[serde(default)]
    #[schema(min_length = 1, max_length = 500)]
    description: Option<String>,
    #[garde(inner(length(chars, min = 1, max = 200), custom(is_said)))]
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    location: Option<String>,
}

/// What goes into a new parcel.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Split {
    #[garde(length(min = 1, max = 500), dive)]
    #[schema(min_items = 1, max_items = 500)]
    items: Vec<SplitItem>,
}

/// Some of a line.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitItem {
    /// The item's `line`.
    #[garde(skip)]
    line: usize,
    #[garde(range(min = 1))]
    #[schema(minimum = 1)]
    quantity: u32,
}

/// Hand a parcel to its carrier
///
/// A parcel that waits for goods is handed over when they have come. Where its carrier gives tracking numbers itself, and none is
/// named, the carrier is asked to take it first: the parcel then waits for its carrier, and is dispatched once it has a number.
#[utoipa::path(
    post, path = "/api/v1/shipments/{order_id}/parcels/{number}/dispatch", operation_id = "dispatch_parcel",
    tag = "parcels", request_body = Dispatch,
    params(
        ("order_id" = OrderId, Path, description = "The order"),
        ("number" = u32, Path, description = "The parcel, from 1"),
    ),
    responses(
        (status = 200, description = "Dispatched", body = ShipmentBody),
        (status = 400, description = "A field is not valid, or the Idempotency-Key is missing", body = ProblemBody),
        (status = 404, description = "No such parcel", body = ProblemBody),
        (status = 409, description = "It has left, or the tracking number is taken", body = ProblemBody),
    ),
)]
pub async fn dispatch_parcel(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Path((order_id, number)): Path<(OrderId, u32)>,
    key: IdempotencyKey,
    Json(body): Json<Dispatch>,
) -> Result<Response, Problem> {
    key.once(&shared.db, &claims.sub, &body, async |tx| {
        let Dispatch { carrier, tracking_number, tracking_url } = body.clone();
        let input = dispatch::Input { carrier, tracking_number, tracking_url, author: claims.sub };
        let held = dispatch::run(tx, &shared.desk, order_id, number, input).await?;
        shown(tx, &shared, held).await
    })
    .await
}

/// Correct who carries a parcel
///
/// For a number or a carrier that was mistyped when the parcel was handed over: until it is delivered or back. What was corrected, and
/// by whom, stays among what happened to it.
#[utoipa::path(
    post, path = "/api/v1/shipments/{order_id}/parcels/{number}/correct", operation_id = "correct_parcel",
    tag = "parcels", request_body = Correction,
    params(
        ("order_id" = OrderId, Path, description = "The order"),
        ("number" = u32, Path, description = "The parcel, from 1"),
    ),
    responses(
        (status = 200, description = "As it is now", body = ShipmentBody),
        (status = 400, description = "A field is not valid, or the Idempotency-Key is missing", body = ProblemBody),
        (status = 404, description = "No such parcel", body = ProblemBody),
        (status = 409, description = "It has not left, has ended, or the tracking number is taken", body = ProblemBody),
    ),
)]
pub async fn correct_parcel(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Path((order_id, number)): Path<(OrderId, u32)>,
    key: IdempotencyKey,
    Json(body): Json<Correction>,
) -> Result<Response, Problem> {
    key.once(&shared.db, &claims.sub, &body, async |tx| {
        let Correction { carrier, tracking_number, tracking_url } = body.clone();
        let input = dispatch::Input { carrier, tracking_number, tracking_url, author: claims.sub };
        let held = correct::run(tx, &shared.desk, order_id, number, input).await?;
        shown(tx, &shared, held).await
    })
    .await
}

/// Say what happened to a parcel
///
/// For carriers that do not tell by themselves.
#[utoipa::path(
    post, path = "/api/v1/shipments/{order_id}/parcels/{number}/events", operation_id = "record_parcel_event",
    tag = "parcels", request_body = ParcelEvent,
    params(
        ("order_id" = OrderId, Path, description = "The order"),
        ("number" = u32, Path, description = "The parcel, from 1"),
    ),
    responses(
        (status = 200, description = "Recorded", body = ShipmentBody),
        (status = 400, description = "A field is not valid, or the Idempotency-Key is missing", body = ProblemBody),
        (status = 404, description = "No such parcel", body = ProblemBody),
        (status = 409, description = "The parcel came to another end", body = ProblemBody),
    ),
)]
pub async fn record_parcel_event(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Path((order_id, number)): Path<(OrderId, u32)>,
    key: IdempotencyKey,
    Json(body): Json<ParcelEvent>,
) -> Result<Response, Problem> {
    key.once(&shared.db, &claims.sub, &body, async |tx| {
        let ParcelEvent { event: fact, description, location } = body.clone();
        let input = note::Input { fact, description, location, author: claims.sub };
        let held = note::run(tx, &shared.desk, order_id, number, input).await?;
        shown(tx, &shared, held).await
    })
    .await
}

/// Split a parcel
///
/// What is named goes into a new parcel, which gets the next number.
#[utoipa::path(
    post, path = "/api/v1/shipments/{order_id}/parcels/{number}/split", operation_id = "split_parcel",
    tag = "parcels", request_body = Split,
    params(
        ("order_id" = OrderId, Path, description = "The order"),
        ("number" = u32, Path, description = "The parcel, from 1"),
    ),
    responses(
        (status = 200, description = "Split", body = ShipmentBody),
        (status = 400, description = "The parcel does not hold it, or nothing would stay", body = ProblemBody),
        (status = 404, description = "No such parcel", body = ProblemBody),
        (status = 409, description = "It has left", body = ProblemBody),
    ),
)]
pub async fn split_parcel(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Path((order_id, number)): Path<(OrderId, u32)>,
    key: IdempotencyKey,
    Json(body): Json<Split>,
) -> Result<Response, Problem> {
    key.once(&shared.db, &claims.sub, &body, async |tx| {
        let moved = body.items.iter().map(|item| Packed { line: item.line, quantity: item.quantity });
        let moved: Vec<Packed> = moved.collect();
        let held = split::run(tx, &shared.desk, (order_id, number), claims.sub, &moved).await?;
        shown(tx, &shared, held).await
    })
    .await
}

/// Show what is printed on a parcel
#[utoipa::path(
    get, path = "/api/v1/shipments/{order_id}/parcels/{number}/label", operation_id = "get_label", tag = "parcels",
    params(
        ("order_id" = OrderId, Path, description = "The order"),
        ("number" = u32, Path, description = "The parcel, from 1"),
    ),
    responses(
        (status = 200, description = "The label", body = Label),
        (status = 404, description = "No such parcel", body = ProblemBody),
    ),
)]
pub async fn get_label(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Path((order_id, number)): Path<(OrderId, u32)>,
) -> Result<axum::Json<Label>, Problem> {
    let mut conn = shared.db.pool().acquire().await?;
    let shipment = shipments::find(&mut conn, order_id).await?.ok_or_else(problems::no_parcel)?;
    let held = with_parcels(&mut conn, shipment).await?;
    let parcel = held.parcels.iter().find(|parcel| parcel.number == number);
    let parcel = parcel.ok_or_else(problems::no_parcel)?;
    let booking = bookings::find(&mut conn, parcel.id).await?;
    Ok(axum::Json(Label::new(&held, parcel, booking, &shared.shop, &shared.desk.carriers)))
}
