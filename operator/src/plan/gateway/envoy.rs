//! The route table as Envoy's bootstrap configuration, on the data of envoy/base.yaml.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use warung_contracts::manifest::{Access, RateClass};

use super::STREAM_SILENCE_MAX_SECONDS;
use super::settings::{Settings, TokenKey};
use crate::plan::document::{Document, Fault};
use crate::plan::route::{Path, Route, Template, paths};

/// Path in the repository, for messages.
const FILE: &str = "envoy/base.yaml";
const TLS_FILE: &str = "envoy/tls.yaml";

/// Where the HTTP connection manager of the public listener is.
pub const HTTP: &str = "static_resources/listeners/@http/filter_chains/0/filters/0/typed_config";

/// How long a service may take for a whole answer, repeats included.
const ANSWER_TIMEOUT: &str = "15s";

/// Share of the calls, among those that bring no trace of their own, whose trace is recorded.
const TRACED_PERCENT: u32 = 10;

/// What Envoy reads.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// envoy.yaml.
    pub bootstrap: Document,
    /// certificate.yaml, when the gateway ends TLS.
    pub certificate: Option<Value>,
}

/// The configuration of a Shop's Envoy.
///
/// # Errors
///
/// [`Fault`] when a file of envoy/ lacks a place that is filled in.
pub fn configuration(routes: &[Route], settings: &Settings) -> Result<Configuration, Fault> {
    let mut document = Document::parse(FILE, include_str!("../../../../envoy/base.yaml"))?;
    fill_filters(&mut document, routes, settings)?;
    fill_routes(&mut document, routes)?;
    document.list("static_resources/clusters")?.extend(clusters(routes));
    if let Some((host, port)) = &settings.tracing {
        fill_tracing(&mut document, host, *port)?;
    }
    let certificate = if settings.tls { Some(fill_tls(&mut document)?) } else { None };
    Ok(Configuration { bootstrap: document, certificate })
}

fn fill_filters(document: &mut Document, routes: &[Route], settings: &Settings) -> Result<(), Fault> {
    let filter = |name: &str| format!("{HTTP}/http_filters/@envoy.filters.http.{name}/typed_config");
    let shop = format!("{}/providers/shop", filter("jwt_authn"));
    document.set(&format!("{shop}/issuer"), settings.issuer.clone())?;
    let keys = TokenKey::jwks(&settings.token_keys).to_string();
    document.set(&format!("{shop}/local_jwks/inline_string"), keys)?;
    document.set(&format!("{}/max_request_bytes", filter("buffer")), settings.body_bytes_max)?;
    document.list(&format!("{}/descriptors", filter("local_ratelimit")))?.extend(limits(routes, settings));
    let cors =
        format!("{HTTP}/route_config/virtual_hosts/@shop/typed_per_filter_config/envoy.filters.http.cors");
    let origins = settings.cors_origins.iter().map(|origin| match origin.as_str() {
        "*" => json!({"safe_regex": {"regex": ".*"}}),
        origin => json!({"exact": origin}),
    });
    document.list(&format!("{cors}/allow_origin_string_match"))?.extend(origins);
    document.set(&format!("{cors}/max_age"), settings.cors_max_age_seconds.to_string())
}

fn fill_routes(document: &mut Document, routes: &[Route]) -> Result<(), Fault> {
    let list = document.list(&format!("{HTTP}/route_config/virtual_hosts/@shop/routes"))?;
    // The last of the file is the 404: preflights come before the 405s, to be answered by the cors filter.
    let nowhere = list.len().saturating_sub(1);
    list.splice(nowhere..nowhere, paths(routes).iter().map(wrong_method));
    list.splice(0..0, routes.iter().map(route));
    Ok(())
}

/// What a known path answers to a method that none of its routes takes.
fn wrong_method(path: &Path) -> Value {
    json!({
        "name": path.name,
        "match": place(&path.template),
        "direct_response": {"status": 405},
        "response_headers_to_add": [{"header": {"key": "allow", "value": path.allow}}],
        "typed_per_filter_config": {"envoy.filters.http.jwt_authn": token(Access::Public)},
    })
}

/// What a path must be to match a template.
fn place(template: &Template) -> Value {
    match template.exact() {
        Some(path) => json!({"path": path}),
        None => json!({"safe_regex": {"regex": template.regex()}}),
    }
}

/// The bucket that counts a call: one for each service and class, and in it one for each client address.
fn bucket(service: &str, class: RateClass) -> String {
    format!("{service}/{}", class.as_str())
}

