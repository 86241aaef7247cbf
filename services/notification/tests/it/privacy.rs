//! Accounts that are deleted or exported.

use serde_json::json;
use warung_chassis::testing::{TestApp, customer};
use warung_contracts::event::UserDeleted;

use crate::{JOB, Smtp, bounces, cancelled, outcomes, registered, staff, start, start_with};

pub async fn everything(app: &TestApp) -> String {
    let pool = app.db.as_ref().expect("notification has a database").pool();
    let mut all = String::new();
    for table in ["contacts", "notifications", "devices", "preferences", "bounces", "suppressions"] {
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
async fn mail_that_came_back_names_nobody_and_still_silences_the_address() {
    let smtp = Smtp::start().unwrap();
    let app = start(Some(&smtp)).await;
    let (user_id, _) = customer();
    app.deliver(&registered(user_id, "en")).await.expect("the event is handled");
    smtp.refuse(&["550 5.1.1 <siti@example.com> is unknown"]).unwrap();
    app.run_job(JOB).await;
    bounces::tell_soft(&app, "siti@example.com", "no such person as Siti").await;
    app.deliver(&UserDeleted { user_id }).await.expect("the event is handled");
    // And what is told late, in the same words.
    bounces::tell_soft(&app, "Siti@example.com", "still no such person as Siti").await;
    let left = everything(&app).await;
    assert!(!left.to_lowercase().contains("siti"), "{left}");
    assert_eq!(outcomes(&app).await.len(), 1);
    // Whoever registers with it again is not written to.
    let (again, _) = customer();
    app.deliver(&registered(again, "en")).await.expect("the event is handled");
    app.run_job(JOB).await;
    assert_eq!(outcomes(&app).await[1].2.as_deref(), Some("suppressed"));
    // Words are not kept for ever.
    app.clock.advance(time::Duration::days(181));
    app.run_job("sweep_bounces").await;
    let pool = app.db.as_ref().expect("notification has a database").pool();
    let kept: (i64, i64) =
        sqlx::query_as("SELECT (SELECT count(*) FROM bounces), (SELECT count(*) FROM suppressions)")
            .fetch_one(pool)
            .await
            .expect("the tables can be read");
    assert_eq!(kept, (0, 1));
    app.stop().await;
}

#[tokio::test]
async fn staff_keep_no_words_of_a_customer_who_is_gone() {
    let app = start_with(&[("WARUNG_STAFF_EMAIL", "kasir@kopi.example")]).await;
    let (user_id, _) = customer();
    app.deliver(&registered(user_id, "en")).await.expect("the event is handled");
    let asked = staff::return_requested(user_id, "terlalu kecil untuk Siti");
    app.deliver(&asked).await.expect("the event is handled");
    assert!(everything(&app).await.contains("terlalu kecil"));
    app.deliver(&UserDeleted { user_id }).await.expect("the event is handled");
    let late = staff::return_requested(user_id, "terlalu kecil untuk Siti");
    app.deliver(&late).await.expect("the event is handled");
    let left = everything(&app).await;
    assert!(!left.contains("terlalu kecil"), "{left}");
    assert!(left.contains("kasir@kopi.example"), "that staff were told stays: {left}");
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
