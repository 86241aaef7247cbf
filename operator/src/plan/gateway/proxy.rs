//! What differs between a pod that runs Kong and one that runs Envoy.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::settings::Settings;
use super::{HTTP_PORT, HTTPS_PORT, STATUS_PORT, envoy, kong};
use crate::api::spec::GatewayProvider;
use crate::objects::names;
use crate::plan::document::Fault;
use crate::plan::route::Route;
use crate::validate::ValidShop;

/// Where the Secret with `tls.crt` and `tls.key` is mounted; envoy/tls.yaml and Kong's environment name it.
pub const TLS_FOLDER: &str = "/etc/warung/tls";

/// A proxy, ready to be put into a pod.
#[derive(Debug)]
pub struct Proxy {
    /// Content of the ConfigMap, by file name.
    pub files: BTreeMap<String, String>,
    /// Where the files are mounted.
    pub folder: &'static str,
    /// User and group of the process.
    pub uid: i64,
    /// What the container has beside its name, image, ports, resources, mounts and security context.
    pub container: Value,
    /// Folders that must be writable.
    pub scratch: &'static [Scratch],
    /// Whether a changed certificate needs a restart.
    pub restarts_for_certificate: bool,
}

/// A folder of a proxy that is gone with its pod.
#[derive(Debug, PartialEq, Eq)]
pub struct Scratch {
    /// Where it is.
    pub path: &'static str,
    /// Its volume's name.
    pub name: &'static str,
    /// `Memory`: then what is full refuses what else is written; of a disk's, the pod would be evicted.
    pub medium: &'static str,
    /// Its size at most.
    pub limit: &'static str,
}

const TMP: Scratch = Scratch { path: "/tmp", name: "tmp", medium: "", limit: "256Mi" };
/// Where Kong writes the configuration of NGINX.
const PREFIX: Scratch = Scratch { path: "/var/run/kong", name: "prefix", medium: "", limit: "256Mi" };
/// Where Kong keeps bodies that it reads before it passes them on, of more than 64 KiB each.
const BODIES: Scratch = Scratch { path: "/var/spool/kong", name: "bodies", medium: "Memory", limit: "64Mi" };

/// Bytes of a stream's body through Kong at most: NGINX has one limit for every route.
const STREAM_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The proxy that a Shop asks for.
///
/// # Errors
///
/// [`Fault`] when a data file lacks what is filled in.
pub fn of(shop: &ValidShop, routes: &[Route], settings: &Settings) -> Result<Proxy, Fault> {
    match shop.gateway.provider {
        GatewayProvider::Kong => kong_proxy(routes, settings),
        GatewayProvider::Envoy => envoy_proxy(routes, settings),
    }
}

fn envoy_proxy(routes: &[Route], settings: &Settings) -> Result<Proxy, Fault> {
    let configuration = envoy::configuration(routes, settings)?;
    let mut files = BTreeMap::from([("envoy.yaml".to_owned(), configuration.bootstrap.to_yaml()?)]);
    if let Some(certificate) = configuration.certificate {
        files.insert(
            "certificate.yaml".into(),
            crate::plan::document::to_yaml("envoy/tls.yaml", &certificate)?,
        );
    }
    let log_format = r#"{"timestamp":"%Y-%m-%dT%T.%eZ","level":"%l","target":"%n","message":"%j"}"#;
    Ok(Proxy {
        files,
        folder: "/etc/envoy",
        uid: 65532,
        container: json!({
            "command": ["envoy"],
            "args": [
                "-c", "/etc/envoy/envoy.yaml", "--concurrency", "2", "--disable-hot-restart",
                "--log-level", "warning", "--log-format", log_format,
            ],
            "startupProbe": probe("/ready", 1, 60),
            "readinessProbe": probe("/ready", 5, 2),
            "livenessProbe": probe("/ready", 10, 6),
            // Envoy ends at once when told to: calls under way get the time to finish while no new ones come.
            "lifecycle": {"preStop": {"sleep": {"seconds": 15}}},
        }),
        scratch: &[TMP],
        restarts_for_certificate: false,
    })
}

