//! The manifest is true.

use serde_json::json;
use warung_chassis::testing;

use crate::bank::{Bank, nobody};

#[tokio::test]
async fn the_manifest_says_what_the_service_does() {
    let bank = Bank::start().await;
    let service = warung_payment::service();
    let manifest = service.manifest();
    bank.app.check_routes().await;
    let mut consumed: Vec<&str> = manifest.consumes.iter().map(|c| c.event.as_str()).collect();
    consumed.sort_unstable();
    assert_eq!(bank.app.consumers.types(), consumed);
    assert_eq!(manifest.database.unwrap().schema.newest, service.migrations.unwrap().version());
    bank.app.stop().await;
}

#[tokio::test]
async fn nobody_gets_in_without_a_token() {
    let bank = Bank::start().await;
    for route in warung_payment::service().manifest().routes.iter().filter(|r| r.access.needs_token()) {
        let path = route.path.replace("{order_id}", &nobody().to_string());
        let path = path.replace("{discrepancy_id}", &uuid::Uuid::nil().to_string());
        let headers = [("idempotency-key", "k")];
        let body = Some(json!({"reason": "x"}));
        let answer = bank.app.send_with(route.method.as_str(), &path, None, &headers, body).await;
        assert_eq!(answer.status, 401, "{} {path}: {}", route.method.as_str(), answer.body);
    }
    bank.app.stop().await;
}

#[tokio::test]
async fn a_payment_is_its_customers_alone() {
    let bank = Bank::start().await;
    let order = bank.open("tok_success").await;
    let path = format!("/api/v1/payments/{order}");
    let (_, other) = testing::customer();
    assert_eq!(bank.app.send("GET", &path, Some(&other), None).await.status, 404);
    assert_eq!(bank.app.send("GET", &path, Some(&testing::admin()), None).await.status, 200);
    bank.app.stop().await;
}
