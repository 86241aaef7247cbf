//! What providers say afterwards: what arrived, what came back.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{OriginalUri, State},
    http::{HeaderMap, header},
};
use serde::Serialize;
use utoipa::ToSchema;
use warung_chassis::{
    error::Kind,
    http::{Path, Problem, problem::ProblemBody},
    signature,
};
use warung_contracts::id::NotificationId;

use super::{
    Shared,
    report::{self, Status},
};
use crate::{
    channels::sms::{OURS, is_signed},
    store::{bounces, outcomes},
};

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Receipt {
    /// It was told before, or says nothing new.
    duplicate: bool,
}

/// Take a provider's report
///
/// `bounces`: JSON `{event_id, address, kind: hard | soft | complaint, detail?}` under `Warung-Signature: t=<unix
/// seconds>,v1=<hex of HMAC-SHA256 of t + "." + body>`. `twilio`: status callbacks under `X-Twilio-Signature`.
#[utoipa::path(
    post, path = "/api/v1/notifications/webhooks/{provider}", operation_id = "receive_report", tag = "notification",
    params(("provider" = String, Path, description = "bounces or twilio")),
    request_body(content = String, content_type = "application/json", description = "As the provider sends it"),
    responses(
        (status = 200, description = "Heard", body = Receipt),
        (status = 400, description = "Not what the provider sends", body = ProblemBody),
        (status = 401, description = "Not signed by the provider, or too old", body = ProblemBody),
        (status = 404, description = "No such provider is switched on", body = ProblemBody),
    ),
)]
pub async fn receive_report(
    State(shared): State<Arc<Shared>>,
    Path(provider): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<axum::Json<Receipt>, Problem> {
    let duplicate = match provider.as_str() {
        "bounces" => bounced(&shared, &headers, &body).await?,
        "twilio" => texted(&shared, uri.query(), &headers, &body).await?,
        _ => return Err(Problem::not_found("provider")),
    };
    Ok(axum::Json(Receipt { duplicate }))
}

fn unsigned(why: impl std::fmt::Display) -> Problem {
    Problem::typed(Kind::Unauthenticated, "webhook-signature", format!("The webhook is not taken: {why}."))
}

fn malformed(why: impl std::fmt::Display) -> Problem {
    Problem::new(Kind::Invalid, format!("The webhook is not what this provider sends: {why}."))
}

async fn bounced(shared: &Shared, headers: &HeaderMap, body: &[u8]) -> Result<bool, Problem> {
    let now = shared.db.clock().now();
    signature::verify(&shared.bounce_secret, headers, body, now).map_err(unsigned)?;
    let bounce = report::bounce(body).map_err(malformed)?;
    let mut tx = shared.db.begin().await?;
    let new = bounces::insert(tx.conn(), &bounce, now).await?;
    tx.commit().await?;
    Ok(!new)
}

async fn texted(
    shared: &Shared,
    query: Option<&str>,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<bool, Problem> {
    let account = shared.sms.as_ref().ok_or_else(|| Problem::not_found("provider"))?;
    let text = |name: header::HeaderName| {
        headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    };
    let signature = text(header::HeaderName::from_static("x-twilio-signature"));
    // The public URL, not the one that a gateway made of it.
    let url = query.map_or_else(|| account.callback.clone(), |query| format!("{}?{query}", account.callback));
    if !is_signed(&account.token, &url, signature, text(header::CONTENT_TYPE), body) {
        return Err(unsigned("X-Twilio-Signature is missing, or of another token, address or body"));
    }
    // Under way: nothing that anybody waits for.
    let Some(Status { id, report, detail }) = report::status(body).map_err(malformed)? else {
        return Ok(true);
    };
    let ours = query.and_then(|query| {
        let mut all = url::form_urlencoded::parse(query.as_bytes());
        all.find(|(name, _)| name == OURS).and_then(|(_, value)| value.parse::<NotificationId>().ok())
    });
    let now = shared.db.clock().now();
    let message = outcomes::Reported { ours, provider_id: &id };
    Ok(!outcomes::report(shared.db.pool(), message, report, detail.as_deref(), now).await?)
}
