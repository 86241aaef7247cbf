//! Table `users`.

use sqlx::{FromRow, PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_chassis::auth::Role;
use warung_contracts::id::UserId;

use crate::domain::{email::Email, role, user::User};

#[derive(FromRow)]
struct Row {
    user_id: Uuid,
    email: String,
    password_hash: String,
    role: String,
}

/// An account with what proves its owner.
pub struct Credentials {
    pub user: User,
    /// PHC string.
    pub password_hash: String,
}

impl TryFrom<Row> for Credentials {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let wrong = |column: &str| {
            sqlx::Error::Decode(format!("users.{column} of {} can't be read", row.user_id).into())
        };
        let email: Email = row.email.parse().map_err(|_| wrong("email"))?;
        let role = role::parse(&row.role).ok_or_else(|| wrong("role"))?;
        let user = User { user_id: UserId(row.user_id), email, role };
        Ok(Self { user, password_hash: row.password_hash })
    }
}

/// Adds an account; false when the address has one already.
pub async fn insert(
    conn: &mut PgConnection,
    user: &User,
    password_hash: &str,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO users (user_id, email, password_hash, role, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (email) DO NOTHING",
    )
    .bind(user.user_id.uuid())
    .bind(user.email.as_str())
    .bind(password_hash)
    .bind(role::name(user.role))
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The account of an address.
pub async fn find_by_email(pool: &PgPool, email: &Email) -> Result<Option<Credentials>, sqlx::Error> {
    let row: Option<Row> =
        sqlx::query_as("SELECT user_id, email, password_hash, role FROM users WHERE email = $1")
            .bind(email.as_str())
            .fetch_optional(pool)
            .await?;
    row.map(Credentials::try_from).transpose()
}

/// An account that must exist.
pub async fn get(conn: &mut PgConnection, user_id: UserId) -> Result<User, sqlx::Error> {
    let row: Row = sqlx::query_as("SELECT user_id, email, password_hash, role FROM users WHERE user_id = $1")
        .bind(user_id.uuid())
        .fetch_one(conn)
        .await?;
    Ok(Credentials::try_from(row)?.user)
}

/// Gives the account of an address this role; false when it had it or does not exist.
pub async fn promote(conn: &mut PgConnection, email: &Email, role: Role) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("UPDATE users SET role = $2 WHERE email = $1 AND role <> $2")
        .bind(email.as_str())
        .bind(role::name(role))
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}
