//! Table `users`.

use sqlx::{FromRow, PgConnection, PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_chassis::auth::Role;
use warung_contracts::{event::ProfileChanged, id::UserId};

use crate::domain::{
    email::Email,
    user::{Account, Suspension, User},
};

#[derive(FromRow)]
struct Row {
    user_id: Uuid,
    email: String,
    role: String,
    name: Option<String>,
    locale: String,
    email_verified_at: Option<OffsetDateTime>,
    created_at: OffsetDateTime,
    second_factor: bool,
    suspended_at: Option<OffsetDateTime>,
    suspended_for: Option<String>,
}

impl TryFrom<Row> for Account {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let Row { user_id, email, role, name, locale, email_verified_at, created_at, second_factor, .. } =
            row;
        let suspension =
            row.suspended_at.zip(row.suspended_for).map(|(at, reason)| Suspension { at, reason });
        let wrong =
            |column: &str| sqlx::Error::Decode(format!("users.{column} of {user_id} can't be read").into());
        let email: Email = email.parse().map_err(|_| wrong("email"))?;
        let role = role.parse().map_err(|_| wrong("role"))?;
        let user = User { user_id: UserId(user_id), email, role };
        Ok(Self { user, name, locale, email_verified_at, created_at, second_factor, suspension })
    }
}

/// A new account.
#[derive(Debug)]
pub struct New<'a> {
    pub user: &'a User,
    /// PHC string.
    pub password_hash: &'a str,
    pub name: &'a str,
    pub locale: &'a str,
    /// Set where the address needs no proof.
    pub email_verified_at: Option<OffsetDateTime>,
}

/// Adds an account; false when the address has one already.
pub async fn insert(conn: &mut PgConnection, new: New<'_>, now: OffsetDateTime) -> Result<bool, sqlx::Error> {
    let New { user, password_hash, name, locale, email_verified_at } = new;
    let done = sqlx::query(
        "INSERT INTO users (user_id, email, password_hash, role, name, locale, email_verified_at, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (email) DO NOTHING",
    )
    .bind(user.user_id.uuid())
    .bind(user.email.as_str())
    .bind(password_hash)
    .bind(user.role.as_str())
    .bind(name)
    .bind(locale)
    .bind(email_verified_at)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// An account.
pub async fn find(conn: impl PgExecutor<'_>, user_id: UserId) -> Result<Option<Account>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT u.user_id, u.email, u.role, u.name, u.locale, u.email_verified_at, u.created_at, \
         t.confirmed_at IS NOT NULL AS second_factor, u.suspended_at, u.suspended_for \
         FROM users u LEFT JOIN totp_secrets t USING (user_id) WHERE u.user_id = $1",
    )
    .bind(user_id.uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Account::try_from).transpose()
}

/// The account of an address.
pub async fn find_by_email(conn: impl PgExecutor<'_>, email: &Email) -> Result<Option<Account>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT u.user_id, u.email, u.role, u.name, u.locale, u.email_verified_at, u.created_at, \
         t.confirmed_at IS NOT NULL AS second_factor, u.suspended_at, u.suspended_for \
         FROM users u LEFT JOIN totp_secrets t USING (user_id) WHERE u.email = $1",
    )
    .bind(email.as_str())
    .fetch_optional(conn)
    .await?;
    row.map(Account::try_from).transpose()
}

/// Accounts after this one, oldest first.
pub async fn page(
    pool: &PgPool,
    email: Option<&str>,
    role: Option<Role>,
    after: Option<UserId>,
    limit: i64,
) -> Result<Vec<Account>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT u.user_id, u.email, u.role, u.name, u.locale, u.email_verified_at, u.created_at, \
         t.confirmed_at IS NOT NULL AS second_factor, u.suspended_at, u.suspended_for \
         FROM users u LEFT JOIN totp_secrets t USING (user_id) \
         WHERE ($1::text IS NULL OR u.email = $1) AND ($2::uuid IS NULL OR u.user_id > $2) \
         AND ($4::text IS NULL OR u.role = $4) ORDER BY u.user_id LIMIT $3",
    )
    .bind(email)
    .bind(after.map(UserId::uuid))
    .bind(limit)
    .bind(role.map(Role::as_str))
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(Account::try_from).collect()
}

/// An account, held until the end of the transaction: of two that change it the second sees what the first did.
pub async fn lock(conn: &mut PgConnection, user_id: UserId) -> Result<Option<Account>, sqlx::Error> {
    sqlx::query("SELECT FROM users WHERE user_id = $1 FOR UPDATE")
        .bind(user_id.uuid())
        .execute(&mut *conn)
        .await?;
    find(conn, user_id).await
}

/// An account that must exist.
pub async fn get(conn: &mut PgConnection, user_id: UserId) -> Result<User, sqlx::Error> {
    Ok(find(conn, user_id).await?.ok_or(sqlx::Error::RowNotFound)?.user)
}

