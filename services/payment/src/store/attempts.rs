//! Calls to providers: written before the call, marked after its answer.

use sqlx::{FromRow, PgConnection, PgPool};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use warung_chassis::jobs::Room;
use warung_contracts::id::{PaymentId, RefundId, UserId};

use super::unreadable;

/// How long a call may be under way before it counts as lost. Longer than any provider's deadline.
pub const LEASE: Duration = Duration::seconds(30);

/// What the provider is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Open,
    /// Set aside what the customer approved.
    Authorize,
    /// Take this much, in minor units.
    Capture(i64),
    Void,
    /// Give this much back, in minor units.
    Refund(i64),
    /// Call another request of the payment off, or give back all that it took.
    EndTwin,
}

impl Kind {
    /// Its word in the table and for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Authorize => "authorize",
            Self::Capture(_) => "capture",
            Self::Void => "void",
            Self::Refund(_) => "refund",
            Self::EndTwin => "end_twin",
        }
    }

    fn amount(self) -> Option<i64> {
        match self {
            Self::Capture(amount) | Self::Refund(amount) => Some(amount),
            Self::Open | Self::Authorize | Self::Void | Self::EndTwin => None,
        }
    }
}

/// A call that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The provider's idempotency key.
    pub id: Uuid,
    pub payment_id: PaymentId,
    /// Name of the provider.
    pub provider: String,
    pub kind: Kind,
    /// How often it was taken up, with this time.
    pub turns: i32,
    /// How often it was sent to the provider so far.
    pub tries: i32,
    /// When it was sent first.
    pub sent_at: Option<OffsetDateTime>,
    /// Why, in the words of who asked.
    pub reason: String,
    /// The provider's id of a refund that is on its way.
    pub reference: Option<String>,
    /// A refund as others know it.
    pub refund_id: Option<Uuid>,
    /// The provider's id of the request that is to end.
    pub twin: Option<String>,
    /// Of a refund the tax in it, where its order knows of which lines it is.
    pub tax_minor: Option<i64>,
}

#[derive(Debug, FromRow)]
struct Row {
    attempt_id: Uuid,
    payment_id: Uuid,
    provider: String,
    kind: String,
    amount_minor: Option<i64>,
    turns: i32,
    tries: i32,
    sent_at: Option<OffsetDateTime>,
    reason: String,
    reference: Option<String>,
    refund_id: Option<Uuid>,
    twin: Option<String>,
    tax_minor: Option<i64>,
}

impl TryFrom<Row> for Attempt {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let kind = match (row.kind.as_str(), row.amount_minor) {
            ("open", None) => Kind::Open,
            ("authorize", None) => Kind::Authorize,
            ("capture", Some(amount)) => Kind::Capture(amount),
            ("void", None) => Kind::Void,
            ("refund", Some(amount)) => Kind::Refund(amount),
            ("end_twin", None) => Kind::EndTwin,
            (other, _) => {
                return Err(unreadable("attempts", row.attempt_id, "kind", format!("{other:?}")));
            }
        };
        Ok(Self {
            id: row.attempt_id,
            payment_id: PaymentId(row.payment_id),
            provider: row.provider,
            kind,
            turns: row.turns,
            tries: row.tries,
            sent_at: row.sent_at,
            reason: row.reason,
            reference: row.reference,
            refund_id: row.refund_id,
            twin: row.twin,
            tax_minor: row.tax_minor,
        })
    }
}

/// Which calls to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that nobody has taken up.
    New,
    /// Those whose answer was lost, or that failed and are due again.
    LeftBetween,
}

/// A call that nobody has made yet.
#[derive(Debug, Clone, Copy)]
pub struct New<'a> {
    pub id: Uuid,
    pub payment_id: PaymentId,
    pub kind: Kind,
    /// Why, in the words of who asked.
    pub reason: &'a str,
    /// The administrator who asked, where one did.
    pub author: Option<UserId>,
    /// A refund as others know it.
    pub refund_id: Option<RefundId>,
    /// Of a refund the tax in it, where its order knows of which lines it is.
    pub tax_minor: Option<i64>,
    /// The provider's id of the request that is to end.
    pub twin: Option<&'a str>,
}

