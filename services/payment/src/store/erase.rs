//! What is known of a person → nothing. Amounts, kinds, states, times and who decided stay.

use sqlx::PgConnection;
use time::OffsetDateTime;
use warung_contracts::id::UserId;

/// What staff wrote about a user's payments, and the bodies of webhooks.
const WORDS: [&str; 5] = [
    "UPDATE webhooks SET body = ''::bytea WHERE body <> ''::bytea AND (payment_id IN \
     (SELECT payment_id FROM payments WHERE user_id = $1) OR (provider, reference) IN \
     (SELECT provider, reference FROM payments WHERE user_id = $1 AND reference IS NOT NULL))",
    "UPDATE decisions d SET reason = kept_words(d.payment_id, d.reason) FROM payments p \
     WHERE p.user_id = $1 AND d.payment_id = p.payment_id",
    // A call that is under way says the same until it is answered.
    "UPDATE attempts a SET reason = kept_words(a.payment_id, a.reason) FROM payments p \
     WHERE p.user_id = $1 AND a.payment_id = p.payment_id AND a.author IS NOT NULL AND a.state <> 'started'",
    "UPDATE attempts a SET reference = kept_words(a.payment_id, a.reference) FROM payments p \
     WHERE p.user_id = $1 AND a.payment_id = p.payment_id AND a.kind = 'offline'",
    "UPDATE discrepancies d SET note = kept_words(d.payment_id, d.note) FROM payments p \
     WHERE p.user_id = $1 AND d.payment_id = p.payment_id AND d.resolved_by IS NOT NULL",
];

/// Remembers that an account is gone.
pub async fn remember(conn: &mut PgConnection, user: UserId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO erased_users (user_id, erased_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(user.uuid())
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Erases what is personal of the payments of an account that is remembered as gone, also what staff wrote about them; says
/// of how many. The payments are held first: nobody writes about them meanwhile, and no other try follows: what
/// waits for one has waited long enough. What a payment is opened with goes when that is answered: until then each try says
/// the same under the same key, and what was charged is found.
pub async fn payments(
    conn: &mut PgConnection,
    user: UserId,
    now: OffsetDateTime,
) -> Result<u64, sqlx::Error> {
    let mut held = 0;
    loop {
        let done = sqlx::query(
            "UPDATE payments SET token = CASE WHEN state = 'opening' THEN token END, \
             return_url = CASE WHEN state = 'opening' THEN return_url END, client_secret = NULL, next_choice = NULL, \
             retry_until = CASE WHEN state IN ('opening', 'pending', 'approved', 'authorized') THEN NULL \
             WHEN retry_until > $2 THEN $2 ELSE retry_until END WHERE user_id = $1",
        );
        let payments = done.bind(user.uuid()).bind(now).execute(&mut *conn).await?.rows_affected();
        // While one was waited for, another may have followed it.
        if payments == held {
            break;
        }
        held = payments;
    }
    for statement in WORDS {
        sqlx::query(statement).bind(user.uuid()).execute(&mut *conn).await?;
    }
    Ok(held)
}
