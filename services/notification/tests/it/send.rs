use time::Duration;
use warung_chassis::testing::{TestApp, customer};
use warung_contracts::event::UserDeleted;

use crate::{JOB, Smtp, cancelled, choices, outcomes, registered, rows, start};

fn counted(app: &TestApp, outcome: &str, times: u32) -> bool {
    let series = "warung_notifications_total{service=\"notification\",channel=\"email\"";
    app.metrics.render().contains(&format!("{series},outcome=\"{outcome}\"}} {times}"))
}

#[tokio::test]
async fn a_message_arrives_once_however_often_the_job_runs() {
    let smtp = Smtp::start().unwrap();
    let app = start(Some(&smtp)).await;
    let (user, _) = customer();
    app.deliver(&registered(user, "id")).await.expect("the event is handled");
    app.deliver(&cancelled(user)).await.expect("the event is handled");
    // Two replicas at once, then once more, also long after every claim has ended.
    tokio::join!(app.run_job(JOB), app.run_job(JOB));
    app.clock.advance(Duration::hours(1));
    assert_eq!(app.run_job(JOB).await, 0);
    let mut mails = smtp.mails().unwrap();
    mails.sort_by_key(|mail| mail.subject.clone());
    let subjects: Vec<_> = mails.iter().map(|mail| mail.subject.as_str()).collect();
    assert_eq!(subjects, ["Pesanan KOPI-000042 dibatalkan", "Selamat datang di kopi, Siti"]);
    let mail = &mails[0];
    assert_eq!(
        (mail.from.as_str(), mail.to.as_slice()),
        ("halo@kopi.example", ["siti@example.com".to_owned()].as_slice())
    );
    assert!(mail.body.contains("Rp 15.000") && mail.body.contains("stok tidak cukup"), "{}", mail.body);
    let html = mail.html.as_deref().expect("an HTML part");
    assert!(html.contains("Rp 15.000") && html.contains("lang=\"id\""), "{html}");
    assert_eq!(mail.unsubscribe, None, "an order is no news");
    assert!(mail.id.starts_with("<ntf_") && mail.id.ends_with("@localhost>"), "{}", mail.id);
    assert_eq!(rows(&app).await, [("sent".into(), 1), ("sent".into(), 1)]);
    assert!(counted(&app, "sent", 2), "{}", app.metrics.render());
    app.stop().await;
}

#[tokio::test]
async fn a_message_that_is_refused_for_now_is_tried_again_later() {
    let smtp = Smtp::start().unwrap();
    let app = start(Some(&smtp)).await;
    let (user, _) = customer();
    app.deliver(&registered(user, "en")).await.expect("the event is handled");
    smtp.refuse(&["451 Try later", "451 Not yet"]).unwrap();
    assert_eq!(app.run_job(JOB).await, 1);
    assert_eq!(rows(&app).await, [("pending".into(), 1)]);
    assert_eq!(app.run_job(JOB).await, 0, "it is not due yet");
    // A quarter more than 10 s at most.
    app.clock.advance(Duration::milliseconds(12_500));
    assert_eq!(app.run_job(JOB).await, 1);
    assert_eq!(smtp.mails().unwrap(), vec![]);
    app.clock.advance(Duration::milliseconds(37_500));
    assert_eq!(app.run_job(JOB).await, 1);
    let mails = smtp.mails().unwrap();
    assert_eq!(mails.iter().map(|mail| mail.subject.as_str()).collect::<Vec<_>>(), ["Welcome to kopi, Siti"]);
    assert_eq!(rows(&app).await, [("sent".into(), 3)]);
    assert!(counted(&app, "retry", 2) && counted(&app, "sent", 1));
    app.stop().await;
}

