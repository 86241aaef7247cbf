//! A database and a role for each service. Reads first: what is as it should be costs no statement that writes.

use std::collections::BTreeSet;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};

use super::{Error, StoreAddresses, Writer};
use crate::objects::names;
use crate::plan::data::Databases;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// SQLSTATE of a wrong password.
const INVALID_PASSWORD: &str = "28P01";

/// Makes roles and databases that are missing, sets passwords that differ, and closes each database to other roles.
pub async fn provision(wanted: &Databases, stores: &StoreAddresses, writer: &Writer) -> Result<(), Error> {
    let session = Session { wanted, address: address(wanted, stores), writer };
    let mut admin = session.connect_admin().await?;
    let roles = session.names(&mut admin, "SELECT rolname FROM pg_roles").await?;
    let databases = session.names(&mut admin, "SELECT datname FROM pg_database").await?;
    let open = session.names(&mut admin, OPEN_TO_PUBLIC).await?;
    for (name, password) in &wanted.roles {
        let quoted = identifier(name);
        if !roles.contains(name) {
            let sql = format!(
                "CREATE ROLE {quoted} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}",
                literal(password)
            );
            session.write(&mut admin, "create", "Role", name, &sql).await?;
        }
        if !databases.contains(name) {
            // An admin that is no superuser must belong to the role it hands the database to.
            let grant = format!("GRANT {quoted} TO CURRENT_USER");
            if !session.is_superuser(&mut admin).await? {
                session.write(&mut admin, "grant", "Role", name, &grant).await?;
            }
            let sql = format!("CREATE DATABASE {quoted} OWNER {quoted}");
            session.write(&mut admin, "create", "Database", name, &sql).await?;
        }
        if open.contains(name) || !databases.contains(name) {
            let sql = format!("REVOKE ALL ON DATABASE {quoted} FROM PUBLIC");
            session.write(&mut admin, "revoke", "Database", name, &sql).await?;
        }
        if !session.can_log_in(name, password).await? {
            let sql = format!("ALTER ROLE {quoted} PASSWORD {}", literal(password));
            session.write(&mut admin, "alter", "Role", name, &sql).await?;
        }
    }
    admin.close().await.ok();
    Ok(())
}

/// Drops the databases and roles of a Shop that goes with its data.
pub async fn remove(wanted: &Databases, stores: &StoreAddresses, writer: &Writer) -> Result<(), Error> {
    let session = Session { wanted, address: address(wanted, stores), writer };
    let mut admin = session.connect_admin().await?;
    for (name, _) in &wanted.roles {
        let quoted = identifier(name);
        let sql = format!("DROP DATABASE IF EXISTS {quoted} WITH (FORCE)");
        session.write(&mut admin, "drop", "Database", name, &sql).await?;
        session.write(&mut admin, "drop", "Role", name, &format!("DROP ROLE IF EXISTS {quoted}")).await?;
    }
    admin.close().await.ok();
    Ok(())
}

/// Databases that any role may use: a fresh one is, until that is revoked.
const OPEN_TO_PUBLIC: &str = "SELECT DISTINCT datname FROM pg_database, \
     aclexplode(coalesce(datacl, acldefault('d', datdba))) AS acl WHERE acl.grantee = 0";

struct Session<'a> {
    wanted: &'a Databases,
    address: (String, u16),
    writer: &'a Writer,
}

