//! Books what a file says of a variant's stock at the default place.

use uuid::Uuid;
use warung_chassis::db::Tx;
use warung_contracts::id::VariantId;

use super::{
    Error,
    adjust_stock::{self, Change},
};
use crate::{
    domain::draft::Count,
    store::{import_counts, stock},
};

/// Books it, where the variant's levels are held.
///
/// A count of now replaces what is there, a file's only once: what was sold or came after the file was sent stays when it is
/// sent again. A count of then adds what it differs by, less what files that knew the same then
/// have booked of it already: what was sold or came meanwhile stays, and the same file may come again.
///
/// # Errors
///
/// When fewer items would be left than are set aside, or a file of the same Idempotency-Key has counted others.
pub async fn run(tx: &mut Tx, id: VariantId, count: Count, actor: &str) -> Result<(), Error> {
    match count {
        Count::Now { items, import } => match import {
            Some(import) if !is_new(tx, import, id, items).await? => Ok(()),
            _ => book(tx, id, Change::To(items), "import".into(), actor).await,
        },
        Count::Then { items, was, .. } if items == was => Ok(()),
        Count::Then { items, was, movement } => {
            let reason = format!("import, {was} were there after movement {movement}");
            let booked = stock::adjusted(tx.conn(), id, &reason).await?;
            let change = Change::By(i64::from(items) - i64::from(was) - booked);
            book(tx, id, change, reason, actor).await
        }
    }
}

/// Books the first stock of a variant that was just added. Of a count of then, in two steps: the same file, when it comes
/// again, finds what it differs by.
///
/// # Errors
///
/// When there are more items than can be counted.
pub(super) async fn first(tx: &mut Tx, id: VariantId, count: Count, actor: &str) -> Result<(), Error> {
    let (Count::Now { items, .. } | Count::Then { was: items, .. }) = count;
    book(tx, id, Change::By(i64::from(items)), "first stock".into(), actor).await?;
    match count {
        Count::Now { import: None, .. } => Ok(()),
        Count::Now { items, import: Some(import) } => is_new(tx, import, id, items).await.map(drop),
        Count::Then { .. } => run(tx, id, count, actor).await,
    }
}

/// Whether a file has not counted this variant before; notes that it has.
async fn is_new(tx: &mut Tx, import: Uuid, id: VariantId, items: u32) -> Result<bool, Error> {
    let now = tx.now();
    let Some(before) = import_counts::note(tx.conn(), import, id, items, now).await? else { return Ok(true) };
    if before == i64::from(items) {
        return Ok(false);
    }
    let other =
        format!("a file with this Idempotency-Key has counted {before}; send a new file with a new key");
    Err(Error::field("stock", other))
}

async fn book(
    tx: &mut Tx,
    variant_id: VariantId,
    change: Change,
    reason: String,
    actor: &str,
) -> Result<(), Error> {
    let input =
        adjust_stock::Input { variant_id, location_id: None, change, reason, actor: actor.to_owned() };
    adjust_stock::run(tx, input).await?;
    Ok(())
}
