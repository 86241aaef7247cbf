use uuid::Uuid;
use warung_auth::seed::{Account, accounts};
use warung_contracts::{event::UserRegistered, id::UserId};

use crate::{PASSWORD, login, start};

#[tokio::test]
async fn seeded_accounts_log_in_and_are_made_once() {
    let app = start().await;
    let people: Vec<Account> = (1..=3)
        .map(|n| Account {
            user_id: UserId(Uuid::from_u128(n)),
            email: format!("person{n}@example.com"),
            name: format!("Person {n}"),
            locale: "id".into(),
        })
        .collect();
    let db = app.db.clone().expect("a database");
    assert_eq!(accounts(&db, &people, PASSWORD.into()).await.expect("accounts are made"), 3);
    assert_eq!(accounts(&db, &people, PASSWORD.into()).await.expect("and stay"), 0);
    assert_eq!(app.published_only::<UserRegistered>().await.len(), 3);
    assert_eq!(login(&app, "person2@example.com", PASSWORD).await.status, 200);
    app.stop().await;
}
