//! Links to orders: guests need a token, accounts log in.

use std::sync::{
    Arc,
    atomic::{AtomicU16, Ordering},
};

use time::Duration;
use tonic::{Code, Request, Response, Status, service::Routes};
use warung_chassis::testing::{TestApp, customer};
use warung_contracts::{
    event::{OrderPlaced, ShipmentDelivered},
    grpc::order::{
        GetTokenRequest, GetTokenResponse,
        guests_server::{Guests, GuestsServer},
    },
    id::UserId,
};
use warung_testbed::smtp::Mail;

use crate::{JOB, Smtp, delivered, fake::serve, people::placed, registered, rows, start_with};

/// Order, as far as notification asks it: gives tokens, or answers with this status.
struct Order(Arc<AtomicU16>);

#[tonic::async_trait]
impl Guests for Order {
    async fn get_token(
        &self,
        request: Request<GetTokenRequest>,
    ) -> Result<Response<GetTokenResponse>, Status> {
        match Code::from(i32::from(self.0.load(Ordering::SeqCst))) {
            Code::Ok => {
                let token = format!("token-of-{}", request.into_inner().order_id);
                Ok(Response::new(GetTokenResponse { token }))
            }
            code => Err(Status::new(code, "no")),
        }
    }
}

pub async fn start(smtp: &Smtp) -> (TestApp, Arc<AtomicU16>) {
    let code = Arc::new(AtomicU16::new(0));
    let order = serve(Routes::new(GuestsServer::new(Order(code.clone())))).await;
    let variables = [
        ("WARUNG_SMTP_URL", smtp.url()),
        ("WARUNG_ORDER_URL", order),
        ("WARUNG_LINKS_URL", "https://kopi.example".to_owned()),
    ];
    let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
    (start_with(&variables).await, code)
}

pub fn of_guest(user_id: UserId) -> OrderPlaced {
    OrderPlaced { order_token_hash: Some("5d".repeat(32)), ..placed(user_id) }
}

fn of_account(user_id: UserId) -> OrderPlaced {
    OrderPlaced { order_token_hash: None, ..placed(user_id) }
}

async fn mails(app: &TestApp, smtp: &Smtp) -> Vec<Mail> {
    app.run_job(JOB).await;
    smtp.mails().unwrap()
}

#[tokio::test]
async fn each_mail_opens_the_guests_order_and_nothing_kept_does() {
    let smtp = Smtp::start().unwrap();
    let (app, _) = start(&smtp).await;
    let (guest, _) = customer();
    let order = of_guest(guest);
    app.deliver(&order).await.expect("the event is handled");
    let arrived = ShipmentDelivered { order_id: order.order_id, ..delivered(guest) };
    app.deliver(&arrived).await.expect("the event is handled");
    let link = format!("https://kopi.example/orders/{0}#token=token-of-{0}", order.order_id);
    let mails = mails(&app, &smtp).await;
    assert_eq!(mails.len(), 2);
    for mail in mails {
        assert!(mail.body.contains(&link), "{}", mail.body);
        assert!(mail.html.expect("an HTML part").contains(&format!("token-of-{}\"", order.order_id)));
    }
    let pool = app.db.as_ref().expect("notification has a database").pool();
    let kept: String = sqlx::query_scalar("SELECT string_agg(n::text, ' ') FROM notifications n")
        .fetch_one(pool)
        .await
        .expect("the table can be read");
    assert!(!kept.contains("token-of-"), "{kept}");
    app.stop().await;
}

#[tokio::test]
async fn an_accounts_order_is_opened_by_logging_in() {
    let smtp = Smtp::start().unwrap();
    let (app, code) = start(&smtp).await;
    // Nobody has to be asked.
    code.store(Code::Unavailable as u16, Ordering::SeqCst);
    let (user, _) = customer();
    app.deliver(&registered(user, "en")).await.expect("the event is handled");
    let order = of_account(user);
    app.deliver(&order).await.expect("the event is handled");
    let mails = mails(&app, &smtp).await;
    let mail = mails.iter().find(|mail| mail.subject.contains(&order.number)).expect("a mail of the order");
    let line = format!("Your order: https://kopi.example/orders/{}\n", order.order_id);
    assert!(mail.body.replace('\r', "").contains(&line), "{}", mail.body);
    app.stop().await;
}

#[tokio::test]
async fn a_mail_waits_for_order_and_goes_without_a_token_that_is_none_any_more() {
    let smtp = Smtp::start().unwrap();
    let (app, code) = start(&smtp).await;
    let order = of_guest(customer().0);
    app.deliver(&order).await.expect("the event is handled");
    code.store(Code::Unavailable as u16, Ordering::SeqCst);
    assert!(mails(&app, &smtp).await.is_empty());
    assert_eq!(rows(&app).await, [("pending".into(), 1)]);
    code.store(Code::NotFound as u16, Ordering::SeqCst);
    app.clock.advance(Duration::minutes(1));
    let mail = mails(&app, &smtp).await.pop().expect("a mail");
    let page = format!("https://kopi.example/orders/{}", order.order_id);
    assert!(mail.body.contains(&page) && !mail.body.contains('#'), "{}", mail.body);
    app.stop().await;
}
