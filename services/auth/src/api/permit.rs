//! Who may do what takes more than a token: by having shown a password lately.

use secrecy::SecretString;
use time::Duration;
use warung_chassis::{auth::Claims, db::Tx, http::Problem};
use warung_contracts::id::UserId;

use super::{origin::Origin, problems};
use crate::{
    State,
    commands::throttle::{self, Keys, Try},
    domain::{throttle::Familiarity, user::Account},
    gate, store,
};

/// How long a log-in counts as just shown.
const RECENT: Duration = Duration::minutes(10);

/// Whether the token's log-in was just now. That it lives was asked before, as for every caller.
pub fn is_recent(state: &State, claims: &Claims) -> bool {
    let now = state.db.clock().now().unix_timestamp();
    claims.auth_time.is_some_and(|at| now - at <= RECENT.whole_seconds())
}

/// A password that was right: the hash it was checked against.
pub struct Shown(String);

impl Shown {
    /// Holds the account, if that is still its password: who shows one that is being replaced changes nothing any more.
    ///
    /// # Errors
    ///
    /// 403 when it is not; 404 when the account is gone.
    pub async fn still(&self, tx: &mut Tx, user_id: UserId) -> Result<Account, Problem> {
        let account = store::users::lock(tx.conn(), user_id).await?;
        let account = account.ok_or_else(|| Problem::not_found("account"))?;
        let now = store::users::password_hash(&mut *tx.conn(), user_id).await?;
        match now.as_deref() == Some(self.0.as_str()) {
            true => Ok(account),
            false => Err(problems::wrong_password()),
        }
    }
}

/// Checks the password of whoever has a token, slowly for whoever stole one.
///
/// # Errors
///
/// 403 when it is wrong; 429, 503.
pub async fn confirmed(
    state: &State,
    claims: &Claims,
    origin: &Origin,
    password: SecretString,
) -> Result<Shown, Problem> {
    let keys = keys(state, claims, origin, "confirm");
    let stored = store::users::password_hash(state.db.pool(), claims.sub).await?;
    let (right, _turn) = gate::password(state, &keys, password, stored.clone()).await?;
    let shown = stored.filter(|_| right).map(Shown).ok_or_else(problems::wrong_password)?;
    let mut tx = state.db.begin().await?;
    throttle::forgive(&mut tx, &keys).await?;
    tx.commit().await?;
    Ok(shown)
}

/// What tries of this log-in at its own account count for: for nobody else's.
pub fn keys(state: &State, claims: &Claims, origin: &Origin, what: &str) -> Keys {
    let (account, device) =
        (claims.sub.to_string(), claims.sid.map(|sid| sid.to_string()).unwrap_or_default());
    let (network, scopes) = (origin.network(), Familiarity::Device.scopes());
    Keys::of(&state.vault, Try { what, account: &account, device: &device, network, scopes })
}
