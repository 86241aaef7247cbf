//! Guests read the payment of their order by its token.

use sha2::{Digest as _, Sha256};
use warung_chassis::testing;
use warung_contracts::event::StockReserved;

use crate::bank::Bank;

const TOKEN: &str = "the order's token";

#[tokio::test]
async fn a_guest_sees_what_to_do_by_the_token_of_the_order_alone() {
    let bank = Bank::start().await;
    let hash = hex::encode(Sha256::digest(TOKEN));
    let guests = StockReserved { order_token_hash: Some(hash.clone()), ..bank.reserved("tok_webhook") };
    bank.app.deliver(&guests).await.unwrap();
    bank.calls().await;
    let accounts = bank.open("tok_webhook").await;
    let path = format!("/api/v1/payments/{}", guests.order_id);
    let read = async |path: &str, token: &str| {
        bank.app.send_with("GET", path, None, &[("order-token", token)], None).await
    };
    let seen = read(&path, TOKEN).await;
    assert_eq!(seen.status, 200, "{}", seen.body);
    assert_eq!(seen.body["next_action"]["type"], "redirect");
    assert_eq!(seen.headers["cache-control"], "no-store");
    // What confirms the payment in a browser is the guest's to see, and not the shop's.
    let pool = bank.app.db.as_ref().unwrap().pool();
    sqlx::raw_sql("UPDATE payments SET client_secret = 'cs_1'").execute(pool).await.unwrap();
    assert_eq!(read(&path, TOKEN).await.body["client_secret"], "cs_1");
    let staff = bank.app.send("GET", &path, Some(&testing::admin()), None).await;
    assert_eq!((staff.status.as_u16(), staff.body.get("client_secret")), (200, None), "{}", staff.body);
    // The hash, which travels in events, opens nothing, nor does one order's token another order.
    for wrong in ["", "another", hash.as_str()] {
        assert_eq!(read(&path, wrong).await.status, 404);
    }
    assert_eq!(read(&format!("/api/v1/payments/{accounts}"), TOKEN).await.status, 404);
    assert_eq!(bank.app.send("GET", &path, None, None).await.status, 404);
    let (_, stranger) = testing::customer();
    assert_eq!(bank.app.send("GET", &path, Some(&stranger), None).await.status, 404);
    assert_eq!(bank.app.send("GET", &path, Some("no token"), None).await.status, 401);
    bank.app.stop().await;
}
