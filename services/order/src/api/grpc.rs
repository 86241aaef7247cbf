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

use crate::{
    domain::{Order, returns::Return},
    store::{orders, returns},
};

/// Orders of one person at most; nobody has bought so often.
const ORDERS_MAX: u32 = 10_000;

/// The gRPC services.
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
        let json = self.orders(user).await.map_err(failed)?.to_string();
        Ok(Response::new(ExportResponse { json }))
    }
}

/// A read that failed; what only the log may know goes there.
fn failed(error: sqlx::Error) -> Status {
    let problem = Problem::from(error);
    if problem.kind() == Kind::Internal {
        tracing::error!(?problem, "orders can't be exported");
    }
    status(&problem)
}

impl Keeper {
    async fn orders(&self, user: UserId) -> Result<Value, sqlx::Error> {
        let orders = orders::list(self.0.pool(), user, None, ORDERS_MAX).await?;
        if orders.is_empty() {
            return Ok(json!({}));
        }
        let mut conn = self.0.pool().acquire().await?;
        let returns = returns::of_user(&mut conn, user).await?;
        let exported: Vec<Value> = orders.iter().map(export_order).collect();
        Ok(json!({"orders": exported, "returns": returns.iter().map(export_return).collect::<Vec<_>>()}))
    }
}

fn export_order(order: &Order) -> Value {
    json!({
        "id": order.id, "number": order.number, "state": order.state, "lines": order.sold(), "totals": order.totals,
        "refunded": order.refunded, "coupons": order.coupons, "payment_provider": order.payment.provider,
        "shipping": order.shipping, "shipping_address": order.shipping_address, "contact": order.contact,
        "email": order.email, "note": order.note, "tracking_number": order.tracking_number,
        "created_at": order.created_at.format(&Rfc3339).ok(),
    })
}

fn export_return(of: &Return) -> Value {
    json!({
        "id": of.id, "order_id": of.order_id, "state": of.state, "reason": of.reason, "answer": of.answer,
        "refund": of.refund.map(|refund| refund.amount), "created_at": of.created_at.format(&Rfc3339).ok(),
    })
}
