//! The provider's post: webhooks come late, twice, in any order, or not at all.

use std::time::Duration;

use anyhow::Result;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use reqwest::Method;
use serde_json::json;
use time::OffsetDateTime;
use tokio::sync::mpsc;
use warung_chassis::signature;
use warung_e2e::{Shop, until};

use super::{
    caller::{Caller, PATIENCE},
    tally::Tally,
};

/// Letters that are lost, in a hundred.
const LOST: u32 = 15;
/// Letters that come a second time, in a hundred.
const TWICE: u32 = 35;

/// A webhook on its way.
#[derive(Debug, Clone)]
pub struct Letter {
    event_id: String,
    payment_id: String,
    status: &'static str,
}

/// A letter that came.
pub const CAME: &str = "webhook came, in any order";
/// A letter that comes again.
pub const AGAIN: &str = "webhook came again";
/// A letter that never comes.
pub const NEVER: &str = "webhook never came";

/// Writes the letter about an order once its payment waits for it. An order that ends before has none.
pub async fn write(caller: &Caller, order: &str, status: &'static str) -> Result<Option<Letter>> {
    let found = until("a payment that waits", PATIENCE, || async {
        if ["rejected", "cancelled"]
            .contains(&caller.order(order).await?["state"].as_str().unwrap_or_default())
        {
            return Ok(Some(None));
        }
        let payment = caller.send(Method::GET, &format!("/api/v1/payments/{order}"), None).await?.ok()?;
        Ok((payment["state"] == "pending").then(|| payment["id"].as_str().map(str::to_owned)))
    })
    .await?;
    Ok(found.map(|payment_id| Letter { event_id: format!("evt-{order}"), payment_id, status }))
}

/// Delivers letters in any order until nobody writes any more.
pub async fn deliver(
    shop: Shop,
    secret: String,
    seed: u64,
    mut letters: mpsc::UnboundedReceiver<Letter>,
    tally: Tally,
) -> Result<()> {
    let mut random = StdRng::seed_from_u64(seed ^ 0x706f_7374);
    let (mut bag, mut open) = (Vec::new(), true);
    while open || !bag.is_empty() {
        let pause = tokio::time::sleep(Duration::from_millis(random.random_range(5..60)));
        tokio::select! {
            letter = letters.recv(), if open => match letter {
                Some(letter) => { bag.push(letter); continue }
                None => open = false,
            },
            () = pause => {}
        }
        if bag.is_empty() || (open && bag.len() < 3) {
            continue;
        }
        let letter = bag.swap_remove(random.random_range(0..bag.len()));
        if random.random_range(0..100) < LOST {
            tally.note(NEVER);
            continue;
        }
        if random.random_range(0..100) < TWICE {
            tally.note(AGAIN);
            bag.push(letter.clone());
        }
        send(&shop, &secret, &letter).await?;
        tally.note(CAME);
    }
    Ok(())
}

/// Sends a letter until it is taken, as providers do.
async fn send(shop: &Shop, secret: &str, letter: &Letter) -> Result<()> {
    let Letter { event_id, payment_id, status } = letter;
    let body = json!({ "event_id": event_id, "payment_id": payment_id, "status": status });
    until("a webhook to be taken", PATIENCE, || async {
        let signature =
            signature::sign(&secret.into(), body.to_string().as_bytes(), OffsetDateTime::now_utc())?;
        let headers = [("x-sandbox-signature", signature.as_str())];
        let answer = shop.send(Method::POST, "/api/v1/webhooks/sandbox", None, &headers, Some(&body)).await?;
        answer.ok()?;
        Ok(Some(()))
    })
    .await
}
