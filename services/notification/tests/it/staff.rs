//! What needs a person of the shop.

use uuid::Uuid;
use warung_chassis::testing::TestApp;
use warung_contracts::{
    event::{
        PaymentDisputed, PaymentHeld, RefundFailed, ReturnItem, ReturnRequested, ShipmentRecalled, StockLow,
        StockOut,
    },
    id::{DisputeId, OrderId, PaymentId, ProductId, ReturnId, ShipmentId, UserId},
    money::Money,
};

use crate::{JOB, Smtp, registered, start_with};

fn refund_failed() -> RefundFailed {
    RefundFailed {
        order_id: OrderId(Uuid::now_v7()),
        payment_id: PaymentId(Uuid::now_v7()),
        refund_id: None,
        amount: Money::new(1_500_000, "IDR".parse().expect("a currency")),
        reason: "bank_transfer".into(),
    }
}

pub fn return_requested(user_id: UserId, reason: &str) -> ReturnRequested {
    let item = ReturnItem { sku: "KOPI".into(), name: "Kopi".into(), variant_name: None, quantity: 2 };
    ReturnRequested {
        order_id: OrderId(Uuid::now_v7()),
        return_id: ReturnId(Uuid::now_v7()),
        number: "KOPI-000042".into(),
        user_id,
        items: vec![item],
        reason: reason.into(),
    }
}

async fn recipients(app: &TestApp) -> Vec<(String, String)> {
    let pool = app.db.as_ref().expect("notification has a database").pool();
    sqlx::query_as("SELECT channel, recipient FROM notifications ORDER BY created_at")
        .fetch_all(pool)
        .await
        .expect("the table can be read")
}

#[tokio::test]
async fn staff_read_of_a_refund_that_was_refused_once() {
    let smtp = Smtp::start().unwrap();
    let url = smtp.url();
    let staff = [("WARUNG_STAFF_EMAIL", "uang@kopi.example"), ("WARUNG_STAFF_LOCALE", "en")];
    let app = start_with(&[&[("WARUNG_SMTP_URL", url.as_str())], &staff[..]].concat()).await;
    let (id, failed) = (Uuid::now_v7(), refund_failed());
    for _ in 0..2 {
        app.deliver_as(id, &failed).await.expect("the event is handled");
    }
    app.run_job(JOB).await;
    assert_eq!(recipients(&app).await, [("email".to_owned(), "uang@kopi.example".to_owned())]);
    let mails = smtp.mails().unwrap();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, ["uang@kopi.example"]);
    assert!(mails[0].subject.contains("did not go through"), "{:?}", mails[0]);
    assert!(mails[0].body.contains("bank_transfer"), "{:?}", mails[0]);
    // It says what to do: which call books money that the shop pays itself.
    assert!(mails[0].body.contains("refund_refused"), "{:?}", mails[0]);
    assert!(mails[0].body.contains("offline"), "{:?}", mails[0]);
    app.stop().await;
}

#[tokio::test]
async fn staff_read_of_a_dispute_until_when_to_answer_it() {
    let smtp = Smtp::start().unwrap();
    let url = smtp.url();
    let staff = [("WARUNG_STAFF_EMAIL", "uang@kopi.example"), ("WARUNG_STAFF_LOCALE", "en")];
    let app = start_with(&[&[("WARUNG_SMTP_URL", url.as_str())], &staff[..]].concat()).await;
    let RefundFailed { order_id, payment_id, amount, .. } = refund_failed();
    let disputed = PaymentDisputed {
        order_id,
        payment_id,
        dispute_id: DisputeId(Uuid::now_v7()),
        provider: "stripe".into(),
        amount,
        taken: amount,
        reason: "product_not_received".into(),
        inquiry: None,
        respond_by: Some(time::OffsetDateTime::UNIX_EPOCH),
        order_dispute: "open".into(),
    };
    let id = Uuid::now_v7();
    for _ in 0..2 {
        app.deliver_as(id, &disputed).await.expect("the event is handled");
    }
    app.run_job(JOB).await;
    let mails = smtp.mails().unwrap();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, ["uang@kopi.example"]);
    assert!(mails[0].body.contains("product_not_received"), "{:?}", mails[0]);
    assert!(mails[0].body.contains("1970"), "it says until when: {:?}", mails[0]);
    app.stop().await;
}

