//! Who changed categories, price lists and places of stock.

use serde_json::{Value, json};
use uuid::Uuid;
use warung_chassis::testing::{TestApp, admin, token};
use warung_contracts::{id::UserId, permission::Role};

use crate::shop::start;

const CHANGES: &str = "/api/v1/admin/catalogue/changes";

/// Somebody who may do everything.
struct Person {
    id: String,
    token: String,
}

impl Person {
    fn new() -> Self {
        let user = UserId(Uuid::now_v7());
        Self { id: user.to_string(), token: token(user, &[Role::Admin]) }
    }

    async fn send(&self, app: &TestApp, method: &str, path: &str, body: Option<Value>) -> Value {
        let answer = app.send(method, path, Some(&self.token), body).await;
        assert!(answer.status.is_success(), "{method} {path}: {}", answer.body);
        answer.body
    }
}

/// Who did what to which field of what a query finds, the newest first, from pages of two.
async fn told(app: &TestApp, query: &str) -> Vec<(String, String, Vec<Value>)> {
    let (mut all, mut next) = (Vec::new(), format!("{CHANGES}?limit=2{query}"));
    loop {
        let answer = app.send("GET", &next, Some(&admin()), None).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        let items = answer.body["items"].as_array().unwrap().iter();
        all.extend(items.map(|item| {
            (word(&item["actor"]), word(&item["kind"]), item["changes"].as_array().unwrap().clone())
        }));
        let Some(cursor) = answer.body["next_cursor"].as_str() else { return all };
        next = format!("{CHANGES}?limit=2{query}&cursor={cursor}");
    }
}

fn change(field: &str, from: Value, to: Value) -> Value {
    json!({"field": field, "from": from, "to": to})
}

fn fields(changes: &[Value]) -> Vec<&str> {
    changes.iter().map(|change| change["field"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_times_of_a_price_list_say_who_set_them_also_when_it_is_gone() {
    let app = start().await;
    let (sari, budi) = (Person::new(), Person::new());
    let list = sari.send(&app, "POST", "/api/v1/price-lists", Some(json!({"name": "Lebaran"}))).await;
    let id = list["id"].as_str().unwrap();
    let path = format!("/api/v1/price-lists/{id}");
    let until = "2026-12-31T17:00:00Z";
    for _ in 0..2 {
        budi.send(&app, "PATCH", &path, Some(json!({"valid_until": until}))).await;
    }
    budi.send(&app, "DELETE", &path, None).await;

    let told = told(&app, &format!("&price_list_id={id}")).await;
    let who: Vec<_> = told.iter().map(|(actor, kind, _)| (actor.as_str(), kind.as_str())).collect();
    let wanted = [(budi.id.as_str(), "removed"), (&budi.id, "edited"), (&sari.id, "added")];
    assert_eq!(who, wanted, "what changed nothing is not told of");
    assert_eq!(told[1].2, [change("valid_until", Value::Null, json!(until))]);
    assert!(told[0].2.contains(&change("valid_until", json!(until), Value::Null)), "{:?}", told[0]);
    assert_eq!(fields(&told[2].2), ["active", "name", "priority"], "all that it began with");
    app.stop().await;
}

#[tokio::test]
async fn each_change_of_a_category_and_of_a_place_says_who_made_it() {
    let app = start().await;
    let sari = Person::new();
    let category = json!({"slug": "teh", "name": "Teh", "translations": {"en": "Tea"}});
    let category = sari.send(&app, "POST", "/api/v1/categories", Some(category)).await;
    let path = format!("/api/v1/categories/{}", category["id"].as_str().unwrap());
    let patch = json!({"slug": "teh-hitam", "translations": {"en": "Black tea"}});
    sari.send(&app, "PATCH", &path, Some(patch)).await;
    sari.send(&app, "DELETE", &path, None).await;
    let place = json!({"code": "jkt", "name": "Jakarta"});
    let place = sari.send(&app, "POST", "/api/v1/locations", Some(place)).await;
    let path = format!("/api/v1/locations/{}", place["id"].as_str().unwrap());
    sari.send(&app, "PATCH", &path, Some(json!({"active": false}))).await;

    let told = told(&app, "").await;
    let kinds: Vec<_> = told.iter().map(|(_, kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["edited", "added", "removed", "edited", "added"]);
    assert!(told.iter().all(|(actor, ..)| *actor == sari.id));
    assert_eq!(told[0].2, [change("active", json!(true), json!(false))]);
    let renamed = [
        change("slug", json!("teh"), json!("teh-hitam")),
        change("translations.en", json!("Tea"), json!("Black tea")),
    ];
    assert_eq!(told[3].2, renamed);
    app.stop().await;
}

#[tokio::test]
async fn one_thing_at_most_is_asked_about_and_nobody_rewrites_what_was() {
    let app = start().await;
    let sari = Person::new();
    let place = json!({"code": "jkt", "name": "Jakarta"});
    let place = sari.send(&app, "POST", "/api/v1/locations", Some(place)).await;
    let query = format!("{CHANGES}?category_id=cat_{:032}&location_id={}", 1, place["id"].as_str().unwrap());
    let refused = app.send("GET", &query, Some(&admin()), None).await;
    assert_eq!((refused.status.as_u16(), &refused.body["errors"][0]["field"]), (400, &json!("location_id")));
    let pool = app.db.as_ref().unwrap().pool();
    for forbidden in
        ["UPDATE catalog_edits SET actor = 'me'", "DELETE FROM catalog_edits", "TRUNCATE catalog_edits"]
    {
        assert!(sqlx::query(forbidden).execute(pool).await.is_err(), "{forbidden} was not refused");
    }
    app.stop().await;
}
