//! Who takes by hand what is set aside, some of it in part, and decides about amounts that differ, until the shop is at rest.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use anyhow::Result;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use reqwest::Method;
use serde_json::{Value, json};
use warung_e2e::Admin;

use super::{caller::Caller, tally::Tally};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(250);
/// Of a hundred payments that are taken by hand, those of which a part is.
const IN_PART: u32 = 40;

/// Taken by hand, all of it.
pub const WHOLE: &str = "payment was taken by hand";
/// Taken by hand, less than was set aside.
pub const PART: &str = "payment was taken by hand in part";
/// More than was asked came, and is kept.
pub const KEPT: &str = "payment of another amount was accepted";
/// More than was asked came, and goes back.
pub const RETURNED: &str = "payment of another amount was sent back";

/// Somebody with a till.
pub struct Cashier {
    admin: Caller,
    random: StdRng,
    tally: Tally,
    /// What was decided, by idempotency key: asked again, it is the same.
    decided: BTreeMap<String, (&'static str, Value)>,
    done: BTreeSet<String>,
}

impl Cashier {
    /// Begins work.
    pub fn new(Admin(admin): &Admin, seed: u64, tally: Tally) -> Self {
        let random = StdRng::seed_from_u64(seed ^ 0x7469_6c6c);
        Self { admin: admin.into(), random, tally, decided: BTreeMap::new(), done: BTreeSet::new() }
    }

    /// Works until the task is aborted.
    pub async fn work(mut self) {
        loop {
            // What the weather spoils is done at the next look.
            let _ = self.look("held=true", "release", release).await;
            let _ = self.look("state=authorized", "capture", capture).await;
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Does this to every payment that is so.
    async fn look(
        &mut self,
        which: &str,
        deed: &str,
        decide: fn(&Value, &mut StdRng) -> (&'static str, Value),
    ) -> Result<()> {
        let path = format!("/api/v1/payments?{which}&limit=100");
        let page = self.admin.send(Method::GET, &path, None).await?.ok()?;
        for payment in page["items"].as_array().into_iter().flatten() {
            let order = payment["order_id"].as_str().unwrap_or_default();
            let key = format!("{deed}-{order}");
            if self.done.contains(&key) {
                continue;
            }
            let random = &mut self.random;
            let (what, body) = self.decided.entry(key.clone()).or_insert_with(|| decide(payment, random));
            self.admin.post(&format!("/api/v1/payments/{order}/{deed}"), &key, body).await?.ok()?;
            self.tally.note(what);
            self.done.insert(key);
        }
        Ok(())
    }
}

fn release(_: &Value, random: &mut StdRng) -> (&'static str, Value) {
    let (what, decision) = if random.random_bool(0.6) { (KEPT, "accept") } else { (RETURNED, "return") };
    (what, json!({ "decision": decision, "reason": "looked at it" }))
}

fn capture(payment: &Value, random: &mut StdRng) -> (&'static str, Value) {
    let asked = payment["amount"]["amount_minor"].as_i64().unwrap_or_default();
    if random.random_range(0..100) >= IN_PART {
        return (WHOLE, json!({}));
    }
    let part = (asked * random.random_range(30..95) / 100).max(1);
    (PART, json!({ "amount": { "amount_minor": part, "currency": payment["amount"]["currency"] } }))
}
