//! Lists, facets, suggestions: made of documents that follow the service's own events.

use serde_json::{Value, json};
use warung_chassis::testing::{TestApp, admin};
use warung_contracts::event::ProductChanged;

use crate::shop::{add, id, idr, post, product, settle, shirt, start};

async fn get(app: &TestApp, path: &str) -> Value {
    let answer = app.send("GET", path, None, None).await;
    assert_eq!(answer.status, 200, "{path}: {:?}", answer.body);
    answer.body
}

async fn documents(app: &TestApp) -> Vec<(i32, String)> {
    sqlx::query_as("SELECT generation, name FROM catalog_documents ORDER BY generation, name")
        .fetch_all(app.db.as_ref().unwrap().pool())
        .await
        .unwrap()
}

async fn words(app: &TestApp) -> Vec<String> {
    sqlx::query_scalar("SELECT word FROM catalog_words ORDER BY word")
        .fetch_all(app.db.as_ref().unwrap().pool())
        .await
        .unwrap()
}

#[tokio::test]
async fn facets_say_by_what_a_list_can_be_narrowed() {
    let app = start().await;
    let drinks = json!({"slug": "minuman", "name": "Minuman", "translations": {"en": "Drinks"}});
    let drinks = post(&app, "/api/v1/categories", drinks).await.body;
    shirt(&app, [1, 0]).await;
    for (sku, price) in [("K1", 50), ("K2", 70), ("K3", 90)] {
        let body = json!({"sku": sku, "name": format!("Kopi {sku}"), "price": idr(price), "category_id": drinks["id"]});
        add(&app, body).await;
    }
    let facets = get(&app, "/api/v1/products/facets").await;
    assert_eq!((&facets["total"], &facets["in_stock"]), (&json!(4), &json!(1)));
    let drink =
        |name: &str| json!([{"category_id": drinks["id"], "slug": "minuman", "name": name, "count": 3}]);
    assert_eq!(facets["categories"], drink("Minuman"));
    let english = [("accept-language", "en")];
    let facets_en = app.send_with("GET", "/api/v1/products/facets", None, &english, None).await.body;
    assert_eq!(facets_en["categories"], drink("Drinks"));
    let sizes = json!([{"value": "L", "count": 1}, {"value": "M", "count": 1}]);
    assert_eq!(facets["options"], json!([{"name": "Size", "values": sizes}]));
    let counted: u64 =
        facets["prices"].as_array().unwrap().iter().map(|range| range["count"].as_u64().unwrap()).sum();
    assert_eq!(counted, 5, "one range has a shirt in M, one has it in L: {:?}", facets["prices"]);
    assert_eq!(get(&app, "/api/v1/products/facets?q=kopi&price_min_minor=60").await["total"], 2);

    for (query, count) in
        [("options=Size:L", 1), ("options=Size:M,Size:L", 1), ("options=Size:XL", 0), ("in_stock=true", 1)]
    {
        let list = get(&app, &format!("/api/v1/products?{query}")).await;
        assert_eq!(list["items"].as_array().unwrap().len(), count, "{query}");
    }
    assert_eq!(app.send("GET", "/api/v1/products?options=Size", None, None).await.status, 400);
    app.stop().await;
}

#[tokio::test]
async fn values_of_one_option_add_up_and_those_of_two_narrow() {
    let app = start().await;
    for (sku, size, colour) in [("A", "M", "Red"), ("B", "L", "Red"), ("C", "L", "Blue"), ("D", "S", "Blue")]
    {
        let body = json!({
            "sku": sku, "name": format!("Kaos {sku}"), "price": idr(100),
            "options": [{"name": "Size", "values": [size]}, {"name": "Colour", "values": [colour]}],
            "option_values": {"Size": size, "Colour": colour},
        });
        add(&app, body).await;
    }
    let count = async |query: &str, option: &str, value: &str| {
        let facets = get(&app, &format!("/api/v1/products/facets?options={query}")).await;
        let options = facets["options"].as_array().unwrap().clone();
        let values =
            options.iter().find(|known| known["name"] == option).map(|known| known["values"].clone());
        let values = values.unwrap_or_default();
        let found =
            values.as_array().and_then(|all| all.iter().find(|known| known["value"] == value).cloned());
        (facets["total"].as_u64().unwrap(), found.map_or(0, |found| found["count"].as_u64().unwrap()))
    };
    // M is chosen, and L would be two more; of the colours only that of M is left.
    assert_eq!(count("Size:M", "Size", "L").await, (1, 2));
    assert_eq!(count("Size:M", "Colour", "Red").await, (1, 1));
    assert_eq!(count("Size:M", "Colour", "Blue").await, (1, 0));
    assert_eq!(count("Size:M,Size:L", "Colour", "Red").await, (3, 2));
    // Of two options each is counted under the other.
    assert_eq!(count("Size:L,Colour:Blue", "Size", "S").await, (1, 1));
    assert_eq!(count("Size:L,Colour:Blue", "Size", "M").await, (1, 0));
    assert_eq!(count("Size:L,Colour:Blue", "Colour", "Red").await, (1, 1));
    // What is counted is what a list shows.
    let list = get(&app, "/api/v1/products?options=Size:M,Size:L,Colour:Red").await;
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    app.stop().await;
}