#[tokio::test]
async fn staff_read_of_goods_of_a_cancelled_order_that_are_not_on_the_shelf() {
    let smtp = Smtp::start().unwrap();
    let url = smtp.url();
    for (locale, off_the_stock) in [("en", "Take them off it"), ("id", "Kurangilah stoknya")] {
        let staff = [("WARUNG_STAFF_EMAIL", "gudang@kopi.example"), ("WARUNG_STAFF_LOCALE", locale)];
        let app = start_with(&[&[("WARUNG_SMTP_URL", url.as_str())], &staff[..]].concat()).await;
        let item = ReturnItem { sku: "KOPI".into(), name: "Kopi".into(), variant_name: None, quantity: 2 };
        let recalled = ShipmentRecalled {
            order_id: OrderId(Uuid::now_v7()),
            shipment_id: ShipmentId(Uuid::now_v7()),
            number: "KOPI-000042".into(),
            parcel: 1,
            carrier: "Pak Budi".into(),
            tracking_number: "B-1".into(),
            items: vec![item],
            delivered: None,
        };
        let delivered = ShipmentRecalled { delivered: Some(true), ..recalled.clone() };
        for event in [&recalled, &delivered] {
            let id = Uuid::now_v7();
            for _ in 0..2 {
                app.deliver_as(id, event).await.expect("the event is handled");
            }
        }
        app.run_job(JOB).await;
        let mails = smtp.mails().unwrap();
        let own: Vec<_> = mails.iter().filter(|mail| mail.body.contains(off_the_stock)).collect();
        assert_eq!(own.len(), 2, "{mails:?}");
        for mail in &own {
            let told = ["KOPI-000042", "Pak Budi", "B-1", "2 x Kopi"];
            assert!(told.iter().all(|text| mail.body.contains(text)), "{mail:?}");
            assert_eq!(mail.to, ["gudang@kopi.example"]);
        }
        assert_ne!(own[0].subject, own[1].subject);
        app.stop().await;
    }
}

#[tokio::test]
async fn a_customers_wish_to_return_is_read_by_both() {
    let smtp = Smtp::start().unwrap();
    let url = smtp.url();
    let staff = [("WARUNG_STAFF_EMAIL", "uang@kopi.example"), ("WARUNG_STAFF_LOCALE", "en")];
    let app = start_with(&[&[("WARUNG_SMTP_URL", url.as_str())], &staff[..]].concat()).await;
    let user_id = UserId(Uuid::now_v7());
    app.deliver(&registered(user_id, "id")).await.expect("the event is handled");
    let asked = return_requested(user_id, "terlalu pahit");
    let id = Uuid::now_v7();
    for _ in 0..2 {
        app.deliver_as(id, &asked).await.expect("the event is handled");
    }
    app.run_job(JOB).await;
    let mails = smtp.mails().unwrap();
    let to = |address: &str| -> Vec<String> {
        let told = mails.iter().filter(|mail| mail.to == [address] && mail.body.contains("2 x Kopi"));
        told.map(|mail| format!("{}\n{}", mail.subject, mail.body)).collect()
    };
    let (customers, staffs) = (to("siti@example.com"), to("uang@kopi.example"));
    assert_eq!((customers.len(), staffs.len()), (1, 1), "{mails:?}");
    assert!(staffs[0].contains("terlalu pahit") && customers[0].contains("Permintaan"), "{mails:?}");
    app.stop().await;
}

