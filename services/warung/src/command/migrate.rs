//! `warung migrate`

use warung_chassis::{config::Env, run, service::BuildError};

/// Brings the databases of the named services to their newest schema.
///
/// # Errors
///
/// When settings are wrong, a store is away or a migration fails.
pub async fn run(name: &str, env: &Env) -> Result<(), BuildError> {
    for service in super::services(name)? {
        if service.migrations.is_some() {
            let version = run::migrate(service, env).await?;
            tracing::info!(service = service.name, schema = version, "the schema is up to date");
        }
    }
    Ok(())
}
