//! What is exported and imported again, untouched, changes nothing.

use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use serde_json::{Value, json};
use uuid::Uuid;
use warung_chassis::testing::{TestApp, admin};
use warung_contracts::id::{ProductId, VariantId};

use crate::{
    bulk::{export, import},
    shop::{
        add, adjust, check_books, confirmed, id, idr, location, order, product as goods, settle, start, stock,
    },
};

/// Texts with all that means something in a file.
const TEXT: &str = "[a-zé=+@'-][a-zé,;:=|\\\\\"\n']{0,7}[a-z]";
/// The same on one line.
const LINE: &str = "[a-zé=+@'-][a-zé,;:=|\\\\\"']{0,7}[a-z]";
const PRODUCTS: usize = 25;

#[derive(Debug, Clone)]
struct Kind {
    size: usize,
    price: i64,
    sale: bool,
    stock: u32,
    backorder: u32,
    barcode: Option<String>,
}

fn kinds() -> impl Strategy<Value = Vec<Kind>> {
    let kind = |size, (price, sale, stock, backorder, barcode)| Kind {
        size,
        price,
        sale,
        stock,
        backorder,
        barcode,
    };
    let drawn = (1..9_i64, any::<bool>(), 0..4_u32, 0..3_u32, prop::option::of(LINE));
    prop::collection::btree_map(0..4_usize, drawn, 1..4)
        .prop_map(move |kinds| kinds.into_iter().map(|(size, drawn)| kind(size, drawn)).collect())
}

/// A product with more sizes than it has variants, as it is posted; backorder is said afterwards.
fn product() -> impl Strategy<Value = (Value, Vec<Kind>)> {
    let sizes = prop::collection::btree_set(LINE, 4..6).prop_map(Vec::from_iter).prop_shuffle();
    let status = prop::sample::select(vec!["draft", "active", "archived"]);
    (LINE, LINE, TEXT, sizes, kinds(), status).prop_map(|(name, other, text, sizes, kinds, status)| {
        let variant = |kind: &Kind| {
            json!({"price": idr(kind.price), "compare_at": kind.sale.then(|| idr(kind.price + 1)), "stock": kind.stock,
                "barcode": kind.barcode, "option_values": {"Si:ze": sizes[kind.size]}, "low_stock_at": kind.stock,
                "max_quantity": kind.backorder, "measures": {"weight_grams": kind.price, "height_mm": kind.stock}})
        };
        let mut body = variant(&kinds[0]);
        let said = json!({"en": {"name": other, "values": {(sizes[3].clone()): name}}});
        body["name"] = json!(name);
        body["description"] = json!(text);
        body["status"] = json!(status);
        body["options"] = json!([{"name": "Si:ze", "values": sizes, "translations": said}]);
        body["variants"] = kinds[1..].iter().map(variant).collect();
        body["media"] = json!([{"url": "/a|b.jpg", "alt": text}, {"url": "/c.jpg"}]);
        body["translations"] = json!({"en": {"name": other, "description": text}});
        (body, kinds)
    })
}

async fn fill(app: &TestApp, n: usize, (mut body, kinds): (Value, Vec<Kind>)) {
    body["sku"] = json!(format!("P{n}"));
    for (m, variant) in body["variants"].as_array_mut().unwrap().iter_mut().enumerate() {
        variant["sku"] = json!(format!("P{n}-{m}"));
    }
    let made = add(app, body).await;
    for (variant, kind) in made["variants"].as_array().unwrap().iter().zip(&kinds) {
        let path = format!("/api/v1/variants/{}", variant["id"].as_str().unwrap());
        let body = json!({"backorder": kind.backorder});
        let allowed = app.send("PATCH", &path, Some(&admin()), Some(body)).await;
        assert_eq!(allowed.status, 200, "{}", allowed.body);
    }
}

/// Everything that the shop holds of its goods.
async fn all(app: &TestApp) -> Value {
    sqlx::query_scalar(
        "SELECT json_build_object('products', (SELECT json_agg(p ORDER BY product_id) FROM products p), \
         'variants', (SELECT json_agg(v ORDER BY variant_id) FROM variants v), \
         'levels', (SELECT json_agg(s ORDER BY variant_id, location_id) FROM stock_levels s), \
         'media', (SELECT json_agg(m ORDER BY product_id, position) FROM product_media m), \
         'texts', (SELECT json_agg(t ORDER BY product_id, locale) FROM product_translations t), \
         'movements', (SELECT count(*) FROM stock_movements), 'edits', (SELECT count(*) FROM product_edits), \
         'prices', (SELECT count(*) FROM price_changes))",
    )
    .fetch_one(app.db.as_ref().unwrap().pool())
    .await
    .unwrap()
}

/// Items that were sold and are owed at one place, and items at another.
async fn owe(app: &TestApp) {
    let made = add(app, json!({"sku": "OWED", "name": "Kopi", "price": idr(5), "stock": 1})).await;
    let (product, variant): (ProductId, VariantId) = (id(&made["id"]), id(&made["variants"][0]["id"]));
    let path = format!("/api/v1/products/{product}");
    app.send("PATCH", &path, Some(&admin()), Some(json!({"backorder": 5}))).await;
    let placed = order(&[(product, 3)]);
    app.deliver(&placed).await.unwrap();
    app.deliver(&confirmed(&placed)).await.unwrap();
    let other = location(app, "gudang", 200).await;
    assert_eq!(adjust(app, product, variant, Some(other), 7).await.status, 201);
    settle(app).await;
}

