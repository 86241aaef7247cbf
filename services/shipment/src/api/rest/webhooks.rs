//! What carriers send.

use std::sync::Arc;

use axum::{body::Bytes, extract::State, http::HeaderMap};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_chassis::http::{Path, Problem, problem::ProblemBody};

use super::Shared;
use crate::{commands::heard, store::shipments::Busy};

/// What became of it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Heard {
    /// Events of parcels that we know; the others changed nothing.
    pub known: usize,
}

/// Take a carrier's webhook
///
/// Signed by the carrier; the sandbox's scheme is `Warung-Signature: t=<unix seconds>,v1=<hex of HMAC-SHA256 of t + "." +
/// body>`, at most five minutes old. What is sent twice acts once.
#[utoipa::path(
    post, path = "/api/v1/carriers/{carrier}/webhook", operation_id = "receive_carrier_webhook", tag = "parcels",
    params(("carrier" = String, Path, description = "The carrier's code, such as sandbox")),
    request_body(content = String, content_type = "application/json", description = "As the carrier sends it"),
    responses(
        (status = 200, description = "Heard", body = Heard),
        (status = 400, description = "Not what the carrier sends", body = ProblemBody),
        (status = 401, description = "Not signed by the carrier, or too old", body = ProblemBody),
        (status = 404, description = "No such carrier is switched on", body = ProblemBody),
    ),
)]
pub async fn receive_carrier_webhook(
    State(shared): State<Arc<Shared>>,
    Path(code): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<axum::Json<Heard>, Problem> {
    let carrier = shared.desk.carriers.get(&code).ok_or_else(|| Problem::not_found("carrier"))?;
    let scans = carrier.webhook(&headers, &body, shared.db.clock().now())?;
    let mut tx = shared.db.begin().await?;
    let known = heard::run(&mut tx, &shared.desk, carrier.code(), scans, Busy::Wait).await?;
    tx.commit().await?;
    Ok(axum::Json(Heard { known }))
}
