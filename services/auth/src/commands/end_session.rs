//! Ends log-ins: one, or all but one.

use warung_chassis::db::Tx;
use warung_contracts::id::{SessionId, UserId};

use super::Actor;
use crate::{
    domain::audit::{Action, Outcome},
    store::{self, tokens::Revocation},
};

/// Ends a user's log-in; false when it is not theirs or ended before.
pub async fn run(
    tx: &mut Tx,
    actor: &Actor,
    user_id: UserId,
    session: SessionId,
    why: Revocation,
) -> Result<bool, sqlx::Error> {
    let now = tx.now();
    if !store::sessions::revoke(tx.conn(), user_id, session, why, now).await? {
        return Ok(false);
    }
    note(tx, actor, user_id, &session.to_string()).await?;
    Ok(true)
}

/// Ends all log-ins of a user, but perhaps one; returns how many.
pub async fn all(
    tx: &mut Tx,
    actor: &Actor,
    user_id: UserId,
    but: Option<SessionId>,
    why: Revocation,
) -> Result<u64, sqlx::Error> {
    let now = tx.now();
    let ended = store::sessions::revoke_all(tx.conn(), user_id, but, why, now).await?;
    if ended > 0 {
        note(tx, actor, user_id, if but.is_some() { "all others" } else { "all" }).await?;
    }
    Ok(ended)
}

async fn note(tx: &mut Tx, actor: &Actor, user_id: UserId, which: &str) -> Result<(), sqlx::Error> {
    actor.note(tx, Some(user_id), Action::EndSession, Outcome::Done, Some(which)).await
}
