//! A database and a role for each service that has one.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use warung_contracts::manifest::Manifest;
use warung_testbed::stores::Stores;
use warung_testbed::tools;

/// The role's URL by service.
pub type Databases = BTreeMap<String, String>;

/// Makes them; the role of a service owns its database, and nobody else may connect to it.
pub fn databases(stores: &Stores, services: &[Manifest]) -> Result<Databases> {
    let mut script = String::new();
    let mut urls = Databases::new();
    let (_, address) = stores.postgres_url().rsplit_once('@').context("read PostgreSQL's URL")?;
    let address = address.trim_end_matches("/postgres");
    for service in services.iter().filter(|service| service.database.is_some()) {
        let name = &service.name;
        let password = super::environment::password()?;
        script += &format!(
            "CREATE ROLE \"{name}\" LOGIN PASSWORD '{password}';\n\
             CREATE DATABASE \"{name}\" OWNER \"{name}\";\n\
             REVOKE ALL ON DATABASE \"{name}\" FROM PUBLIC;\n"
        );
        urls.insert(name.clone(), format!("postgres://{name}:{password}@{address}/{name}"));
    }
    run(stores.postgres_url(), &script)?;
    Ok(urls)
}

fn run(url: &str, script: &str) -> Result<()> {
    let mut command = Command::new(tools::find("psql", "stores")?);
    command.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", url]);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().context("run psql")?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(script.as_bytes()).context("write to psql")?;
    }
    let output = child.wait_with_output().context("wait for psql")?;
    if !output.status.success() {
        bail!("making the databases failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
