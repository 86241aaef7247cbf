//! Calls, and what their answers come to.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

use super::{
    Ask, Money, PayPal, Refund, Refused, Said, Snapshot, Trouble, map,
    wire::{Authorization, Capture, Disputes, Fault, Order, RefundMade},
};
use crate::{
    domain::Payment,
    providers::{Disputed, http::Reply},
};

/// Refusals that end by themselves.
const LATER: [&str; 3] = ["PENDING_CAPTURE", "PREVIOUS_REQUEST_IN_PROGRESS", "ORDER_NOT_APPROVED"];
/// Pages of a list that are read, of fifty each.
const PAGES_MAX: usize = 20;
/// Characters of a note to the payer.
const NOTE_MAX: usize = 255;

/// What they say no with.
fn trouble(reply: &Reply) -> Trouble {
    let Ok(fault) = reply.json::<Fault>() else {
        return Trouble::no_answer(format!("it answered {}", reply.status));
    };
    let issue = fault.details.first().map_or(fault.name.as_str(), |detail| detail.issue.as_str());
    let text = format!("{issue} ({})", fault.debug_id);
    match reply.status.as_u16() {
        _ if LATER.contains(&issue) => Trouble::no_answer(text),
        409 => Trouble::no_answer(text),
        400 | 401 | 403 => Trouble::permanent(text),
        _ => Refused::new(issue.to_lowercase(), text).into(),
    }
}

fn read<T: DeserializeOwned>(reply: &Reply) -> Result<T, Trouble> {
    if reply.is_success() { Ok(reply.json()?) } else { Err(trouble(reply)) }
}

impl PayPal {
    /// Tells, and says it again with a new token when the old one is not taken.
    pub(super) async fn post(
        &self,
        path: &str,
        key: Option<&str>,
        body: &impl Serialize,
    ) -> Result<Reply, Trouble> {
        for last in [false, true] {
            let token = self.token.get(&self.client).await?;
            let call =
                self.client.post(path).bearer(&token).header("prefer", "return=representation").json(body);
            let call = if let Some(key) = key { call.key("paypal-request-id", key) } else { call };
            let reply = call.send().await?;
            if reply.status.as_u16() != 401 || last {
                return Ok(reply);
            }
            self.token.forget();
        }
        Err(Trouble::permanent("no token is taken"))
    }

    async fn get(&self, path: &str) -> Result<Reply, Trouble> {
        for last in [false, true] {
            let token = self.token.get(&self.client).await?;
            let reply = self.client.get(path).bearer(&token).send().await?;
            if reply.status.as_u16() != 401 || last {
                return Ok(reply);
            }
            self.token.forget();
        }
        Err(Trouble::permanent("no token is taken"))
    }

    pub(super) async fn create(&self, ask: Ask<'_>) -> Result<Snapshot, Trouble> {
        let body = map::order(ask.payment, &self.public_url)?;
        let reply = self.post("/v2/checkout/orders", Some(&ask.key.to_string()), &body).await?;
        let order: Order = read(&reply)?;
        Ok(map::snapshot(&order, ask.payment))
    }

    /// An order; none when it is there no more.
    pub(super) async fn order(&self, id: &str) -> Result<Option<Order>, Trouble> {
        let reply = self.get(&format!("/v2/checkout/orders/{id}")).await?;
        if reply.status.as_u16() == 404 { Ok(None) } else { read(&reply).map(Some) }
    }

    /// How a dispute stands; none when there is none.
    pub(super) async fn case(&self, id: &str) -> Result<Option<Disputed>, Trouble> {
        let reply = self.get(&format!("/v1/customer/disputes/{id}")).await?;
        if reply.status.as_u16() == 404 {
            return Ok(None);
        }
        Ok(Some(map::dispute(&read(&reply)?)?))
    }

    /// The ids of the disputes that a query finds.
    pub(super) async fn cases(&self, query: &str) -> Result<Vec<String>, Trouble> {
        let mut found = Vec::new();
        let mut path = format!("/v1/customer/disputes?{query}");
        for _ in 0..PAGES_MAX {
            let page: Disputes = read(&self.get(&path).await?)?;
            found.extend(page.items.into_iter().map(|listed| listed.dispute_id));
            let next = page.links.iter().find(|link| link.rel == "next");
            let Some(next) = next.and_then(|link| url::Url::parse(&link.href).ok()) else { break };
            path = format!("{}?{}", next.path(), next.query().unwrap_or_default());
        }
        Ok(found)
    }

