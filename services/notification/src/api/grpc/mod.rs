//! What notification tells other services: of a person to user, of an order to order.

mod history;

use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use warung_chassis::{
    db::Db,
    grpc::{self, privacy},
};
use warung_contracts::id::UserId;

use crate::store::{
    contacts, devices,
    notifications::{self, Listed},
    preferences,
};

/// Messages of an export at most, the newest.
const MESSAGES_MAX: i64 = 1000;

/// The gRPC services of notification.
pub fn routes(db: Db) -> tonic::service::Routes {
    tonic::service::Routes::new(privacy::server(db.clone(), export))
        .add_service(grpc::history::server(db, history::list))
}

/// How a user is reached, what they chose, and what they were told.
async fn export(db: Db, user: UserId) -> Result<Value, sqlx::Error> {
    let mut conn = db.pool().acquire().await?;
    let Some(contact) = contacts::find(&mut conn, user).await?.filter(|c| c.deleted_at.is_none()) else {
        return Ok(json!({}));
    };
    let chosen = preferences::list(&mut conn, user).await?.into_iter();
    let devices = devices::list(&mut conn, user).await?.into_iter();
    drop(conn);
    let messages = notifications::page(db.pool(), user, None, MESSAGES_MAX).await?.into_iter();
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

fn message(listed: Listed) -> Value {
    json!({
        "event": listed.event_type, "channel": listed.channel, "subject": listed.subject, "body": listed.body,
        "state": listed.state, "created_at": listed.created_at.format(&Rfc3339).ok(),
    })
}
