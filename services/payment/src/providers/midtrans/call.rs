//! Calls to both APIs, and what their answers come to.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Ask, Midtrans, Money, Payment, Refund, RefundStatus, Refused, Snapshot, Trouble, map, wire::Transaction,
};
use crate::providers::http::Reply;

/// Methods whose money Midtrans can't give back.
const NO_REFUNDS: [&str; 5] = ["bank_transfer", "permata", "echannel", "cstore", "akulaku"];

/// What came of opening a page.
pub enum Session {
    Open {
        token: String,
        url: String,
    },
    /// Its name was used before.
    Taken,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum SnapAnswer {
    Open { token: String, redirect_url: String },
    Refused { error_messages: Vec<String> },
}

/// What Snap says no with.
#[derive(Deserialize)]
struct SnapFault {
    error_messages: Vec<String>,
}

/// An answer of the Core API. Its own code decides, not that of HTTP: an error may come with 200.
fn read(reply: &Reply) -> Result<Transaction, Trouble> {
    let answer: Transaction = reply.json()?;
    match answer.status_code.as_str() {
        "401" => Err(Trouble::permanent("the server key is not taken")),
        // 202 without a transaction: the same key is in flight.
        "202" if answer.transaction_id.is_none() => Err(Trouble::no_answer("the call is in flight")),
        "429" => Err(Trouble::no_answer("too many calls")),
        code if code.starts_with('5') => Err(Trouble::no_answer(format!("it answered {code}"))),
        _ => Ok(answer),
    }
}

/// What became of a charge.
pub fn charged(answer: Transaction, payment: &Payment, order_id: &str) -> Result<Snapshot, Trouble> {
    match answer.status_code.as_str() {
        "400" | "413" => Err(Trouble::permanent(answer.complaint())),
        _ => match answer.refusal() {
            Some(refused) => Err(refused.into()),
            None => Ok(map::snapshot(&answer, payment, order_id)),
        },
    }
}

impl Midtrans {
    /// Tells the Core API.
    pub(super) async fn post(&self, path: &str, key: &str, body: &Value) -> Result<Transaction, Trouble> {
        // Longer ones are ignored: the two parts of ours fit.
        let call = self.core.post(path).basic(&self.key, None).key("idempotency-key", key).json(body);
        read(&call.send().await?)
    }

    /// How a transaction stands; none when there is none.
    pub(super) async fn status(&self, order_id: &str) -> Result<Option<Transaction>, Trouble> {
        let call = self.core.get(&format!("/v2/{order_id}/status")).basic(&self.key, None);
        let answer = read(&call.send().await?)?;
        Ok((answer.status_code != "404").then_some(answer))
    }

    /// Opens a page.
    pub(super) async fn session(&self, body: &Value) -> Result<Session, Trouble> {
        // Snap knows no keys: it is never repeated here.
        let call = self.snap.post("/snap/v1/transactions").basic(&self.key, None).json(body);
        let reply = call.send().await?;
        match reply.json()? {
            SnapAnswer::Open { token, redirect_url } => Ok(Session::Open { token, url: redirect_url }),
            SnapAnswer::Refused { error_messages } => {
                // In English or Indonesian: "has already been taken", "sudah digunakan".
                let taken = |text: &String| {
                    text.contains("order_id") && (text.contains("taken") || text.contains("digunakan"))
                };
                match error_messages.iter().any(taken) {
                    true => Ok(Session::Taken),
                    false => Err(Trouble::permanent(error_messages.join("; "))),
                }
            }
        }
    }

    /// Closes the page of a payment, if it has one; false when what was picked on it is under way.
    pub(super) async fn close_page(&self, payment: &Payment) -> Result<bool, Trouble> {
        let Some(token) = map::token(payment) else { return Ok(true) };
        // Whoever has the token may pay, or call it off.
        let call = self.snap.post_hidden("/snap/v1/transactions/{}/cancel", token);
        let reply = call.basic(&self.key, None).json(&json!({})).send().await?;
        // "token already canceled": by us, and the answer was lost.
        let before = || {
            let complaint = reply.json::<SnapFault>().ok();
            complaint
                .is_some_and(|said| said.error_messages.iter().any(|text| text.contains("already cancel")))
        };
        Ok(reply.is_success() || reply.status.as_u16() == 404 || before())
    }

    /// Gives money back. Before a card's money is settled nothing goes back in part; all of it goes by calling it off.
    pub(super) async fn give_back(
        &self,
        ask: Ask<'_>,
        amount: Money,
        reason: &str,
    ) -> Result<Refund, Trouble> {
        let done = || Refund { reference: None, status: RefundStatus::Done };
        let (rupiah, key) = (map::rupiah(amount)?, ask.key.to_string());
        let order_id = map::order_id(ask.payment);
        let reason: String = reason.chars().take(255).collect();
        let body = json!({"refund_key": key, "amount": rupiah, "reason": reason});
        let answer = self.post(&format!("/v2/{order_id}/refund"), &key, &body).await?;
        match answer.status_code.as_str() {
            "200" => return Ok(done()),
            "412" | "406" => {}
            "400" => return Err(Trouble::permanent(answer.complaint())),
            _ => return Err(Refused::new("refund_rejected", answer.complaint()).into()),
        }
        let Some(known) = self.status(&order_id).await? else {
            return Err(Trouble::no_answer("the transaction is not found"));
        };
        if known.gave_back(&key) {
            return Ok(done());
        }
        if NO_REFUNDS.contains(&known.payment_type.as_deref().unwrap_or_default()) {
            return Err(Refused::new("refund_not_supported", "this method gives nothing back").into());
        }
        match known.status().as_str() {
            "capture" if known.gross() == Some(amount.amount_minor) => self.call_off(&order_id, &key).await,
            "capture" => Err(Trouble::no_answer("a card's money goes back in part once it is settled")),
            "cancel" => Ok(done()),
            _ => Err(Refused::new("refund_rejected", answer.complaint()).into()),
        }
    }

    /// Calls off what was captured and not settled: all of it goes back.
    async fn call_off(&self, order_id: &str, key: &str) -> Result<Refund, Trouble> {
        let path = format!("/v2/{order_id}/cancel");
        let answer = self.post(&path, &format!("{key}-all"), &json!({})).await?;
        match answer.status().as_str() {
            "cancel" => Ok(Refund { reference: None, status: RefundStatus::Done }),
            _ => Err(Trouble::no_answer(answer.complaint())),
        }
    }
}
