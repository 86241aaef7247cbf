//! docs/data-model.md shows what the migrations make, and each service's README says why each table is there.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::PathBuf,
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use sqlx::{PgPool, Row as _};
use warung_contracts::manifest::{self, Manifest};
use warung_testbed::stores::Stores;

use crate::fleet;

/// Tables that the chassis gives every service; shown once.
const SHARED: [&str; 3] = ["outbox", "inbox", "idempotency_keys"];
/// What follows it on the page is made here.
const MARK: &str =
    "<!-- From here on: UPDATE=1 testbed with-stores -- cargo test -p warung --test it data_model -->\n";

fn repository(path: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", path].iter().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_and_the_readmes_know_every_table() -> Result<()> {
    let stores = tokio::task::spawn_blocking(Stores::start).await??;
    fleet::create_databases(&stores).await?;
    let owners: Vec<&Manifest> =
        manifest::all().iter().filter(|manifest| manifest.database.is_some()).collect();
    let mut made = String::from(MARK);
    for (n, manifest) in owners.iter().enumerate() {
        let name = &manifest.name;
        let url = fleet::database_url(stores.postgres_url(), name);
        migrate(name, &url)?;
        let pool = PgPool::connect(&url).await?;
        let tables = tables(&pool).await?;
        if n == 0 {
            write!(
                made,
                "\n## In every database\n\n{}",
                diagram(&pool, &tables, |table| SHARED.contains(&table)).await?
            )?;
        }
        let why = format!("[Why each table is there](../services/{name}/README.md)");
        let own = diagram(&pool, &tables, |table| !SHARED.contains(&table)).await?;
        write!(made, "\n## {name}\n\n{}. {why}.\n\n{own}", manifest.summary.trim_end_matches('.'))?;
        let readme = std::fs::read_to_string(repository(&format!("services/{name}/README.md")))?;
        let words: BTreeSet<&str> = readme.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
        for table in tables.keys().map(String::as_str).filter(|table| !SHARED.contains(table)) {
            ensure!(words.contains(table), "the README of {name} does not say why {table} is there");
        }
    }
    let path = repository("docs/data-model.md");
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    let (head, committed) = page.split_at(page.find(MARK).with_context(|| format!("no line {MARK}"))?);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, format!("{head}{made}"))?;
        return Ok(());
    }
    ensure!(
        committed == made,
        "docs/data-model.md lags behind the migrations; its comment says how to write it again"
    );
    Ok(())
}

fn migrate(service: &str, url: &str) -> Result<()> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warung"));
    command.args(["migrate", service]).env(manifest::own_variable(service, "DATABASE_URL"), url);
    let output = command.output().context("run warung")?;
    ensure!(output.status.success(), "warung migrate {service}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// The columns of each table, as lines of the diagram.
async fn tables(pool: &PgPool) -> Result<BTreeMap<String, Vec<String>>> {
    let rows = sqlx::query(
        "SELECT c.relname::text AS name, a.attname::text AS column_name, NOT a.attnotnull AS optional, \
           CASE t.typname WHEN 'int8' THEN 'bigint' WHEN 'int4' THEN 'integer' WHEN 'int2' THEN 'smallint' \
             WHEN 'bool' THEN 'boolean' WHEN '_uuid' THEN 'uuid[]' WHEN '_text' THEN 'text[]' ELSE t.typname::text END AS type, \
           array_remove(ARRAY[ \
             CASE WHEN EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p' AND a.attnum = ANY (k.conkey)) THEN 'PK' END, \
             CASE WHEN EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f' AND a.attnum = ANY (k.conkey)) THEN 'FK' END, \
             CASE WHEN EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'u' AND k.conkey = ARRAY[a.attnum]) THEN 'UK' END \
           ], NULL) AS keys \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid \
         JOIN pg_type t ON t.oid = a.atttypid \
         WHERE n.nspname = 'public' AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND c.relname NOT LIKE '\\_%' \
         ORDER BY c.relname, a.attnum",
    )
    .fetch_all(pool)
    .await?;
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows {
        let (kind, name, keys): (String, String, Vec<String>) =
            (row.get("type"), row.get("column_name"), row.get("keys"));
        let mut line = format!("{kind} {name}");
        if !keys.is_empty() {
            line += &format!(" {}", keys.join(", "));
        }
        if row.get("optional") {
            line += " \"optional\"";
        }
        tables.entry(row.get("name")).or_default().push(line);
    }
    Ok(tables)
}

/// A diagram of the tables that are wanted, and of how their foreign keys relate them.
async fn diagram(
    pool: &PgPool,
    tables: &BTreeMap<String, Vec<String>>,
    wanted: impl Fn(&str) -> bool,
) -> Result<String> {
    let mut text = String::from("```mermaid\nerDiagram\n");
    for (name, columns) in tables.iter().filter(|(name, _)| wanted(name)) {
        writeln!(text, "    {name} {{")?;
        columns.iter().try_for_each(|column| writeln!(text, "        {column}"))?;
        writeln!(text, "    }}")?;
    }
    let relations = sqlx::query(
        "SELECT k.confrelid::regclass::text AS parent, k.conrelid::regclass::text AS child, \
           (SELECT string_agg(a.attname, ', ' ORDER BY a.attnum) FROM pg_attribute a \
            WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)) AS columns, \
           EXISTS (SELECT FROM pg_constraint u WHERE u.conrelid = k.conrelid AND u.contype IN ('p', 'u') AND u.conkey = k.conkey) AS single \
         FROM pg_constraint k WHERE k.contype = 'f' ORDER BY 1, 2, 3",
    )
    .fetch_all(pool)
    .await?;
    for row in relations {
        let (parent, child, columns): (String, String, String) =
            (row.get("parent"), row.get("child"), row.get("columns"));
        if wanted(&child) {
            let many = if row.get("single") { "o|" } else { "o{" };
            writeln!(text, "    {parent} ||--{many} {child} : \"{columns}\"")?;
        }
    }
    Ok(text + "```\n")
}
