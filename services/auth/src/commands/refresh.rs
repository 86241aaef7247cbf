//! Exchanges a refresh token for the next one.

use time::Duration;
use warung_chassis::db::Tx;

use crate::{
    domain::{
        refresh_token::RefreshToken,
        rotation::{self, Verdict},
        user::User,
    },
    store::{self, tokens::Revocation},
};

/// What came of it. Each is to be committed: a revocation is an effect, not a failure.
#[derive(Debug)]
pub enum Outcome {
    /// The next token is good.
    Exchanged(User),
    /// The token is unknown, ended or revoked.
    Refused,
    /// The token was exchanged a moment ago by another request.
    Twin,
    /// The token was exchanged long ago: its family is revoked now.
    Reused,
}

/// Exchanges `sent` for `next`.
pub async fn run(
    tx: &mut Tx,
    sent: &RefreshToken,
    next: &RefreshToken,
    ttl: Duration,
) -> Result<Outcome, sqlx::Error> {
    let Some(found) = store::tokens::lock(tx.conn(), sent.hash()).await? else {
        return Ok(Outcome::Refused);
    };
    let now = tx.now();
    match rotation::decide(found.token, now) {
        Verdict::Refuse => Ok(Outcome::Refused),
        Verdict::Twin => Ok(Outcome::Twin),
        Verdict::Revoke => {
            store::tokens::revoke(tx.conn(), found.family_id, Revocation::Reuse, now).await?;
            tracing::warn!(user_id = %found.user_id, "a used refresh token came back; its family is revoked");
            Ok(Outcome::Reused)
        }
        Verdict::Rotate => {
            store::tokens::mark_used(tx.conn(), sent.hash(), now).await?;
            store::tokens::insert(tx.conn(), found.family_id, next.hash(), now, now + ttl).await?;
            // Read again, so that a changed role counts from the next refresh on.
            Ok(Outcome::Exchanged(store::users::get(tx.conn(), found.user_id).await?))
        }
    }
}
