//! What customers send back.

use uuid::Uuid;
use warung_chassis::events::EventError;
use warung_contracts::{
    event::{ItemsReturned, OrderPlaced, ReturnedLine},
    id::{ProductId, ReturnId},
};

use crate::shop::{check_books, confirmed, order, product, start, stock};

fn returned(order: &OrderPlaced, product_id: ProductId, quantity: u32, restock: bool) -> ItemsReturned {
    let line = ReturnedLine { product_id, variant_id: None, quantity, restock };
    ItemsReturned { order_id: order.order_id, return_id: ReturnId(Uuid::now_v7()), lines: vec![line] }
}

#[tokio::test]
async fn what_can_be_sold_again_is_on_the_shelf_again_once() {
    let app = start().await;
    let id = product(&app, "A", "Kopi", 100, 5).await;
    let placed = order(&[(id, 3)]);
    let back = returned(&placed, id, 2, true);
    assert!(matches!(app.deliver(&back).await, Err(EventError::NotYet(_))), "nothing was sold yet");
    app.deliver(&placed).await.unwrap();
    assert!(matches!(app.deliver(&back).await, Err(EventError::NotYet(_))));
    app.deliver(&confirmed(&placed)).await.unwrap();
    app.deliver(&back).await.unwrap();
    app.deliver(&back).await.unwrap();
    assert_eq!(stock(&app, id).await, (4, 0));
    app.deliver(&returned(&placed, id, 1, false)).await.unwrap();
    assert_eq!(stock(&app, id).await, (4, 0), "what is broken stays away");
    app.deliver(&returned(&placed, id, 9, true)).await.unwrap();
    assert_eq!(stock(&app, id).await, (5, 0), "no more comes back than was sold");
    // Called off after all: what came back already does not come back again.
    app.deliver(&crate::shop::cancelled(&placed)).await.unwrap();
    assert_eq!(stock(&app, id).await, (5, 0));
    check_books(&app).await;
    app.stop().await;
}
