//! What the operator would set in each service's pod, for all of them in one process.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use anyhow::{Context, Result};
use tempfile::NamedTempFile;
use warung_contracts::manifest::{
    JWKS_PATH, Manifest, SecretKind, own_variable, service_key_variable, url_variable,
};
use warung_testbed::stores::Stores;

use super::provision::Databases;

/// Values by variable.
pub type Variables = BTreeMap<String, String>;

/// Everything the services want, made from their manifests. Variables set by whoever calls win, so that one setting
/// can be tried (`WARUNG_LOG=debug make dev`). `settings` win over the manifests' defaults.
pub fn of(
    services: &[Manifest],
    stores: &Stores,
    databases: &Databases,
    settings: Variables,
) -> Result<Variables> {
    let mut all = Variables::new();
    let mut set = |name: &str, value: String| all.insert(name.to_owned(), value);
    set("WARUNG_NATS_URL", stores.nats_url().to_owned());
    set("WARUNG_REDIS_URL", stores.redis_url().to_owned());
    set("WARUNG_BIND", "127.0.0.1".to_owned());
    set("WARUNG_SHOP", "dev".to_owned());
    set("WARUNG_CURRENCY", "IDR".to_owned());
    set("WARUNG_PUBLIC_URL", format!("http://127.0.0.1:{}", super::FRONT));
    for service in services {
        let url = format!("http://127.0.0.1:{}", service.port);
        set(&url_variable(&service.name), url.clone());
        if service.signs_tokens() {
            set("WARUNG_JWKS_URL", format!("{url}{JWKS_PATH}"));
        }
        for setting in &service.settings {
            set(&setting.name, setting.default.clone());
        }
        if !service.serves.is_empty() {
            set(&service_key_variable(&service.name), password()?);
        }
        for secret in &service.secrets {
            set(&secret.name, generate(secret.kind)?);
        }
    }
    for (service, url) in databases {
        set(&own_variable(service, "DATABASE_URL"), url.clone());
    }
    all.extend(settings);
    for (name, value) in &mut all {
        if let Some(given) = std::env::var(name).ok().filter(|given| !given.is_empty()) {
            *value = given;
        }
    }
    Ok(all)
}

/// What notification needs to send mails to this server, and to staff too, and text messages to its pages.
pub fn messages(smtp: &str, pages: &str) -> Variables {
    let pairs = [
        ("WARUNG_SMTP_URL", smtp),
        ("WARUNG_STAFF_EMAIL", "staff@warung.local"),
        ("WARUNG_TWILIO_URL", pages),
        ("WARUNG_TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000000"),
        ("WARUNG_TWILIO_AUTH_TOKEN", "development"),
        ("WARUNG_TWILIO_FROM", "+15005550006"),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// The variables as a shell reads them, for commands beside the services; readable by its owner alone, and gone with the
/// value.
pub fn file(variables: &Variables) -> Result<NamedTempFile> {
    let file = tempfile::Builder::new().prefix("warung-dev-").suffix(".env").tempfile();
    let mut file = file.context("make a file for the variables")?;
    for (name, value) in variables {
        let quoted = value.replace('\'', r"'\''");
        writeln!(file, "export {name}='{quoted}'").context("write the variables")?;
    }
    Ok(file)
}

fn generate(kind: SecretKind) -> Result<String> {
    match kind {
        SecretKind::Password => password(),
        SecretKind::Es256PrivateKey => Ok(rcgen::KeyPair::generate().context("make a key")?.serialize_pem()),
    }
}

/// 32 random hexadecimal digits.
pub fn password() -> Result<String> {
    let mut bytes = [0; 16];
    let mut source = std::fs::File::open("/dev/urandom").context("open /dev/urandom")?;
    source.read_exact(&mut bytes).context("read /dev/urandom")?;
    Ok(hex::encode(bytes))
}
