//! Accounts that are deleted or exported.

use serde_json::json;
use warung_chassis::testing::{TestApp, customer};
use warung_contracts::event::UserDeleted;

use crate::{JOB, Smtp, cancelled, outcomes, registered, start};

pub async fn everything(app: &TestApp) -> String {
    let pool = app.db.as_ref().expect("notification has a database").pool();
    let mut all = String::new();
    for table in ["contacts", "notifications", "devices", "preferences"] {
        let statement = format!("SELECT coalesce(json_agg(t)::text, '') FROM {table} t");
        let rows: String =
            sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).fetch_one(pool).await.expect("a table");
        all.push_str(&rows);
    }
    all
}

#[tokio::test]
async fn nothing_personal_is_left_of_a_deleted_account() {
    let smtp = Smtp::start().unwrap();
    let app = start(Some(&smtp)).await;
    let (user_id, token) = customer();
    app.deliver(&registered(user_id, "en")).await.expect("the event is handled");
    app.run_job(JOB).await;
    app.send("POST", "/api/v1/me/devices", Some(&token), Some(json!({"fcm_token": "siti-device"}))).await;
    app.deliver(&cancelled(user_id)).await.expect("the event is handled");
    assert!(everything(&app).await.contains("Siti"));
    app.deliver(&UserDeleted { user_id }).await.expect("the event is handled");
    let left = everything(&app).await;
    assert!(!left.contains("Siti") && !left.contains("siti"), "{left}");
    let states: Vec<_> = outcomes(&app).await.into_iter().map(|(_, state, reason)| (state, reason)).collect();
    let skipped = ("skipped".to_owned(), Some("account_deleted".to_owned()));
    assert_eq!(states, [("sent".to_owned(), None), skipped.clone(), skipped]);
    // What comes late is told to nobody.
    app.deliver(&cancelled(user_id)).await.expect("the event is handled");
    app.run_job(JOB).await;
    assert_eq!((outcomes(&app).await.len(), smtp.mails().unwrap().len()), (3, 1));
    app.stop().await;
}

#[tokio::test]
async fn an_export_holds_contact_choices_devices_and_messages() {
    let app = start(None).await;
    let ((user, token), (nobody, _)) = (customer(), customer());
    app.deliver(&registered(user, "en")).await.expect("the event is handled");
    app.send("POST", "/api/v1/me/devices", Some(&token), Some(json!({"fcm_token": "a"}))).await;
    let data = app.exported(user).await;
    assert_eq!(data["contact"]["email"], "siti@example.com");
    assert_eq!(data["devices"][0]["kind"], "fcm");
    assert_eq!(data["messages"][0]["subject"], "Welcome to kopi, Siti");
    assert_eq!(app.exported(nobody).await, json!({}));
    app.stop().await;
}
