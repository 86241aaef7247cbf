//! `warung.privacy.v1.PersonalData`.

use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use tonic::{Request, Response, Status};
use warung_chassis::{db::Db, error::Kind, grpc::status, http::Problem};
use warung_contracts::{
    grpc::privacy::{
        ExportRequest, ExportResponse,
        personal_data_server::{PersonalData, PersonalDataServer},
    },
    id::UserId,
};

use crate::store::{
    contacts, devices,
    notifications::{self, Listed},
    preferences,
};

/// Messages of an export at most, the newest.
const MESSAGES_MAX: i64 = 1000;

/// The gRPC services of notification.
pub fn routes(db: Db) -> tonic::service::Routes {
    tonic::service::Routes::new(PersonalDataServer::new(Keeper(db)))
}

/// Who keeps personal data here.
#[derive(Debug)]
struct Keeper(Db);

#[tonic::async_trait]
impl PersonalData for Keeper {
    async fn export(&self, request: Request<ExportRequest>) -> Result<Response<ExportResponse>, Status> {
        let user = request.into_inner().user_id.parse();
        let user = user.map_err(|error| Status::invalid_argument(format!("user_id: {error}")))?;
        let json = self.all(user).await.map_err(|error| {
            let problem = Problem::from(error);
            if problem.kind() == Kind::Internal {
                tracing::error!(?problem, "an export failed");
            }
            status(&problem)
        })?;
        Ok(Response::new(ExportResponse { json: json.to_string() }))
    }
}

impl Keeper {
    async fn all(&self, user: UserId) -> Result<Value, sqlx::Error> {
        let mut conn = self.0.pool().acquire().await?;
        let Some(contact) = contacts::find(&mut conn, user).await?.filter(|c| c.deleted_at.is_none()) else {
            return Ok(json!({}));
        };
        let chosen = preferences::list(&mut conn, user).await?.into_iter();
        let devices = devices::list(&mut conn, user).await?.into_iter();
        drop(conn);
        let messages = notifications::page(self.0.pool(), user, None, MESSAGES_MAX).await?.into_iter();
        Ok(json!({
            "contact": {
                "email": contact.email, "name": contact.name, "phone": contact.phone, "locale": contact.locale,
                "created_at": contact.created_at.format(&Rfc3339).ok(),
            },
            "preferences": chosen.map(|(topic, channel, enabled)| json!({"topic": topic, "channel": channel, "enabled": enabled})).collect::<Vec<_>>(),
            "devices": devices.map(|device| json!({"kind": device.kind, "created_at": device.created_at.format(&Rfc3339).ok()})).collect::<Vec<_>>(),
            "messages": messages.map(message).collect::<Vec<_>>(),
        }))
    }
}

fn message(listed: Listed) -> Value {
    json!({
        "event": listed.event_type, "channel": listed.channel, "subject": listed.subject, "body": listed.body,
        "state": listed.state, "created_at": listed.created_at.format(&Rfc3339).ok(),
    })
}
