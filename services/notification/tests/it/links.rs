//! Links that carry a secret of auth.

use std::sync::{
    Arc,
    atomic::{AtomicU16, Ordering},
};

use time::Duration;
use tonic::{Code, Request, Response, Status, service::Routes};
use uuid::Uuid;
use warung_chassis::testing::{TestApp, customer};
use warung_contracts::{
    event::{EmailChanged, PasswordResetRequested},
    grpc::auth::{
        GetTokenRequest, GetTokenResponse,
        links_server::{Links, LinksServer},
    },
    id::UserId,
};

use crate::{JOB, Smtp, fake::serve, outcomes, registered, start_with};

/// Auth, as far as notification asks it: gives tokens, or answers with this status.
struct Auth(Arc<AtomicU16>);

#[tonic::async_trait]
impl Links for Auth {
    async fn get_token(
        &self,
        request: Request<GetTokenRequest>,
    ) -> Result<Response<GetTokenResponse>, Status> {
        match Code::from(i32::from(self.0.load(Ordering::SeqCst))) {
            Code::Ok => {
                let token = format!("secret-of-{}", request.into_inner().request_id);
                Ok(Response::new(GetTokenResponse { token }))
            }
            code => Err(Status::new(code, "no")),
        }
    }
}

async fn auth() -> (String, Arc<AtomicU16>) {
    let code = Arc::new(AtomicU16::new(0));
    (serve(Routes::new(LinksServer::new(Auth(code.clone())))).await, code)
}

async fn start(auth: &str, smtp: &Smtp) -> TestApp {
    start_with(&[
        ("WARUNG_SMTP_URL", &smtp.url()),
        ("WARUNG_AUTH_URL", auth),
        ("WARUNG_LINKS_URL", "https://kopi.example/"),
    ])
    .await
}

async fn asked(app: &TestApp) -> PasswordResetRequested {
    let (user_id, _): (UserId, _) = customer();
    app.deliver(&registered(user_id, "en")).await.expect("the event is handled");
    app.run_job(JOB).await;
    let event = PasswordResetRequested {
        user_id,
        email: "siti@example.com".into(),
        name: "Siti".into(),
        locale: "en".into(),
        request_id: Uuid::now_v7(),
        expires_at: app.clock.now() + Duration::hours(1),
    };
    app.deliver(&event).await.expect("the event is handled");
    event
}

#[tokio::test]
async fn the_secret_is_in_the_letter_and_nowhere_else() {
    let (smtp, (url, _)) = (Smtp::start().unwrap(), auth().await);
    let app = start(&url, &smtp).await;
    let event = asked(&app).await;
    app.run_job(JOB).await;
    let mail = smtp.mails().unwrap().pop().expect("a letter");
    let link = format!("https://kopi.example/reset-password?token=secret-of-{}", event.request_id);
    assert!(mail.body.contains(&link), "{}", mail.body);
    let html = mail.html.expect("an HTML part");
    assert!(
        html.contains("<a href=") && html.contains("secret-of-") && !html.contains("__TOKEN__"),
        "{html}"
    );
    let pool = app.db.as_ref().expect("notification has a database").pool();
    let stored: Vec<String> = sqlx::query_scalar("SELECT row_to_json(n)::text FROM notifications n")
        .fetch_all(pool)
        .await
        .expect("the table can be read");
    assert!(stored.iter().all(|row| !row.contains("secret-of-")), "{stored:?}");
    app.stop().await;
}

#[tokio::test]
async fn a_link_that_has_ended_is_not_sent_and_one_whose_auth_is_away_waits() {
    let (smtp, (url, code)) = (Smtp::start().unwrap(), auth().await);
    let app = start(&url, &smtp).await;
    asked(&app).await;
    code.store(Code::Unavailable as u16, Ordering::SeqCst);
    app.run_job(JOB).await;
    assert_eq!(outcomes(&app).await[0].1, "pending");
    code.store(Code::NotFound as u16, Ordering::SeqCst);
    app.clock.advance(Duration::minutes(1));
    app.run_job(JOB).await;
    let ended = ("email".into(), "skipped".into(), Some("link_ended".into()));
    assert_eq!(outcomes(&app).await[1], ended);
    assert_eq!(smtp.mails().unwrap().len(), 1, "the welcome alone");
    app.stop().await;
}

#[tokio::test]
async fn who_loses_an_address_hears_of_it_there() {
    let smtp = Smtp::start().unwrap();
    let app = start("http://127.0.0.1:1", &smtp).await;
    let (user_id, _) = customer();
    app.deliver(&registered(user_id, "en")).await.expect("the event is handled");
    let (email, old_email) = ("new@example.com".to_owned(), "siti@example.com".to_owned());
    let (name, locale) = ("Siti".to_owned(), "en".to_owned());
    let changed = EmailChanged { user_id, email, old_email, name, locale, version: 1 };
    app.deliver(&changed).await.expect("the event is handled");
    app.deliver(&crate::cancelled(user_id)).await.expect("the event is handled");
    app.run_job(JOB).await;
    let mut to: Vec<(String, String)> =
        smtp.mails().unwrap().into_iter().map(|mail| (mail.subject, mail.to[0].clone())).collect();
    to.sort();
    let to: Vec<&str> = to.iter().map(|(_, to)| to.as_str()).collect();
    assert_eq!(to, ["siti@example.com", "siti@example.com", "new@example.com"]);
    assert_eq!(outcomes(&app).await.len(), 3);
    app.stop().await;
}
