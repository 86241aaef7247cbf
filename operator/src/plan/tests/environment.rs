//! What reaches the environment of which service.

use std::collections::BTreeSet;

use warung_contracts::manifest::{Setting, service_key_variable};

use super::*;
use crate::api::spec::{PaymentProvider, PaymentProviderName};
use crate::plan::secret::{SERVICE_KEY, wanted};
use crate::validate::{Invalid, SecretFault};

/// The manifests, with credentials of Stripe at payment.
fn with_stripe() -> &'static [Manifest] {
    let mut all = manifest::all().to_vec();
    let payment = all.iter_mut().find(|m| m.name == "payment").unwrap();
    payment.settings.retain(|setting| !setting.name.starts_with("WARUNG_STRIPE_"));
    for (name, secret_override) in [("WARUNG_STRIPE_SECRET_KEY", true), ("WARUNG_STRIPE_METHODS", false)] {
        let (name, doc) = (name.into(), String::new());
        payment.settings.push(Setting { name, doc, default: String::new(), secret_override, from: None });
    }
    Vec::leak(all)
}

fn stripe_shop() -> Shop {
    let mut shop = shop("0.1.0", None);
    let provider =
        json!({ "name": "stripe", "secretRef": { "name": "stripe" }, "methods": ["card", "link"] });
    shop.spec.payments.providers = serde_json::from_value(json!([{ "name": "sandbox" }, provider])).unwrap();
    shop
}

fn seen(secret: &str, values: &[(&str, &str)]) -> Observed {
    let mut seen = observed();
    let data = values.iter().map(|(key, value)| ((*key).to_owned(), value.as_bytes().to_vec()));
    seen.referenced.insert(secret.into(), data.collect());
    seen
}

fn container(plan: &Plan, service: &str) -> Value {
    find(plan, "Deployment", service).unwrap().data["spec"]["template"]["spec"]["containers"][0].clone()
}

fn checksum(plan: &Plan, service: &str) -> Value {
    let template = &find(plan, "Deployment", service).unwrap().data["spec"]["template"];
    template["metadata"]["annotations"][labels::CHECKSUM].clone()
}

#[test]
fn a_providers_credentials_reach_who_deals_with_it_and_nobody_else() {
    let (shop, manifests) = (stripe_shop(), with_stripe());
    let plan_of = |values: &[(&str, &str)]| {
        let seen = seen("stripe", values);
        plan(&validate(&shop, &seen, manifests).unwrap(), &seen).unwrap()
    };
    let before = plan_of(&[("WARUNG_STRIPE_SECRET_KEY", "sk_1"), ("note", "ours")]);
    let reference = json!({ "secretKeyRef": { "name": "stripe", "key": "WARUNG_STRIPE_SECRET_KEY" } });
    for service in manifests {
        let container = container(&before, &service.name);
        let expected = if service.name == "payment" {
            json!([{ "name": "WARUNG_STRIPE_SECRET_KEY", "valueFrom": reference }])
        } else {
            json!([])
        };
        assert_eq!(container["env"], expected, "{}", service.name);
        // A whole Secret of the user is never taken: it could override anything.
        assert!(!container["envFrom"].to_string().contains("stripe"), "{}", service.name);
    }
    let config = &find(&before, "ConfigMap", "payment").unwrap().data["data"];
    assert_eq!(config["WARUNG_STRIPE_METHODS"], "card,link");
    assert_eq!(config["WARUNG_PAYMENT_PROVIDERS"], "sandbox,stripe");

    let other_note = plan_of(&[("WARUNG_STRIPE_SECRET_KEY", "sk_1"), ("note", "theirs")]);
    let rotated = plan_of(&[("WARUNG_STRIPE_SECRET_KEY", "sk_2"), ("note", "ours")]);
    for service in manifests {
        let name = service.name.as_str();
        assert_eq!(checksum(&before, name), checksum(&other_note, name), "{name}: nobody reads the note");
        let same = checksum(&before, name) == checksum(&rotated, name);
        assert_eq!(same, name != "payment", "{name}: who reads the key is rolled, and nobody else");
    }
}

#[test]
fn a_provider_that_is_no_longer_offered_is_known_to_payment_alone() {
    let mut shop = stripe_shop();
    for provider in &mut shop.spec.payments.providers {
        provider.offered = provider.name == PaymentProviderName::Sandbox;
    }
    let seen = seen("stripe", &[("WARUNG_STRIPE_SECRET_KEY", "sk_1")]);
    let valid = validate(&shop, &seen, with_stripe()).unwrap();
    let plan = plan(&valid, &seen).unwrap();
    let config = |name: &str| find(&plan, "ConfigMap", name).unwrap().data["data"].clone();
    assert_eq!(config("payment")["WARUNG_PAYMENT_PROVIDERS"], "sandbox");
    assert_eq!(config("payment")["WARUNG_PAYMENT_PROVIDERS_KEPT"], "stripe");
    assert_eq!(config("order")["WARUNG_PAYMENT_PROVIDERS"], "sandbox");
    assert_eq!(config("order").get("WARUNG_PAYMENT_PROVIDERS_KEPT"), None);
    // It still has its credentials.
    assert_eq!(container(&plan, "payment")["env"][0]["name"], "WARUNG_STRIPE_SECRET_KEY");
}

