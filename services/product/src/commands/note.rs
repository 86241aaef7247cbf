//! Notes who edited a product, and what that changed: by its state before and after, so that no field is forgotten.

use serde_json::Value;
use warung_chassis::db::Tx;
use warung_contracts::id::ProductId;

use crate::{domain::history::changes, store::history};

/// A product before an edit.
#[derive(Debug)]
pub(super) struct Before {
    id: ProductId,
    state: Value,
}

/// How a locked product is now; to be asked before it is edited.
pub(super) async fn before(tx: &mut Tx, id: ProductId) -> Result<Before, sqlx::Error> {
    Ok(Before { id, state: history::state(tx.conn(), id).await? })
}

impl Before {
    /// Notes what differs now, and that this person did it.
    pub async fn edited(self, tx: &mut Tx, actor: &str) -> Result<(), sqlx::Error> {
        let after = history::state(tx.conn(), self.id).await?;
        let (changes, now) = (changes(&self.state, &after), tx.now());
        if changes.is_empty() {
            return Ok(());
        }
        history::note(tx.conn(), self.id, actor, Some(&changes), now).await
    }
}

/// Notes that this person added a product.
pub(super) async fn added(tx: &mut Tx, id: ProductId, actor: &str) -> Result<(), sqlx::Error> {
    let now = tx.now();
    history::note(tx.conn(), id, actor, None, now).await
}
