//! The bad weather of the storm: services crash, stores crash, and what connects them breaks or slows down, at random.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tokio::sync::Mutex;
use warung_contracts::manifest;

use super::{basket::pick, tally::Tally, visits};
use crate::{faults::STORES, fleet::Fleet};

/// What can happen, by weight in a hundred.
const FAULTS: [(&str, u32); 6] = [
    ("a service was killed", 62),
    ("a store was cut off", 12),
    ("a store was slow", 12),
    ("connections of PostgreSQL were ended", 8),
    ("NATS was killed", 3),
    ("Redis was killed", 3),
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
    let mut enough = ORDERS_BETWEEN;
    loop {
        tokio::time::sleep(Duration::from_millis(random.random_range(150..700))).await;
        while visits::placed(&tally) < enough {
            tokio::time::sleep(LOOK).await;
        }
        enough = visits::placed(&tally) + ORDERS_BETWEEN;
        let fault = pick(&FAULTS, &mut random);
        // Held during the fault: whoever ends the storm waits for its end.
        let mut fleet = fleet.lock().await;
        match strike(&mut fleet, fault, &mut random).await {
            Ok(()) => faults.note(fault),
            Err(error) => println!("storm: {fault}, and it went wrong: {error:#}"),
        }
    }
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
