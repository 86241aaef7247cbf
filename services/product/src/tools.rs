//! What `warung product` does beside serving, with the service's own database.

use anyhow::Context as _;
use warung_chassis::db::Db;

use crate::store::documents;
pub use crate::store::documents::Build;

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
