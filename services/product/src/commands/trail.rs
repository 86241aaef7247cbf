//! Keeps who changed what is no product's, and what that changed: by all of it before and after, so that no field is forgotten.

use serde_json::{Value, json};
use warung_chassis::db::Tx;

use crate::{
    domain::{
        history::changes,
        trail::{EditKind, Kept},
    },
    store::trail::{self, New},
};

/// Keeps that this person added something.
pub(super) async fn added<T: Kept>(tx: &mut Tx, actor: &str, new: &T) -> Result<(), sqlx::Error> {
    keep(tx, actor, EditKind::Added, new, (json!({}), state(new)?)).await
}

/// Keeps what this person changed of something; nothing when it is as it was.
pub(super) async fn edited<T: Kept>(tx: &mut Tx, actor: &str, old: &T, new: &T) -> Result<(), sqlx::Error> {
    keep(tx, actor, EditKind::Edited, new, (state(old)?, state(new)?)).await
}

/// Keeps that this person removed something, and what it was.
pub(super) async fn removed<T: Kept>(tx: &mut Tx, actor: &str, old: &T) -> Result<(), sqlx::Error> {
    keep(tx, actor, EditKind::Removed, old, (state(old)?, json!({}))).await
}

async fn keep<T: Kept>(
    tx: &mut Tx,
    actor: &str,
    kind: EditKind,
    of: &T,
    (before, after): (Value, Value),
) -> Result<(), sqlx::Error> {
    let changes = changes(&before, &after);
    if changes.is_empty() {
        return Ok(());
    }
    let (subject, now) = ((T::SUBJECT, of.uuid()), tx.now());
    trail::insert(tx.conn(), New { subject, kind, actor, changes: &changes }, now).await
}

fn state(of: &impl Kept) -> Result<Value, sqlx::Error> {
    serde_json::to_value(of).map_err(|error| sqlx::Error::Encode(error.into()))
}
