use serde_json::{Value, json};
use time::Duration;
use warung_psp_sim::{
    Act, Customer,
    xendit::{SECRET_KEY, Xendit},
};
use warung_testbed::outside;

use super::{covers, judge};
use crate::{
    openapi::Description,
    shop::{Key, Shop},
};

async fn invoice(shop: &Shop<Xendit>, id: &str) -> String {
    let body = json!({"external_id": id, "amount": 150_000, "currency": "IDR", "description": "Order",
        "success_redirect_url": "http://127.0.0.1/", "items": [{"name": "Kopi", "price": 75_000, "quantity": 2}]});
    let made = shop.send("POST", "/v2/invoices/", Some(body)).await;
    assert_eq!(made.status, 200, "{}", made.body);
    made.body["id"].as_str().unwrap().to_owned()
}

async fn invoices(shop: &Shop<Xendit>) {
    let paid = invoice(shop, "order-1").await;
    let customer = Customer { method: Some("OVO".to_owned()), ..Customer::does(Act::Pay) };
    shop.sim.act(&paid, &customer).unwrap();
    shop.send("GET", &format!("/v2/invoices/{paid}"), None).await;
    shop.send("GET", "/v2/invoices?external_id=order-1", None).await;
    let ended = invoice(shop, "order-2").await;
    shop.send("POST", &format!("/invoices/{ended}/expire!"), None).await;
    shop.send("GET", "/v2/invoices/000000000000000000000000", None).await;
}

async fn request(shop: &Shop<Xendit>, reference: &str, channel: &str, more: Value) -> Value {
    let mut body = json!({"reference_id": reference, "type": "PAY", "country": "ID", "currency": "IDR",
        "request_amount": 150_000, "channel_code": channel, "channel_properties": {}});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    shop.send("POST", "/v3/payment_requests", Some(body)).await.body
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is missing in {value}"))
}

async fn requests(shop: &Shop<Xendit>) {
    for channel in ["QRIS", "BCA_VIRTUAL_ACCOUNT", "SHOPEEPAY", "ALFAMART"] {
        let made = request(shop, channel, channel, json!({"description": "Order"})).await;
        shop.act(text(&made, "payment_request_id"), Act::Pay);
    }
    request(shop, "QRIS", "QRIS", json!({})).await;
    request(shop, "wrong", "QRIS", json!({"request_amount": 10.5})).await;
    request(shop, "wrong", "QRIS", json!({"request_amount": "10"})).await;
    let failed = request(shop, "failed", "CARDS", json!({})).await;
    shop.act(text(&failed, "payment_request_id"), Act::Deny);
    shop.send("GET", &format!("/v3/payment_requests/{}", text(&failed, "payment_request_id")), None).await;
    // Nobody pays this one: it runs out.
    request(shop, "forgotten", "QRIS", json!({})).await;
    let canceled = request(shop, "canceled", "QRIS", json!({})).await;
    let path = format!("/v3/payment_requests/{}", text(&canceled, "payment_request_id"));
    shop.send("POST", &format!("{path}/cancel"), None).await;
    shop.send("POST", &format!("{path}/cancel"), None).await;
    let simulated = request(shop, "simulated", "QRIS", json!({})).await;
    let path = format!("/v3/payment_requests/{}", text(&simulated, "payment_request_id"));
    shop.send("POST", &format!("{path}/simulate"), Some(json!({"amount": 150_000}))).await;
    shop.send("GET", "/v3/payment_requests/pr-00000000-0000-4000-8000-000000000000", None).await;
}

/// A card whose money is set aside; the request's id and the payment's.
async fn authorized(shop: &Shop<Xendit>, reference: &str) -> (String, String) {
    let made = request(shop, reference, "CARDS", json!({"capture_method": "MANUAL"})).await;
    let id = text(&made, "payment_request_id").to_owned();
    shop.act(&id, Act::Pay);
    let shown = shop.send("GET", &format!("/v3/payment_requests/{id}"), None).await;
    (id, text(&shown.body, "latest_payment_id").to_owned())
}

