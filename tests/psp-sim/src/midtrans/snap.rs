//! Snap: a page on which the customer picks the method. Until then there is no transaction.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    Midtrans, charge, request,
    request::Asked,
    transaction::{Transaction, waits},
};
use crate::{
    amount::Amount,
    books::{Listed, Refusal},
    world::{Desk, World},
};

type Shared = State<Arc<World<Midtrans>>>;

/// A page that waits for its customer.
#[derive(Debug, Clone)]
pub struct Session {
    pub token: String,
    pub order_id: String,
    rupiah: i64,
    echo: Map<String, Value>,
    notify: Vec<String>,
    return_url: Option<String>,
    authorize_only: bool,
    expires_at: Option<OffsetDateTime>,
    canceled: bool,
}

impl Session {
    /// For people.
    pub fn listed(&self) -> Listed {
        let status = if self.canceled { "canceled" } else { "no method yet" };
        Listed {
            id: self.token.clone(),
            reference: self.order_id.clone(),
            amount: format!("IDR {}", Amount::whole(self.rupiah)),
            status: status.to_owned(),
            method: None,
            open: !self.canceled,
            return_url: self.return_url.clone(),
        }
    }

    /// The customer picks a method: `bank_transfer` of BCA when none is named.
    pub fn choose(&self, desk: &Desk, method: Option<&str>) -> Result<Transaction, Refusal> {
        let now = desk.clock.now();
        if self.canceled || self.expires_at.is_some_and(|at| at <= now) {
            return Err(Refusal::State("a page that is closed".to_owned()));
        }
        let payment_type = method.unwrap_or("bank_transfer");
        let body = json!({
            "bank_transfer": {"bank": "bca"}, "cstore": {"store": "alfamart"},
            "credit_card": {"token_id": "481111-1114-snap", "authentication": true},
        });
        let id = desk.ids.uuid();
        let begun = charge::begin(desk, &id, payment_type, &body).map_err(Refusal::State)?;
        Ok(Transaction {
            id,
            order_id: self.order_id.clone(),
            rupiah: self.rupiah,
            payment_type: payment_type.to_owned(),
            method: begun.method,
            echo: self.echo.clone(),
            status: begun.status,
            fraud: begun.fraud,
            opened_at: now,
            settled_at: None,
            expires_at: self.expires_at.or_else(|| waits(payment_type).map(|lasts| now + lasts)),
            authorize_only: self.authorize_only,
            refunds: Vec::new(),
            notify: self.notify.clone(),
            return_url: self.return_url.clone(),
        })
    }
}

fn error(http: StatusCode, messages: &[String]) -> Response {
    (http, Json(json!({"error_messages": messages}))).into_response()
}

fn denied() -> Response {
    let message = "Access denied due to unauthorized transaction, please check client or server key";
    error(StatusCode::UNAUTHORIZED, &[message.to_owned()])
}

pub async fn create(State(world): Shared, headers: HeaderMap, body: String) -> Response {
    if !request::has_key(&headers) {
        return denied();
    }
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let Asked { order_id, rupiah } = match request::asked(&body) {
        Ok(asked) => asked,
        Err(faults) => return error(StatusCode::BAD_REQUEST, &faults),
    };
    let mut books = world.books();
    let taken = |session: &Session| session.order_id == order_id;
    if books.sessions.values().any(taken) || books.by_order.contains_key(&order_id) {
        let message = "transaction_details.order_id has already been taken".to_owned();
        return error(StatusCode::BAD_REQUEST, &[message]);
    }
    let desk = &world.desk;
    let session = Session {
        token: desk.ids.uuid(),
        order_id,
        rupiah,
        echo: request::echo(&body),
        notify: request::notify(&headers, desk),
        return_url: body["callbacks"]["finish"].as_str().map(str::to_owned),
        authorize_only: body["credit_card"]["type"] == "authorize",
        expires_at: expiry(&body["expiry"]).map(|lasts| desk.clock.now() + lasts),
        canceled: false,
    };
    let answer = json!({"token": session.token, "redirect_url": desk.page(&session.token)});
    books.sessions.insert(session.token.clone(), session);
    (StatusCode::CREATED, Json(answer)).into_response()
}

fn expiry(expiry: &Value) -> Option<Duration> {
    let minutes = match expiry["unit"].as_str()? {
        "minute" | "minutes" => 1,
        "hour" | "hours" => 60,
        _ => 24 * 60,
    };
    Some(Duration::minutes(expiry["duration"].as_i64()?.checked_mul(minutes)?))
}

pub async fn cancel(State(world): Shared, Path(token): Path<String>, headers: HeaderMap) -> Response {
    if !request::has_key(&headers) {
        return denied();
    }
    let mut books = world.books();
    let Some(session) = books.sessions.get(&token) else {
        return error(StatusCode::NOT_FOUND, &["token not found".to_owned()]);
    };
    // What was refused is under way no more: the page is open for another method.
    let begun = books.of_order(&session.order_id).is_some_and(|transaction| !transaction.is_refused());
    match (session.canceled, begun) {
        (true, _) => error(StatusCode::BAD_REQUEST, &["token already canceled".to_owned()]),
        (false, true) => error(StatusCode::BAD_REQUEST, &["Transaction is on progress".to_owned()]),
        (false, false) => {
            if let Some(session) = books.sessions.get_mut(&token) {
                session.canceled = true;
            }
            let at = world.desk.clock.now().format(&Rfc3339).unwrap_or_default();
            Json(json!({"canceled_at": at})).into_response()
        }
    }
}