/// Writes that a call is to be made; one that ends a request only once.
pub async fn insert(conn: &mut PgConnection, call: New<'_>, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO attempts (attempt_id, payment_id, kind, amount_minor, reason, author, refund_id, twin, state, due_at, created_at, \
         tax_minor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'started', $9, $9, $10) \
         ON CONFLICT (payment_id, twin) WHERE twin IS NOT NULL DO NOTHING",
    )
    .bind(call.id)
    .bind(call.payment_id.uuid())
    .bind(call.kind.as_str())
    .bind(call.kind.amount())
    .bind(call.reason)
    .bind(call.author.map(UserId::uuid))
    .bind(call.refund_id.map(RefundId::uuid))
    .bind(call.twin)
    .bind(now)
    .bind(call.tax_minor)
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes calls that are due, of each provider as many as there is room for, for [`LEASE`]: nobody else makes them meanwhile.
pub async fn claim(
    pool: &PgPool,
    which: Which,
    room: &Room,
    now: OffsetDateTime,
) -> Result<Vec<Attempt>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "WITH due AS MATERIALIZED ( \
           SELECT due.* FROM unnest($4::text[], $5::bigint[]) AS lane (provider, room) CROSS JOIN LATERAL ( \
             SELECT a.attempt_id, p.provider FROM attempts a JOIN payments p USING (payment_id) \
             WHERE p.provider = lane.provider AND a.state = 'started' AND a.due_at <= $2 AND (a.turns = 0) = $3 \
             ORDER BY a.due_at LIMIT lane.room FOR UPDATE OF a SKIP LOCKED) AS due) \
         UPDATE attempts a SET turns = turns + 1, due_at = $1 FROM due WHERE a.attempt_id = due.attempt_id \
         RETURNING a.attempt_id, payment_id, provider, kind, amount_minor, turns, tries, reason, reference, refund_id, twin, \
         tax_minor, coalesce(sent_at, CASE WHEN tries > 0 THEN created_at END) AS sent_at",
    )
    .bind(now + LEASE)
    .bind(now)
    .bind(which == Which::New)
    .bind(&room.lanes)
    .bind(&room.rows)
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(Attempt::try_from).collect()
}

/// Notes that a call is sent now: from here on it may have acted, whatever is heard of it.
pub async fn sent(pool: &PgPool, id: Uuid, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let statement = "UPDATE attempts SET tries = tries + 1, \
                     sent_at = coalesce(sent_at, CASE WHEN tries > 0 THEN created_at END, $2) WHERE attempt_id = $1";
    sqlx::query(statement).bind(id).bind(now).execute(pool).await?;
    Ok(())
}

/// Puts off a call that failed; says whether it still waits for an answer.
pub async fn put_off(
    conn: &mut PgConnection,
    id: Uuid,
    due_at: OffsetDateTime,
    why: &str,
) -> Result<bool, sqlx::Error> {
    let statement =
        "UPDATE attempts SET due_at = $2, answer = $3 WHERE attempt_id = $1 AND state = 'started'";
    let done = sqlx::query(statement).bind(id).bind(due_at).bind(why).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

/// Whether there is a call of this id.
pub async fn exists(conn: &mut PgConnection, id: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM attempts WHERE attempt_id = $1)")
        .bind(id)
        .fetch_one(conn)
        .await
}

/// Notes that what is called for is on its way, and when it is asked about again.
pub async fn on_its_way(
    conn: &mut PgConnection,
    id: Uuid,
    reference: Option<&str>,
    due_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE attempts SET due_at = $2, answer = 'pending', reference = coalesce($3, reference) \
         WHERE attempt_id = $1 AND state = 'started'",
    )
    .bind(id)
    .bind(due_at)
    .bind(reference)
    .execute(conn)
    .await?;
    Ok(())
}

/// Asks about a payment's calls that are on their way as soon as may be: the provider has news of it.
pub async fn hurry(
    conn: &mut PgConnection,
    payment: PaymentId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE attempts SET due_at = $2 WHERE payment_id = $1 AND state = 'started' AND answer = 'pending' \
         AND due_at > $2",
    )
    .bind(payment.uuid())
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Marks a call as answered, or as refused for a reason; says how often it was taken up, if it was not answered before. Until
/// then it keeps the words of who asked, whoever is erased: the provider gets the same with each try.
pub async fn finish(
    conn: &mut PgConnection,
    id: Uuid,
    refusal: Option<&str>,
    answer: &str,
    now: OffsetDateTime,
) -> Result<Option<i32>, sqlx::Error> {
    sqlx::query_scalar(
        "UPDATE attempts SET state = CASE WHEN $4::text IS NULL THEN 'done' ELSE 'refused' END, refusal = $4, \
         answer = $2, done_at = $3, \
         reason = CASE WHEN author IS NULL THEN reason ELSE kept_words(payment_id, reason) END \
         WHERE attempt_id = $1 AND state = 'started' RETURNING turns",
    )
    .bind(id)
    .bind(answer)
    .bind(now)
    .bind(refusal)
    .fetch_optional(conn)
    .await
}
