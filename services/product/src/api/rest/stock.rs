//! /api/v1/products/{id}/stock

use axum::{extract::State, http::StatusCode, response::Response};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_chassis::{
    auth::Admin,
    http::{Begun, IdempotencyKey, Json, Path, Problem, problem::ProblemBody},
};
use warung_contracts::id::ProductId;

use super::App;
use crate::commands::adjust_stock;

/// A delivery, a count, a write-off.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StockAdjustment {
    /// Items that came (positive) or went (negative); not 0.
    #[garde(range(min = -1_000_000, max = 1_000_000), custom(is_not_zero))]
    #[schema(minimum = -1000000, maximum = 1000000)]
    delta: i64,
    /// Why, for whoever reads the movements later.
    #[garde(length(chars, min = 1, max = 200), custom(is_text))]
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
}

fn is_not_zero(delta: &i64, (): &()) -> garde::Result {
    match delta {
        0 => Err(garde::Error::new("0 changes nothing; leave the call out")),
        _ => Ok(()),
    }
}

/// PostgreSQL's text holds no NUL.
fn is_text(text: &str, (): &()) -> garde::Result {
    match text.contains('\0') {
        true => Err(garde::Error::new("leave out the character NUL")),
        false => Ok(()),
    }
}

/// The stock of a product.
#[derive(Debug, Serialize, ToSchema)]
pub struct StockBody {
    product_id: ProductId,
    /// Items in the warehouse, the reserved ones included.
    on_hand: i64,
    /// Items set aside for orders that wait for their payment.
    reserved: i64,
    /// Items that can be bought.
    available: i64,
}

/// Books items in or out.
#[utoipa::path(post, path = "/api/v1/products/{id}/stock", operation_id = "adjust_stock", tag = "catalogue",
    params(("id" = ProductId, Path), ("Idempotency-Key" = String, Header)), request_body = StockAdjustment,
    responses((status = 201, body = StockBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "stock-out-of-range, idempotency-key-in-flight"),
        (status = 422, body = ProblemBody, description = "idempotency-key-reused")))]
pub async fn adjust_stock(
    Admin(claims): Admin,
    State(app): State<App>,
    Path(product_id): Path<ProductId>,
    key: IdempotencyKey,
    Json(body): Json<StockAdjustment>,
) -> Result<Response, Problem> {
    let actor = claims.sub.to_string();
    let sent = serde_json::to_vec(&body).map_err(Problem::internal)?;
    let mut keyed = match key.begin(&app.db, &actor, &sent).await? {
        Begun::Replay(answer) => return Ok(answer),
        Begun::Fresh(keyed) => keyed,
    };
    let StockAdjustment { delta, reason } = body;
    let input = adjust_stock::Input { product_id, delta, reason, actor };
    let stock = adjust_stock::run(&mut keyed.tx, input).await?;
    let cache = app.cache.clone();
    keyed.tx.after_commit(move || cache.forget(&[product_id]));
    let body = StockBody {
        product_id,
        on_hand: stock.on_hand(),
        reserved: stock.reserved(),
        available: stock.available(),
    };
    keyed.finish(StatusCode::CREATED, &body).await
}