#[tokio::test]
async fn an_export_that_nobody_touched_changes_nothing() {
    let app = start().await;
    let mut runner = TestRunner::deterministic();
    for n in 0..PRODUCTS {
        fill(&app, n, product().new_tree(&mut runner).unwrap().current()).await;
    }
    owe(&app).await;
    app.clock.advance(time::Duration::HOUR);
    let before = all(&app).await;
    for (format, kind) in [("csv", "text/csv"), ("jsonl", "application/x-ndjson")] {
        let file = export(&app, format).await;
        let (_, told) = import(&app, "", kind, file.clone()).await;
        let unchanged = json!({"created": 0, "updated": 0, "unchanged": PRODUCTS + 1, "failed": 0, "failed_rows": 0, "dry_run": false});
        assert_eq!(told, [json!({"summary": unchanged})], "{format}:\n{file}");
        assert_eq!(all(&app).await, before, "{format}");
    }
    check_books(&app).await;
    app.stop().await;
}

#[tokio::test]
async fn a_file_says_what_may_be_promised_beforehand() {
    let app = start().await;
    let key = Uuid::now_v7().simple().to_string();
    let file =
        |backorder: &str| format!("sku,name,price_minor,stock,backorder\n{key},Kopi,5,2,{backorder}\n");
    let available = async |text: String| {
        let (_, told) = import(&app, "", "text/csv", text).await;
        assert_eq!(told[0]["summary"]["failed"], 0, "{told:?}");
        let list = app.send("GET", "/api/v1/admin/products", Some(&admin()), None).await.body;
        list["items"][0]["available"].as_i64().unwrap()
    };
    assert_eq!(available(file("4")).await, 6);
    assert_eq!(available(file("")).await, 6, "an empty cell leaves it");
    assert_eq!(available(file("0")).await, 2);
    let (_, told) = import(&app, "", "text/csv", file("many")).await;
    assert_eq!((&told[0]["line"], &told[0]["field"]), (&json!(2), &json!("backorder")));
    app.stop().await;
}

/// The file with one figure of its only variant changed.
fn with(file: &str, format: &str, field: &str, value: u32) -> String {
    if format == "jsonl" {
        let mut line: Value = serde_json::from_str(file).unwrap();
        line["variants"][0][field] = json!(value);
        return line.to_string() + "\n";
    }
    let (header, row) = file.split_once("\r\n").unwrap();
    let nth = header.split(',').position(|column| column == field).unwrap();
    let mut cells: Vec<String> = row.trim_end().split(',').map(str::to_owned).collect();
    cells[nth] = value.to_string();
    format!("{header}\r\n{}\r\n", cells.join(","))
}

#[tokio::test]
async fn an_import_keeps_what_was_sold_since_its_export() {
    for (format, kind) in [("csv", "text/csv"), ("jsonl", "application/x-ndjson")] {
        let app = start().await;
        let kopi = goods(&app, "KOPI", "Kopi", 5, 10).await;
        settle(&app).await;
        let file = export(&app, format).await;
        let sold = order(&[(kopi, 3)]);
        app.deliver(&sold).await.unwrap();
        app.deliver(&confirmed(&sold)).await.unwrap();
        let imported = async |file: String| {
            let (_, told) = import(&app, "", kind, file).await;
            assert_eq!(told.last().unwrap()["summary"]["failed"], 0, "{format}: {told:?}");
            stock(&app, kopi).await.0
        };
        assert_eq!(imported(file.clone()).await, 7, "{format}: nobody touched it");
        assert_eq!(imported(with(&file, format, "price_minor", 6)).await, 7, "{format}: another price");
        let more = with(&file, format, "stock", 15);
        assert_eq!(imported(more.clone()).await, 12, "{format}: five came");
        assert_eq!(imported(more.clone()).await, 12, "{format}: the same file again");
        assert_eq!(imported(with(&file, format, "stock", 14)).await, 11, "{format}: it was four");
        let (_, told) = import(&app, "", kind, with(&file, format, "stock", 2)).await;
        let field = if format == "csv" { "stock" } else { "variants[0].stock" };
        assert_eq!(told[0]["field"], field, "{format}: {told:?}");
        assert_eq!(stock(&app, kopi).await.0, 11, "{format}: no less than nothing");
        check_books(&app).await;
        app.stop().await;

        let other = start().await;
        for _ in 0..2 {
            let (_, told) = import(&other, "", kind, more.clone()).await;
            assert_eq!(told.last().unwrap()["summary"]["failed"], 0, "{format}: {told:?}");
            let list = other.send("GET", "/api/v1/admin/products", Some(&admin()), None).await.body;
            assert_eq!(list["items"][0]["available"], 15, "{format}: in a shop that did not have it");
        }
        check_books(&other).await;
        other.stop().await;
    }
}

#[tokio::test]
async fn stock_alone_is_a_count_of_now() {
    let app = start().await;
    let kopi = goods(&app, "KOPI", "Kopi", 5, 10).await;
    let sold = order(&[(kopi, 3)]);
    app.deliver(&sold).await.unwrap();
    app.deliver(&confirmed(&sold)).await.unwrap();
    let (_, told) = import(&app, "", "text/csv", "sku,name,price_minor,stock\nKOPI,Kopi,5,10\n".into()).await;
    assert_eq!(told[0]["summary"]["failed"], 0, "{told:?}");
    assert_eq!(stock(&app, kopi).await.0, 10);
    let half = "sku,name,price_minor,stock,stock_was\nKOPI,Kopi,5,10,9\n";
    let (_, told) = import(&app, "", "text/csv", half.into()).await;
    assert_eq!((&told[0]["line"], &told[0]["field"]), (&json!(2), &json!("stock_movement")));
    app.stop().await;
}
