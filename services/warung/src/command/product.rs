//! `warung product`: what the catalogue needs beside serving.

use clap::Subcommand;
use warung_chassis::{config::Env, run, service::BuildError};
use warung_product::tools;

#[derive(Debug, Subcommand)]
pub enum Action {
    /// Make the read model anew, beside the one that serves
    Reindex,
}

/// Does it, with the database of product.
///
/// # Errors
///
/// When settings are wrong or the store is away.
pub async fn run(action: Action, env: &Env) -> Result<(), BuildError> {
    let context = run::context(warung_product::service(), env).await?;
    match action {
        Action::Reindex => {
            let built = tools::reindex(&context.db()).await?;
            println!("{} products, generation {}", built.products, built.generation);
        }
    }
    Ok(())
}
