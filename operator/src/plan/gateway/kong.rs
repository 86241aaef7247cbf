//! The route table as Kong's declarative configuration (3.9, DB-less), on the data of kong/base.yaml.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use warung_contracts::manifest::{Access, RateClass};

use super::STREAM_SILENCE_MAX_SECONDS;
use super::settings::{Settings, TokenKey};
use crate::plan::document::{Document, Fault};
use crate::plan::route::{Path, Route, paths};

/// Path in the repository, for messages.
const FILE: &str = "kong/base.yaml";
const PATH_FILE: &str = "kong/wrong-method.yaml";

/// The environment variable that holds the password of Redis; the configuration refers to it and holds no secret.
pub const REDIS_PASSWORD_VARIABLE: &str = "WARUNG_REDIS_PASSWORD";

/// How long a connection to a service may take to open, in milliseconds.
const CONNECT_TIMEOUT_MS: u32 = 2_000;

/// How long a service may take between two reads or writes, in milliseconds.
const ANSWER_TIMEOUT_MS: u32 = 15_000;

/// How long it may with a stream.
const STREAM_TIMEOUT_MS: u32 = STREAM_SILENCE_MAX_SECONDS * 1000;

/// Share of the calls, among those that bring no trace of their own, whose trace is recorded.
const TRACED_RATIO: f64 = 0.1;

/// The declarative configuration of a Shop's Kong.
///
/// # Errors
///
/// [`Fault`] when kong/base.yaml lacks a place that is filled in.
pub fn configuration(routes: &[Route], settings: &Settings) -> Result<Document, Fault> {
    let mut document = Document::parse(FILE, include_str!("../../../../kong/base.yaml"))?;
    document.set("plugins/@cors/config/origins", settings.cors_origins.clone())?;
    document.set("plugins/@cors/config/max_age", settings.cors_max_age_seconds)?;
    let credential =
        |key: &TokenKey| json!({"key": key.id(), "algorithm": "ES256", "rsa_public_key": key.pem()});
    let credentials: Vec<Value> = settings.token_keys.iter().map(credential).collect();
    document.set("consumers/0/jwt_secrets", credentials)?;
    if settings.tracing.is_some() {
        document.set("plugins/@zipkin/config/sample_ratio", TRACED_RATIO)?;
    }
    if settings.tls {
        // Everything that comes by HTTP is sent to HTTPS, known or not.
        document.set("routes/@nowhere/protocols", json!(["https"]))?;
        document.insert("routes/@nowhere", "https_redirect_status_code", 308)?;
    }
    let wrong_method = Document::parse(PATH_FILE, include_str!("../../../../kong/wrong-method.yaml"))?;
    for path in paths(routes) {
        let entry = wrong_method_entry(&path, wrong_method.clone(), settings)?;
        document.list("routes")?.push(entry);
    }
    document.insert("", "services", services(routes, settings))?;
    Ok(document)
}

/// A Kong service for each service and rate class: its limit counts one client on all their routes together. Streams are a
/// service of their own, because that is what Kong's timeouts belong to.
fn services(routes: &[Route], settings: &Settings) -> Value {
    let mut groups: BTreeMap<(&str, RateClass, bool), Vec<Value>> = BTreeMap::new();
    let mut ports = BTreeMap::new();
    for (index, route) in routes.iter().enumerate() {
        // The first match must win, as in the table: the earlier, the higher.
        let priority = routes.len() - index;
        ports.insert(route.service.as_str(), route.port);
        groups
            .entry((&route.service, route.rate, route.stream))
            .or_default()
            .extend(entries(routes, route, priority, settings));
    }
    let services = groups.into_iter().map(|((service, class, stream), routes)| {
        let (kind, timeout) = if stream { ("-stream", STREAM_TIMEOUT_MS) } else { ("", ANSWER_TIMEOUT_MS) };
        let mut plugins = vec![rate_limiting(class, settings)];
        if !stream {
            plugins.push(size_limiting(settings));
        }
        json!({
            "name": format!("{service}-{}{kind}", class.as_str()),
            "protocol": "http",
            "host": service,
            "port": ports[service],
            "connect_timeout": CONNECT_TIMEOUT_MS,
            "read_timeout": timeout,
            "write_timeout": timeout,
            "retries": 2,
            "plugins": plugins,
            "routes": routes,
        })
    });
    services.collect()
}

