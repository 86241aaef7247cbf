//! The mailbox of `make dev`.

use warung_chassis::testing::customer;
use warung_testbed::{ports, smtp::Smtp};

use crate::{JOB, cancelled, registered, start};

#[tokio::test]
async fn a_developer_reads_what_was_sent() {
    let [port] = ports::free().expect("a port");
    let smtp = Smtp::with_pages(port).expect("the server starts");
    let app = start(Some(&smtp)).await;
    let (user, _) = customer();
    app.deliver(&registered(user, "en")).await.expect("the event is handled");
    app.run_job(JOB).await;
    app.deliver(&cancelled(user)).await.expect("the event is handled");
    app.run_job(JOB).await;
    let get = async |path: &str| {
        let answer = reqwest::get(format!("http://127.0.0.1:{port}{path}")).await.expect("the page answers");
        (answer.status().as_u16(), answer.text().await.expect("a text"))
    };
    let (_, list) = get("/").await;
    let (newest, oldest) = (list.find("KOPI-000042"), list.find("Welcome"));
    assert!(newest.is_some() && newest < oldest, "{list}");
    let (_, mail) = get("/0").await;
    assert!(mail.contains("siti@example.com") && mail.contains("<a href=\"http"), "{mail}");
    assert!(get("/0.html").await.1.contains("<!doctype html>"));
    let all: serde_json::Value = serde_json::from_str(&get("/mails.json").await.1).expect("JSON");
    assert_eq!(all.as_array().map(Vec::len), Some(2));
    assert_eq!(get("/2").await.0, 404);
    app.stop().await;
}