async fn payments(shop: &Shop<Xendit>) {
    let (request, payment) = authorized(shop, "taken").await;
    shop.send("POST", &format!("/v3/payments/{payment}/capture"), Some(json!({"capture_amount": 200_000})))
        .await;
    shop.send("POST", &format!("/v3/payments/{payment}/capture"), Some(json!({"capture_amount": 90_000})))
        .await;
    shop.send("POST", &format!("/v3/payments/{payment}/cancel"), None).await;
    shop.send("GET", &format!("/v3/payments/{payment}"), None).await;
    shop.send("GET", "/v3/payments/py-00000000-0000-4000-8000-000000000000", None).await;
    let refund = json!({"payment_request_id": request, "amount": 40_000, "currency": "IDR", "reference_id": "r-1",
        "reason": "REQUESTED_BY_CUSTOMER"});
    shop.send("POST", "/refunds", Some(refund.clone())).await;
    let too_much = json!({"payment_request_id": request, "amount": 90_000, "reason": "OTHERS"});
    shop.send("POST", "/refunds", Some(too_much)).await;
    shop.send("POST", "/refunds", Some(json!({"payment_request_id": request, "reason": "WHIM"}))).await;

    let (_, other) = authorized(shop, "let-go").await;
    shop.send("POST", &format!("/v3/payments/{other}/cancel"), None).await;
    let wallet = self::request(shop, "wallet", "DANA", json!({})).await;
    let id = text(&wallet, "payment_request_id");
    shop.act(id, Act::Pay);
    let refund = json!({"payment_request_id": id, "reason": "CANCELLATION"});
    shop.send("POST", "/refunds", Some(refund.clone())).await;
    shop.send("POST", "/refunds", Some(refund)).await;
    shop.act(id, Act::Fail);
    let qris = json!({"payment_request_id": text(&self::request(shop, "slow", "QRIS", json!({})).await, "payment_request_id"), "reason": "OTHERS"});
    shop.act("slow", Act::Pay);
    shop.send("POST", "/refunds", Some(qris)).await;
}

#[tokio::test]
async fn xendit_speaks_as_its_descriptions_say() {
    let Some(folder) = outside::contracts() else { return };
    let mut shop = Shop::<Xendit>::open(Key::Basic(SECRET_KEY)).await;
    shop.headers = vec![("api-version", "2024-11-11".to_owned())];
    invoices(&shop).await;
    requests(&shop).await;
    payments(&shop).await;
    shop.sim.desk.clock.advance(Duration::days(8));
    drop(shop.sim.books());

    let mut v2 = Description::read(&folder, "xendit/invoices_v2.openapi.json");
    let mut v3 = Description::read(&folder, "xendit/payments_v3.openapi.json");
    judge(&mut [&mut v2, &mut v3], &shop.sim.journal.all(), &[]);
    let told = shop.told();
    let mut faults = Vec::new();
    for (event, body) in &told {
        match event.split('.').next().unwrap() {
            "invoice" => faults.extend(v2.judge_webhook("/your_invoice_webhook_url", body)),
            "refund" => faults.extend(v3.judge_webhook("/your_refund_webhook_url", body)),
            "payment" if event != "payment.expiry" => {
                faults.extend(v3.judge_webhook("/your_payment_webhook_url", body))
            }
            // Named in Xendit's list of events, and in no schema: its data is the object's own.
            "payment" => faults.extend(v3.judge_as("Payments_API_PaymentSchema", &body["data"])),
            _ => faults.extend(v3.judge_as("Payments_API_PaymentRequestSchema", &body["data"])),
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    for event in [
        "invoice.paid",
        "invoice.expired",
        "payment.capture",
        "payment.authorization",
        "payment.failure",
        "payment_request.expiry",
        "refund.succeeded",
        "refund.failed",
    ] {
        assert!(told.iter().any(|(name, _)| name == event), "{event} was never told");
    }
    covers(&v2, &["createInvoice", "getInvoices", "getInvoiceById", "expireInvoice", "invoiceCallback"]);
    covers(
        &v3,
        &[
            "CreatePaymentRequest",
            "GetPaymentRequest",
            "CancelPaymentRequest",
            "SimulatePayment",
            "GetPayment",
            "CancelPayment",
            "CapturePayment",
            "Refund",
            "PaymentWebhook",
            "RefundWebhook",
        ],
    );
}
