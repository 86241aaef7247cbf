//! The sandbox's page, where customers with `tok_webhook` are sent.

use axum::{body::Body, http::Request};
use warung_contracts::id::{OrderId, PaymentId};

use crate::bank::Bank;

async fn choose(bank: &Bank, path: &str, form: &'static str) -> u16 {
    let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    bank.app.raw(request.body(Body::from(form)).unwrap()).await.status.as_u16()
}

async fn page_of(bank: &Bank, order: OrderId) -> String {
    let payment = bank.payment(order).await;
    format!("/sandbox/pay/{}", payment["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_customer_pays_on_the_page_once() {
    let bank = Bank::start().await;
    let order = bank.open("tok_webhook").await;
    let path = page_of(&bank, order).await;
    let page = bank.app.send("GET", &path, None, None).await;
    assert!(page.body.as_str().unwrap().contains("IDR 500.00: pending"), "{}", page.body);
    assert_eq!(choose(&bank, &path, "outcome=maybe").await, 400);
    assert_eq!(choose(&bank, &path, "outcome=succeeded").await, 303);
    assert_eq!(choose(&bank, &path, "outcome=failed").await, 303);
    assert_eq!(bank.app.run_job("webhooks").await, 1);
    assert_eq!(bank.told().await, ["pending", "succeeded"]);
    let page = bank.app.send("GET", &path, None, None).await;
    let shown = page.body.as_str().unwrap();
    assert!(!shown.contains("value=succeeded") && shown.contains("value=disputed"), "{shown}");
    bank.app.stop().await;
}

#[tokio::test]
async fn a_customer_is_refused_on_the_page() {
    let bank = Bank::start().await;
    let order = bank.open("tok_webhook").await;
    let path = page_of(&bank, order).await;
    assert_eq!(choose(&bank, &path, "outcome=failed").await, 303);
    assert_eq!(bank.app.run_job("webhooks").await, 1);
    assert_eq!(bank.told().await, ["pending", "failed"]);
    bank.app.stop().await;
}

#[tokio::test]
async fn only_payments_that_wait_for_the_page_have_one() {
    let bank = Bank::start().await;
    let order = bank.open("tok_success").await;
    let path = page_of(&bank, order).await;
    assert_eq!(bank.app.send("GET", &path, None, None).await.status, 404);
    let nobody = format!("/sandbox/pay/{}", PaymentId(uuid::Uuid::now_v7()));
    assert_eq!(choose(&bank, &nobody, "outcome=succeeded").await, 404);
    bank.app.stop().await;
}

#[tokio::test]
async fn a_customer_contests_on_the_page_what_they_paid_and_the_company_decides_there() {
    let bank = Bank::start().await;
    let order = bank.open("tok_webhook").await;
    let path = page_of(&bank, order).await;
    // Nothing is paid yet.
    assert_eq!(choose(&bank, &path, "outcome=disputed").await, 303);
    assert_eq!(bank.app.run_job("webhooks").await, 0);
    for (form, told) in [
        ("outcome=succeeded", vec!["pending", "succeeded"]),
        ("outcome=disputed", vec!["disputed"]),
        ("outcome=dispute_lost", vec!["dispute_closed"]),
    ] {
        assert_eq!(choose(&bank, &path, form).await, 303);
        assert_eq!(bank.app.run_job("webhooks").await, 1);
        assert_eq!(bank.told().await, told, "{form}");
    }
    let page = bank.app.send("GET", &path, None, None).await;
    assert!(!page.body.as_str().unwrap().contains("<form"), "{}", page.body);
    bank.app.stop().await;
}
