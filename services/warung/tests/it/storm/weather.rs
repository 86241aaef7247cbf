//! The bad weather of the storm: services crash or stand still, stores crash, and what connects them breaks or slows down, at
//! random; and each of it at least once.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use tokio::sync::Mutex;
use warung_contracts::manifest;

use super::{basket::pick, tally::Tally, visits};
use crate::{faults::STORES, fleet::Fleet};

/// A service that stands still while what it has claimed becomes another's; it takes as long as a claim lasts.
const STOOD_STILL: &str = "a service stood still for longer than its claims last";
/// What can happen, by weight in a hundred; of no weight is what happens once in [`EACH_IN`] orders.
const FAULTS: [(&str, u32); 7] = [
    ("a service was killed", 62),
    ("a store was cut off", 12),
    ("a store was slow", 12),
    ("connections of PostgreSQL were ended", 8),
    ("NATS was killed", 3),
    ("Redis was killed", 3),
    (STOOD_STILL, 0),
];
/// Everything happens once in so many orders, in an order by chance, before the dice decide.
const EACH_IN: usize = 2000;
/// Calls to providers that somebody makes for the first time, under a claim; and those that nobody made a second time.
const CLAIMED: [&str; 2] = [
    "SELECT attempt_id FROM attempts WHERE state = 'started' AND tries = 1 AND due_at > now() + interval '20 seconds'",
    "SELECT attempt_id FROM attempts WHERE state = 'started' AND tries = 1",
];

/// Who takes what is paid: payment by itself, or a person by hand. Its owner changes it whenever payment starts anew.
const CAPTURE: &str = "WARUNG_PAYMENT_CAPTURE";

/// Orders that are placed between two faults at least. Without them a machine could be so slow that each purchase meets a
/// fault, and none ever ends.
const ORDERS_BETWEEN: usize = 3;
/// Between two looks whether they are.
const LOOK: Duration = Duration::from_millis(50);

/// Makes faults until it is aborted.
pub async fn storm(fleet: Arc<Mutex<Fleet>>, seed: u64, tally: Tally, faults: Tally) {
    let mut random = StdRng::seed_from_u64(seed ^ 0x6b69_6c6c);
    let (mut enough, mut deck, mut dealt) = (ORDERS_BETWEEN, Vec::new(), 0);
    loop {
        tokio::time::sleep(Duration::from_millis(random.random_range(150..700))).await;
        while visits::placed(&tally) < enough {
            tokio::time::sleep(LOOK).await;
        }
        enough = visits::placed(&tally) + ORDERS_BETWEEN;
        if visits::placed(&tally) / EACH_IN >= dealt {
            deck.extend(FAULTS.map(|(fault, _)| fault));
            deck.shuffle(&mut random);
            dealt += 1;
        }
        let fault = deck.pop().unwrap_or_else(|| pick(&FAULTS, &mut random));
        // Held during the fault: whoever ends the storm waits for its end.
        let mut fleet = fleet.lock().await;
        match strike(&mut fleet, fault, &mut random).await {
            Ok(()) => faults.note(fault),
            Err(error) => {
                println!("storm: {fault}, and it went wrong: {error:#}");
                // What has to happen is tried again.
                if faults.of(fault) == 0 {
                    deck.insert(0, fault);
                }
            }
        }
    }
}

/// Prints how often each kind of fault happened; those that never did.
pub fn tell(faults: &Tally) -> Vec<&'static str> {
    for (fault, _) in FAULTS {
        println!("storm: {:>5} x {fault}", faults.of(fault));
    }
    FAULTS.into_iter().map(|(fault, _)| fault).filter(|fault| faults.of(fault) == 0).collect()
}

async fn strike(fleet: &mut Fleet, fault: &str, random: &mut StdRng) -> Result<()> {
    let store = STORES[random.random_range(0..STORES.len())];
    let pause = Duration::from_millis(random.random_range(50..900));
    match fault {
        "a store was cut off" => fleet.proxies().cut(store, pause).await?,
        "a store was slow" => {
            let by = Duration::from_millis(random.random_range(5..80));
            fleet.proxies().delay(store, by, pause).await?;
        }
        "connections of PostgreSQL were ended" => fleet.end_connections().await?,
        "NATS was killed" => fleet.crash_nats()?,
        "Redis was killed" => fleet.crash_redis()?,
        STOOD_STILL => fleet.outlive_claims(manifest::get("payment"), CLAIMED).await?,
        _ => {
            let all = manifest::all();
            let one = &all[random.random_range(0..all.len())];
            if one.name == "payment" {
                let other = if fleet.variable(CAPTURE) == "manual" { "automatic" } else { "manual" };
                fleet.set_variable(CAPTURE, other);
            }
            fleet.crash(one)?;
        }
    }
    fleet.revive()
}
