//! What payment tells other services: of a person to user, of an order to order.

mod history;

use serde_json::{Value, json};
use warung_chassis::{
    db::Db,
    grpc::{self, privacy},
};
use warung_contracts::id::UserId;

use super::rest::model::Payment;
use crate::store::{payments, refunds};

/// Payments of an export at most; far more than anybody makes.
const EXPORT_MAX: i64 = 10_000;

/// The gRPC services of payment.
pub fn routes(db: Db) -> tonic::service::Routes {
    tonic::service::Routes::new(privacy::server(db.clone(), export))
        .add_service(grpc::history::server(db, history::list))
}

/// What a user paid and got back.
async fn export(db: Db, user: UserId) -> Result<Value, sqlx::Error> {
    let mut conn = db.pool().acquire().await?;
    let mut shown = Vec::new();
    for payment in payments::of_user(&mut conn, user, EXPORT_MAX).await? {
        let refunds = refunds::list(&mut conn, payment.id).await?;
        shown.push(Payment::new(payment, refunds));
    }
    Ok(if shown.is_empty() { json!({}) } else { json!({ "payments": shown }) })
}
