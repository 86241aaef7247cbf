//! What must be true of the databases of all services together, and of the mail server, once the storm is over.

mod claims;
mod coupons;
mod gone;
mod mailbox;
mod money;
mod orders;
mod parcels;
mod quiet;
mod sabotage;
mod stock;

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use sqlx::PgPool;
use warung_contracts::{manifest, stream::DEADLETTER_STREAM};
use warung_testbed::smtp::Mail;

pub use self::quiet::restless;
use super::{ORDERS, visits::Done};
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

/// What is looked at together.
#[derive(Debug, Clone, Copy)]
enum Part {
    Letters,
    Orders,
    Coupons,
    Stock,
    Money,
    Parcels,
    Mailbox,
    Claims,
    Gone,
}

/// What was seen to hold, and of how many rows.
#[derive(Debug)]
struct Seen(String, i64);

impl Seen {
    fn of(what: &str, rows: usize) -> Result<Self> {
        Ok(Self(what.to_owned(), i64::try_from(rows)?))
    }
}

impl Part {
    const ALL: [Self; 9] = [
        Self::Letters,
        Self::Orders,
        Self::Coupons,
        Self::Stock,
        Self::Money,
        Self::Parcels,
        Self::Mailbox,
        Self::Claims,
        Self::Gone,
    ];

    /// All that is true of it.
    async fn holds(self, fleet: &Fleet, told: &Told) -> Result<Vec<Seen>> {
        let orders = orders::all(fleet).await?;
        match self {
            Self::Letters => {
                let letters = fleet.stream_messages(DEADLETTER_STREAM).await?;
                ensure!(letters == 0, "{letters} events were given up");
                Ok(vec![Seen("an event is handled, and not given up".to_owned(), handled(fleet).await?)])
            }
            Self::Orders => orders::hold(fleet, &orders, &told.done.orders).await,
            Self::Coupons => coupons::hold(fleet).await,
            Self::Stock => stock::hold(fleet, &told.stocked).await,
            Self::Money => money::hold(fleet, &orders).await,
            Self::Parcels => parcels::hold(fleet, &orders, told.sent_back).await,
            Self::Mailbox => mailbox::hold(fleet, &told.mails, told.faults).await,
            Self::Claims => claims::hold(fleet, &orders, &told.done.orders).await,
            Self::Gone => gone::hold(fleet, &told.done.left).await,
        }
    }
}

/// Every invariant; and each would be noticed if it were broken.
pub async fn hold(fleet: &Fleet, told: &Told) -> Result<()> {
    for part in Part::ALL {
        let held = part.holds(fleet, told).await;
        let held = held.with_context(|| format!("WARUNG_STORM_SEED={}, {part:?}", told.seed))?;
        for Seen(what, rows) in held {
            println!("storm: {part:?}, {rows} rows: {what}");
            ensure!(rows > 0 || told.done.orders.len() < ORDERS, "nothing was there to see {what:?} of");
        }
    }
    sabotage::each_is_noticed(fleet, told).await
}

/// No row is wrong; the query says of each that is what it is and what it should be. `all` counts the rows that could be.
async fn none(
    fleet: &Fleet,
    service: &str,
    what: &'static str,
    [query, all]: [&'static str; 2],
) -> Result<Seen> {
    let pool = fleet.database(service).await?;
    let wrong: Vec<String> = sqlx::query_scalar(query).fetch_all(&pool).await?;
    let first = wrong.iter().take(3).map(String::as_str).collect::<Vec<_>>().join("; ");
    ensure!(wrong.is_empty(), "{what}, {} times: {first}", wrong.len());
    Ok(Seen(format!("never so: {what}"), count(&pool, all).await?))
}

/// Events that readers have handled.
async fn handled(fleet: &Fleet) -> Result<i64> {
    let mut events = 0;
    for manifest in manifest::all().iter().filter(|manifest| manifest.database.is_some()) {
        events += count(&fleet.database(&manifest.name).await?, "SELECT count(*) FROM inbox").await?;
    }
    Ok(events)
}

/// The number that a query asks for.
async fn count(pool: &PgPool, query: &'static str) -> Result<i64> {
    Ok(sqlx::query_scalar(query).fetch_one(pool).await?)
}