#[tokio::test]
async fn what_payment_never_asked_for_is_not_laid_on_the_provider() {
    let smtp = Smtp::start().unwrap();
    let url = smtp.url();
    let staff = [("WARUNG_STAFF_EMAIL", "uang@kopi.example"), ("WARUNG_STAFF_LOCALE", "id")];
    let app = start_with(&[&[("WARUNG_SMTP_URL", url.as_str())], &staff[..]].concat()).await;
    let failed = RefundFailed { reason: "already_refunded".into(), ..refund_failed() };
    app.deliver(&failed).await.expect("the event is handled");
    app.run_job(JOB).await;
    let mails = smtp.mails().unwrap();
    assert!(mails[0].body.contains("already_refunded"), "{:?}", mails[0]);
    assert!(!mails[0].body.contains("ditolak") && !mails[0].body.contains("menolak"), "{:?}", mails[0]);
    app.stop().await;
}

#[tokio::test]
async fn without_an_address_nobody_is_told() {
    let app = start_with(&[]).await;
    app.deliver(&refund_failed()).await.expect("the event is handled");
    assert_eq!(recipients(&app).await, []);
    app.stop().await;
}

#[tokio::test]
async fn staff_read_of_stock_that_runs_out_once_a_day() {
    let app =
        start_with(&[("WARUNG_STAFF_EMAIL", "gudang@kopi.example"), ("WARUNG_STAFF_LOCALE", "en")]).await;
    let product_id = ProductId(Uuid::now_v7());
    let (variant_id, sku) = (product_id.default_variant(), "KOPI-250".to_owned());
    let low = StockLow { product_id, variant_id, sku: sku.clone(), available: 3 };
    let out = StockOut { product_id, variant_id, sku, available: 0 };
    // An unpaid order takes the last one and gives it back, again and again.
    for _ in 0..3 {
        app.deliver(&low).await.expect("the event is handled");
        app.deliver(&out).await.expect("the event is handled");
    }
    assert_eq!(recipients(&app).await.len(), 2);
    app.clock.advance(time::Duration::hours(24));
    app.deliver(&out).await.expect("the event is handled");
    assert_eq!(recipients(&app).await.len(), 3);
    let pool = app.db.as_ref().expect("notification has a database").pool();
    let subjects: Vec<String> = sqlx::query_scalar("SELECT subject FROM notifications ORDER BY created_at")
        .fetch_all(pool)
        .await
        .expect("the table can be read");
    assert!(subjects[0].starts_with("KOPI-250 is running low: 3 left"), "{subjects:?}");
    assert!(subjects[2].starts_with("KOPI-250 is sold out"), "{subjects:?}");
    app.stop().await;
}

#[tokio::test]
async fn staff_read_of_an_amount_that_waits_for_them_once() {
    let smtp = Smtp::start().unwrap();
    let url = smtp.url();
    let staff = [("WARUNG_STAFF_EMAIL", "uang@kopi.example"), ("WARUNG_STAFF_LOCALE", "en")];
    let app = start_with(&[&[("WARUNG_SMTP_URL", url.as_str())], &staff[..]].concat()).await;
    let RefundFailed { order_id, payment_id, amount: asked, .. } = refund_failed();
    let reported = Money { amount_minor: asked.amount_minor - 100_000, ..asked };
    let (id, held) = (Uuid::now_v7(), PaymentHeld { order_id, payment_id, asked, reported });
    for _ in 0..2 {
        app.deliver_as(id, &held).await.expect("the event is handled");
    }
    app.run_job(JOB).await;
    let mails = smtp.mails().unwrap();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, ["uang@kopi.example"]);
    for words in ["IDR 15,000", "IDR 14,000", "accept", "return"] {
        assert!(mails[0].body.contains(words), "{words}: {:?}", mails[0]);
    }
    let foreign = PaymentHeld { reported: Money::new(500, "USD".parse().expect("a currency")), ..held };
    app.deliver(&foreign).await.expect("the event is handled");
    app.run_job(JOB).await;
    let mails = smtp.mails().unwrap();
    assert!(mails[1].body.contains("settled") && !mails[1].body.contains("\"accept\""), "{:?}", mails[1]);
    app.stop().await;
}
