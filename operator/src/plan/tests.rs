mod environment;

use std::collections::BTreeMap;

use warung_contracts::manifest::{self, Manifest};

use super::*;
use crate::api::{Shop, ShopSpec};
use crate::objects::names;
use crate::validate::validate;

fn observed() -> Observed {
    Observed { operator_namespace: "warung-system".into(), ..Observed::default() }
}

fn shop(version: &str, running: Option<&str>) -> Shop {
    let mut shop = Shop::new("kopi", ShopSpec::new(version, "kopi.example.com", "IDR"));
    shop.metadata.namespace = Some("kopi".into());
    let status = crate::api::ShopStatus { version: running.map(Into::into), ..Default::default() };
    shop.status = Some(status);
    shop
}

fn of(shop: &Shop, manifests: &'static [Manifest]) -> Plan {
    let observed = observed();
    plan(&validate(shop, &observed, manifests).unwrap(), &observed).unwrap()
}

fn find<'a>(plan: &'a Plan, kind: &str, name: &str) -> Option<&'a Object> {
    let is = |object: &&Object| {
        object.types.as_ref().is_some_and(|types| types.kind == kind)
            && object.metadata.name.as_deref() == Some(name)
    };
    plan.stages.iter().flat_map(|stage| &stage.apply).find(is)
}

#[test]
fn a_ninth_service_is_a_manifest_and_nothing_else() {
    let mut all = manifest::all().to_vec();
    let mut ninth = manifest::get("cart").clone();
    ninth.name = "wishlist".into();
    (ninth.port, ninth.admin_port) = (8099, 9099);
    ninth.serves.clear();
    ninth.routes.clear();
    all.push(ninth);
    let plan = of(&shop("0.1.0", None), Vec::leak(all));
    for kind in ["Deployment", "Service", "ServiceAccount", "ConfigMap", "Secret", "NetworkPolicy"] {
        assert!(find(&plan, kind, "wishlist").is_some(), "{kind}");
    }
    let config = find(&plan, "ConfigMap", "wishlist").unwrap();
    assert_eq!(config.data["data"]["WARUNG_PRODUCT_URL"], "http://product:8083");
    // Whom it calls lets it in.
    let product = find(&plan, "NetworkPolicy", "product").unwrap().data.to_string();
    assert!(product.contains("wishlist"));
    let users = &find(&plan, "Secret", "nats-config").unwrap().data;
    assert!(users.to_string().len() > 100);
}

#[test]
fn an_install_waits_for_no_service_and_an_upgrade_for_each() {
    let gates = |plan: &Plan| -> Vec<usize> {
        plan.stages
            .iter()
            .filter(|stage| stage.step == Step::Services)
            .map(|stage| stage.gate.len())
            .collect()
    };
    assert_eq!(gates(&of(&shop("0.1.0", None), manifest::all())), [0]);
    assert_eq!(gates(&of(&shop("0.1.0", Some("0.1.0")), manifest::all())), [0]);
    let upgrade = of(&shop("0.2.0", Some("0.1.0")), manifest::all());
    assert_eq!(gates(&upgrade), vec![1; manifest::all().len()]);
}

#[test]
fn every_pod_runs_restricted() {
    let plan = of(&shop("0.1.0", None), manifest::all());
    let mut pods = 0;
    for object in plan.stages.iter().flat_map(|stage| &stage.apply) {
        let Some(spec) = object.data.pointer("/spec/template/spec") else { continue };
        pods += 1;
        let name = object.metadata.name.as_deref().unwrap_or_default();
        assert_eq!(spec["securityContext"]["runAsNonRoot"], true, "{name}");
        assert_eq!(spec["automountServiceAccountToken"], false, "{name}");
        for containers in ["containers", "initContainers"] {
            for container in spec[containers].as_array().into_iter().flatten() {
                let context = &container["securityContext"];
                assert_eq!(context["readOnlyRootFilesystem"], true, "{name}");
                assert_eq!(context["allowPrivilegeEscalation"], false, "{name}");
                assert_eq!(context["capabilities"]["drop"][0], "ALL", "{name}");
                assert!(container["resources"]["requests"].is_object(), "{name}");
            }
        }
    }
    assert!(pods >= manifest::all().len() + 3);
}

