//! The audit log.

use axum::extract::State as Inject;
use garde::Validate;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use warung_chassis::{
    auth::Permitted,
    http::{Json, Page, PageQuery, Problem, Query, problem::ProblemBody},
};
use warung_contracts::id::UserId;

use crate::{
    State,
    store::{self, audit::Filter},
};

/// Who did what to whose account, from where, when, and what came of it.
#[derive(Serialize, ToSchema)]
pub struct AuditEntry {
    /// Grows with time.
    id: i64,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    /// Who; absent when nobody was known.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<UserId>,
    /// Whose account; absent when the address has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<UserId>,
    /// What, such as `log_in`.
    action: String,
    /// What came of it, such as `done` or `wrong_password`.
    outcome: String,
    /// The address it came from, until it is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// A word more, such as a role.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl From<store::audit::Row> for AuditEntry {
    fn from(row: store::audit::Row) -> Self {
        let store::audit::Row { entry_id, at, actor_id, subject_id, action, outcome, source, detail } = row;
        let (actor, subject) = (actor_id.map(UserId), subject_id.map(UserId));
        Self { id: entry_id, at, actor, subject, action, outcome, source, detail }
    }
}

/// Which entries; what is left out fits any.
#[derive(Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    #[garde(skip)]
    actor: Option<UserId>,
    #[garde(skip)]
    subject: Option<UserId>,
    /// Such as `log_in`.
    #[garde(inner(length(max = 40), custom(|text: &str, _| named(text))))]
    action: Option<String>,
}

/// The form of an action's name.
fn named(text: &str) -> garde::Result {
    match text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
        true => Ok(()),
        false => Err(garde::Error::new("is no action; they are written like log_in")),
    }
}

/// Read the audit log
#[utoipa::path(
    get,
    path = "/api/v1/admin/audit",
    operation_id = "list_audit_entries",
    tag = "auth",
    params(AuditQuery, PageQuery),
    responses(
        (status = 200, description = "Entries, newest first", body = Page<AuditEntry>),
        (status = 400, description = "The query is not valid", body = ProblemBody),
    )
)]
pub async fn list_audit_entries(
    _: Permitted,
    Inject(state): Inject<State>,
    Query(AuditQuery { actor, subject, action }): Query<AuditQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<AuditEntry>>, Problem> {
    let (before, limit) = (page.after::<i64>()?, page.limit());
    let filter = Filter { actor, subject, action };
    let rows = store::audit::page(state.db.pool(), &filter, before, i64::from(limit) + 1).await?;
    Ok(Json(Page::of(rows, limit, |row| row.entry_id).map(AuditEntry::from)))
}