fn limits(routes: &[Route], settings: &Settings) -> Vec<Value> {
    let buckets: BTreeSet<(&str, RateClass)> = routes.iter().map(|r| (r.service.as_str(), r.rate)).collect();
    let limit = |(service, class): (&str, RateClass)| {
        let per_minute = settings.per_minute(class);
        json!({
            // An entry without a value stands for each value that comes: here, for each client address.
            "entries": [{"key": "limit", "value": bucket(service, class)}, {"key": "remote_address"}],
            "token_bucket": {"max_tokens": per_minute, "tokens_per_fill": per_minute, "fill_interval": "60s"},
        })
    };
    buckets.into_iter().map(limit).collect()
}

fn route(route: &Route) -> Value {
    let mut entry = json!({
        "name": route.name,
        "match": place(&route.path),
        "route": {
            "cluster": route.service,
            "timeout": ANSWER_TIMEOUT,
            // A mesh finds the service by this name; what the caller wrote goes on as X-Forwarded-Host.
            "host_rewrite_literal": route.service,
            "append_x_forwarded_host": true,
            "retry_policy": retries(route),
        },
        "metadata": {"filter_metadata": {"warung": {"limit": bucket(&route.service, route.rate)}}},
        "typed_per_filter_config": {"envoy.filters.http.jwt_authn": token(route.access)},
    });
    let methods = match route.methods() {
        [method] => json!({"exact": method}),
        several => json!({"safe_regex": {"regex": several.join("|")}}),
    };
    entry["match"]["headers"] = json!([{"name": ":method", "string_match": methods}]);
    if route.stream {
        unbind(&mut entry);
    }
    entry
}

/// Passes a route's bodies and answers on as they come: only silence ends them, and then without their end, so that nobody
/// takes a part for the whole.
fn unbind(entry: &mut Value) {
    entry["route"]["timeout"] = json!("0s");
    entry["route"]["max_stream_duration"] = json!({"max_stream_duration": "0s"});
    entry["route"]["idle_timeout"] = json!(format!("{STREAM_SILENCE_MAX_SECONDS}s"));
    if let Some(retries) = entry["route"]["retry_policy"].as_object_mut() {
        retries.remove("per_try_timeout");
    }
    entry["typed_per_filter_config"]["envoy.filters.http.buffer"] = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute",
        "disabled": true,
    });
}

/// A call that never reached the service is sent again whatever it is; one that may have, only when that is safe.
fn retries(route: &Route) -> Value {
    let on = if route.may_repeat() {
        "connect-failure,refused-stream,reset-before-request,reset,retriable-status-codes"
    } else {
        "connect-failure,refused-stream,reset-before-request"
    };
    let mut policy = json!({
        "retry_on": on,
        "num_retries": 2,
        "per_try_timeout": "7s",
        "retry_back_off": {"base_interval": "0.05s", "max_interval": "0.5s"},
    });
    if route.may_repeat() {
        policy["retriable_status_codes"] = json!([503]);
    }
    policy
}

/// What the token filter asks of a call.
fn token(access: Access) -> Value {
    let requirement = match access {
        Access::Public => json!({"disabled": true}),
        Access::Guest => json!({"requirement_name": "optional"}),
        // The role is the service's to judge: it answers in the shop's own words.
        Access::Customer | Access::Permission(_) => json!({"requirement_name": "required"}),
    };
    let mut config =
        json!({"@type": "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.PerRouteConfig"});
    if let (Some(config), Value::Object(requirement)) = (config.as_object_mut(), requirement) {
        config.extend(requirement);
    }
    config
}

fn clusters(routes: &[Route]) -> Vec<Value> {
    let services: BTreeMap<&str, u16> = routes.iter().map(|r| (r.service.as_str(), r.port)).collect();
    services.into_iter().map(|(service, port)| cluster(service, service, port)).collect()
}

fn cluster(name: &str, host: &str, port: u16) -> Value {
    json!({
        "name": name,
        "type": "STRICT_DNS",
        "dns_lookup_family": "V4_PREFERRED",
        "connect_timeout": "2s",
        "circuit_breakers": {"thresholds": [{
            "max_connections": 1024, "max_pending_requests": 1024, "max_requests": 1024,
            "retry_budget": {"budget_percent": {"value": 20.0}, "min_retry_concurrency": 3},
        }]},
        "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            // Connections end now and then, so that new pods of the service get their share of them.
            "common_http_protocol_options": {"idle_timeout": "30s", "max_requests_per_connection": 1000},
            "explicit_http_config": {"http_protocol_options": {}},
        }},
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": {
                "socket_address": {"address": host, "port_value": port},
            }}}]}],
        },
    })
}

