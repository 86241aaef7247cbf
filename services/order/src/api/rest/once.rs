//! Requests with an Idempotency-Key whose effect needs nothing but the database.

use axum::{http::StatusCode, response::Response};
use futures::future::BoxFuture;
use serde::Serialize;
use warung_chassis::{
    db::{Db, Tx},
    http::{Begun, IdempotencyKey, Problem},
};

/// Acts in one unit of work and answers; a repeat gets the first answer. `caller` is who sent it, `body` what was sent.
///
/// # Errors
///
/// What the key or the act says; nothing happened then.
pub async fn once<T, F>(
    db: &Db,
    key: &IdempotencyKey,
    (caller, body): (&str, &impl Serialize),
    status: StatusCode,
    act: F,
) -> Result<Response, Problem>
where
    T: Serialize + Send,
    F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T, Problem>> + Send,
{
    let sent = serde_json::to_vec(body).map_err(Problem::internal)?;
    let mut work = match key.begin(db, caller, &sent).await? {
        Begun::Fresh(work) => work,
        Begun::Replay(answer) => return Ok(answer),
    };
    let answer = act(&mut work.tx).await?;
    work.finish(status, &answer).await
}