#[tokio::test]
async fn suggestions_go_on_as_what_was_typed() {
    let app = start().await;
    product(&app, "A", "Kopi Toraja", 100, 1).await;
    product(&app, "B", "Kopiah Hitam", 100, 1).await;
    let suggested = get(&app, "/api/v1/products/suggest?q=kop").await;
    assert_eq!(suggested["words"], json!(["kopi", "kopiah"]));
    assert_eq!(suggested["products"].as_array().unwrap().len(), 2);
    let one = get(&app, "/api/v1/products/suggest?q=kopi%20tor").await;
    assert_eq!(one["products"][0]["slug"], "kopi-toraja");
    let meant = get(&app, "/api/v1/products/suggest?q=hitam%20kpoiah").await;
    assert_eq!(
        (&meant["words"], &meant["products"][0]["slug"]),
        (&json!(["kopiah"]), &json!("kopiah-hitam"))
    );
    for odd in ["%25", "'", "a%27%20%7C%20%3A*"] {
        get(&app, &format!("/api/v1/products/suggest?q={odd}")).await;
    }
    app.stop().await;
}

#[tokio::test]
async fn suggestions_forgive_a_slip_in_what_is_typed_so_far() {
    let app = start().await;
    product(&app, "A", "Kopi Toraja", 100, 1).await;
    product(&app, "B", "Keramik Bayat", 100, 1).await;
    for (typed, word, slug) in [
        ("kpo", "kopi", "kopi-toraja"),
        ("okp", "kopi", "kopi-toraja"),
        ("toraja%20kpo", "kopi", "kopi-toraja"),
        ("kermi", "keramik", "keramik-bayat"),
        ("kerrami", "keramik", "keramik-bayat"),
    ] {
        let suggested = get(&app, &format!("/api/v1/products/suggest?q={typed}")).await;
        assert_eq!(
            (&suggested["words"], &suggested["products"][0]["slug"]),
            (&json!([word]), &json!(slug)),
            "{typed}: {suggested}"
        );
    }
    let nothing = get(&app, "/api/v1/products/suggest?q=xyz").await;
    assert_eq!(nothing, json!({"words": [], "products": []}));
    app.stop().await;
}

#[tokio::test]
async fn suggestions_are_first_what_is_called_so_in_the_readers_language() {
    let app = start().await;
    for (sku, name, english) in
        [("BU1-1", "Cengkeh", "Cloves"), ("A", "Beras", "Rice"), ("C", "Teh Hitam", "Black Tea")]
    {
        let translations = json!({"en": {"name": english}});
        add(
            &app,
            json!({"sku": sku, "name": name, "price": idr(5), "stock": 1, "translations": translations}),
        )
        .await;
    }
    settle(&app).await;
    let suggested = async |typed: &str| {
        let path = format!("/api/v1/products/suggest?q={typed}");
        let answer = app.send_with("GET", &path, None, &[("accept-language", "en")], None).await.body;
        let names = answer["products"].as_array().unwrap().iter().map(|product| product["name"].clone());
        (answer["words"].clone(), names.collect::<Value>())
    };
    let (words, products) = suggested("b").await;
    assert_eq!(products, json!(["Black Tea", "Rice"]), "no SKU is meant by one letter");
    assert_eq!(words[0], "beras", "words before parts of SKUs: {words}");
    assert_eq!(suggested("bu1").await.1, json!(["Cloves"]));
    app.stop().await;
}

#[tokio::test]
async fn an_edit_is_seen_when_its_event_is_heard_however_often_that_is() {
    let app = start().await;
    let made = product(&app, "A", "Kopi", 100, 1).await;
    let path = format!("/api/v1/products/{made}");
    app.send("PATCH", &path, Some(&admin()), Some(json!({"name": "Teh"}))).await;
    assert_eq!(documents(&app).await, [(1, "Kopi".to_owned())]);
    settle(&app).await;
    app.deliver(&ProductChanged { product_id: made }).await.unwrap();
    assert_eq!(documents(&app).await, [(1, "Teh".to_owned())]);
    app.send("DELETE", &path, Some(&admin()), None).await;
    settle(&app).await;
    assert_eq!(documents(&app).await, []);
    app.stop().await;
}

