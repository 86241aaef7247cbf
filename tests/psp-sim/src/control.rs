//! `/_sim/…`: what tests do to a company from another process.
//!
//! | | |
//! |---|---|
//! | `GET /_sim/payments` | its payments, newest first |
//! | `POST /_sim/payments/{id}/{act}` | `choose`, `pay`, `deny`, `fail`, `expire`, `challenge`, `settle`, `chargeback`, `dispute`, `win`, `lose`; body `{"amount","method","reason"}`, all optional |
//! | `GET`, `POST`, `DELETE /_sim/faults` | faults that wait; add one, such as `{"fault":"timeout","when":"after","path":"/v2/charge"}`; forget all |
//! | `GET`, `PUT`, `DELETE /_sim/webhooks` | those that wait and what became of the others; the [`Policy`]; lose those that wait |
//! | `POST /_sim/webhooks/release` | sends those that wait: `{"order":"as_sent"\|"reversed","copies":1}` |
//! | `POST /_sim/clock` | `{"advance_seconds":60}` or `{"stop_at":"2026-11-20T08:00:00Z"}` |
//! | `GET /_sim/journal` | the latest exchanges |

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::{
    books::{Act, Company, Customer, Refusal},
    courier::{Order, Policy},
    faults::Fault,
    world::World,
};

type Shared<C> = State<Arc<World<C>>>;

pub(crate) fn routes<C: Company>() -> Router<Arc<World<C>>> {
    Router::new()
        .route("/_sim/payments", get(payments))
        .route("/_sim/payments/{id}/{act}", post(act))
        .route("/_sim/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/_sim/webhooks", get(webhooks).put(set_policy).delete(lose_webhooks))
        .route("/_sim/webhooks/release", post(release))
        .route("/_sim/clock", post(clock))
        .route("/_sim/journal", get(journal))
}

async fn payments<C: Company>(State(world): Shared<C>) -> Json<Value> {
    Json(json!(world.books().payments()))
}

async fn act<C: Company>(
    State(world): Shared<C>,
    Path((id, act)): Path<(String, Act)>,
    body: Option<Json<Customer>>,
) -> Response {
    let customer = body.map_or(Customer::does(act), |Json(customer)| Customer { act, ..customer });
    match world.act(&id, &customer) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refusal @ Refusal::Unknown(_)) => (StatusCode::NOT_FOUND, refusal.to_string()).into_response(),
        Err(refusal @ Refusal::State(_)) => (StatusCode::CONFLICT, refusal.to_string()).into_response(),
    }
}

async fn faults<C: Company>(State(world): Shared<C>) -> Json<Value> {
    Json(json!(world.faults.all()))
}

async fn add_fault<C: Company>(State(world): Shared<C>, Json(fault): Json<Fault>) -> StatusCode {
    world.faults.add(fault);
    StatusCode::NO_CONTENT
}

async fn clear_faults<C: Company>(State(world): Shared<C>) -> StatusCode {
    world.faults.clear();
    StatusCode::NO_CONTENT
}

async fn webhooks<C: Company>(State(world): Shared<C>) -> Json<Value> {
    let courier = &world.desk.courier;
    Json(json!({"waiting": courier.waiting(), "counts": courier.counts()}))
}

async fn set_policy<C: Company>(State(world): Shared<C>, Json(policy): Json<Policy>) -> StatusCode {
    world.desk.courier.set(policy);
    StatusCode::NO_CONTENT
}

async fn lose_webhooks<C: Company>(State(world): Shared<C>) -> StatusCode {
    world.desk.courier.take();
    StatusCode::NO_CONTENT
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Release {
    order: Order,
    copies: usize,
}

async fn release<C: Company>(State(world): Shared<C>, body: Option<Json<Release>>) -> StatusCode {
    let Release { order, copies } = body.map(|Json(release)| release).unwrap_or_default();
    world.desk.courier.release(order, copies, &world.client).await;
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Move {
    AdvanceSeconds(i64),
    #[serde(with = "time::serde::rfc3339")]
    StopAt(OffsetDateTime),
}

async fn clock<C: Company>(State(world): Shared<C>, Json(to): Json<Move>) -> StatusCode {
    match to {
        Move::AdvanceSeconds(seconds) => world.desk.clock.advance(Duration::seconds(seconds)),
        Move::StopAt(at) => world.desk.clock.stop_at(at),
    }
    StatusCode::NO_CONTENT
}

async fn journal<C: Company>(State(world): Shared<C>) -> Json<Value> {
    Json(json!(world.journal.all()))
}
