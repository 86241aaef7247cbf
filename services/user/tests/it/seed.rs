use axum::http::StatusCode;
use uuid::Uuid;
use warung_chassis::testing::customer;
use warung_contracts::id::AddressId;
use warung_user::seed::{Home, Person, profiles};

use crate::{registered, start};

#[tokio::test]
async fn seeded_people_are_there_once_and_their_registration_changes_nothing() {
    let app = start().await;
    let (user_id, token) = customer();
    let home = Home {
        address_id: AddressId(Uuid::from_u128(7)),
        line1: "Jl. Braga 1".into(),
        city: "Bandung".into(),
        province: "Jawa Barat".into(),
        postal_code: "40111".into(),
        country: "ID".into(),
    };
    let person = Person {
        user_id,
        email: "dewi@example.com".into(),
        name: "Dewi".into(),
        locale: "id".into(),
        phone: Some("+6281234567890".into()),
        home: Some(home),
    };
    let db = app.db.clone().expect("a database");
    for _ in 0..2 {
        profiles(&db, std::slice::from_ref(&person)).await.expect("people are made");
    }
    app.deliver(&registered(user_id)).await.expect("the event is handled");
    let profile = app.send("GET", "/api/v1/me", Some(&token), None).await;
    assert_eq!((profile.status, &profile.body["name"]), (StatusCode::OK, &"Dewi".into()));
    let addresses = app.send("GET", "/api/v1/me/addresses", Some(&token), None).await.body;
    assert_eq!(addresses["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(addresses["items"][0]["default"], true);
    app.stop().await;
}