#[test]
fn the_sandbox_carrier_takes_parcels_only_where_payments_are_not_real() {
    let seen = seen("stripe", &[("WARUNG_STRIPE_SECRET_KEY", "sk_1")]);
    let carriers = |shop: &Shop| {
        let valid = validate(shop, &seen, with_stripe()).unwrap();
        let plan = plan(&valid, &seen).unwrap();
        let said = find(&plan, "ConfigMap", "shipment").unwrap().data["data"]["WARUNG_CARRIERS"].clone();
        (valid.is_in_test_mode(), said)
    };
    let mut both = stripe_shop();
    assert_eq!(carriers(&both), (true, json!("sandbox")), "whoever chooses the sandbox pays nothing");
    both.spec.payments.providers.retain(|provider| provider.name != PaymentProviderName::Sandbox);
    assert_eq!(carriers(&both), (false, json!("none")));
    let mut kept = PaymentProvider::sandbox();
    kept.offered = false;
    both.spec.payments.providers.push(kept);
    assert_eq!(carriers(&both), (false, json!("none")), "it only ends what was begun");
    // The Shop may say otherwise.
    let own = json!({ "env": [{ "name": "WARUNG_CARRIERS", "value": "sandbox" }] });
    both.spec.services.insert("shipment".into(), serde_json::from_value(own.clone()).unwrap());
    let valid = validate(&both, &seen, with_stripe()).unwrap();
    assert_eq!(container(&plan(&valid, &seen).unwrap(), "shipment")["env"], own["env"]);
}

#[test]
fn a_secret_can_not_set_what_it_is_not_for() {
    let shop = stripe_shop();
    let foreign = [
        "WARUNG_DATABASE_URL",
        "WARUNG_PAYMENT_PROVIDERS",
        "WARUNG_PRODUCT_SERVICE_KEY",
        "WARUNG_STRIPE_METHODS",
        "WARUNG_STRIPE_TYPO",
        "WARUNG_SANDBOX_WEBHOOK_SECRET",
    ];
    for key in foreign {
        let secret = [("WARUNG_STRIPE_SECRET_KEY", "sk_1"), (key, "x")];
        let refused = validate(&shop, &seen("stripe", &secret), with_stripe()).unwrap_err();
        let Invalid::Secrets(faults) = &refused else { panic!("{refused}") };
        let [SecretFault::Unknown { key: named, .. }] = &faults[..] else { panic!("{refused}") };
        assert_eq!(named, key);
        assert!(refused.to_string().contains("or write one of WARUNG_STRIPE_SECRET_KEY"), "{refused}");
    }
}

#[test]
fn a_credential_may_stand_in_the_secret_or_with_the_service_but_must_stand_somewhere() {
    let mut shop = stripe_shop();
    for values in [&[("WARUNG_STRIPE_SECRET_KEY", "")][..], &[("comment", "x")]] {
        let refused = validate(&shop, &seen("stripe", values), with_stripe()).unwrap_err();
        assert!(refused.to_string().contains("has no key WARUNG_STRIPE_SECRET_KEY"), "{refused}");
    }
    let own = json!({ "env": [{ "name": "WARUNG_STRIPE_SECRET_KEY", "value": "mine" }] });
    shop.spec.services.insert("payment".into(), serde_json::from_value(own).unwrap());
    assert!(validate(&shop, &seen("stripe", &[("comment", "x")]), with_stripe()).is_ok());
}

#[test]
fn what_the_shop_writes_for_a_service_wins_over_a_secret() {
    let mut shop = stripe_shop();
    let own = json!({ "env": [{ "name": "WARUNG_STRIPE_SECRET_KEY", "value": "mine" }] });
    shop.spec.services.insert("payment".into(), serde_json::from_value(own.clone()).unwrap());
    let seen = seen("stripe", &[("WARUNG_STRIPE_SECRET_KEY", "sk_1")]);
    let plan = plan(&validate(&shop, &seen, with_stripe()).unwrap(), &seen).unwrap();
    assert_eq!(container(&plan, "payment")["env"], own["env"], "a variable is there once");
}

#[test]
fn a_provider_is_there_once_a_manifest_names_its_credentials() {
    assert!(PaymentProviderName::Sandbox.is_there());
    for provider in PaymentProviderName::ALL.into_iter().skip(1) {
        let prefix = provider.prefix();
        let named = |m: &Manifest| {
            m.settings.iter().any(|setting| setting.secret_override && setting.name.starts_with(&prefix))
        };
        assert_eq!(provider.is_there(), manifest::all().iter().any(named), "{prefix}");
    }
}

