//! Who may do what takes more than a token: by having shown a password lately.

use secrecy::SecretString;
use time::{Duration, OffsetDateTime};
use warung_chassis::{auth::Claims, http::Problem};

use super::{origin::Origin, problems};
use crate::{
    State,
    commands::throttle::{self, Keys, Try},
    domain::throttle::Familiarity,
    gate, store,
};

/// How long a log-in counts as just shown.
const RECENT: Duration = Duration::minutes(10);

/// Whether the token's log-in was just now.
pub fn is_recent(claims: &Claims, now: OffsetDateTime) -> bool {
    claims.auth_time.is_some_and(|at| now.unix_timestamp() - at <= RECENT.whole_seconds())
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
) -> Result<(), Problem> {
    let keys = keys(state, claims, origin, "confirm");
    let stored = store::users::password_hash(state.db.pool(), claims.sub).await?;
    let (right, _turn) = gate::password(state, &keys, password, stored).await?;
    if !right {
        return Err(problems::wrong_password());
    }
    let mut tx = state.db.begin().await?;
    throttle::forgive(&mut tx, &keys).await?;
    Ok(tx.commit().await?)
}

/// What tries of this log-in at its own account count for: for nobody else's.
pub fn keys(state: &State, claims: &Claims, origin: &Origin, what: &str) -> Keys {
    let (account, device) =
        (claims.sub.to_string(), claims.sid.map(|sid| sid.to_string()).unwrap_or_default());
    let (network, scopes) = (origin.network(), Familiarity::Device.scopes());
    Keys::of(&state.vault, Try { what, account: &account, device: &device, network, scopes })
}