/// The Kong routes of one route. A guest's token is checked when there is one: Kong's own `anonymous` would let a
/// forged token through as nobody, so a second route, for calls that carry `Authorization`, demands a good one. Kong
/// prefers such a route to any without headers, whatever their priority; so a more specific one whose calls it would take
/// gets a twin of the same kind.
fn entries(routes: &[Route], route: &Route, priority: usize, settings: &Settings) -> Vec<Value> {
    let entry = |name: &str, token: bool| {
        let mut entry = json!({
            "name": name,
            "methods": route.methods(),
            "paths": [format!("~{}$", route.path.regex())],
            "regex_priority": priority,
            "protocols": if settings.tls { json!(["https"]) } else { json!(["http"]) },
            "strip_path": false,
            // A mesh finds the service by its name; what the caller wrote goes on as X-Forwarded-Host.
            "preserve_host": false,
        });
        if settings.tls {
            entry["https_redirect_status_code"] = json!(308);
        }
        if token {
            entry["plugins"] = json!([jwt()]);
        }
        if route.stream {
            entry["request_buffering"] = json!(false);
            entry["response_buffering"] = json!(false);
        }
        entry
    };
    let with_token = |token: bool| {
        let mut entry = entry(&format!("{}-token", route.name), token);
        entry["headers"] = json!({"authorization": ["~*.+"]});
        entry
    };
    let own = entry(&route.name, route.access.needs_token());
    match route.access {
        Access::Guest => vec![with_token(true), own],
        access if is_shadowed(routes, route) => vec![with_token(access.needs_token()), own],
        Access::Public | Access::Customer | Access::Permission(_) => vec![own],
    }
}

/// Whether a guest's route with a parameter covers this one.
fn is_shadowed(routes: &[Route], route: &Route) -> bool {
    let covers = |guest: &Route| guest.method == route.method && guest.path.covers(&route.path);
    routes.iter().any(|other| other.access == Access::Guest && covers(other))
}

/// What a known path answers to a method that none of its routes takes: Kong prefers routes with methods to this one.
fn wrong_method_entry(path: &Path, mut entry: Document, settings: &Settings) -> Result<Value, Fault> {
    entry.set("name", path.name.clone())?;
    entry.set("paths", json!([format!("~{}$", path.template.regex())]))?;
    entry
        .list("plugins/@response-transformer/config/add/headers")?
        .push(json!(format!("allow:{}", path.allow)));
    if settings.tls {
        entry.set("protocols", json!(["https"]))?;
        entry.insert("", "https_redirect_status_code", 308)?;
    }
    Ok(entry.value().clone())
}

/// Kong finds the key by the id in the token's header, so that several keys are good at a time; the issuer is checked by
/// the service. Tokens in query strings and cookies are refused.
fn jwt() -> Value {
    json!({
        "name": "jwt",
        "config": {
            "key_claim_name": "kid",
            "claims_to_verify": ["exp"],
            "header_names": ["authorization"],
            "uri_param_names": [],
            "cookie_names": [],
            "run_on_preflight": false,
        },
    })
}

/// Not a plugin of all routes: it would read a stream whole before passing on any of it.
fn size_limiting(settings: &Settings) -> Value {
    let config = json!({
        "allowed_payload_size": settings.body_bytes_max,
        "size_unit": "bytes",
        "require_content_length": false,
    });
    json!({"name": "request-size-limiting", "config": config})
}

fn rate_limiting(class: RateClass, settings: &Settings) -> Value {
    let mut config = json!({
        "minute": settings.per_minute(class),
        "limit_by": "ip",
        "policy": "local",
        "fault_tolerant": true,
        "hide_client_headers": false,
    });
    if let Some((host, port)) = &settings.redis {
        let password = REDIS_PASSWORD_VARIABLE.to_lowercase().replace('_', "-");
        config["policy"] = json!("redis");
        config["redis"] = json!({
            "host": host,
            "port": port,
            "password": format!("{{vault://env/{password}}}"),
            "timeout": 500,
        });
    }
    json!({"name": "rate-limiting", "config": config})
}

#[cfg(test)]
mod tests {
    use warung_contracts::manifest;

    use super::super::settings::tests::example;
    use super::*;
    use crate::plan::route::table;

    fn configured(settings: &Settings) -> Value {
        let routes = table(manifest::all()).expect("the manifests' paths parse");
        configuration(&routes, settings).expect("the base has every place").value().clone()
    }

    fn routes(configuration: &Value) -> Vec<Value> {
        let services = configuration["services"].as_array().expect("a list").iter();
        services.flat_map(|service| service["routes"].as_array().expect("a list").clone()).collect()
    }

    fn route(configuration: &Value, name: &str) -> Value {
        routes(configuration)
            .into_iter()
            .find(|route| route["name"] == name)
            .unwrap_or_else(|| panic!("no {name}"))
    }

    #[test]
    fn a_customer_route_demands_a_token_and_a_public_one_does_not() {
        let configuration = configured(&example());
        let orders = route(&configuration, "order-get-api-v1-orders");
        assert_eq!(orders["plugins"][0]["name"], "jwt");
        assert_eq!(orders["paths"], json!(["~/api/v1/orders$"]));
        assert_eq!(route(&configuration, "auth-post-api-v1-login").get("plugins"), None);
    }

