//! What an order's events do to the stock, in any order and any number of times.

use time::Duration;
use uuid::Uuid;
use warung_chassis::{
    events::{EventError, handler::Effect},
    testing::eventually,
};
use warung_contracts::{
    event::{PaymentAuthorized, Shortage, StockRejected, StockReserved},
    id::{PaymentId, ProductId},
};

use crate::shop::{
    cancelled, check_books, confirmed, order, product, settle, start, state, stock, told, too_late,
};

#[tokio::test]
async fn an_order_is_reserved_then_sold_each_event_once() {
    let app = start().await;
    let id = product(&app, "A", "Kopi", 100, 10).await;
    let placed = order(&[(id, 2), (id, 1)]);
    let event = Uuid::now_v7();
    assert_eq!(app.deliver_as(event, &placed).await.unwrap(), Effect::Done);
    assert_eq!(app.deliver_as(event, &placed).await.unwrap(), Effect::Duplicate);
    // The same fact under another id, as a producer that lost its memory would send it.
    app.deliver(&placed).await.unwrap();
    assert_eq!(stock(&app, id).await, (10, 3));
    let events: Vec<StockReserved> = told(&app).await;
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].order_id, events[0].total), (placed.order_id, placed.total));
    assert_eq!(events[0].payment, placed.payment);

    let event = Uuid::now_v7();
    assert_eq!(app.deliver_as(event, &confirmed(&placed)).await.unwrap(), Effect::Done);
    assert_eq!(app.deliver_as(event, &confirmed(&placed)).await.unwrap(), Effect::Duplicate);
    app.deliver(&confirmed(&placed)).await.unwrap();
    assert_eq!(stock(&app, id).await, (7, 0));
    assert_eq!(state(&app, placed.order_id).await.as_deref(), Some("committed"));
    check_books(&app).await;
    app.stop().await;
}

#[tokio::test]
async fn all_lines_are_reserved_or_none() {
    let app = start().await;
    let (many, few) = (product(&app, "A", "Kopi", 100, 10).await, product(&app, "B", "Teh", 100, 1).await);
    let placed = order(&[(many, 2), (few, 2)]);
    app.deliver(&placed).await.unwrap();
    app.deliver(&placed).await.unwrap();
    assert_eq!((stock(&app, many).await, stock(&app, few).await), ((10, 0), (1, 0)));
    let events: Vec<StockRejected> = told(&app).await;
    assert_eq!(events.len(), 1);
    let short = &events[0].shortages;
    assert_eq!(short.len(), 1);
    assert_eq!((short[0].product_id, short[0].wanted, short[0].left), (few, 2, 1));
    assert!(app.metrics.render().contains("warung_stock_rejections_total{service=\"product\"} 1"));
    // An order that was refused is never paid: somebody has to look.
    app.deliver(&confirmed(&placed)).await.unwrap();
    let again: Vec<StockRejected> = told(&app).await;
    assert_eq!(again.len(), 1, "order is told again");
    app.deliver(&cancelled(&placed)).await.unwrap();
    assert_eq!(state(&app, placed.order_id).await.as_deref(), Some("rejected"));
    app.stop().await;
}

#[tokio::test]
async fn what_is_not_for_sale_has_nothing_left() {
    let app = start().await;
    let archived = product(&app, "A", "Kopi", 100, 10).await;
    let path = format!("/api/v1/products/{archived}");
    assert_eq!(app.send("DELETE", &path, Some(&warung_chassis::testing::admin()), None).await.status, 204);
    let unknown = ProductId(Uuid::now_v7());
    app.deliver(&order(&[(archived, 1), (unknown, 1)])).await.unwrap();
    let events: Vec<StockRejected> = told(&app).await;
    assert_eq!(events[0].shortages.iter().map(|s| s.left).collect::<Vec<_>>(), [0, 0]);
    assert!(matches!(app.deliver(&order(&[])).await, Err(EventError::Invalid(_))));
    assert!(matches!(app.deliver(&order(&[(archived, 0)])).await, Err(EventError::Invalid(_))));
    app.stop().await;
}

