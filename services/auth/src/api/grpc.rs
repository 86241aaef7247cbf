//! `warung.auth.v1.Links` and `warung.privacy.v1.PersonalData`.

use serde_json::json;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tonic::{Request, Response, Status};
use warung_chassis::grpc::{field, status};
use warung_contracts::{
    grpc::{
        auth::{
            GetTokenRequest, GetTokenResponse,
            links_server::{Links, LinksServer},
        },
        privacy::{
            ExportRequest, ExportResponse,
            personal_data_server::{PersonalData, PersonalDataServer},
        },
    },
    id::{SessionId, UserId},
};

use crate::{
    State,
    store::{self, audit::Filter},
};

/// Rows of one kind in an export at most.
const EXPORT_MAX: i64 = 10_000;

/// The gRPC services of auth.
pub fn routes(state: State) -> tonic::service::Routes {
    tonic::service::Routes::new(LinksServer::new(Server(state.clone())))
        .add_service(PersonalDataServer::new(Server(state)))
}

struct Server(State);

#[tonic::async_trait]
impl PersonalData for Server {
    async fn export(&self, request: Request<ExportRequest>) -> Result<Response<ExportResponse>, Status> {
        let ExportRequest { user_id, session_id } = request.into_inner();
        let user_id = field("user_id", &user_id)?;
        let (pool, now) = (self.0.db.pool(), self.0.db.clock().now());
        // All services are asked at once, and no part is given out without this one.
        if !session_id.is_empty() {
            let session = field("session_id", &session_id)?;
            let found = store::sessions::standing(pool, user_id, session, now).await.map_err(status)?;
            if !found.is_some_and(|found| found.lives && !found.suspended) {
                return Err(Status::failed_precondition("the log-in has ended"));
            }
        }
        let found = export(&self.0, user_id).await.map_err(status)?;
        Ok(Response::new(ExportResponse { json: found.to_string() }))
    }
}

#[tonic::async_trait]
impl Links for Server {
    async fn get_token(
        &self,
        request: Request<GetTokenRequest>,
    ) -> Result<Response<GetTokenResponse>, Status> {
        let request_id = field("request_id", &request.into_inner().request_id)?;
        let (state, now) = (&self.0, self.0.db.clock().now());
        let found = store::links::find_request(state.db.pool(), request_id).await.map_err(status)?;
        match found.filter(|found| found.link.used_at.is_none() && now < found.link.expires_at) {
            Some(found) => {
                let token = state.vault.link_token(found.request_id).reveal().to_owned();
                Ok(Response::new(GetTokenResponse { token }))
            }
            None => Err(Status::not_found("the link was used, has ended, or never was")),
        }
    }
}

/// Everything auth keeps of a user that is theirs to see.
async fn export(state: &State, user_id: UserId) -> Result<serde_json::Value, sqlx::Error> {
    let (pool, now) = (state.db.pool(), state.db.clock().now());
    let Some(account) = store::users::find(pool, user_id).await? else { return Ok(json!({})) };
    let sessions = store::sessions::page(pool, user_id, None, now, EXPORT_MAX).await?;
    let filter = Filter { subject: Some(user_id), ..Filter::default() };
    let log = store::audit::page(pool, &filter, None, EXPORT_MAX).await?;
    Ok(json!({
        "account": {
            "email": account.user.email.as_str(),
            "email_verified_at": account.email_verified_at.map(text),
            "role": account.user.role.as_str(),
            "second_factor": account.second_factor,
            "created_at": text(account.created_at),
            "suspended_at": account.suspension.as_ref().map(|suspension| text(suspension.at)),
            "suspended_for": account.suspension.as_ref().map(|suspension| &suspension.reason),
        },
        "sessions": sessions.iter().map(|session| json!({
            "id": SessionId(session.family_id),
            "device": session.device,
            "source": session.source,
            "created_at": text(session.created_at),
            "last_used_at": session.last_used_at.map(text),
        })).collect::<Vec<_>>(),
        "log": log.iter().map(|entry| json!({
            "at": text(entry.at),
            "action": entry.action,
            "outcome": entry.outcome,
            "source": entry.source,
            "detail": entry.detail,
        })).collect::<Vec<_>>(),
    }))
}

fn text(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}
