//! Begins a family of refresh tokens after a log-in.

use time::Duration;
use warung_chassis::db::Tx;
use warung_contracts::id::UserId;

use crate::{domain::refresh_token::RefreshToken, store};

/// Keeps the first token of a new family.
pub async fn run(
    tx: &mut Tx,
    user_id: UserId,
    token: &RefreshToken,
    ttl: Duration,
) -> Result<(), sqlx::Error> {
    let (family_id, now) = (tx.new_uuid(), tx.now());
    let expires_at = now + ttl;
    store::tokens::insert_family(tx.conn(), family_id, user_id, now, expires_at).await?;
    store::tokens::insert(tx.conn(), family_id, token.hash(), now, expires_at).await
}