#[tokio::test]
async fn what_money_is_set_aside_for_is_held_as_long() {
    let app = start().await;
    let id = product(&app, "A", "Kopi", 100, 5).await;
    let placed = order(&[(id, 4)]);
    app.deliver(&placed).await.unwrap();
    let events: Vec<StockReserved> = told(&app).await;
    assert_eq!(events[0].order_token_hash, placed.order_token_hash);
    assert_eq!(events[0].number.as_ref(), Some(&placed.number));
    let authorized = PaymentAuthorized {
        order_id: placed.order_id,
        payment_id: PaymentId(Uuid::now_v7()),
        user_id: placed.user_id,
        amount: placed.total,
        expires_at: app.clock.now() + Duration::days(7),
        attempt: Some(1),
    };
    app.deliver(&authorized).await.unwrap();
    app.clock.advance(Duration::days(7));
    assert_eq!(app.run_job("expire_reservations").await, 0);
    assert_eq!(stock(&app, id).await, (5, 4));
    // Then the time of any other order.
    too_late(&app);
    assert_eq!(app.run_job("expire_reservations").await, 1);
    // What is free again is not held by old news.
    app.deliver(&authorized).await.unwrap();
    assert_eq!(stock(&app, id).await, (5, 0));
    check_books(&app).await;
    app.stop().await;
}

#[tokio::test]
async fn a_cancelled_order_gives_its_items_back_once() {
    let app = start().await;
    let id = product(&app, "A", "Kopi", 100, 5).await;
    let placed = order(&[(id, 5)]);
    app.deliver(&placed).await.unwrap();
    let event = Uuid::now_v7();
    assert_eq!(app.deliver_as(event, &cancelled(&placed)).await.unwrap(), Effect::Done);
    assert_eq!(app.deliver_as(event, &cancelled(&placed)).await.unwrap(), Effect::Duplicate);
    app.deliver(&cancelled(&placed)).await.unwrap();
    assert_eq!(stock(&app, id).await, (5, 0));
    // An old confirmation changes nothing any more.
    app.deliver(&confirmed(&placed)).await.unwrap();
    assert_eq!(stock(&app, id).await, (5, 0));
    check_books(&app).await;
    app.stop().await;
}

#[tokio::test]
async fn an_order_cancelled_after_it_was_paid_brings_its_items_back() {
    let app = start().await;
    let id = product(&app, "A", "Kopi", 100, 5).await;
    let placed = order(&[(id, 2)]);
    app.deliver(&placed).await.unwrap();
    app.deliver(&confirmed(&placed)).await.unwrap();
    assert_eq!(stock(&app, id).await, (3, 0));
    app.deliver(&cancelled(&placed)).await.unwrap();
    app.deliver(&cancelled(&placed)).await.unwrap();
    assert_eq!(stock(&app, id).await, (5, 0));
    check_books(&app).await;
    app.stop().await;
}

#[tokio::test]
async fn events_that_come_in_the_wrong_order_do_no_harm() {
    let app = start().await;
    let id = product(&app, "A", "Kopi", 100, 5).await;
    let early = order(&[(id, 1)]);
    assert!(matches!(app.deliver(&confirmed(&early)).await, Err(EventError::NotYet(_))));
    let dead = order(&[(id, 1)]);
    app.deliver(&cancelled(&dead)).await.unwrap();
    app.deliver(&dead).await.unwrap();
    assert_eq!(stock(&app, id).await, (5, 0));
    assert_eq!(app.published().await, vec![]);
    app.stop().await;
}

