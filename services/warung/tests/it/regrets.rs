//! Customers who think better of it: some call off what they paid for, some send a part of it back, which staff take in.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
};
use warung_e2e::{Admin, Shopper, until};

/// Regrets that are seen to at the same time.
const AT_ONCE: usize = 6;
/// How long an order may take to go on, and an answer to come, in bad weather.
const PATIENCE: Duration = Duration::from_secs(180);

/// Somebody thinks better of an order.
pub struct Regret {
    pub shopper: Shopper,
    pub order: String,
    pub kind: Kind,
}

/// What of it.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// All of it, once it is paid.
    CallOff,
    /// One item, once it is delivered.
    SendBack,
}

/// What came of a regret, and of all.
#[derive(Debug, Default, Clone, Copy)]
pub struct Settled {
    /// Orders that were called off after they were paid.
    pub called_off: usize,
    /// Orders that the carrier had already, or that had ended.
    pub too_late: usize,
    /// Orders of which a part came back.
    pub sent_back: usize,
}

/// Sees to every regret until nobody has any more.
pub async fn settle(admin: Admin, mut regrets: mpsc::UnboundedReceiver<Regret>) -> Result<Settled> {
    let (permits, mut tasks) = (Arc::new(Semaphore::new(AT_ONCE)), JoinSet::new());
    while let Some(regret) = regrets.recv().await {
        let (permits, admin) = (permits.clone(), admin.clone());
        tasks.spawn(async move {
            let _permit = permits.acquire().await?;
            match regret.kind {
                Kind::CallOff => call_off(&regret).await,
                Kind::SendBack => send_back(&regret, &admin).await,
            }
        });
    }
    let mut all = Settled::default();
    while let Some(settled) = tasks.join_next().await {
        let Settled { called_off, too_late, sent_back } = settled??;
        all.called_off += called_off;
        all.too_late += too_late;
        all.sent_back += sent_back;
    }
    Ok(all)
}

const TOO_LATE: Settled = Settled { called_off: 0, too_late: 1, sent_back: 0 };

async fn call_off(Regret { shopper, order, .. }: &Regret) -> Result<Settled> {
    let ended = ["completed", "cancelled", "rejected"];
    let order_now =
        shopper.wait_for(order, &[&["confirmed", "shipped"], &ended[..]].concat(), PATIENCE).await?;
    if order_now["state"].as_str().is_some_and(|state| ended.contains(&state)) {
        return Ok(TOO_LATE);
    }
    let path = format!("/api/v1/orders/{order}/cancel");
    let answer =
        insist(shopper, &path, &format!("call-off-{order}"), &json!({ "reason": "thought better" })).await?;
    Ok(match answer {
        Some(_) => Settled { called_off: 1, ..Settled::default() },
        None => TOO_LATE,
    })
}

/// A return from its announcement to its refund.
async fn send_back(Regret { shopper, order, .. }: &Regret, Admin(admin): &Admin) -> Result<Settled> {
    let order_now = shopper.wait_for(order, &["completed", "cancelled", "rejected"], PATIENCE).await?;
    if order_now["state"] != "completed" {
        return Ok(TOO_LATE);
    }
    let body = json!({ "lines": [{ "line": 0, "quantity": 1 }], "reason": "not what I thought" });
    let path = format!("/api/v1/orders/{order}/returns");
    let given_back = insist(shopper, &path, &format!("send-back-{order}"), &body).await?;
    let given_back = given_back.with_context(|| format!("a return of {order} was refused"))?;
    let id = given_back["id"].as_str().context("a return has an id")?;
    for step in ["approve", "receive", "refund"] {
        let path = format!("/api/v1/admin/returns/{id}/{step}");
        let done = insist(admin, &path, &format!("{step}-{id}"), &json!({})).await?;
        ensure!(done.is_some(), "return {id} could not be brought to {step}");
    }
    Ok(Settled { sent_back: 1, ..Settled::default() })
}

/// Sends something under a key until there is an answer that stays; none when the state of things forbids it.
async fn insist(caller: &Shopper, path: &str, key: &str, body: &Value) -> Result<Option<Value>> {
    until(&format!("an answer from {path}"), PATIENCE, || async {
        let headers = [("idempotency-key", key)];
        let answer = caller.shop.send(Method::POST, path, Some(&caller.token), &headers, Some(body)).await?;
        let kind = answer.body["type"].as_str().unwrap_or_default();
        if answer.status.as_u16() == 409 && !kind.ends_with("idempotency-key-in-flight") {
            return Ok(Some(None));
        }
        answer.ok().map(|body| Some(Some(body)))
    })
    .await
}