/// Sends the spans of traces that the caller began and wants recorded, and of [`TRACED_PERCENT`] of all others.
fn fill_tracing(document: &mut Document, host: &str, port: u16) -> Result<(), Fault> {
    let tracer = format!("{HTTP}/tracing/provider/typed_config");
    let ratio = "sampler/typed_config/wrapped_sampler/typed_config/sampling_percentage/numerator";
    document.set(&format!("{tracer}/grpc_service/envoy_grpc/cluster_name"), "otlp")?;
    document.set(&format!("{tracer}/{ratio}"), TRACED_PERCENT)?;
    let mut otlp = cluster("otlp", host, port);
    otlp["typed_extension_protocol_options"]["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"]["explicit_http_config"] =
        json!({"http2_protocol_options": {}});
    document.list("static_resources/clusters")?.push(otlp);
    Ok(())
}

/// Adds the HTTPS listener and turns the HTTP one into a redirect; the content of certificate.yaml.
fn fill_tls(document: &mut Document) -> Result<Value, Fault> {
    let mut tls = Document::parse(TLS_FILE, include_str!("../../../../envoy/tls.yaml"))?;
    let header = tls.at("response_header")?.take();
    document.list(&format!("{HTTP}/route_config/response_headers_to_add"))?.push(header);
    let mut https = document.at("static_resources/listeners/@http")?.clone();
    https["name"] = json!("https");
    https["address"]["socket_address"]["port_value"] = json!(super::HTTPS_PORT);
    https["filter_chains"][0]["transport_socket"] = tls.at("listener/transport_socket")?.take();
    document.list("static_resources/listeners")?.push(https);
    document.insert(&format!("{HTTP}/route_config/virtual_hosts/@shop"), "require_tls", "ALL")?;
    Ok(tls.at("certificate")?.take())
}

#[cfg(test)]
mod tests {
    use warung_contracts::manifest;

    use super::super::settings::tests::example;
    use super::*;
    use crate::plan::route::table;

    fn configured(settings: &Settings) -> Configuration {
        let routes = table(manifest::all()).expect("the manifests' paths parse");
        configuration(&routes, settings).expect("the base has every place")
    }

    fn routes(mut document: Document) -> Vec<Value> {
        let place = format!("{HTTP}/route_config/virtual_hosts/@shop/routes");
        document.list(&place).expect("a list of routes").clone()
    }

    #[test]
    fn the_table_comes_first_then_preflights_wrong_methods_and_the_404() {
        let routes = routes(configured(&example()).bootstrap);
        let table = table(manifest::all()).expect("paths");
        let answers = routes[table.len()..].iter().map(|route| route["direct_response"]["status"].clone());
        let mut expected = vec![Value::Null];
        expected.extend(paths(&table).iter().map(|_| json!(405)));
        expected.push(json!(404));
        assert_eq!(answers.collect::<Vec<_>>(), expected);
        assert_eq!(routes[table.len()]["name"], "preflight");
    }

    #[test]
    fn every_service_with_a_route_is_a_cluster() {
        let configuration = configured(&example());
        for manifest in manifest::all().iter().filter(|manifest| !manifest.routes.is_empty()) {
            let place = format!(
                "static_resources/clusters/@{}/load_assignment/endpoints/0/lb_endpoints/0",
                manifest.name
            );
            let mut document = configuration.bootstrap.clone();
            let endpoint = document.at(&place).expect("a cluster of the service's name")["endpoint"].take();
            assert_eq!(endpoint["address"]["socket_address"]["port_value"], manifest.port);
        }
    }

    #[test]
    fn a_charge_is_not_sent_twice_unless_it_has_a_key() {
        for (route, entry) in
            table(manifest::all()).expect("paths").iter().zip(routes(configured(&example()).bootstrap))
        {
            let retried = entry["route"]["retry_policy"]["retriable_status_codes"].is_array();
            assert_eq!(retried, route.may_repeat(), "{}", route.name);
        }
    }

    #[test]
    fn only_streams_are_without_bounds() {
        let table = table(manifest::all()).expect("paths");
        assert!(table.iter().any(|route| route.stream), "files of products");
        for (route, entry) in table.iter().zip(routes(configured(&example()).bootstrap)) {
            let unbuffered = entry["typed_per_filter_config"].get("envoy.filters.http.buffer").is_some();
            let untimed = entry["route"]["timeout"] == "0s";
            assert_eq!((unbuffered, untimed), (route.stream, route.stream), "{}", route.name);
        }
    }

    #[test]
    fn with_tls_http_only_redirects() {
        let Configuration { mut bootstrap, certificate } = configured(&Settings { tls: true, ..example() });
        let host = bootstrap.at(&format!("{HTTP}/route_config/virtual_hosts/@shop")).expect("a host");
        assert_eq!(host["require_tls"], "ALL");
        let https = bootstrap.at("static_resources/listeners/@https").expect("a listener");
        assert!(https["filter_chains"][0]["transport_socket"].is_object());
        assert!(certificate.expect("a certificate")["resources"].is_array());
    }
}
