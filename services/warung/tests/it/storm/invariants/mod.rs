//! What must be true of the databases of all services together, and of the mail server, once the storm is over.

mod claims;
mod coupons;
mod gone;
mod mailbox;
mod money;
mod orders;
mod parcels;
mod quiet;
mod stock;

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use sqlx::PgPool;
use warung_contracts::stream::DEADLETTER_STREAM;
use warung_testbed::smtp::Mail;

pub use self::quiet::restless;
use super::visits::Done;
use crate::fleet::Fleet;

/// What was done to the shop, and what people outside were told by it.
pub struct Told {
    pub seed: u64,
    /// Items that were put on the shelves.
    pub stocked: BTreeMap<String, i64>,
    /// What customers were told of their orders, and who is gone.
    pub done: Done,
    /// Orders of which a part came back and was paid back.
    pub sent_back: usize,
    /// All that the mail server took.
    pub mails: Vec<Mail>,
    /// How often something was broken.
    pub faults: usize,
}

/// Every invariant.
pub async fn hold(fleet: &Fleet, told: &Told) -> Result<()> {
    all(fleet, told).await.with_context(|| format!("WARUNG_STORM_SEED={}", told.seed))
}

async fn all(fleet: &Fleet, told: &Told) -> Result<()> {
    let letters = fleet.stream_messages(DEADLETTER_STREAM).await?;
    ensure!(letters == 0, "{letters} events were given up");
    let orders = orders::hold(fleet, &told.done.orders).await?;
    coupons::hold(fleet).await?;
    stock::hold(fleet, &told.stocked).await?;
    money::hold(fleet, &orders).await?;
    parcels::hold(fleet, &orders, told.sent_back).await?;
    claims::hold(fleet, &orders, &told.done.orders).await?;
    mailbox::hold(fleet, &told.mails, told.faults).await?;
    gone::hold(fleet, &told.done.left).await
}

/// No row is wrong; the query says of each that is what it is and what it should be.
async fn none(fleet: &Fleet, service: &str, what: &str, query: &'static str) -> Result<()> {
    let wrong: Vec<String> = sqlx::query_scalar(query).fetch_all(&fleet.database(service).await?).await?;
    let first = wrong.iter().take(3).map(String::as_str).collect::<Vec<_>>().join("; ");
    ensure!(wrong.is_empty(), "{what}, {} times: {first}", wrong.len());
    Ok(())
}

/// The number that a query asks for.
async fn count(pool: &PgPool, query: &'static str) -> Result<i64> {
    Ok(sqlx::query_scalar(query).fetch_one(pool).await?)
}
