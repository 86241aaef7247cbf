//! Exchanges a refresh token for the next one.

use time::Duration;
use warung_chassis::db::Tx;

use super::Actor;
use crate::{
    domain::{
        audit::{Action, Outcome as Came},
        rotation::{self, Verdict},
        token::Token,
        user::User,
    },
    signer::Login,
    store::{
        self,
        tokens::{Found, Revocation},
    },
};

/// What came of it. Each is to be committed: a revocation is an effect, not a failure.
#[derive(Debug)]
pub enum Outcome {
    /// The next token is good.
    Exchanged(User, Login),
    /// The token is unknown, ended or revoked.
    Refused,
    /// The token was exchanged a moment ago by another request, and what that got was exchanged too.
    Twin,
    /// The token was exchanged long ago: its family is revoked now.
    Reused,
}

/// Exchanges `sent` for `next`, which follows from it.
pub async fn run(
    tx: &mut Tx,
    actor: &Actor,
    sent: &Token,
    next: &Token,
    ttl: Duration,
) -> Result<Outcome, sqlx::Error> {
    let Some(found) = store::tokens::lock(tx.conn(), sent.hash()).await? else {
        return Ok(Outcome::Refused);
    };
    let now = tx.now();
    match rotation::decide(found.token, now) {
        Verdict::Refuse => Ok(Outcome::Refused),
        Verdict::Twin if store::tokens::is_unused(tx.conn(), found.session, next.hash()).await? => {
            exchanged(tx, &found).await
        }
        Verdict::Twin => Ok(Outcome::Twin),
        Verdict::Revoke => {
            reused(tx, actor, &found).await?;
            Ok(Outcome::Reused)
        }
        Verdict::Rotate => {
            store::tokens::mark_used(tx.conn(), sent.hash(), now).await?;
            store::tokens::insert(tx.conn(), found.session, next.hash(), now, now + ttl).await?;
            store::sessions::touch(tx.conn(), found.session, actor.source.as_deref(), now).await?;
            exchanged(tx, &found).await
        }
    }
}

/// The account is read again, so that a changed role counts from the next refresh on.
async fn exchanged(tx: &mut Tx, found: &Found) -> Result<Outcome, sqlx::Error> {
    let user = store::users::get(tx.conn(), found.user_id).await?;
    Ok(Outcome::Exchanged(user, Login { session: found.session, proven_at: found.proven_at }))
}

/// Somebody has a copy of a token: nobody gets further with any of its family.
async fn reused(tx: &mut Tx, actor: &Actor, found: &Found) -> Result<(), sqlx::Error> {
    let now = tx.now();
    store::sessions::revoke(tx.conn(), found.user_id, found.session, Revocation::Reuse, now).await?;
    tracing::warn!(user_id = %found.user_id, "a used refresh token came back; its family is revoked");
    actor.note(tx, Some(found.user_id), Action::RefreshReuse, Came::Refused, None).await
}
