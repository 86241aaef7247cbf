//! Whether a token's log-in still lives, and with which role. A token says what was true when it was made; whatever auth
//! serves goes by what is true now, so that nobody takes back, with a token they still hold, what was taken from them.

use warung_chassis::{
    auth::{Claims, Standing},
    http::Problem,
};

use super::problems;
use crate::{State, domain::role, store};

/// What is asked for every caller of auth's routes.
pub fn standing(state: State) -> Standing {
    Standing::new(move |claims| {
        let state = state.clone();
        async move { now(&state, claims).await }
    })
}

/// The claims with the role that the account has now.
async fn now(state: &State, claims: Claims) -> Result<Claims, Problem> {
    let session = claims.sid.ok_or_else(problems::log_in_ended)?;
    let (pool, now) = (state.db.pool(), state.db.clock().now());
    let found = store::sessions::standing(pool, claims.sub, session, now).await?;
    let found = found.ok_or_else(problems::log_in_ended)?;
    // First: a suspension ends every log-in, and its owner is to know why.
    if found.suspended {
        return Err(problems::suspended());
    }
    match found.lives {
        true => Ok(Claims { roles: role::included(found.role), ..claims }),
        false => Err(problems::log_in_ended()),
    }
}
