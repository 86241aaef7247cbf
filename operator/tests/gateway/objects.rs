//! What a whole Shop's edge looks like to the cluster: the objects of the gateway and of the mesh, as rendered.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use warung_contracts::manifest;
use warung_operator::api::Shop;
use warung_operator::api::spec::GatewayProvider;
use warung_operator::cli::render::{read, render};

fn shop(change: impl FnOnce(&mut Shop)) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/production.yaml");
    let mut shop = read(&path).expect("the example is a Shop");
    change(&mut shop);
    let text = render(&shop, false, "warung-system").expect("it renders");
    text.split("\n---\n").skip(1).map(|one| serde_saphyr::from_str(one).expect("YAML")).collect()
}

fn find<'a>(objects: &'a [Value], kind: &str, name: &str) -> &'a Value {
    let found = objects.iter().find(|object| object["kind"] == kind && object["metadata"]["name"] == name);
    found.unwrap_or_else(|| panic!("no {kind} {name}"))
}

fn annotations(objects: &[Value]) -> Value {
    find(objects, "Deployment", "gateway")["spec"]["template"]["metadata"]["annotations"].clone()
}

#[test]
fn both_gateways_run_without_privileges_on_a_read_only_root() {
    for provider in [GatewayProvider::Kong, GatewayProvider::Envoy] {
        let objects = shop(|shop| shop.spec.gateway.provider = provider);
        let pod = &find(&objects, "Deployment", "gateway")["spec"]["template"]["spec"];
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
        assert_eq!(pod["automountServiceAccountToken"], false);
        let container = &pod["containers"][0];
        let expected = json!({
            "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}, "privileged": false,
            "readOnlyRootFilesystem": true,
        });
        assert_eq!(container["securityContext"], expected);
        for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
            assert_eq!(container[probe]["httpGet"]["port"], "status", "{provider:?} {probe}");
        }
        let volumes = pod["volumes"].as_array().expect("volumes");
        for mount in container["volumeMounts"].as_array().expect("mounts") {
            assert!(volumes.iter().any(|volume| volume["name"] == mount["name"]), "{provider:?} {mount}");
        }
    }
}

#[test]
fn kong_takes_files_and_keeps_other_bodies_where_they_evict_no_pod() {
    let objects = shop(|shop| shop.spec.gateway.provider = GatewayProvider::Kong);
    let pod = &find(&objects, "Deployment", "gateway")["spec"]["template"]["spec"];
    let variable = |name: &str| {
        let variables = pod["containers"][0]["env"].as_array().expect("variables");
        let found = variables.iter().find(|variable| variable["name"] == name);
        found.and_then(|variable| variable["value"].as_str()).unwrap_or_else(|| panic!("no {name}"))
    };
    assert_eq!(variable("KONG_NGINX_HTTP_CLIENT_MAX_BODY_SIZE"), (256 * 1024 * 1024).to_string());
    let folder = variable("KONG_NGINX_HTTP_CLIENT_BODY_TEMP_PATH");
    let mounts = pod["containers"][0]["volumeMounts"].as_array().expect("mounts");
    let mount =
        mounts.iter().find(|mount| mount["mountPath"] == folder).expect("the root can't be written to");
    let volumes = pod["volumes"].as_array().expect("volumes");
    let volume = volumes.iter().find(|volume| volume["name"] == mount["name"]).expect("a volume");
    assert_eq!(volume["emptyDir"], json!({"medium": "Memory", "sizeLimit": "64Mi"}));
}

#[test]
fn changed_settings_roll_the_pods_and_unchanged_ones_do_not() {
    let same = annotations(&shop(|_| ()));
    assert_eq!(annotations(&shop(|shop| shop.spec.gateway.replicas = 2)), same);
    let other = annotations(&shop(|shop| {
        shop.spec.gateway.rate_limits.insert("login".into(), 7);
    }));
    assert_ne!(other, same);
}

#[test]
fn no_secret_stands_in_the_gateways_configuration() {
    let objects = shop(|_| ());
    let text = find(&objects, "ConfigMap", "gateway-config")["data"]["kong.yaml"].to_string();
    assert!(text.contains("{vault://env/warung-redis-password}") && !text.contains("PRIVATE"), "{text}");
    let variables =
        &find(&objects, "Deployment", "gateway")["spec"]["template"]["spec"]["containers"][0]["env"];
    let password =
        variables.as_array().expect("variables").iter().find(|v| v["name"] == "WARUNG_REDIS_PASSWORD");
    let reference = &password.expect("Kong gets the password of Redis")["valueFrom"]["secretKeyRef"];
    let secret = find(&objects, "Secret", reference["name"].as_str().expect("a name"));
    assert!(secret["data"][reference["key"].as_str().expect("a key")].is_string(), "{secret}");
}