#[tokio::test]
async fn a_reservation_that_cannot_expire_holds_up_no_other() {
    let app = start().await;
    let (kopi, teh) = (product(&app, "A", "Kopi", 100, 5).await, product(&app, "B", "Teh", 100, 5).await);
    let (stuck, good) = (order(&[(kopi, 3)]), order(&[(teh, 2)]));
    app.deliver(&stuck).await.unwrap();
    app.clock.advance(Duration::SECOND);
    app.deliver(&good).await.unwrap();
    let refuse = format!(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not this one'; END $$; \
         CREATE TRIGGER refuse BEFORE UPDATE ON reservations FOR EACH ROW WHEN (old.order_id = '{}') \
         EXECUTE FUNCTION refuse()",
        stuck.order_id.uuid()
    );
    let pool = app.db.as_ref().unwrap().pool();
    sqlx::raw_sql(sqlx::AssertSqlSafe(refuse)).execute(pool).await.unwrap();
    too_late(&app);
    let running = app.keep_running("expire_reservations");
    eventually("the good one expires", async || (stock(&app, teh).await == (5, 0)).then_some(())).await;
    assert_eq!(stock(&app, kopi).await, (5, 3));
    drop(running);
    sqlx::raw_sql("DROP TRIGGER refuse ON reservations").execute(pool).await.unwrap();
    assert_eq!(app.run_job("expire_reservations").await, 1, "once it is mended");
    check_books(&app).await;
    app.stop().await;
}

#[tokio::test]
async fn a_reservation_that_is_prolonged_while_it_is_looked_up_stays() {
    let app = start().await;
    let id = product(&app, "A", "Kopi", 100, 5).await;
    let placed = order(&[(id, 4)]);
    app.deliver(&placed).await.unwrap();
    too_late(&app);
    let pool = app.db.as_ref().unwrap().pool();
    let mut prolonging = pool.begin().await.unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 11))")
        .bind(placed.order_id.to_string())
        .execute(&mut *prolonging)
        .await
        .unwrap();
    let (expired, ()) = tokio::join!(app.run_job("expire_reservations"), async {
        eventually("the job waits for the order", async || {
            let waiting = "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
                           WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted)";
            let waits: bool = sqlx::query_scalar(waiting).fetch_one(pool).await.unwrap();
            waits.then_some(())
        })
        .await;
        sqlx::query("UPDATE reservations SET expires_at = expires_at + interval '7 days'")
            .execute(&mut *prolonging)
            .await
            .unwrap();
        prolonging.commit().await.unwrap();
    });
    assert_eq!(expired, 0);
    assert_eq!(stock(&app, id).await, (5, 4));
    app.stop().await;
}

#[tokio::test]
async fn reservations_expire_and_a_late_payment_is_served_while_stock_lasts() {
    let app = start().await;
    let id = product(&app, "A", "Kopi", 100, 5).await;
    let (first, second) = (order(&[(id, 3)]), order(&[(id, 2)]));
    app.deliver(&first).await.unwrap();
    app.deliver(&second).await.unwrap();
    assert_eq!(app.run_job("expire_reservations").await, 0);
    too_late(&app);
    assert_eq!(app.run_job("expire_reservations").await, 2);
    assert_eq!(app.run_job("expire_reservations").await, 0);
    assert_eq!(stock(&app, id).await, (5, 0));

    let third = order(&[(id, 2)]);
    app.deliver(&third).await.unwrap();
    app.deliver(&confirmed(&first)).await.unwrap();
    assert_eq!(stock(&app, id).await, (2, 2));
    settle(&app).await;
    // Two are left and both are another's: nothing is taken from under them, and order hears of it.
    app.deliver(&confirmed(&second)).await.unwrap();
    let rejected: Vec<StockRejected> = told(&app).await;
    let short = Shortage { product_id: id, variant_id: Some(id.default_variant()), wanted: 2, left: 0 };
    assert_eq!(rejected, [StockRejected { order_id: second.order_id, shortages: vec![short] }]);
    assert_eq!(stock(&app, id).await, (2, 2));
    assert_eq!(state(&app, second.order_id).await.as_deref(), Some("rejected"));
    check_books(&app).await;
    app.stop().await;
}
