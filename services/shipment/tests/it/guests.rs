//! Guests follow the parcels of their order by its token.

use sha2::{Digest as _, Sha256};
use warung_chassis::testing;
use warung_contracts::event::OrderConfirmed;

use crate::{confirmed, path, start};

const TOKEN: &str = "the order's token";

#[tokio::test]
async fn a_guest_follows_parcels_by_the_token_of_the_order_alone() {
    let app = start().await;
    let (user, _) = testing::customer();
    let hash = hex::encode(Sha256::digest(TOKEN));
    let guests = OrderConfirmed { order_token_hash: Some(hash.clone()), ..confirmed(user) };
    let accounts = confirmed(user);
    app.deliver(&guests).await.unwrap();
    app.deliver(&accounts).await.unwrap();
    let read = async |order: &OrderConfirmed, token: &str| {
        app.send_with("GET", &path(order), None, &[("order-token", token)], None).await
    };
    let seen = read(&guests, TOKEN).await;
    assert_eq!(seen.status, 200, "{}", seen.body);
    assert!(seen.body["parcels"][0]["tracking_number"].as_str().unwrap().starts_with("SBX"));
    assert_eq!(seen.headers["cache-control"], "no-store");
    // The hash, which travels in events, opens nothing, nor does one order's token another order.
    for wrong in ["", "another", hash.as_str()] {
        assert_eq!(read(&guests, wrong).await.status, 404);
    }
    assert_eq!(read(&accounts, TOKEN).await.status, 404);
    assert_eq!(app.send("GET", &path(&guests), None, None).await.status, 404);
    app.stop().await;
}