#[test]
fn the_same_shop_makes_the_same_plan() {
    let print = |plan: &Plan| -> Vec<String> {
        plan.stages.iter().flat_map(|stage| &stage.apply).map(fingerprint).collect()
    };
    let shop = shop("0.1.0", None);
    assert_eq!(print(&of(&shop, manifest::all())), print(&of(&shop, manifest::all())));
}

#[test]
fn what_a_service_logs_is_its_own_choice_until_the_shop_says_otherwise() {
    let plan = of(&shop("0.1.0", None), manifest::all());
    for service in manifest::all() {
        let config = find(&plan, "ConfigMap", &service.name).unwrap();
        assert!(config.data["data"].get("WARUNG_LOG").is_none(), "{}", service.name);
    }
    let mut wordy = shop("0.1.0", None);
    let own = serde_json::from_value(json!({ "env": [{ "name": "WARUNG_LOG", "value": "debug" }] })).unwrap();
    wordy.spec.services.insert("order".into(), own);
    let plan = of(&wordy, manifest::all());
    let container =
        &find(&plan, "Deployment", "order").unwrap().data["spec"]["template"]["spec"]["containers"][0];
    let said = json!({ "name": "WARUNG_LOG", "value": "debug" });
    assert!(container["env"].as_array().unwrap().contains(&said));
}

#[test]
fn migrations_reach_the_database_alone() {
    let plan = of(&shop("0.1.0", None), manifest::all());
    let spec = &find(&plan, "NetworkPolicy", names::MIGRATIONS).unwrap().data["spec"];
    assert_eq!(spec["ingress"], json!([]));
    assert_eq!(spec["policyTypes"], json!(["Ingress", "Egress"]));
    let egress = spec["egress"].as_array().unwrap();
    assert_eq!(egress.len(), 2);
    assert_eq!(egress[0]["ports"][0]["port"], 53);
    assert_eq!(egress[1]["ports"], json!([{ "port": 5432, "protocol": "TCP" }]));
    let selected = spec["podSelector"]["matchLabels"].as_object().unwrap();
    let jobs: Vec<&Object> = plan
        .stages
        .iter()
        .flat_map(|stage| &stage.apply)
        .filter(|object| object.types.as_ref().is_some_and(|types| types.kind == "Job"))
        .collect();
    assert!(!jobs.is_empty());
    for job in jobs {
        let labels = &job.data["spec"]["template"]["metadata"]["labels"];
        assert!(selected.iter().all(|(key, value)| labels[key] == *value), "{labels}");
    }
}

#[test]
fn only_what_is_configured_may_be_reached_outside() {
    let ports = |shop: &Shop, observed: &Observed, service: &str| -> Vec<Value> {
        let plan = plan(&validate(shop, observed, manifest::all()).unwrap(), observed).unwrap();
        let policy = find(&plan, "NetworkPolicy", service).unwrap();
        let rules = policy.data["spec"]["egress"].as_array().unwrap().clone();
        let outside = rules.into_iter().filter(|rule| rule["to"][0].get("ipBlock").is_some());
        outside
            .flat_map(|rule| {
                assert_eq!(rule["to"][0]["ipBlock"]["except"], json!(["169.254.0.0/16"]));
                assert_eq!(rule["to"][1]["ipBlock"]["except"], json!(["fe80::/10"]));
                rule["ports"].as_array().unwrap().iter().map(|port| port["port"].clone()).collect::<Vec<_>>()
            })
            .collect()
    };
    let mut kopi = shop("0.1.0", None);
    let mut seen = observed();
    for service in manifest::all() {
        assert!(ports(&kopi, &seen, &service.name).is_empty(), "{}", service.name);
    }
    kopi.spec.notifications =
        serde_json::from_value(json!({ "smtp": { "secretRef": { "name": "mail" } } })).unwrap();
    for (url, expected) in
        [("smtps://u:p@mail.example.com", vec![25, 465, 587]), ("smtp://mail:2525", vec![2525])]
    {
        seen.referenced.insert("mail".into(), BTreeMap::from([("url".into(), url.as_bytes().to_vec())]));
        assert_eq!(json!(ports(&kopi, &seen, "notification")), json!(expected));
        assert!(ports(&kopi, &seen, "payment").is_empty());
    }
}
