//! Ends what was begun at an account and waits for its second step: whoever began it may be who is shut out now.

use warung_chassis::db::Tx;
use warung_contracts::id::UserId;

use crate::{domain::link::Purpose, store};

/// Ends log-ins that wait for a second factor, second factors that wait to be confirmed, and links that would give the
/// account another address or password. The caller holds the account.
pub async fn run(tx: &mut Tx, user_id: UserId) -> Result<(), sqlx::Error> {
    let (ended, now) = ([Purpose::ChangeEmail, Purpose::ResetPassword], tx.now());
    store::factors::delete_challenges(tx.conn(), user_id).await?;
    store::factors::delete_proposed(tx.conn(), user_id).await?;
    store::links::end(tx.conn(), user_id, &ended, None, now).await
}
