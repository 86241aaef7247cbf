//! What `warung product` does beside serving, with the service's own database.

use anyhow::Context as _;
use warung_chassis::db::Db;
use warung_contracts::currency::Currency;

use crate::store::documents;
pub use crate::{
    bulk::{
        Format, NO_ROWS, RowFault,
        export::Export,
        import::{Import, Options, Summary},
    },
    seed::Seeded,
    store::documents::Build,
};

/// Makes the read model anew beside the one that serves, then lets the new one serve.
///
/// # Errors
///
/// When the store is away, or somebody else is at it.
pub async fn reindex(db: &Db) -> anyhow::Result<Build> {
    let built =
        documents::rebuild(db.pool(), db.clock().now()).await.context("the read model can't be made")?;
    built.context("another reindex is under way; wait until it has ended")
}

/// Makes this many products of the catalogue with this number; those that are there already are left as they are.
///
/// # Errors
///
/// When the store is away or refuses.
pub async fn seed(db: &Db, currency: Currency, products: u32, number: u64) -> anyhow::Result<Seeded> {
    crate::seed::catalogue(db, currency, products, number).await.context("the catalogue can't be made")
}