/// What proves its owner: a PHC string.
pub async fn password_hash(
    conn: impl PgExecutor<'_>,
    user_id: UserId,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT password_hash FROM users WHERE user_id = $1")
        .bind(user_id.uuid())
        .fetch_optional(conn)
        .await
}

/// An account somebody tries to log in to.
pub struct Candidate {
    pub user_id: UserId,
    /// PHC string.
    pub password_hash: String,
    pub known_device: bool,
    pub known_network: bool,
    pub second_factor: bool,
    pub suspended: bool,
}

/// The account of an address, and how well who tries is known there: in one query, so that a miss takes as long.
pub async fn candidate(
    pool: &PgPool,
    email: &str,
    device: Option<[u8; 32]>,
    network: &str,
) -> Result<Option<Candidate>, sqlx::Error> {
    let row: Option<(Uuid, String, bool, bool, bool, bool)> = sqlx::query_as(
        "SELECT u.user_id, u.password_hash, \
         EXISTS (SELECT FROM known_devices d WHERE d.token_hash = $2 AND d.user_id = u.user_id), \
         EXISTS (SELECT FROM known_networks n WHERE n.user_id = u.user_id AND n.network = $3), \
         EXISTS (SELECT FROM totp_secrets t WHERE t.user_id = u.user_id AND t.confirmed_at IS NOT NULL), \
         u.suspended_at IS NOT NULL \
         FROM users u WHERE u.email = $1",
    )
    .bind(email)
    .bind(device.as_ref().map(<[u8; 32]>::as_slice))
    .bind(network)
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|(user_id, password_hash, known_device, known_network, second_factor, suspended)| Candidate {
        user_id: UserId(user_id),
        password_hash,
        known_device,
        known_network,
        second_factor,
        suspended,
    }))
}

/// Gives an account another password.
pub async fn set_password(
    conn: &mut PgConnection,
    user_id: UserId,
    password_hash: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE users SET password_hash = $2, password_changed_at = $3 WHERE user_id = $1")
        .bind(user_id.uuid())
        .bind(password_hash)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes that the address is its owner's; the first time counts.
pub async fn set_verified(
    conn: &mut PgConnection,
    user_id: UserId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE users SET email_verified_at = coalesce(email_verified_at, $2) WHERE user_id = $1")
        .bind(user_id.uuid())
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Gives an account another address, which is proven; how many it has had since the first. None when another account has
/// it.
pub async fn set_email(
    conn: &mut PgConnection,
    user_id: UserId,
    email: &Email,
    now: OffsetDateTime,
) -> Result<Option<i64>, sqlx::Error> {
    let version = sqlx::query_scalar(
        "UPDATE users SET email = $2, email_verified_at = $3, email_version = email_version + 1 \
         WHERE user_id = $1 RETURNING email_version",
    )
    .bind(user_id.uuid())
    .bind(email.as_str())
    .bind(now)
    .fetch_one(conn)
    .await;
    match version {
        Ok(version) => Ok(Some(version)),
        Err(sqlx::Error::Database(error)) if error.constraint() == Some("users_email_unique") => Ok(None),
        Err(error) => Err(error),
    }
}

/// Copies what user says of the owner, unless something newer is known; an account that is gone stays gone.
pub async fn set_profile(conn: &mut PgConnection, profile: &ProfileChanged) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE users SET name = $2, locale = $3, profile_version = $4 \
         WHERE user_id = $1 AND profile_version <= $4",
    )
    .bind(profile.user_id.uuid())
    .bind(&profile.name)
    .bind(&profile.locale)
    .bind(profile.version)
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives an account a role.
pub async fn set_role(conn: &mut PgConnection, user_id: UserId, role: Role) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE users SET role = $2 WHERE user_id = $1")
        .bind(user_id.uuid())
        .bind(role.as_str())
        .execute(conn)
        .await?;
    Ok(())
}

/// Suspends an account, or restores it.
pub async fn set_suspension(
    conn: &mut PgConnection,
    user_id: UserId,
    suspension: Option<&Suspension>,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE users SET suspended_at = $2, suspended_for = $3 WHERE user_id = $1")
        .bind(user_id.uuid())
        .bind(suspension.map(|suspension| suspension.at))
        .bind(suspension.map(|suspension| suspension.reason.as_str()))
        .execute(conn)
        .await?;
    Ok(())
}

/// All administrators who can log in, held until the end of the transaction, so that two can't remove each other.
pub async fn lock_admins(conn: &mut PgConnection) -> Result<Vec<UserId>, sqlx::Error> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "SELECT user_id FROM users WHERE role = 'admin' AND suspended_at IS NULL ORDER BY user_id FOR UPDATE",
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(UserId).collect())
}

/// Forgets an account and all that hangs on it.
pub async fn delete(conn: &mut PgConnection, user_id: UserId) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM users WHERE user_id = $1").bind(user_id.uuid()).execute(conn).await?;
    Ok(())
}
