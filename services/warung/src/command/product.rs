//! `warung product`: what the catalogue needs beside serving.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use warung_chassis::{
    config::Env,
    http::file::Source as _,
    run,
    service::{BuildError, Context},
};
use warung_product::tools::{self, Export, Import, Options};

/// Bytes of a file that are read at once.
const CHUNK: usize = 64 * 1024;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Comma-separated values with a header, a row for each variant
    Csv,
    /// A JSON object for each product, one a line
    Jsonl,
}

impl From<Format> for tools::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Csv => Self::Csv,
            Format::Jsonl => Self::Jsonl,
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum Action {
    /// Make the read model anew, beside the one that serves
    Reindex,
    /// Write products of a file; tell every row that is wrong, and write nothing of its product
    Import {
        file: PathBuf,
        #[arg(long, value_enum, default_value = "csv")]
        format: Format,
        /// Check everything and write nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Print every product, in a form that an import takes
    Export {
        #[arg(long, value_enum, default_value = "csv")]
        format: Format,
    },
}

/// Does it, with the database of product.
///
/// # Errors
///
/// When settings are wrong, the store is away, or products of a file have faults.
pub async fn run(action: Action, env: &Env) -> Result<(), BuildError> {
    let context = run::context(warung_product::service(), env).await?;
    match action {
        Action::Reindex => {
            let built = tools::reindex(&context.db()).await?;
            super::print(&format!("{} products, generation {}", built.products, built.generation))?;
        }
        Action::Import { file, format, dry_run } => import(&context, &file, format, dry_run).await?,
        Action::Export { format } => export(&context, format).await?,
    }
    Ok(())
}

async fn import(context: &Context, path: &Path, format: Format, dry_run: bool) -> anyhow::Result<()> {
    let mut file = std::fs::File::open(path).with_context(|| format!("{} can't be read", path.display()))?;
    let (actor, currency) = ("warung product import".to_owned(), context.common.currency);
    let mut import =
        Import::new(context.db(), Options { format: format.into(), dry_run, actor, currency, name: None });
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = file.read(&mut chunk).with_context(|| format!("{} can't be read", path.display()))?;
        for fault in import.push(&chunk[..read]).await? {
            let field = fault.field.map(|field| format!(" {field}")).unwrap_or_default();
            eprintln!("{}:{}:{field} {}", path.display(), fault.line, fault.reason);
        }
        if read == 0 {
            break;
        }
    }
    anyhow::ensure!(!import.is_empty(), "{} {}", path.display(), tools::NO_ROWS);
    let done = import.summary();
    if done.more_faults > 0 {
        eprintln!("{}: {} more faults are not shown", path.display(), done.more_faults);
    }
    let text = format!(
        "{} created, {} updated, {} unchanged, {} failed",
        done.created, done.updated, done.unchanged, done.failed
    );
    super::print(&text)?;
    anyhow::ensure!(
        done.failed == 0,
        "{} products, {} rows of the file, were not written; see above",
        done.failed,
        done.failed_rows
    );
    Ok(())
}

async fn export(context: &Context, format: Format) -> anyhow::Result<()> {
    let mut export = Export::new(context.db(), format.into());
    while let Some(text) = export.next().await? {
        match std::io::stdout().write_all(text.as_bytes()) {
            // Whoever reads has enough, as `head` does.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            written => written.context("the output can't be written")?,
        }
    }
    Ok(())
}
