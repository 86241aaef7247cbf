//! A believable catalogue, in Indonesian and English: the same for the same number, on every machine.
//!
//! Written by the service's own tables in batches, because it is the service's own database; a product that is there
//! already, from an earlier run with this number, is left as it is.

mod make;
mod words;
mod write;

use warung_chassis::db::{Db, analyze};
use warung_contracts::{currency::Currency, id::ProductId};

use crate::store::{CATALOGUE, documents};

/// Products of one transaction.
const BATCH: usize = 500;

/// What a run made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seeded {
    /// Products that were not there before.
    pub products: u64,
}

/// Makes this many products of the catalogue with this number.
///
/// # Errors
///
/// When the store is away or refuses.
pub async fn catalogue(
    db: &Db,
    currency: Currency,
    products: u32,
    number: u64,
) -> Result<Seeded, sqlx::Error> {
    let mut conn = db.pool().acquire().await?;
    write::categories(&mut conn, db.clock().now()).await?;
    drop(conn);
    let mut made = 0;
    let all: Vec<u32> = (0..products).collect();
    for batch in all.chunks(BATCH) {
        let batch: Vec<make::Product> = batch.iter().map(|n| make::product(number, *n)).collect();
        let mut tx = db.begin().await?;
        let new: Vec<ProductId> = write::products(&mut tx, &batch, currency).await?;
        let now = tx.now();
        documents::index(tx.conn(), &new, now).await?;
        tx.commit().await?;
        made += new.len() as u64;
    }
    analyze(db.pool(), &CATALOGUE).await?;
    analyze(db.pool(), &documents::TABLES).await?;
    Ok(Seeded { products: made })
}
