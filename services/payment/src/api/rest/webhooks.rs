//! Webhooks of providers: verified on the raw body, stored, worked on afterwards.

use std::sync::Arc;

use axum::{body::Bytes, extract::State, http::HeaderMap};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_chassis::http::{Path, Problem, problem::ProblemBody};

use super::Shared;
use crate::{api::problems, providers::Notice, store::webhooks};

/// What became of a webhook.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Receipt {
    /// It was stored before.
    pub duplicate: bool,
}

/// Take a provider's webhook
///
/// Signed by the provider; the sandbox's scheme is `X-Sandbox-Signature: t=<unix seconds>,v1=<hex of HMAC-SHA256 of
/// t + "." + body>`, at most five minutes old.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{provider}", operation_id = "receive_webhook", tag = "payments",
    params(("provider" = String, Path, description = "The provider's name")),
    request_body(content = String, content_type = "application/json", description = "As the provider sends it"),
    responses(
        (status = 200, description = "Stored", body = Receipt),
        (status = 400, description = "Not what the provider sends", body = ProblemBody),
        (status = 401, description = "Not signed by the provider, or too old", body = ProblemBody),
        (status = 404, description = "No such provider is switched on", body = ProblemBody),
    ),
)]
pub async fn receive_webhook(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<axum::Json<Receipt>, Problem> {
    let provider = shared.providers.get(&name).ok_or_else(|| Problem::not_found("payment provider"))?;
    let now = shared.db.clock().now();
    let notice = provider.webhook(&headers, &body, now).await.and_then(Notice::keepable);
    let notice = notice.map_err(problems::webhook)?;
    let new = keep(&shared, &name, &notice, &body).await?;
    Ok(axum::Json(Receipt { duplicate: !new }))
}

/// Stores what a provider said and wakes the job that works on it; says whether it is new.
pub async fn keep(
    shared: &Shared,
    provider: &str,
    notice: &Notice,
    body: &[u8],
) -> Result<bool, sqlx::Error> {
    let mut tx = shared.db.begin().await?;
    let now = tx.now();
    let new = webhooks::insert(tx.conn(), provider, notice, body, now).await?;
    let wake = shared.webhooks.clone();
    tx.after_commit(move || wake.notify_one());
    tx.commit().await?;
    Ok(new)
}
