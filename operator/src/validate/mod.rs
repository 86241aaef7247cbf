//! Raw spec × what was observed → [`ValidShop`]: types that can't be wrong, so that later steps need not ask.

mod certificate;
pub mod credential;
mod error;
mod order;
mod payment;
mod quantity;
mod shop;
mod store;
mod time_zone;

pub use credential::Credential;
pub use error::{Invalid, SecretFault};
pub use shop::{ValidGateway, ValidObservability, ValidService, ValidShop};
pub use store::{EmbeddedStore, NatsStore, StoreUrl, UrlStore};

use std::collections::BTreeMap;

use kube::ResourceExt;
use p256::SecretKey;
use p256::pkcs8::DecodePrivateKey;
use warung_contracts::keyring;
use warung_contracts::manifest::{Manifest, RateClass};

use crate::api::spec;
use crate::api::{SecretReference, Shop, ShopSpec};
use crate::objects::{labels, names};
use crate::observe::{Observed, token_key_secret};

/// Checks a Shop against the manifests and against what it refers to.
///
/// # Errors
///
/// The first thing found wrong, in words that say what to write or make instead.
pub fn validate(
    shop: &Shop,
    observed: &Observed,
    manifests: &'static [Manifest],
) -> Result<ValidShop, Invalid> {
    if let Some(older) = &observed.older_shop {
        return Err(Invalid::SecondShop { older: older.clone() });
    }
    let spec = &shop.spec;
    if spec.currency.parse::<warung_contracts::currency::Currency>().is_err() {
        return Err(Invalid::Currency { code: spec.currency.clone() });
    }
    let known = |name: &String| manifests.iter().any(|manifest| manifest.name == *name);
    let names = || manifests.iter().map(|m| m.name.as_str()).collect::<Vec<_>>().join(", ");
    if let Some(name) = spec.services.keys().find(|name| !known(name)) {
        return Err(Invalid::UnknownService { field: "services", name: name.clone(), known: names() });
    }
    if let Some(name) = spec.upgrade.order.iter().find(|name| !known(name)) {
        return Err(Invalid::UnknownService { field: "upgrade.order", name: name.clone(), known: names() });
    }
    payment::check(spec, manifests)?;
    quantity::check(spec)?;
    referenced_secrets(spec, observed, manifests)?;
    store_password(spec, observed)?;
    token_keys(observed)?;
    time_zone::check(spec)?;
    let gateway = gateway(&spec.gateway);
    Ok(ValidShop {
        name: shop.name_any(),
        namespace: shop.namespace().unwrap_or_default(),
        uid: shop.uid().unwrap_or_default(),
        operator_namespace: observed.operator_namespace.clone(),
        version: spec.version.clone(),
        running_version: shop.status.as_ref().and_then(|status| status.version.clone()),
        host: spec.host.clone(),
        issuer: public_url(&spec.host, &gateway),
        public_url: public_url(&spec.host, &gateway),
        currency: spec.currency.clone(),
        image: spec.image.clone(),
        services: order::by_calls(manifests, &spec.upgrade.order)
            .into_iter()
            .map(|m| service(m, spec, observed))
            .collect(),
        postgres: store::postgres(&spec.postgres, observed)?,
        nats: store::nats(&spec.nats, observed)?,
        redis: store::redis(&spec.redis, observed)?,
        gateway,
        mesh: spec.mesh,
        observability: observability(&spec.observability)?,
        commerce: spec.commerce.clone(),
        payments: spec.payments.clone(),
        notifications: spec.notifications.clone(),
        upgrade: spec.upgrade.clone(),
        deletion_policy: spec.deletion_policy,
        rotate_token_keys: shop.annotations().get(labels::ROTATE_TOKEN_KEYS).cloned(),
    })
}

/// Everything that is missing or wrong at once, so that one visit mends it.
fn referenced_secrets(spec: &ShopSpec, observed: &Observed, manifests: &[Manifest]) -> Result<(), Invalid> {
    let missing = spec.secrets().into_iter().flat_map(|reference| missing_of(reference, observed));
    let wrong = credential::faults(spec, observed, manifests).into_iter();
    let faults: Vec<SecretFault> = missing.chain(wrong).chain(certificate::fault(spec, observed)).collect();
    if faults.is_empty() { Ok(()) } else { Err(Invalid::Secrets(faults)) }
}

/// PostgreSQL keeps its administrator's password in the volume: another one, made anew, would open nothing. The other
/// stores read theirs from what the operator writes.
fn store_password(spec: &ShopSpec, observed: &Observed) -> Result<(), Invalid> {
    let (name, key) = (names::credentials(names::POSTGRES), names::PASSWORD);
    let claim = names::claim(names::POSTGRES);
    let kept = spec.postgres.external.is_none() && observed.claims.contains(&claim);
    if kept && observed.secret_value(&name, key).is_none() {
        return Err(Invalid::PasswordLost { name, key, claim });
    }
    Ok(())
}

