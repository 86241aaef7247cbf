//! `warung openapi`

use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder};
use warung_chassis::{config::Env, run, service::BuildError};

/// Prints the OpenAPI document of the named services as JSON.
///
/// # Errors
///
/// When a service can't be built.
pub async fn run(name: &str, env: &Env) -> Result<(), BuildError> {
    let title = if name == "all" { "Warung".to_owned() } else { format!("Warung {name}") };
    let info = InfoBuilder::new().title(title).version(env!("CARGO_PKG_VERSION")).build();
    let mut document: OpenApi = OpenApiBuilder::new().info(info).build();
    for service in super::services(name)? {
        document.merge(run::openapi(service, env).await?);
    }
    let text = document.to_pretty_json().map_err(anyhow::Error::from)?;
    println!("{text}");
    Ok(())
}
