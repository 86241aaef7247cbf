//! /api/v1/stock/transfers

use axum::{extract::State, response::Response};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_chassis::{
    auth::Permitted,
    http::{IdempotencyKey, Json, Problem, Reply, problem::ProblemBody, rules::is_said},
};
use warung_contracts::id::{LocationId, VariantId};

use super::{
    App,
    stock::{StockBody, address},
};
use crate::{commands::transfer_stock, store::variants};

/// Items that are carried from one location to another.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    #[garde(skip)]
    variant_id: VariantId,
    #[garde(skip)]
    from: LocationId,
    #[garde(skip)]
    to: LocationId,
    #[garde(range(min = 1, max = 1_000_000))]
    #[schema(minimum = 1, maximum = 1000000)]
    quantity: u32,
    #[garde(length(chars, min = 1, max = 200), custom(is_said))]
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
}

/// The stock at both locations.
#[derive(Debug, Serialize, ToSchema)]
pub struct Transferred {
    items: Vec<StockBody>,
}

/// Carry items to another place
///
/// Those that are reserved stay.
#[utoipa::path(post, path = "/api/v1/stock/transfers", operation_id = "transfer_stock", tag = "stock",
    request_body = Transfer,
    responses((status = 201, body = Transferred), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "stock-out-of-range, or a twin of the request is in flight")))]
pub async fn transfer_stock(
    Permitted(claims): Permitted,
    State(app): State<App>,
    key: IdempotencyKey,
    Json(body): Json<Transfer>,
) -> Result<Response, Problem> {
    let actor = claims.sub.to_string();
    key.once(&app.db, &actor, &body, async |tx| {
        let &Transfer { variant_id, from, to, quantity, ref reason } = &body;
        let product = variants::product_of(tx.conn(), variant_id).await?;
        let product = product.ok_or_else(|| Problem::not_found("variant"))?;
        let (reason, actor) = (reason.clone(), actor.clone());
        let input = transfer_stock::Input { variant_id, from, to, quantity, reason, actor };
        let levels = transfer_stock::run(tx, input).await?;
        app.forget(tx, &[product]);
        let items = levels.iter().map(|level| StockBody::of(product, variant_id, level)).collect();
        Ok(Reply::created(address(product), Transferred { items }))
    })
    .await
}