#[tokio::test]
async fn a_message_that_is_refused_for_good_is_given_up_and_says_why() {
    let smtp = Smtp::start().unwrap();
    let app = start(Some(&smtp)).await;
    let (user, _) = customer();
    app.deliver(&registered(user, "en")).await.expect("the event is handled");
    smtp.refuse(&["550 No such mailbox"]).unwrap();
    app.run_job(JOB).await;
    app.clock.advance(Duration::days(1));
    assert_eq!(app.run_job(JOB).await, 0);
    assert_eq!(rows(&app).await, [("failed".into(), 1)]);
    let pool = app.db.as_ref().expect("notification has a database").pool();
    let error: String =
        sqlx::query_scalar("SELECT last_error FROM notifications").fetch_one(pool).await.expect("one row");
    assert!(error.contains("No such mailbox"), "{error}");
    assert!(counted(&app, "failed", 1));
    app.stop().await;
}

#[tokio::test]
async fn a_server_that_is_away_loses_nothing() {
    let smtp = Smtp::start().unwrap();
    let app = start(Some(&smtp)).await;
    let (user, _) = customer();
    app.deliver(&registered(user, "en")).await.expect("the event is handled");
    drop(smtp);
    for attempt in 1..=2 {
        assert_eq!(app.run_job(JOB).await, 1);
        assert_eq!(rows(&app).await, [("pending".into(), attempt)]);
        app.clock.advance(Duration::hours(4));
    }
    app.stop().await;
}

#[tokio::test]
async fn a_claim_that_a_crash_left_is_taken_up_again() {
    let smtp = Smtp::start().unwrap();
    let app = start(Some(&smtp)).await;
    let (user, _) = customer();
    app.deliver(&registered(user, "en")).await.expect("the event is handled");
    // As the job leaves it when the process dies before it has sent.
    let pool = app.db.as_ref().expect("notification has a database").pool();
    sqlx::query("UPDATE notifications SET attempts = 1, next_attempt_at = $1")
        .bind(app.clock.now() + Duration::minutes(5))
        .execute(pool)
        .await
        .expect("the row can be changed");
    assert_eq!(app.run_job(JOB).await, 0);
    app.clock.advance(Duration::minutes(5));
    assert_eq!(app.run_job(JOB).await, 1);
    assert_eq!(smtp.mails().unwrap().len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn without_a_mail_server_messages_are_marked_as_skipped() {
    let app = start(None).await;
    let (user, _) = customer();
    app.deliver(&registered(user, "en")).await.expect("the event is handled");
    app.run_job(JOB).await;
    assert_eq!(rows(&app).await, [("skipped".into(), 1)]);
    assert!(counted(&app, "skipped", 1));
    app.stop().await;
}

#[tokio::test]
async fn news_can_be_unsubscribed_from_by_one_click() {
    let smtp = Smtp::start().unwrap();
    let app = start(Some(&smtp)).await;
    let (user, _) = customer();
    app.deliver(&registered(user, "en")).await.expect("the event is handled");
    app.run_job(JOB).await;
    let mail = smtp.mails().unwrap().remove(0);
    assert_eq!(mail.unsubscribe_post.as_deref(), Some("List-Unsubscribe=One-Click"));
    let url = mail.unsubscribe.expect("a link");
    let url = url.strip_prefix('<').and_then(|url| url.strip_suffix('>')).expect("in angle brackets");
    assert!(mail.body.contains(url), "{}", mail.body);
    let path = url.strip_prefix("http://localhost").expect("at our own address");
    // Looking changes nothing.
    let page = app.send("GET", path, None, None).await;
    assert_eq!(page.status, 200);
    app.deliver(&registered(user, "en")).await.expect("the event is handled");
    assert_eq!(app.send("POST", path, None, None).await.status, 200);
    app.deliver(&registered(user, "en")).await.expect("the event is handled");
    let states: Vec<_> = outcomes(&app).await.into_iter().map(|(_, state, reason)| (state, reason)).collect();
    let unsubscribed = ("skipped".into(), Some("unsubscribed".into()));
    assert_eq!(states, [("pending".into(), None), ("sent".into(), None), unsubscribed]);
    let forged = path.replace("usr_", "usr_0");
    assert_eq!(app.send("POST", &forged, None, None).await.status, 404);
    // The link of an account that is gone switches off what is off: nothing of it comes back.
    app.deliver(&UserDeleted { user_id: user }).await.expect("the event is handled");
    assert_eq!(app.send("POST", path, None, None).await.status, 200);
    assert_eq!(choices(&app).await, 0);
    app.stop().await;
}
