//! Ends a log-in.

use warung_chassis::db::Tx;

use crate::{
    domain::refresh_token::RefreshToken,
    store::{self, tokens::Revocation},
};

/// Revokes the token's family. An unknown token is fine: there is nothing to end.
pub async fn run(tx: &mut Tx, token: &RefreshToken) -> Result<(), sqlx::Error> {
    let Some(found) = store::tokens::lock(tx.conn(), token.hash()).await? else { return Ok(()) };
    let now = tx.now();
    store::tokens::revoke(tx.conn(), found.family_id, Revocation::Logout, now).await
}