/// The rules of a service's policy that let a caller's identity do something: paths by caller.
fn allowed(objects: &[Value], service: &str, caller: &str) -> Vec<String> {
    let principal = format!("cluster.local/ns/kopi/sa/{caller}");
    let rules =
        find(objects, "AuthorizationPolicy", service)["spec"]["rules"].as_array().expect("rules").iter();
    let of_caller = rules.filter(|rule| {
        let sources = rule["from"].as_array().into_iter().flatten();
        sources
            .flat_map(|from| from["source"]["principals"].as_array().into_iter().flatten())
            .any(|p| *p == principal)
    });
    let operations = of_caller.flat_map(|rule| rule["to"].as_array().expect("operations"));
    let paths = operations.flat_map(|to| to["operation"]["paths"].as_array().expect("paths"));
    paths.map(|path| path.as_str().expect("a path").to_owned()).collect()
}

#[test]
fn in_the_mesh_a_service_answers_only_whom_the_manifests_name() {
    let objects = shop(|_| ());
    for service in manifest::all() {
        let mtls = &find(&objects, "PeerAuthentication", &service.name)["spec"];
        assert_eq!(mtls["mtls"]["mode"], "STRICT");
        assert_eq!(mtls["portLevelMtls"], json!({service.admin_port.to_string(): {"mode": "PERMISSIVE"}}));
        let tls = &find(&objects, "DestinationRule", &service.name)["spec"]["trafficPolicy"]["tls"];
        assert_eq!(tls["mode"], "ISTIO_MUTUAL");
        assert_eq!(
            allowed(&objects, &service.name, "gateway").len(),
            service.routes.len(),
            "{}",
            service.name
        );
        for caller in manifest::all().iter().filter(|caller| caller.name != service.name) {
            let mut expected: Vec<String> = caller
                .calls
                .iter()
                .filter(|c| c.service == service.name)
                .map(|c| format!("/{}", c.rpc))
                .collect();
            expected.sort_unstable();
            if service.routes.iter().any(|route| route.path == "/.well-known/jwks.json") {
                expected.push("/.well-known/jwks.json".into());
            }
            assert_eq!(
                allowed(&objects, &service.name, &caller.name),
                expected,
                "{} → {}",
                caller.name,
                service.name
            );
        }
    }
    let nothing = &find(&objects, "AuthorizationPolicy", "deny-by-default")["spec"];
    assert_eq!(
        (&nothing["selector"]["matchLabels"]["warung.dev/shop"], nothing.get("rules")),
        (&json!("kopi"), None)
    );
}

/// Ports that rules of one direction open to or from anywhere.
fn open(policy: &Value, direction: &str, peers: &str) -> BTreeSet<u64> {
    let rules = policy["spec"][direction].as_array().expect("rules").iter();
    let anywhere = rules.filter(|rule| rule.get(peers).is_none());
    let ports = anywhere.flat_map(|rule| rule["ports"].as_array().expect("ports"));
    ports.filter_map(|port| port["port"].as_u64()).collect()
}

#[test]
fn in_the_mesh_network_policies_let_sidecars_work() {
    let objects = shop(|_| ());
    for name in manifest::all().iter().map(|service| service.name.as_str()).chain(["gateway"]) {
        let policy = find(&objects, "NetworkPolicy", name);
        assert!(open(policy, "egress", "to").contains(&15012), "{name} gets its certificate");
        let probed = BTreeSet::from([15020, 15021, 15090]);
        assert!(open(policy, "ingress", "from").is_superset(&probed), "{name} is probed: {policy}");
    }
}

#[test]
fn without_a_mesh_there_is_nothing_of_it() {
    let objects = shop(|shop| shop.spec.mesh.mode = warung_operator::api::spec::MeshMode::Disabled);
    assert!(
        !objects.iter().any(|o| o["apiVersion"].as_str().is_some_and(|version| version.contains("istio")))
    );
    assert!(!annotations(&objects).to_string().contains("istio"));
}

#[test]
fn dashboards_of_two_shops_stand_side_by_side() {
    let uid = |objects: &[Value]| {
        let data = &find(objects, "ConfigMap", "dashboard-shop")["data"]["kopi-shop.json"];
        let board: Value = serde_json::from_str(data.as_str().expect("text")).expect("JSON");
        assert_eq!(board["templating"]["list"][1]["query"], objects[0]["metadata"]["namespace"]);
        board["uid"].as_str().expect("a uid").to_owned()
    };
    let (ours, theirs) = (shop(|_| ()), shop(|shop| shop.metadata.namespace = Some("toko".into())));
    assert_ne!(uid(&ours), uid(&theirs));
    assert!(uid(&ours).len() <= 40);
    assert_eq!(find(&ours, "ConfigMap", "dashboard-shop")["metadata"]["labels"]["grafana_dashboard"], "1");
}
