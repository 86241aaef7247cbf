//! Customers who think better of it: some call off what they paid for, some send a part of it back, which staff take in.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
};
use warung_e2e::Admin;

use super::{
    caller::{Caller, ENDED},
    tally::Tally,
};

/// Regrets that are seen to at the same time.
const AT_ONCE: usize = 6;

/// Called off after it was paid.
pub const CALLED_OFF: &str = "paid order was called off";
/// The carrier had it already, or it had ended.
const TOO_LATE: &str = "order was past regretting";
/// Some items of some lines came back, and their money went back.
pub const SENT_BACK: &str = "order was sent back in part";

/// Somebody thinks better of an order.
pub struct Regret {
    pub caller: Caller,
    pub order: String,
    pub kind: Kind,
}

/// What of it.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// All of it, once it is paid.
    CallOff,
    /// One item of every other line, once it is delivered.
    SendBack,
}

/// Sees to every regret until nobody has any more.
pub async fn settle(
    Admin(admin): Admin,
    mut regrets: mpsc::UnboundedReceiver<Regret>,
    tally: Tally,
) -> Result<()> {
    let (permits, mut tasks) = (Arc::new(Semaphore::new(AT_ONCE)), JoinSet::new());
    let staff = Caller::from(&admin);
    while let Some(regret) = regrets.recv().await {
        let (permits, staff) = (permits.clone(), staff.clone());
        tasks.spawn(async move {
            let _permit = permits.acquire().await?;
            match regret.kind {
                Kind::CallOff => call_off(&regret).await,
                Kind::SendBack => send_back(&regret, &staff).await,
            }
        });
    }
    while let Some(settled) = tasks.join_next().await {
        tally.note(settled??);
    }
    Ok(())
}

async fn call_off(Regret { caller, order, .. }: &Regret) -> Result<&'static str> {
    let now = caller.wait_for(order, &[&["confirmed", "shipped"], &ENDED[..]].concat()).await?;
    if now["state"].as_str().is_some_and(|state| ENDED.contains(&state)) {
        return Ok(TOO_LATE);
    }
    let (path, reason) = (format!("/api/v1/orders/{order}/cancel"), json!({ "reason": "thought better" }));
    let answer = caller.insist(&path, &format!("call-off-{order}"), &reason).await?;
    Ok(answer.map_or(TOO_LATE, |_| CALLED_OFF))
}

/// A return from its announcement to its refund.
async fn send_back(Regret { caller, order, .. }: &Regret, staff: &Caller) -> Result<&'static str> {
    let now = caller.wait_for(order, &ENDED).await?;
    if now["state"] != "completed" {
        return Ok(TOO_LATE);
    }
    let lines: Vec<Value> = now["lines"].as_array().into_iter().flatten().step_by(2).map(one_of).collect();
    let body = json!({ "lines": lines, "reason": "not what I thought" });
    let path = format!("/api/v1/orders/{order}/returns");
    let given_back = caller.insist(&path, &format!("send-back-{order}"), &body).await?;
    let given_back = given_back.with_context(|| format!("a return of {order} was refused"))?;
    let id = given_back["id"].as_str().context("a return has an id")?;
    for step in ["approve", "receive", "refund"] {
        let path = format!("/api/v1/admin/returns/{id}/{step}");
        let done = staff.insist(&path, &format!("{step}-{id}"), &json!({})).await?;
        ensure!(done.is_some(), "return {id} could not be brought to {step}");
    }
    Ok(SENT_BACK)
}

/// One item of a line.
fn one_of(line: &Value) -> Value {
    json!({ "line": line["line"], "quantity": 1 })
}