/// Without a key that it can read the gateway would refuse every customer: better it stays as it is.
fn token_keys(observed: &Observed) -> Result<(), Invalid> {
    let (Some((service, secret)), Some(text)) = (token_key_secret(), observed.token_keys()) else {
        return Ok(());
    };
    let wrong = |cause: String| Invalid::TokenKeys {
        name: names::credentials(&service.name),
        key: secret.name.clone(),
        cause,
    };
    for key in keyring::parse(&text).map_err(|fault| wrong(fault.to_string()))? {
        SecretKey::from_pkcs8_pem(&key.pem).map_err(|_| wrong("one of them is of another kind".into()))?;
    }
    Ok(())
}

fn missing_of(reference: SecretReference, observed: &Observed) -> Vec<SecretFault> {
    let SecretReference { field, name, keys } = reference;
    let Some(data) = observed.referenced.get(&name) else {
        return vec![SecretFault::Absent { field, name }];
    };
    let lacking = keys.into_iter().filter(|key| !data.contains_key(key));
    lacking.map(|key| SecretFault::Lacks { field: field.clone(), name: name.clone(), key }).collect()
}

fn service(manifest: &'static Manifest, spec: &ShopSpec, observed: &Observed) -> ValidService {
    let own = spec.services.get(&manifest.name).cloned().unwrap_or_default();
    ValidService {
        manifest,
        version: own.version.unwrap_or_else(|| spec.version.clone()),
        replicas: own.replicas.unwrap_or(1),
        autoscaling: own.autoscaling,
        resources: own.resources.unwrap_or_else(|| resources("50m", "64Mi", "256Mi")),
        env: own.env,
        credentials: credential::of(manifest, spec, observed),
        pod_template: own.pod_template,
    }
}

fn gateway(spec: &spec::Gateway) -> ValidGateway {
    let image = match spec.provider {
        spec::GatewayProvider::Kong => "docker.io/library/kong:3.9.3",
        spec::GatewayProvider::Envoy => "docker.io/envoyproxy/envoy:v1.40.0",
    };
    let limit = |class: RateClass| {
        spec.rate_limits.get(class.as_str()).copied().unwrap_or_else(|| class.default_per_minute())
    };
    ValidGateway {
        provider: spec.provider,
        image: spec.image.clone().unwrap_or_else(|| image.into()),
        replicas: spec.replicas,
        resources: spec.resources.clone().unwrap_or_else(|| resources("50m", "128Mi", "512Mi")),
        tls_secret: spec.tls.as_ref().map(|tls| tls.secret_ref.name.clone()),
        cors: spec.cors.clone(),
        rate_limits: RateClass::ALL.into_iter().map(|class| (class, limit(class))).collect(),
        max_body_bytes: spec.max_body_bytes,
        service: spec.service.clone(),
    }
}

/// CPU has no limit: throttling a service that has idle neighbours only makes it slow.
fn resources(cpu: &str, memory: &str, memory_limit: &str) -> spec::Resources {
    use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
    let quantity = |value: &str| Quantity(value.into());
    spec::Resources {
        requests: BTreeMap::from([("cpu".into(), quantity(cpu)), ("memory".into(), quantity(memory))]),
        limits: BTreeMap::from([("memory".into(), quantity(memory_limit))]),
    }
}

fn public_url(host: &str, gateway: &ValidGateway) -> String {
    let scheme = if gateway.tls_secret.is_some() { "https" } else { "http" };
    match (gateway.service.node_port, &gateway.tls_secret) {
        (Some(port), None) => format!("{scheme}://{host}:{port}"),
        _ => format!("{scheme}://{host}"),
    }
}

fn observability(spec: &spec::Observability) -> Result<ValidObservability, Invalid> {
    let text = &spec.alerts.slo.availability_percent;
    let invalid = || Invalid::Availability { value: text.clone() };
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits: u32 = format!("{whole}{part:0<4}").parse().map_err(|_| invalid())?;
    let error_budget_ppm = 1_000_000_u32.checked_sub(digits).filter(|ppm| *ppm > 0).ok_or_else(invalid)?;
    Ok(ValidObservability {
        metrics: spec.metrics.clone(),
        dashboards: spec.dashboards.clone(),
        alerts: spec.alerts.enabled,
        error_budget_ppm,
        latency_p99_ms: spec.alerts.slo.latency_p99_ms,
        tracing_endpoint: spec.tracing.as_ref().map(|tracing| tracing.endpoint.clone()),
    })
}
