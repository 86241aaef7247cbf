use serde_json::{Value, json};
use warung_psp_sim::{
    Act,
    paypal::{CLIENT_ID, CLIENT_SECRET, PayPal, WEBHOOK_ID},
};
use warung_testbed::outside;

use super::{covers, judge};
use crate::{
    openapi::Description,
    shop::{Key, Shop},
};

const WHOLE: (&str, &str) = ("prefer", "return=representation");

async fn log_in(shop: &mut Shop<PayPal>) {
    let request = shop.client.post(format!("{}/v1/oauth2/token", shop.sim.desk.url));
    let request =
        request.basic_auth(CLIENT_ID, Some(CLIENT_SECRET)).form(&[("grant_type", "client_credentials")]);
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    shop.key = Key::Bearer(answer["access_token"].as_str().unwrap().to_owned());
}

async fn order(shop: &Shop<PayPal>, id: &str, intent: &str, amount: Value) -> Value {
    let body = json!({"intent": intent, "purchase_units": [{"amount": amount, "custom_id": id, "invoice_id": id}],
        "payment_source": {"paypal": {"experience_context": {"return_url": "http://127.0.0.1/", "cancel_url": "http://127.0.0.1/"}}}});
    shop.send_with("POST", "/v2/checkout/orders", &[WHOLE, ("paypal-request-id", id)], Some(body)).await.body
}

fn dollars(value: &str) -> Value {
    json!({"currency_code": "USD", "value": value})
}

