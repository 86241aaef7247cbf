//! The caller's log-ins.

use axum::{extract::State as Inject, http::StatusCode};
use garde::Validate;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use warung_chassis::{
    auth::Customer,
    http::{Json, Page, PageQuery, Path, Problem, Query, problem::ProblemBody},
};
use warung_contracts::id::SessionId;

use crate::{
    State,
    api::origin::Origin,
    commands::end_session,
    store::{self, tokens::Revocation},
};

/// A log-in.
#[derive(Serialize, ToSchema)]
pub struct Session {
    id: SessionId,
    /// What the device calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    /// The address it was last used from.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// When its tokens were last exchanged.
    #[serde(with = "time::serde::rfc3339")]
    last_used_at: OffsetDateTime,
    /// Whether the token of this request belongs to it.
    current: bool,
}

/// Which log-ins end.
#[derive(Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Whether the log-in of this request stays.
    #[garde(skip)]
    #[serde(default)]
    keep_current: bool,
}

/// List my log-ins
#[utoipa::path(
    get,
    path = "/api/v1/account/sessions",
    operation_id = "list_sessions",
    tag = "auth",
    params(PageQuery),
    responses(
        (status = 200, description = "The log-ins that live, oldest first", body = Page<Session>),
        (status = 400, description = "The page is not valid", body = ProblemBody),
        (status = 403, description = "The account is suspended", body = ProblemBody),
    )
)]
pub async fn list_sessions(
    Customer(caller): Customer,
    Inject(state): Inject<State>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Session>>, Problem> {
    let (after, limit, now) = (page.after::<SessionId>()?, page.limit(), state.db.clock().now());
    let rows = store::sessions::page(state.db.pool(), caller.sub, after, now, i64::from(limit) + 1).await?;
    let page = Page::of(rows, limit, |row| SessionId(row.family_id));
    Ok(Json(page.map(|row| {
        let id = SessionId(row.family_id);
        let (created_at, last_used_at) = (row.created_at, row.last_used_at.unwrap_or(row.created_at));
        let current = caller.sid == Some(id);
        Session { id, device: row.device, source: row.source, created_at, last_used_at, current }
    })))
}

/// End a log-in of mine
///
/// Its refresh token is good for nothing any more, nor is an access token of it for the account; elsewhere that lives until it
/// ends.
#[utoipa::path(
    delete,
    path = "/api/v1/account/sessions/{id}",
    operation_id = "delete_session_by_id",
    tag = "auth",
    params(("id" = SessionId, Path, description = "The log-in")),
    responses(
        (status = 204, description = "It is over"),
        (status = 403, description = "The account is suspended", body = ProblemBody),
        (status = 404, description = "The caller has no such log-in, or it is over already", body = ProblemBody),
    )
)]
pub async fn delete_session_by_id(
    Customer(caller): Customer,
    Inject(state): Inject<State>,
    origin: Origin,
    Path(id): Path<SessionId>,
) -> Result<StatusCode, Problem> {
    let mut tx = state.db.begin().await?;
    let actor = origin.actor(caller.sub);
    match end_session::run(&mut tx, &actor, caller.sub, id, Revocation::Owner).await? {
        true => tx.commit().await?,
        false => return Err(Problem::not_found("log-in")),
    }
    Ok(StatusCode::NO_CONTENT)
}

/// End all my log-ins
#[utoipa::path(
    delete,
    path = "/api/v1/account/sessions",
    operation_id = "delete_sessions",
    tag = "auth",
    params(Which),
    responses(
        (status = 204, description = "They are over"),
        (status = 400, description = "The query is not valid", body = ProblemBody),
        (status = 403, description = "The account is suspended", body = ProblemBody),
    )
)]
pub async fn delete_sessions(
    Customer(caller): Customer,
    Inject(state): Inject<State>,
    origin: Origin,
    Query(Which { keep_current }): Query<Which>,
) -> Result<StatusCode, Problem> {
    let (actor, but) = (origin.actor(caller.sub), caller.sid.filter(|_| keep_current));
    let mut tx = state.db.begin().await?;
    end_session::all(&mut tx, &actor, caller.sub, but, Revocation::Owner).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
