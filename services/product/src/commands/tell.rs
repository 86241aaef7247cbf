//! Tells that products changed: the read model by an event, replicas that keep pages by a row.

use warung_chassis::db::Tx;
use warung_contracts::{event::ProductChanged, id::ProductId};

use crate::store::changes;

/// Tells it.
pub async fn changed(
    tx: &mut Tx,
    products: impl IntoIterator<Item = ProductId> + Send,
) -> Result<(), sqlx::Error> {
    let products: Vec<ProductId> = products.into_iter().collect();
    for &product_id in &products {
        tx.emit(&ProductChanged { product_id }).await?;
    }
    let now = tx.now();
    changes::insert(tx.conn(), &products, now).await
}
