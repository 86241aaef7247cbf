//! Who may: by permission, and by having shown a password lately.

use secrecy::SecretString;
use time::{Duration, OffsetDateTime};
use warung_chassis::{auth::Claims, error::Kind, http::Problem};

use super::{origin::Origin, problems};
use crate::{
    State,
    commands::throttle::{self, Keys, Try},
    domain::{
        permission::{self, Permission},
        throttle::Familiarity,
    },
    gate, store,
};

/// How long a log-in counts as just shown.
const RECENT: Duration = Duration::minutes(10);

/// Refuses whoever lacks a permission.
///
/// # Errors
///
/// 403.
pub fn allowed(claims: &Claims, permission: Permission) -> Result<(), Problem> {
    match permission::allows(&claims.roles, permission) {
        true => Ok(()),
        false => Err(Problem::new(
            Kind::Forbidden,
            "Your account may not do this. Ask an administrator of the shop.",
        )),
    }
}

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
    let (network, familiarity) = (origin.network(), Familiarity::Device);
    Keys::of(&state.vault, Try { what, account: &account, device: &device, network, familiarity })
}
