//! The manifest is true.

use serde_json::json;
use warung_chassis::testing;
use warung_contracts::manifest::Access;

use crate::shop::Shop;

#[tokio::test]
async fn the_manifest_says_what_the_service_does() {
    let shop = Shop::start().await;
    let service = warung_order::service();
    let manifest = service.manifest();
    shop.app.check_routes().await;
    let mut consumed: Vec<&str> = manifest.consumes.iter().map(|c| c.event.as_str()).collect();
    consumed.sort_unstable();
    assert_eq!(shop.app.consumers.types(), consumed);
    let versions = manifest.database.unwrap().schema;
    assert_eq!(versions.newest, service.migrations.unwrap().version());
    shop.stop().await;
}

#[tokio::test]
async fn nobody_gets_in_without_a_token() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    let expired =
        testing::token_at(shop.user, &[], time::OffsetDateTime::now_utc() - time::Duration::hours(1));
    let manifest = warung_order::service().manifest();
    // At what is public a token is not looked at.
    for route in manifest.routes.iter().filter(|route| route.access != Access::Public) {
        let path = route.path.replace("{id}", &id.to_string());
        // Without a token guests are let in, as far as a token of their own goes.
        let none = Some(None).filter(|_| route.access.needs_token());
        for token in none.into_iter().chain([Some("nonsense"), Some(expired.as_str())]) {
            let headers = [("idempotency-key", "k")];
            let answer =
                shop.app.send_with(route.method.as_str(), &path, token, &headers, Some(json!({}))).await;
            assert_eq!(answer.status, 401, "{} {path}: {}", route.method.as_str(), answer.body);
        }
    }
    shop.stop().await;
}