/// An approved order, captured or authorised; the order's id and what came of it.
async fn completed(shop: &Shop<PayPal>, id: &str, intent: &str, act: Act) -> (String, Value) {
    let made = order(shop, id, intent, dollars("10.00")).await;
    let own = made["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
    let path = format!("/v2/checkout/orders/{own}/{}", intent.to_lowercase());
    shop.send_with("POST", &path, &[WHOLE], Some(json!({}))).await;
    shop.act(&own, act);
    shop.send("GET", &format!("/v2/checkout/orders/{own}"), None).await;
    let answer = shop.send_with("POST", &path, &[WHOLE, ("paypal-request-id", id)], Some(json!({}))).await;
    shop.send_with("POST", &path, &[WHOLE, ("paypal-request-id", id)], Some(json!({}))).await;
    shop.send_with("POST", &path, &[WHOLE], Some(json!({}))).await;
    let payments = answer.body["purchase_units"][0]["payments"].clone();
    (own, payments)
}

async fn lives(shop: &Shop<PayPal>) {
    let (_, taken) = completed(shop, "order-1", "CAPTURE", Act::Pay).await;
    let capture = taken["captures"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v2/payments/captures/{capture}");
    shop.send("GET", &path, None).await;
    for body in [json!({"amount": dollars("4.00")}), json!({"amount": dollars("9.00")}), json!({}), json!({})]
    {
        let refund = shop.send_with("POST", &format!("{path}/refund"), &[WHOLE], Some(body)).await.body;
        if let Some(id) = refund["id"].as_str() {
            shop.send("GET", &format!("/v2/payments/refunds/{id}"), None).await;
        }
    }
    let (_, held) = completed(shop, "order-2", "AUTHORIZE", Act::Pay).await;
    let path = format!("/v2/payments/authorizations/{}", held["authorizations"][0]["id"].as_str().unwrap());
    shop.send("GET", &path, None).await;
    for value in ["20.00", "2.50", "1.00"] {
        let body = json!({"amount": dollars(value), "final_capture": value == "2.50"});
        shop.send_with("POST", &format!("{path}/capture"), &[WHOLE], Some(body)).await;
    }
    shop.send("POST", &format!("{path}/void"), None).await;
    for (id, headers) in [("order-3", &[WHOLE][..]), ("order-4", &[])] {
        let (_, held) = completed(shop, id, "AUTHORIZE", Act::Pay).await;
        let path =
            format!("/v2/payments/authorizations/{}/void", held["authorizations"][0]["id"].as_str().unwrap());
        shop.send_with("POST", &path, headers, None).await;
        shop.send_with("POST", &path, headers, None).await;
    }
    completed(shop, "order-5", "CAPTURE", Act::Fail).await;
    let (waiting, _) = completed(shop, "order-6", "CAPTURE", Act::Challenge).await;
    shop.act(&waiting, Act::Deny);
    let (waiting, _) = completed(shop, "order-7", "CAPTURE", Act::Challenge).await;
    shop.act(&waiting, Act::Settle);
    shop.act(&waiting, Act::Chargeback);
    for amount in
        [json!({"currency_code": "IDR", "value": "150000"}), dollars("1.001"), dollars("0.00"), json!({})]
    {
        order(shop, "wrong", "CAPTURE", amount).await;
    }
    let breakdown =
        json!({"currency_code": "USD", "value": "10.00", "breakdown": {"item_total": dollars("9.00")}});
    order(shop, "wrong", "CAPTURE", breakdown).await;
    order(shop, "yen", "CAPTURE", json!({"currency_code": "JPY", "value": "1500"})).await;
    shop.send("GET", "/v2/checkout/orders/5O190127TN364715T", None).await;
    shop.send("GET", "/v2/payments/captures/5O190127TN364715T", None).await;
}

async fn webhooks(shop: &Shop<PayPal>) {
    shop.send("GET", "/v1/notifications/webhooks", None).await;
    let place = json!({"url": "https://127.0.0.1/hook", "event_types": [{"name": "*"}]});
    shop.send("POST", "/v1/notifications/webhooks", Some(place)).await;
    let webhook = shop.sim.desk.courier.waiting().remove(0);
    let sent = |name: &str| webhook.headers.iter().find(|(header, _)| header == name).unwrap().1.clone();
    let event: Value = serde_json::from_str(&webhook.body).unwrap();
    let mut question = json!({
        "auth_algo": sent("paypal-auth-algo"), "cert_url": sent("paypal-cert-url"),
        "transmission_id": sent("paypal-transmission-id"), "transmission_sig": sent("paypal-transmission-sig"),
        "transmission_time": sent("paypal-transmission-time"), "webhook_id": WEBHOOK_ID, "webhook_event": event,
    });
    let path = "/v1/notifications/verify-webhook-signature";
    let answer = shop.send("POST", path, Some(question.clone())).await;
    assert_eq!(answer.body["verification_status"], "SUCCESS");
    question["webhook_event"]["summary"] = "other".into();
    let answer = shop.send("POST", path, Some(question)).await;
    assert_eq!(answer.body["verification_status"], "FAILURE");
}

#[tokio::test]
async fn paypal_speaks_as_its_descriptions_say() {
    let Some(folder) = outside::contracts() else { return };
    let mut shop = Shop::<PayPal>::open(Key::Basic("nobody")).await;
    shop.send("GET", "/v2/checkout/orders/5O190127TN364715T", None).await;
    shop.send("POST", "/v1/oauth2/token", Some(json!({}))).await;
    log_in(&mut shop).await;
    lives(&shop).await;
    webhooks(&shop).await;

    let [mut orders, mut payments, mut hooks, mut oauth] =
        ["orders_v2", "payments_v2", "webhooks_v1", "oauth2_v1"]
            .map(|name| Description::read(&folder, &format!("paypal/{name}.openapi.json")));
    let all = shop.sim.journal.all();
    judge(&mut [&mut orders, &mut payments, &mut hooks, &mut oauth], &all, &[]);
    let told = shop.told();
    let mut faults = Vec::new();
    for (event, body) in &told {
        faults.extend(hooks.judge_as("event", body));
        let resource = &body["resource"];
        faults.extend(match body["resource_type"].as_str().unwrap() {
            "checkout-order" => orders.judge_as("order", resource),
            "authorization" => payments.judge_as("authorization-2", resource),
            "capture" => payments.judge_as("capture-2", resource),
            "refund" => payments.judge_as("refund", resource),
            other => vec![format!("{event} is of {other}")],
        });
    }
    assert!(faults.is_empty(), "{faults:#?}");
    for event in [
        "CHECKOUT.ORDER.APPROVED",
        "PAYMENT.AUTHORIZATION.CREATED",
        "PAYMENT.AUTHORIZATION.VOIDED",
        "PAYMENT.CAPTURE.COMPLETED",
        "PAYMENT.CAPTURE.PENDING",
        "PAYMENT.CAPTURE.DENIED",
        "PAYMENT.CAPTURE.REFUNDED",
        "PAYMENT.CAPTURE.REVERSED",
    ] {
        assert!(told.iter().any(|(name, _)| name == event), "{event} was never told");
    }
    covers(&orders, &["orders.create", "orders.get", "orders.capture", "orders.authorize"]);
    covers(
        &payments,
        &[
            "authorizations.get",
            "authorizations.capture",
            "authorizations.void",
            "captures.get",
            "captures.refund",
            "refunds.get",
        ],
    );
    covers(&hooks, &["webhooks.list", "webhooks.post", "verify-webhook-signature.post"]);
    covers(&oauth, &["oauth2.token"]);
}