    #[test]
    fn a_guest_with_a_token_takes_the_route_that_checks_it() {
        let configuration = configured(&example());
        let with_token = route(&configuration, "cart-get-api-v1-cart-token");
        assert_eq!(with_token["headers"], json!({"authorization": ["~*.+"]}));
        assert_eq!(with_token["plugins"][0]["name"], "jwt");
        assert_eq!(route(&configuration, "cart-get-api-v1-cart").get("plugins"), None);
    }

    #[test]
    fn a_known_path_refuses_other_methods_and_says_which_it_takes() {
        let configuration = configured(&example());
        let free = configuration["routes"].as_array().expect("a list");
        let login = free.iter().find(|route| route["name"] == "path-api-v1-login").expect("a known path");
        assert_eq!((login.get("methods"), &login["paths"]), (None, &json!(["~/api/v1/login$"])));
        assert_eq!(login["plugins"][0]["config"]["status_code"], 405);
        let added = &login["plugins"][1]["config"]["add"]["headers"];
        assert_eq!(*added, json!(["x-content-type-options:nosniff", "allow:POST"]));
    }

    /// Kong tries a guest's route for calls with a token before any route without headers, whatever the order.
    #[test]
    fn no_guests_route_swallows_a_more_specific_one() {
        let (configuration, table) = (configured(&example()), table(manifest::all()).expect("paths"));
        let with_token = |name: &str| route(&configuration, &format!("{name}-token"));
        let mut covered = 0;
        for guest in table.iter().filter(|route| route.access == Access::Guest) {
            let covers =
                |r: &&Route| r.name != guest.name && r.method == guest.method && guest.path.covers(&r.path);
            for specific in table.iter().filter(covers) {
                let (own, guests) = (with_token(&specific.name), with_token(&guest.name));
                assert_eq!(own["headers"], guests["headers"], "{}", specific.name);
                let higher = own["regex_priority"].as_i64() > guests["regex_priority"].as_i64();
                assert!(higher, "with a token, {} takes the calls of {}", guest.name, specific.name);
                covered += 1;
            }
        }
        assert!(covered > 0, "a payment's guests come beside the list of discrepancies");
    }

    #[test]
    fn every_token_key_is_a_credential_by_its_id() {
        let configuration = configured(&example());
        let credentials = configuration["consumers"][0]["jwt_secrets"].as_array().expect("a list");
        let ids: Vec<&Value> = credentials.iter().map(|credential| &credential["key"]).collect();
        assert_eq!(ids, [&json!(example().token_keys[0].id())]);
        let orders = route(&configuration, "order-get-api-v1-orders");
        assert_eq!(orders["plugins"][0]["config"]["key_claim_name"], "kid");
    }

    #[test]
    fn the_limit_of_a_class_is_the_shops() {
        let configuration = configured(&example());
        let services = configuration["services"].as_array().expect("a list");
        let login =
            services.iter().find(|service| service["name"] == "auth-login").expect("auth has log-in routes");
        assert_eq!(login["plugins"][0]["config"]["minute"], 3);
        assert_eq!(login["plugins"][0]["config"]["policy"], "local");
    }

    #[test]
    fn replicas_count_together_in_redis_and_the_password_is_not_in_the_configuration() {
        let configuration = configured(&Settings { redis: Some(("redis".into(), 6379)), ..example() });
        let redis = &configuration["services"][0]["plugins"][0]["config"]["redis"];
        assert_eq!(redis["password"], "{vault://env/warung-redis-password}");
    }

    #[test]
    fn only_streams_are_passed_on_as_they_come() {
        let configuration = configured(&example());
        let table = table(manifest::all()).expect("paths");
        let mut streams = 0;
        for service in configuration["services"].as_array().expect("a list") {
            let plugins = service["plugins"].as_array().expect("a list");
            let bounded = plugins.iter().any(|plugin| plugin["name"] == "request-size-limiting");
            for entry in service["routes"].as_array().expect("a list") {
                let name = entry["name"].as_str().expect("a name").trim_end_matches("-token");
                let stream = table.iter().find(|route| route.name == name).expect("a route").stream;
                assert_eq!(
                    (bounded, service["read_timeout"] == ANSWER_TIMEOUT_MS),
                    (!stream, !stream),
                    "{name}"
                );
                assert_eq!(entry["request_buffering"] == false, stream, "{name}");
                assert_eq!(entry["response_buffering"] == false, stream, "{name}");
                streams += u32::from(stream);
            }
        }
        assert!(streams > 0, "files of products");
    }

    #[test]
    fn with_tls_no_route_answers_by_http() {
        let configuration = configured(&Settings { tls: true, ..example() });
        for route in routes(&configuration).iter().chain(configuration["routes"].as_array().expect("a list"))
        {
            assert_eq!(route["protocols"], json!(["https"]), "{}", route["name"]);
        }
    }
}
