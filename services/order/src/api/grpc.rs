//! `warung.order.v1.Guests`, `warung.order.v1.Orders` and `warung.privacy.v1.PersonalData`.

use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use tonic::{Request, Response, Status};
use warung_chassis::{
    db::Db,
    grpc::{field, privacy, status},
};
use warung_contracts::{
    grpc::order::{
        GetTokenRequest, GetTokenResponse, IsCancelledRequest, IsCancelledResponse,
        guests_server::{Guests, GuestsServer},
        orders_server::{Orders, OrdersServer},
    },
    id::UserId,
};

use crate::{
    domain::{Order, State, guest::TokenKey, returns::Return},
    store::{orders, returns},
};

/// Orders of one person at most; nobody has bought so often.
const ORDERS_MAX: u32 = 10_000;

/// The gRPC services.
pub fn routes(db: Db, key: TokenKey) -> tonic::service::Routes {
    tonic::service::Routes::new(GuestsServer::new(Server { db: db.clone(), key }))
        .add_service(OrdersServer::new(Ends(db.clone())))
        .add_service(privacy::server(db, export))
}

#[derive(Debug)]
struct Server {
    db: Db,
    key: TokenKey,
}

#[tonic::async_trait]
impl Guests for Server {
    async fn get_token(
        &self,
        request: Request<GetTokenRequest>,
    ) -> Result<Response<GetTokenResponse>, Status> {
        let id = field("order_id", &request.into_inner().order_id)?;
        let mut conn = self.db.pool().acquire().await.map_err(status)?;
        let order = orders::find(&mut conn, id).await.map_err(status)?;
        let token = order.and_then(|order| order.token(&self.key));
        let token = token.ok_or_else(|| Status::not_found("no guest's order"))?;
        Ok(Response::new(GetTokenResponse { token }))
    }
}

/// Says what became of orders.
#[derive(Debug)]
struct Ends(Db);

#[tonic::async_trait]
impl Orders for Ends {
    async fn is_cancelled(
        &self,
        request: Request<IsCancelledRequest>,
    ) -> Result<Response<IsCancelledResponse>, Status> {
        let id = field("order_id", &request.into_inner().order_id)?;
        let mut tx = self.0.begin().await.map_err(status)?;
        // Whoever cancels it in this moment is waited for.
        let order = orders::lock(tx.conn(), id).await.map_err(status)?;
        tx.rollback().await.map_err(status)?;
        let cancelled = order.is_some_and(|order| matches!(order.state, State::Rejected | State::Cancelled));
        Ok(Response::new(IsCancelledResponse { cancelled }))
    }
}

/// What a user ordered and sent back.
async fn export(db: Db, user: UserId) -> Result<Value, sqlx::Error> {
    let orders = orders::list(db.pool(), user, None, None, ORDERS_MAX).await?;
    if orders.is_empty() {
        return Ok(json!({}));
    }
    let mut conn = db.pool().acquire().await?;
    let returns = returns::of_user(&mut conn, user).await?;
    let exported: Vec<Value> = orders.iter().map(export_order).collect();
    Ok(json!({"orders": exported, "returns": returns.iter().map(export_return).collect::<Vec<_>>()}))
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