    /// How an order stands, with what its buyer contests of it.
    pub(super) async fn standing(&self, order: &Order, payment: &Payment) -> Result<Snapshot, Trouble> {
        let mut told = map::snapshot(order, payment);
        if let Some(capture) = order.contested() {
            for id in self.cases(&format!("disputed_transaction_id={}", capture.id)).await? {
                self.case(&id).await?.into_iter().for_each(|found| told.disputed(found.told));
            }
        }
        Ok(told)
    }

    async fn order_of(&self, ask: Ask<'_>) -> Result<Order, Trouble> {
        let gone = || Refused::new("order_not_found", "the order is there no more");
        let id = ask.payment.reference.as_deref().ok_or_else(gone)?;
        Ok(self.order(id).await?.ok_or_else(gone)?)
    }

    /// Captures or authorises an order that its buyer approved.
    pub(super) async fn complete(&self, ask: Ask<'_>, what: &str) -> Result<Snapshot, Trouble> {
        let id = ask.payment.reference.as_deref().unwrap_or_default();
        let path = format!("/v2/checkout/orders/{id}/{what}");
        let order: Order = read(&self.post(&path, Some(&ask.key.to_string()), &json!({})).await?)?;
        Ok(map::snapshot(&order, ask.payment))
    }

    /// Takes money: of an approved order all of it, of an authorisation as much as is wanted.
    pub(super) async fn take(&self, ask: Ask<'_>, amount: Money) -> Result<Snapshot, Trouble> {
        let order = self.order_of(ask).await?;
        let Some(held) = order.authorization() else { return self.complete(ask, "capture").await };
        let body = json!({"amount": map::money(amount)?, "final_capture": true});
        let path = format!("/v2/payments/authorizations/{}/capture", held.id);
        let _: Capture = read(&self.post(&path, Some(&ask.key.to_string()), &body).await?)?;
        Ok(map::snapshot(&self.order_of(ask).await?, ask.payment))
    }

    /// Lets go. An order can't be called off there: what nobody captures is never taken, and it ends by itself.
    pub(super) async fn end(&self, ask: Ask<'_>) -> Result<Snapshot, Trouble> {
        let Some(id) = ask.payment.reference.as_deref() else { return Ok(Said::Voided.into()) };
        let Some(order) = self.order(id).await? else { return Ok(Said::Voided.into()) };
        let told = map::snapshot(&order, ask.payment);
        match (&told.said, order.authorization()) {
            (Said::Authorized(_), Some(held)) => self.release(held).await?,
            // Under review there: it is asked about again.
            (Said::Pending(_), _) if order.is_taken() => return Ok(told),
            (Said::Pending(_) | Said::Approved, _) => {}
            _ => return Ok(told),
        }
        Ok(Snapshot { said: Said::Voided, ..told })
    }

    async fn release(&self, held: &Authorization) -> Result<(), Trouble> {
        let path = format!("/v2/payments/authorizations/{}/void", held.id);
        let reply = self.post(&path, None, &json!({})).await?;
        match reply.is_success() {
            true => Ok(()),
            false => match trouble(&reply) {
                Trouble::Refused(refused)
                    if matches!(refused.code.as_str(), "previously_voided" | "authorization_expired") =>
                {
                    Ok(())
                }
                // Captured meanwhile: asked again, it says so.
                other => Err(Trouble::no_answer(other.to_string())),
            },
        }
    }

    /// Gives money of the order's capture back.
    pub(super) async fn give_back(
        &self,
        ask: Ask<'_>,
        amount: Money,
        reason: &str,
    ) -> Result<Refund, Trouble> {
        let order = self.order_of(ask).await?;
        let nothing = || Refused::new("nothing_captured", "the order has no capture");
        let capture = order.captures().first().ok_or_else(nothing)?;
        let key = ask.key.to_string();
        let mut body = json!({"amount": map::money(amount)?, "custom_id": key});
        let note: String = reason.chars().filter(|letter| !letter.is_control()).take(NOTE_MAX).collect();
        if !note.is_empty() {
            body["note_to_payer"] = note.into();
        }
        let path = format!("/v2/payments/captures/{}/refund", capture.id);
        let made: RefundMade = read(&self.post(&path, Some(&key), &body).await?)?;
        Ok(map::refund(&made))
    }

    /// How a refund stands.
    pub(super) async fn given_back(&self, ask: Ask<'_>, id: Option<&str>) -> Result<Option<Refund>, Trouble> {
        if let Some(id) = id {
            let made: RefundMade = read(&self.get(&format!("/v2/payments/refunds/{id}")).await?)?;
            return Ok(Some(map::refund(&made)));
        }
        let (order, key) = (self.order_of(ask).await?, ask.key.to_string());
        let own = order.refunds().iter().find(|made| made.custom_id.as_deref() == Some(key.as_str()));
        Ok(own.map(map::refund))
    }
}
