use serde_json::{Value, json};
use warung_psp_sim::{
    Act,
    midtrans::{Midtrans, SERVER_KEY},
};
use warung_testbed::outside;

use super::{covers, judge};
use crate::{
    openapi::Description,
    shop::{Key, Shop},
};

fn order(id: &str) -> Value {
    json!({"transaction_details": {"order_id": id, "gross_amount": 150_000}})
}

async fn charge(shop: &Shop<Midtrans>, id: &str, method: Value) -> Value {
    let mut body = order(id);
    body.as_object_mut().unwrap().extend(method.as_object().unwrap().clone());
    shop.send("POST", "/v2/charge", Some(body)).await.body
}

async fn lives(shop: &Shop<Midtrans>) {
    let session = shop.send("POST", "/snap/v1/transactions", Some(order("snap-1"))).await;
    assert_eq!(session.status, 201);
    shop.send("POST", "/snap/v1/transactions", Some(order("snap-1"))).await;
    shop.send("POST", "/snap/v1/transactions", Some(json!({}))).await;
    shop.send("GET", "/v2/snap-1/status", None).await;
    shop.act("snap-1", Act::Pay);
    let token = session.body["token"].as_str().unwrap();
    shop.send("POST", &format!("/snap/v1/transactions/{token}/cancel"), None).await;
    let other = shop.send("POST", "/snap/v1/transactions", Some(order("snap-2"))).await;
    let token = other.body["token"].as_str().unwrap();
    let canceled = shop.send("POST", &format!("/snap/v1/transactions/{token}/cancel"), Some(json!({}))).await;
    assert_eq!(canceled.status, 200);

    let banks = ["bca", "bni", "bri", "permata", "cimb"];
    for bank in banks {
        charge(shop, bank, json!({"payment_type": "bank_transfer", "bank_transfer": {"bank": bank}})).await;
    }
    for payment_type in ["gopay", "qris", "shopeepay", "echannel", "permata"] {
        charge(shop, payment_type, json!({"payment_type": payment_type})).await;
    }
    charge(shop, "store", json!({"payment_type": "cstore", "cstore": {"store": "alfamart"}})).await;
    for (id, token) in [("card", "481111-1114-x"), ("denied", "491111-1113-x"), ("look", "511111-1118-x")] {
        charge(shop, id, json!({"payment_type": "credit_card", "credit_card": {"token_id": token}})).await;
    }
    let reserved = json!({"payment_type": "credit_card", "credit_card": {"token_id": "481111-1114-x", "type": "authorize"}});
    let reserved = charge(shop, "reserved", reserved).await;
    let capture = json!({"transaction_id": reserved["transaction_id"], "gross_amount": 90_000});
    shop.send("POST", "/v2/capture", Some(capture.clone())).await;
    shop.send("POST", "/v2/capture", Some(capture)).await;

    shop.act("bca", Act::Pay);
    shop.act("bca", Act::Deny);
    shop.act("bni", Act::Fail);
    shop.act("card", Act::Settle);
    shop.act("gopay", Act::Pay);
    shop.send("POST", "/v2/look/approve", Some(json!({}))).await;
    shop.send("POST", "/v2/look/deny", Some(json!({}))).await;
    shop.send("POST", "/v2/bri/cancel", Some(json!({}))).await;
    shop.send("POST", "/v2/cimb/expire", Some(json!({}))).await;
    let part = json!({"refund_key": "part", "amount": 50_000, "reason": "late"});
    shop.send("POST", "/v2/gopay/refund", Some(part.clone())).await;
    shop.send("POST", "/v2/gopay/refund", Some(part)).await;
    shop.send("POST", "/v2/gopay/refund/online/direct", Some(json!({"refund_key": "rest"}))).await;
    shop.act("gopay", Act::Settle);
    shop.act("card", Act::Chargeback);
    for id in ["bca", "bri", "cimb", "gopay", "card", "denied", "nobody", "qris"] {
        shop.send("GET", &format!("/v2/{id}/status"), None).await;
    }
    charge(shop, "bca", json!({"payment_type": "gopay"})).await;
    charge(shop, "x", json!({"payment_type": "barter"})).await;
}

#[tokio::test]
async fn midtrans_speaks_as_its_description_says() {
    let Some(folder) = outside::contracts() else { return };
    let shop = Shop::<Midtrans>::open(Key::Basic(SERVER_KEY)).await;
    lives(&shop).await;
    let stranger = Shop { key: Key::Basic("wrong"), ..shop };
    stranger.send("GET", "/v2/bca/status", None).await;
    stranger.send("POST", "/snap/v1/transactions", Some(order("snap-3"))).await;

    let mut description = Description::read(&folder, "midtrans/midtrans.openapi.json");
    judge(&mut [&mut description], &stranger.sim.journal.all(), &[]);
    let told = stranger.told();
    let faults: Vec<String> =
        told.iter().flat_map(|(_, body)| description.judge_webhook("/your_notification_url", body)).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    for event in [
        "pending",
        "settlement",
        "capture",
        "authorize",
        "deny",
        "cancel",
        "expire",
        "refund",
        "partial_refund",
    ] {
        assert!(told.iter().any(|(name, _)| name == event), "{event} was never told");
    }
    covers(
        &description,
        &[
            "createSnapTransaction",
            "cancelSnapSession",
            "charge",
            "getStatus",
            "approve",
            "deny",
            "cancel",
            "expire",
            "refund",
            "directRefund",
            "capture",
            "notification",
        ],
    );
}
