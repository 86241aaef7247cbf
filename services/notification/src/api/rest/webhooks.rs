//! What providers say afterwards: what arrived, what came back.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{OriginalUri, State},
    http::{HeaderMap, header},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_chassis::{
    error::Kind,
    http::{Path, Problem, problem::ProblemBody},
    signature,
};

use super::Shared;
use crate::{
    channels::sms::is_signed,
    store::{
        bounces::{self, Bounce},
        outcomes::{self, Report},
    },
};

/// Bytes of each text of a bounce at most.
const TEXT_MAX: usize = 1000;

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Receipt {
    /// It was told before, or says nothing new.
    duplicate: bool,
}

/// A bounce, as mail providers' webhooks are turned into by their adapters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BounceMessage {
    event_id: String,
    address: String,
    kind: bounces::Kind,
    #[serde(default)]
    detail: String,
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
    let message: BounceMessage = serde_json::from_slice(body).map_err(malformed)?;
    let BounceMessage { event_id, address, kind, detail } = message;
    let too_long =
        [&event_id, &address, &detail].iter().any(|text| text.len() > TEXT_MAX || text.contains('\0'));
    if too_long || event_id.is_empty() || address.is_empty() {
        return Err(malformed(format!("texts have at most {TEXT_MAX} bytes, without the character NUL")));
    }
    let bounce = Bounce { key: format!("webhook {event_id}"), address, kind, detail };
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
    let field = |name: &str| {
        let mut all = url::form_urlencoded::parse(body);
        all.find(|(other, _)| other == name).map(|(_, value)| value.into_owned())
    };
    let id = field("MessageSid").ok_or_else(|| malformed("MessageSid is missing"))?;
    let report = match field("MessageStatus").as_deref() {
        Some("delivered" | "read") => Report::Delivered,
        Some("undelivered" | "failed" | "canceled") => Report::Failed,
        // Under way: nothing that anybody waits for.
        Some(_) => return Ok(true),
        None => return Err(malformed("MessageStatus is missing")),
    };
    let detail = field("ErrorCode").filter(|_| report == Report::Failed).map(|code| format!("error {code}"));
    let now = shared.db.clock().now();
    Ok(!outcomes::report(shared.db.pool(), &id, report, detail.as_deref(), now).await?)
}
