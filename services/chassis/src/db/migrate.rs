//! Migrations: the chassis's own tables, then the service's, each list with a table of its own.

use sqlx::{PgPool, migrate::Migrator, postgres::PgPoolOptions};
use warung_contracts::manifest::Manifest;

static CHASSIS: Migrator =
    Migrator { table_name: std::borrow::Cow::Borrowed("_chassis_migrations"), ..sqlx::migrate!() };

/// The migrations of a service.
#[derive(Debug, Clone, Copy)]
pub struct Migrations(pub &'static Migrator);

/// Why a database could not be brought to its schema.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// A statement failed or the store is away.
    #[error("the migrations of {service} failed; the database is as it was before the one that failed")]
    Failed {
        service: String,
        #[source]
        source: sqlx::migrate::MigrateError,
    },
    /// The store is away.
    #[error("the schema version of {service} can't be read")]
    Unreadable {
        service: String,
        #[source]
        source: sqlx::Error,
    },
}

impl Migrations {
    /// The schema version these lead to: their number.
    pub fn version(&self) -> u32 {
        u32::try_from(self.0.iter().count()).unwrap_or(u32::MAX)
    }

    /// Brings the database to the newest schema. Safe to repeat and to run from several places at once.
    ///
    /// # Errors
    ///
    /// When a migration fails or the store is away.
    pub async fn run(&self, manifest: &Manifest, pool: &PgPool) -> Result<(), MigrateError> {
        let failed = |source| MigrateError::Failed { service: manifest.name.clone(), source };
        // Nobody waits for an answer here: an index may take its time.
        let options = pool.connect_options().as_ref().clone().options([("statement_timeout", "0")]);
        let unhurried = PgPoolOptions::new().max_connections(1).connect_lazy_with(options);
        CHASSIS.run(&unhurried).await.map_err(failed)?;
        self.0.run(&unhurried).await.map_err(failed)?;
        unhurried.close().await;
        Ok(())
    }

    /// The schema version of the database; 0 when it is empty.
    ///
    /// # Errors
    ///
    /// When the store is away.
    pub async fn current(manifest: &Manifest, pool: &PgPool) -> Result<u32, MigrateError> {
        let unreadable = |source| MigrateError::Unreadable { service: manifest.name.clone(), source };
        let exists: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
            .fetch_one(pool)
            .await
            .map_err(unreadable)?;
        if !exists {
            return Ok(0);
        }
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations WHERE success")
            .fetch_one(pool)
            .await
            .map_err(unreadable)?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }
}
