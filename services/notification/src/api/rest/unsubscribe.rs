//! The link that switches messages off without logging in (RFC 8058).

use std::sync::Arc;

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use garde::Validate;
use serde::Deserialize;
use utoipa::IntoParams;
use warung_chassis::{
    error::Kind,
    http::{Problem, Query, problem::ProblemBody},
};

use super::Shared;
use crate::{commands::choose, domain::unsubscribe::Choice};

/// A page that asks first: programs that look at links in mails must not unsubscribe anybody.
const PAGE: &str = include_str!("unsubscribe.html");

/// Whose link it is.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UnsubscribeQuery {
    /// As the link in the message says it.
    #[garde(length(max = 200))]
    token: String,
}

fn read(shared: &Shared, query: &UnsubscribeQuery) -> Result<Choice, Problem> {
    let wrong = || {
        Problem::new(
            Kind::NotFound,
            "The link is not one of ours. Open it as it is in the message, without changes.",
        )
    };
    shared.desk.unsubscriber.read(&query.token).ok_or_else(wrong)
}

/// Ask whether to switch messages off
#[utoipa::path(
    get, path = "/api/v1/notifications/unsubscribe", operation_id = "show_unsubscribe", tag = "notification",
    params(UnsubscribeQuery),
    responses(
        (status = 200, description = "A page with a button", body = String, content_type = "text/html"),
        (status = 400, description = "The token is missing", body = ProblemBody),
        (status = 404, description = "The link is not one of ours", body = ProblemBody),
    ),
)]
pub async fn show_unsubscribe(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<UnsubscribeQuery>,
) -> Result<Response, Problem> {
    read(&shared, &query)?;
    let policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";
    Ok(([(header::CONTENT_SECURITY_POLICY, policy)], Html(PAGE)).into_response())
}

/// Switch messages off
///
/// As the button of the page does, and as mail programs do by one click.
#[utoipa::path(
    post, path = "/api/v1/notifications/unsubscribe", operation_id = "unsubscribe", tag = "notification",
    params(UnsubscribeQuery),
    responses(
        (status = 200, description = "Switched off", body = String, content_type = "text/plain"),
        (status = 400, description = "The token is missing", body = ProblemBody),
        (status = 404, description = "The link is not one of ours", body = ProblemBody),
    ),
)]
pub async fn unsubscribe(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<UnsubscribeQuery>,
) -> Result<(StatusCode, &'static str), Problem> {
    let choice = read(&shared, &query)?;
    let mut tx = shared.db.begin().await?;
    // Whose account is gone gets no more of them either way.
    choose::run(&mut tx, choice.user_id, &[(choice, false)]).await?;
    tx.commit().await?;
    Ok((
        StatusCode::OK,
        "You will get no more of these messages.\nAnda tidak akan menerima pesan seperti ini lagi.\n",
    ))
}
