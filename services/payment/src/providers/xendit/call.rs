//! Calls, and what their answers come to.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    Ask, Money, Payment, Refund, Refused, Snapshot, Trouble, Xendit, map,
    wire::{Fault, Invoice, Made, Page, PaymentRequest, Taken},
};
use crate::providers::http::{Call, Reply};

/// The version of the Payments API.
const VERSION: &str = "2024-11-11";

/// What they say no with, and what that means: later, for good, or that something is wrong with us.
fn trouble(reply: &Reply) -> Trouble {
    let Ok(Fault { error_code, message }) = reply.json() else {
        return Trouble::no_answer(format!("it answered {}", reply.status));
    };
    let code = error_code.trim();
    match (reply.status.as_u16(), code) {
        (401, _) => Trouble::permanent(format!("{code}: {message}")),
        (_, "REFUND_IN_PROGRESS" | "TEMPORARILY_UNAVAILABLE" | "REQUEST_FORBIDDEN_ERROR") => {
            Trouble::no_answer(format!("{code}: {message}"))
        }
        (_, "API_VALIDATION_ERROR" | "INVALID_MERCHANT_SETTINGS" | "ACCOUNT_ACCESS_BLOCKED") => {
            Trouble::permanent(format!("{code}: {message}"))
        }
        _ => Refused::new(code.to_lowercase(), message).into(),
    }
}

fn read<T: DeserializeOwned>(reply: &Reply) -> Result<T, Trouble> {
    if reply.is_success() { Ok(reply.json()?) } else { Err(trouble(reply)) }
}

impl Xendit {
    fn get(&self, path: &str) -> Call<'_> {
        self.client.get(path).basic(&self.key, None).header("api-version", VERSION)
    }

    fn post(&self, path: &str) -> Call<'_> {
        self.client.post(path).basic(&self.key, None).header("api-version", VERSION)
    }

    /// Opens an invoice. Its name may be used again and again, so that it is not repeated here.
    pub(super) async fn open_invoice(&self, ask: Ask<'_>) -> Result<Snapshot, Trouble> {
        let body = map::invoice_wanted(ask.payment)?;
        let call = self.post("/v2/invoices/").header("idempotency-key", &ask.key.to_string()).json(&body);
        let invoice: Invoice = read(&call.send().await?)?;
        Ok(map::invoice(&invoice, ask.payment))
    }

    pub(super) async fn invoice(&self, id: &str) -> Result<Invoice, Trouble> {
        read(&self.get(&format!("/v2/invoices/{id}")).send().await?)
    }

    /// The invoice of a payment: one that was paid before one that waits.
    pub(super) async fn invoice_of(&self, payment: &Payment) -> Result<Option<Invoice>, Trouble> {
        let found: Vec<Invoice> =
            read(&self.get(&format!("/v2/invoices?external_id={}", payment.id)).send().await?)?;
        Ok(found.into_iter().max_by_key(|invoice| match invoice.status.as_str() {
            "PAID" | "SETTLED" => 2,
            "PENDING" => 1,
            _ => 0,
        }))
    }

    /// Opens a payment request; none when its name was used before. v3 promises no keys: it is not repeated here.
    pub(super) async fn open_request(
        &self,
        ask: Ask<'_>,
        channel: &str,
        name: &str,
    ) -> Result<Option<PaymentRequest>, Trouble> {
        let body = map::request_wanted(ask.payment, channel, name)?;
        let call =
            self.post("/v3/payment_requests").header("idempotency-key", &ask.key.to_string()).json(&body);
        let reply = call.send().await?;
        if reply.status.as_u16() == 409 {
            return Ok(None);
        }
        read(&reply).map(Some)
    }

    /// A request, and its latest payment.
    pub(super) async fn request(&self, id: &str) -> Result<(PaymentRequest, Option<Taken>), Trouble> {
        let request: PaymentRequest = read(&self.get(&format!("/v3/payment_requests/{id}")).send().await?)?;
        let latest = match &request.latest_payment_id {
            Some(id) => Some(read(&self.get(&format!("/v3/payments/{id}")).send().await?)?),
            None => None,
        };
        Ok((request, latest))
    }

    /// Takes what is set aside.
    pub(super) async fn take(&self, ask: Ask<'_>, amount: Money) -> Result<Snapshot, Trouble> {
        let nothing = || Refused::new("nothing_to_capture", "there is no payment");
        let id = ask.payment.reference.as_deref().ok_or_else(nothing)?;
        let (request, latest) = self.request(id).await?;
        let payment_id = latest.ok_or_else(nothing)?.payment_id;
        let body = serde_json::json!({"capture_amount": map::number(amount)?});
        let reply = self.post(&format!("/v3/payments/{payment_id}/capture")).json(&body).send().await?;
        let taken: Taken = read(&reply)?;
        Ok(map::request(&request, Some(&taken), ask.payment))
    }

    /// Ends whatever can still be paid or taken. What can't be ended any more says so when it is asked.
    pub(super) async fn end(&self, payment: &Payment) -> Result<(), Trouble> {
        let paths = match (map::plan(payment), payment.reference.as_deref()) {
            (Ok(map::Plan::Invoice), Some(id)) => vec![format!("/invoices/{id}/expire!")],
            (Ok(map::Plan::Invoice), None) => match self.invoice_of(payment).await? {
                Some(invoice) => vec![format!("/invoices/{}/expire!", invoice.id)],
                None => Vec::new(),
            },
            (_, Some(id)) => {
                let (request, latest) = self.request(id).await?;
                let held = latest.filter(|payment| payment.status == "AUTHORIZED");
                let held = held.map(|payment| format!("/v3/payments/{}/cancel", payment.payment_id));
                let open = request.status == "REQUIRES_ACTION";
                held.into_iter().chain(open.then(|| format!("/v3/payment_requests/{id}/cancel"))).collect()
            }
            (_, None) => Vec::new(),
        };
        for path in paths {
            match read::<Value>(&self.post(&path).send().await?) {
                Ok(_) | Err(Trouble::Refused(_)) => {}
                Err(trouble) => return Err(trouble),
            }
        }
        Ok(())
    }

    /// Gives money back.
    pub(super) async fn give_back(&self, ask: Ask<'_>, amount: Money) -> Result<Refund, Trouble> {
        let body = map::refund_wanted(ask, amount)?;
        let call = self.post("/refunds").key("idempotency-key", &ask.key.to_string()).json(&body);
        let made: Made = read(&call.send().await?)?;
        Ok(map::refund(&made))
    }

    /// How a refund stands: by its own id, or found among those of the payment.
    pub(super) async fn given_back(&self, ask: Ask<'_>, id: Option<&str>) -> Result<Option<Refund>, Trouble> {
        if let Some(id) = id {
            let made: Made = read(&self.get(&format!("/refunds/{id}")).send().await?)?;
            return Ok(Some(map::refund(&made)));
        }
        let of = map::refund_source(ask.payment)?;
        let page: Page = read(&self.get(&format!("/refunds?{}={}", of.0, of.1)).send().await?)?;
        let key = ask.key.to_string();
        let mut own = page.data.iter().filter(|made| made.reference_id.as_deref() == Some(key.as_str()));
        Ok(own.next().map(map::refund))
    }
}
