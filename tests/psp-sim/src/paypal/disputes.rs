//! Disputes v1: what buyers complain of. An inquiry becomes a claim, for which money is taken, and is decided.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{PayPal, errors::Issue, oauth, render, tell};
use crate::{
    amount::Amount,
    books::{Act, Customer, Refusal},
    world::{Desk, World},
};

type Shared = State<Arc<World<PayPal>>>;

/// How long a seller has to answer.
const ANSWER_WITHIN: Duration = Duration::days(10);

/// A complaint about a capture.
#[derive(Debug, Clone)]
pub struct Dispute {
    pub id: String,
    pub capture_id: String,
    pub amount: Amount,
    pub reason: String,
    pub stage: &'static str,
    pub outcome: Option<&'static str>,
    /// `DEBIT` and `CREDIT` of the seller, oldest first.
    pub moved: Vec<&'static str>,
    pub created: OffsetDateTime,
    pub updated: OffsetDateTime,
}

impl PayPal {
    /// The buyer complains, or PayPal decides.
    pub(super) fn contest(&mut self, desk: &Desk, capture: &str, customer: &Customer) -> Result<(), Refusal> {
        let now = desk.clock.now();
        let nothing = || Refusal::State("not captured".to_owned());
        let amount = self.captures.get(capture).map(|found| found.amount).ok_or_else(nothing)?;
        let known = self.disputes.values_mut().find(|found| found.capture_id == capture);
        let event = match (customer.act, known) {
            (Act::Dispute, None) => {
                let id = format!("PP-R-{}", desk.ids.code(9));
                let dispute = Dispute {
                    id: id.clone(),
                    capture_id: capture.to_owned(),
                    amount: customer.amount.unwrap_or(amount),
                    reason: customer
                        .reason
                        .clone()
                        .unwrap_or("MERCHANDISE_OR_SERVICE_NOT_RECEIVED".to_owned()),
                    stage: "INQUIRY",
                    outcome: None,
                    moved: Vec::new(),
                    created: now,
                    updated: now,
                };
                self.disputes.insert(id, dispute);
                "CUSTOMER.DISPUTE.CREATED"
            }
            (Act::Dispute, Some(found)) if found.stage == "INQUIRY" && found.outcome.is_none() => {
                (found.stage, found.updated) = ("CHARGEBACK", now);
                found.moved.push("DEBIT");
                "CUSTOMER.DISPUTE.UPDATED"
            }
            (Act::Win, Some(found)) if found.outcome.is_none() => {
                (found.outcome, found.updated) = (Some("RESOLVED_SELLER_FAVOUR"), now);
                if !found.moved.is_empty() {
                    found.moved.push("CREDIT");
                }
                "CUSTOMER.DISPUTE.RESOLVED"
            }
            (Act::Lose, Some(found)) if found.outcome.is_none() => {
                (found.outcome, found.updated) = (Some("RESOLVED_BUYER_FAVOUR"), now);
                if found.moved.is_empty() {
                    found.moved.push("DEBIT");
                }
                "CUSTOMER.DISPUTE.RESOLVED"
            }
            (_, Some(found)) => return Err(Refusal::State(found.outcome.unwrap_or(found.stage).to_owned())),
            (_, None) => return Err(Refusal::State("not disputed".to_owned())),
        };
        let dispute = self.disputes.values().find(|found| found.capture_id == capture).cloned();
        let shown = dispute.map(|dispute| shown(self, &dispute)).unwrap_or_default();
        tell::event(desk, self, event, "dispute", shown);
        Ok(())
    }
}

fn status(dispute: &Dispute) -> &'static str {
    match (dispute.outcome, dispute.stage) {
        (Some(_), _) => "RESOLVED",
        (None, "INQUIRY") => "OPEN",
        (None, _) => "WAITING_FOR_SELLER_RESPONSE",
    }
}

fn shown(books: &PayPal, dispute: &Dispute) -> Value {
    let order =
        books.captures.get(&dispute.capture_id).and_then(|capture| books.orders.get(&capture.order_id));
    let currency = order.map(|order| order.currency.clone()).unwrap_or_default();
    let unit = order.map(|order| order.unit.clone()).unwrap_or_default();
    let amount = json!({"currency_code": currency, "value": dispute.amount.to_string()});
    let movement = |kind: &&str| json!({"affected_party": "SELLER", "amount": amount, "type": kind});
    let mut body = json!({
        "dispute_id": dispute.id, "create_time": render::time(dispute.created), "update_time": render::time(dispute.updated),
        "disputed_transactions": [{
            "seller_transaction_id": dispute.capture_id, "custom": unit["custom_id"], "invoice_number": unit["invoice_id"],
        }],
        "reason": dispute.reason, "status": status(dispute), "dispute_amount": amount,
        "dispute_life_cycle_stage": dispute.stage, "dispute_channel": "INTERNAL",
        "money_movements": dispute.moved.iter().map(movement).collect::<Vec<Value>>(),
    });
    match dispute.outcome {
        Some(outcome) => {
            body["dispute_outcome"] = json!({"outcome_code": outcome, "amount_refunded": amount})
        }
        None => body["seller_response_due_date"] = render::time(dispute.created + ANSWER_WITHIN).into(),
    }
    body
}

/// Which disputes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Which {
    disputed_transaction_id: Option<String>,
    update_time_after: Option<String>,
}

pub async fn list(State(world): Shared, headers: HeaderMap, Query(which): Query<Which>) -> Response {
    let books = world.books();
    if let Err(refused) = oauth::check(&books, &world, &headers) {
        return refused.into_response();
    }
    let after = which.update_time_after.and_then(|at| OffsetDateTime::parse(&at, &Rfc3339).ok());
    let wanted = |dispute: &&Dispute| {
        which.disputed_transaction_id.as_ref().is_none_or(|id| *id == dispute.capture_id)
            && after.is_none_or(|after| after <= dispute.updated)
    };
    let short = |dispute: &Dispute| {
        json!({
            "dispute_id": dispute.id, "create_time": render::time(dispute.created),
            "update_time": render::time(dispute.updated), "reason": dispute.reason, "status": status(dispute),
        })
    };
    let items: Vec<Value> = books.disputes.values().filter(wanted).map(short).collect();
    Json(json!({"items": items, "links": []})).into_response()
}

pub async fn show(State(world): Shared, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let books = world.books();
    if let Err(refused) = oauth::check(&books, &world, &headers) {
        return refused.into_response();
    }
    match books.disputes.get(&id) {
        Some(dispute) => Json(shown(&books, dispute)).into_response(),
        None => Issue::InvalidResourceId.into_response(),
    }
}
