//! Ends a log-in by its token.

use warung_chassis::db::Tx;

use super::{Actor, end_session};
use crate::{
    domain::token::Token,
    store::{self, tokens::Revocation},
};

/// Ends the log-in that the token belongs to. An unknown token is fine: there is nothing to end.
pub async fn run(tx: &mut Tx, actor: &Actor, token: &Token) -> Result<(), sqlx::Error> {
    let Some(found) = store::tokens::lock(tx.conn(), token.hash()).await? else { return Ok(()) };
    end_session::run(tx, &actor.known(found.user_id), found.user_id, found.session, Revocation::Logout)
        .await?;
    Ok(())
}