#[tokio::test]
async fn the_read_model_is_made_anew_beside_the_one_that_serves() {
    let app = start().await;
    let db = app.db.clone().unwrap();
    let (kopi, teh) = (product(&app, "A", "Kopi", 100, 1).await, product(&app, "B", "Teh", 100, 1).await);
    let damaged = "UPDATE catalog_documents SET name = 'nonsense', search = ''; TRUNCATE catalog_words";
    sqlx::raw_sql(damaged).execute(db.pool()).await.unwrap();
    // What an interrupted rebuild left is no hindrance, and events go to both.
    sqlx::raw_sql("INSERT INTO catalog_generations VALUES (9, 'building', now())")
        .execute(db.pool())
        .await
        .unwrap();
    app.deliver(&ProductChanged { product_id: teh }).await.unwrap();
    let both = [(1, "Teh".to_owned()), (1, "nonsense".to_owned()), (9, "Teh".to_owned())];
    assert_eq!(documents(&app).await, both);
    let built = warung_product::tools::reindex(&db).await.unwrap();
    assert_eq!(built.products, 2);
    let new = [(built.generation, "Kopi".to_owned()), (built.generation, "Teh".to_owned())];
    assert_eq!(documents(&app).await, new, "one generation is left");
    let found = get(&app, "/api/v1/products/search?q=kopii").await;
    assert_eq!(
        id::<warung_contracts::id::ProductId>(&found["items"][0]["id"]),
        kopi,
        "words are there again"
    );
    app.stop().await;
}

#[tokio::test]
async fn words_that_no_document_holds_go_however_many_there_are() {
    let app = start().await;
    let db = app.db.clone().unwrap();
    product(&app, "A", "Kopi", 100, 1).await;
    settle(&app).await;
    // A real catalogue in small: what its words come to is more than the planner would keep in memory.
    let many = "SET LOCAL statement_timeout = 0; \
        DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = 64', current_database()); END $$; \
        CREATE FUNCTION made_up(n int) RETURNS text LANGUAGE sql RETURN translate(md5(n::text), '0123456789', 'ghijklmnop'); \
        WITH words AS MATERIALIZED (SELECT string_agg(made_up(n), ' ') AS words FROM generate_series(1, 40) n) \
            INSERT INTO catalog_documents SELECT (jsonb_populate_record(d, \
                jsonb_build_object('product_id', gen_random_uuid(), 'search', words))).* \
            FROM words, catalog_documents d, generate_series(1, 3000); \
        INSERT INTO catalog_words SELECT made_up(n) FROM generate_series(100001, 110000) n; \
        ANALYZE catalog_documents, catalog_words";
    let mut tx = db.pool().begin().await.unwrap();
    sqlx::raw_sql(many).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    let built = warung_product::tools::reindex(&db).await.unwrap();
    assert_eq!(documents(&app).await, [(built.generation, "Kopi".to_owned())]);
    assert_eq!(words(&app).await, ["kopi"]);
    app.stop().await;
}

#[tokio::test]
async fn a_reindex_that_could_not_clear_up_keeps_no_other_from_starting() {
    let app = start().await;
    let db = app.db.clone().unwrap();
    product(&app, "A", "Kopi", 100, 1).await;
    settle(&app).await;
    let refuse = "INSERT INTO catalog_words VALUES ('lama'); \
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$; \
        CREATE TRIGGER refuse BEFORE DELETE ON catalog_documents FOR EACH ROW WHEN (old.generation <= 2) \
            EXECUTE FUNCTION refuse()";
    sqlx::raw_sql(refuse).execute(db.pool()).await.unwrap();
    for generation in 2..4 {
        let built = warung_product::tools::reindex(&db).await.unwrap();
        assert_eq!(built.generation, generation);
        assert_eq!(get(&app, "/api/v1/products/search?q=kopi").await["items"].as_array().unwrap().len(), 1);
    }
    sqlx::raw_sql("DROP TRIGGER refuse ON catalog_documents").execute(db.pool()).await.unwrap();
    warung_product::tools::reindex(&db).await.unwrap();
    assert_eq!(documents(&app).await, [(4, "Kopi".to_owned())], "with the next, all that was left went");
    assert_eq!(words(&app).await, ["kopi"]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_and_writers_go_on_while_the_read_model_is_made_anew() {
    let app = start().await;
    let db = app.db.clone().unwrap();
    let mut ids = Vec::new();
    for n in 0..20 {
        ids.push(product(&app, &format!("S{n}"), &format!("Kopi {n}"), 100, 1).await);
    }
    let rebuild = tokio::spawn(async move {
        for _ in 0..5 {
            warung_product::tools::reindex(&db).await.unwrap();
        }
    });
    let mut round = 0;
    while !rebuild.is_finished() {
        let product = ids[round % ids.len()];
        let body = json!({"name": format!("Kopi {round} baru")});
        let edited =
            app.send("PATCH", &format!("/api/v1/products/{product}"), Some(&admin()), Some(body)).await;
        assert_eq!(edited.status, 200, "{:?}", edited.body);
        settle(&app).await;
        let page = get(&app, &format!("/api/v1/products?limit=100&price_max_minor={}", 100 + round)).await;
        assert_eq!(page["items"].as_array().unwrap().len(), 20, "nothing is missing in round {round}");
        round += 1;
    }
    rebuild.await.unwrap();
    let names: Vec<(String,)> =
        sqlx::query_as("SELECT name FROM products EXCEPT SELECT name FROM catalog_documents")
            .fetch_all(app.db.as_ref().unwrap().pool())
            .await
            .unwrap();
    assert_eq!(names, [], "no change was lost by the switch");
    app.stop().await;
}