impl Session<'_> {
    async fn connect_admin(&self) -> Result<PgConnection, Error> {
        let wanted = self.wanted;
        let options = self.options(&wanted.admin_user, &wanted.admin_password, &wanted.admin_database);
        match tokio::time::timeout(CONNECT_TIMEOUT, options.connect()).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(sqlx::Error::Database(error))) => {
                Err(self.refused(&format!("user {}", wanted.admin_user), &self.with_next_step(&*error)))
            }
            Ok(Err(error)) => Err(self.unreachable(&error.to_string())),
            Err(_) => Err(self.unreachable(&format!("no answer within {} s", CONNECT_TIMEOUT.as_secs()))),
        }
    }

    /// What PostgreSQL said of the administrator's login, and what to do where the operator keeps the password.
    fn with_next_step(&self, error: &dyn sqlx::error::DatabaseError) -> String {
        let text = error.message().to_owned();
        if !self.wanted.embedded || error.code().as_deref() != Some(INVALID_PASSWORD) {
            return text;
        }
        let (secret, key) = (names::credentials(names::POSTGRES), names::PASSWORD);
        format!(
            "{text}; key {key} of Secret {secret} must be the password that its volume was made with, restore it"
        )
    }

    fn options(&self, user: &str, password: &str, database: &str) -> PgConnectOptions {
        let options = PgConnectOptions::new_without_pgpass()
            .host(&self.address.0)
            .port(self.address.1)
            .username(user)
            .password(password)
            .database(database);
        let mode = self.wanted.ssl_mode.as_deref().and_then(|mode| mode.parse().ok());
        options.ssl_mode(mode.unwrap_or(PgSslMode::Prefer)).disable_statement_logging()
    }

    async fn names(&self, admin: &mut PgConnection, sql: &'static str) -> Result<BTreeSet<String>, Error> {
        let rows = admin
            .fetch_all(sql)
            .await
            .map_err(|e| self.refused("a query of its catalogue", &e.to_string()))?;
        Ok(rows.iter().filter_map(|row| row.try_get::<String, _>(0).ok()).collect())
    }

    async fn is_superuser(&self, admin: &mut PgConnection) -> Result<bool, Error> {
        let row = admin.fetch_one("SELECT rolsuper FROM pg_roles WHERE rolname = CURRENT_USER").await;
        let row = row.map_err(|e| self.refused("a query of its catalogue", &e.to_string()))?;
        Ok(row.try_get(0).unwrap_or(false))
    }

    async fn write(
        &self,
        admin: &mut PgConnection,
        verb: &'static str,
        kind: &str,
        name: &str,
        sql: &str,
    ) -> Result<(), Error> {
        self.writer.permit(verb, kind)?;
        let done = admin.execute(AssertSqlSafe(sql.to_owned())).await;
        done.map_err(|error| {
            // The server's own words only: the statement holds a password.
            let cause = error.as_database_error().map_or("the connection broke", |e| e.message()).to_owned();
            self.refused(&format!("to {verb} {} {name}", kind.to_lowercase()), &cause)
        })?;
        tracing::info!(kind, name, verb, "changed PostgreSQL");
        Ok(())
    }

    async fn can_log_in(&self, role: &str, password: &str) -> Result<bool, Error> {
        match tokio::time::timeout(CONNECT_TIMEOUT, self.options(role, password, role).connect()).await {
            Ok(Ok(connection)) => {
                connection.close().await.ok();
                Ok(true)
            }
            Ok(Err(sqlx::Error::Database(error))) if error.code().as_deref() == Some(INVALID_PASSWORD) => {
                Ok(false)
            }
            Ok(Err(error)) => Err(self.refused(&format!("a login of role {role}"), &error.to_string())),
            Err(_) => Err(self.unreachable("no answer to a login")),
        }
    }

    fn refused(&self, what: &str, cause: &str) -> Error {
        let address = self.wanted.address();
        Error::StoreRefused { store: "PostgreSQL", address, what: what.into(), cause: cause.into() }
    }

    fn unreachable(&self, cause: &str) -> Error {
        Error::Unreachable { store: "PostgreSQL", address: self.wanted.address(), cause: cause.into() }
    }
}

fn address(wanted: &Databases, stores: &StoreAddresses) -> (String, u16) {
    let other = stores.postgres.as_ref().filter(|_| wanted.embedded);
    other
        .and_then(|address| address.rsplit_once(':'))
        .and_then(|(host, port)| Some((host.to_owned(), port.parse().ok()?)))
        .unwrap_or_else(|| (wanted.host.clone(), wanted.port))
}

fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