fn kong_proxy(routes: &[Route], settings: &Settings) -> Result<Proxy, Fault> {
    let file = kong::configuration(routes, settings)?.to_yaml()?;
    let mut env = vec![
        variable("KONG_DATABASE", "off"),
        variable("KONG_DECLARATIVE_CONFIG", "/etc/kong/kong.yaml"),
        variable("KONG_PREFIX", PREFIX.path),
        variable("KONG_PROXY_LISTEN", &listeners(settings)),
        variable("KONG_STATUS_LISTEN", &format!("0.0.0.0:{STATUS_PORT}")),
        variable("KONG_ADMIN_LISTEN", "127.0.0.1:8001"),
        variable("KONG_ADMIN_GUI_LISTEN", "off"),
        variable("KONG_ANONYMOUS_REPORTS", "off"),
        variable("KONG_NGINX_WORKER_PROCESSES", "2"),
        variable("KONG_PROXY_ACCESS_LOG", "off"),
        variable("KONG_PROXY_ERROR_LOG", "/dev/stderr"),
        variable("KONG_ADMIN_ACCESS_LOG", "off"),
        variable("KONG_STATUS_ACCESS_LOG", "off"),
        variable("KONG_LOG_LEVEL", "warn"),
        variable("KONG_HEADERS", "off"),
        variable("KONG_ROUTER_FLAVOR", "traditional_compatible"),
        // Of bodies on all other routes, the request-size-limiting plugin takes less. Those sent in chunks, whose length
        // nobody says, it measures once they are here.
        variable("KONG_NGINX_HTTP_CLIENT_MAX_BODY_SIZE", &body_bytes_max(routes, settings).to_string()),
        variable("KONG_NGINX_HTTP_CLIENT_BODY_BUFFER_SIZE", "64k"),
        variable("KONG_NGINX_HTTP_CLIENT_BODY_TEMP_PATH", BODIES.path),
    ];
    if settings.tls {
        env.push(variable("KONG_SSL_CERT", &format!("{TLS_FOLDER}/tls.crt")));
        env.push(variable("KONG_SSL_CERT_KEY", &format!("{TLS_FOLDER}/tls.key")));
    }
    if settings.redis.is_some() {
        env.push(redis_password());
    }
    Ok(Proxy {
        files: BTreeMap::from([("kong.yaml".to_owned(), file)]),
        folder: "/etc/kong",
        uid: 1000,
        container: json!({
            "env": env,
            "startupProbe": probe("/status/ready", 1, 60),
            "readinessProbe": probe("/status/ready", 5, 2),
            "livenessProbe": probe("/status", 10, 6),
            "lifecycle": {"preStop": {"exec": {"command": ["kong", "quit", "--wait=10", "--timeout=15"]}}},
        }),
        scratch: &[PREFIX, TMP, BODIES],
        restarts_for_certificate: true,
    })
}

/// The largest body that any route takes.
fn body_bytes_max(routes: &[Route], settings: &Settings) -> u64 {
    let streams = if routes.iter().any(|route| route.stream) { STREAM_BYTES_MAX } else { 0 };
    settings.body_bytes_max.max(streams)
}

fn listeners(settings: &Settings) -> String {
    let http = format!("0.0.0.0:{HTTP_PORT}");
    if settings.tls { format!("{http}, 0.0.0.0:{HTTPS_PORT} ssl http2") } else { http }
}

fn variable(name: &str, value: &str) -> Value {
    json!({"name": name, "value": value})
}

/// The password stands in the Secret of the Shop's Redis.
fn redis_password() -> Value {
    let secret = names::credentials(names::REDIS);
    json!({
        "name": kong::REDIS_PASSWORD_VARIABLE,
        "valueFrom": {"secretKeyRef": {"name": secret, "key": "password"}},
    })
}

fn probe(path: &str, period_seconds: u32, failures: u32) -> Value {
    json!({
        "httpGet": {"path": path, "port": "status"},
        "periodSeconds": period_seconds,
        "timeoutSeconds": 2,
        "failureThreshold": failures,
    })
}