#[test]
fn a_service_key_reaches_its_service_and_its_callers_alone() {
    let (shop, mut seen) = (shop("0.1.0", None), observed());
    let valid = validate(&shop, &seen, manifest::all()).unwrap();
    let generated: BTreeSet<String> = wanted(&valid)
        .into_iter()
        .filter(|secret| secret.keys.iter().any(|(key, _)| key == SERVICE_KEY))
        .map(|secret| secret.part)
        .collect();
    let serving = manifest::all().iter().filter(|m| !m.serves.is_empty()).map(|m| m.name.clone());
    assert_eq!(generated, serving.collect::<BTreeSet<_>>());

    for name in &generated {
        let body = json!({ "data": { SERVICE_KEY: base64(name) } });
        let part = (name.as_str(), labels::Component::Service);
        seen.live.insert(object(&valid, kinds::SECRET, &names::credentials(name), part, body));
    }
    let plan = plan(&valid, &seen).unwrap();
    for service in manifest::all() {
        let secret = &find(&plan, "Secret", &service.name).unwrap().data["data"];
        let held = secret.as_object().unwrap().keys().filter(|key| key.ends_with("_SERVICE_KEY"));
        assert_eq!(held.cloned().collect::<BTreeSet<_>>(), service.service_keys(), "{}", service.name);
        for callee in service.callees() {
            assert_eq!(secret[service_key_variable(callee)], base64(callee), "{}", service.name);
        }
    }
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// The paths of a schema's fields that hold no others.
fn leaves(schema: &Value, path: &str, into: &mut BTreeSet<String>) {
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        match field.get("properties") {
            Some(_) => leaves(field, &path, into),
            None => drop(into.insert(path)),
        }
    }
}

#[test]
fn every_field_about_selling_is_said_to_some_service_and_none_is_made_up() {
    let crd = serde_json::to_value(<Shop as kube::CustomResourceExt>::crd()).unwrap();
    let spec = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"];
    let mut fields = BTreeSet::new();
    leaves(&spec["commerce"], "commerce", &mut fields);
    assert!(fields.len() > 10, "{fields:?}");
    let settings = manifest::all().iter().flat_map(|m| &m.settings);
    let named: BTreeSet<String> = settings.filter_map(|s| Some(s.from.as_ref()?.spec.clone())).collect();
    let (about_selling, others): (BTreeSet<_>, BTreeSet<_>) =
        named.into_iter().partition(|path| path.starts_with("commerce."));
    assert_eq!(about_selling, fields);
    leaves(&spec["notifications"], "notifications", &mut fields);
    assert!(others.is_subset(&fields), "{others:?}");
}

#[test]
fn what_the_shop_says_about_selling_reaches_who_reads_it_and_defaults_stay() {
    let (mut shop, seen) = (shop("0.1.0", None), observed());
    shop.spec.commerce = serde_json::from_value(json!({
        "pricesIncludeTax": false, "paymentDeadlineSeconds": 600, "returnDays": 0, "locale": "en", "timeZone": "Asia/Jakarta",
        "storefrontUrl": "https://kopi.example.com", "cart": { "maxLines": 20 },
    }))
    .unwrap();
    shop.spec.notifications.staff_email = Some("staff@kopi.example.com".into());
    let plan = plan(&validate(&shop, &seen, manifest::all()).unwrap(), &seen).unwrap();
    let said = |service: &str, name: &str| {
        find(&plan, "ConfigMap", service).unwrap().data["data"][name].as_str().unwrap().to_owned()
    };
    for (service, name, value) in [
        ("order", "WARUNG_PRICES_INCLUDE_TAX", "false"),
        ("order", "WARUNG_RETURN_DAYS", "0"),
        // The three clocks keep their order.
        ("payment", "WARUNG_PAYMENT_TTL_SECONDS", "600"),
        ("order", "WARUNG_ORDER_DEADLINE_SECONDS", "1500"),
        ("product", "WARUNG_RESERVATION_TTL_SECONDS", "2400"),
        ("product", "WARUNG_CATALOG_LOCALE", "en"),
        ("cart", "WARUNG_CART_LINES_MAX", "20"),
        ("cart", "WARUNG_CART_ITEMS_MAX", "5000"),
        ("shipment", "WARUNG_PARCEL_MAX_GRAMS", "30000"),
        ("notification", "WARUNG_TIME_ZONE", "Asia/Jakarta"),
        ("notification", "WARUNG_LINKS_URL", "https://kopi.example.com"),
        ("notification", "WARUNG_STAFF_EMAIL", "staff@kopi.example.com"),
        ("notification", "WARUNG_MAIL_FROM", "shop@warung.local"),
    ] {
        assert_eq!(said(service, name), value, "{service} {name}");
    }
}
