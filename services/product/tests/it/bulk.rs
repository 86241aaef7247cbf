//! Files in and out.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use uuid::Uuid;
use warung_chassis::testing::{TestApp, admin};
use warung_contracts::id::ProductId;

use crate::shop::{add, adjust, check_books, idr, post, settle, shirt, start, stock};

pub async fn import(app: &TestApp, query: &str, kind: &str, text: String) -> (u16, Vec<Value>) {
    import_as(app, (&admin(), &Uuid::now_v7().to_string()), (query, kind), text).await
}

async fn import_as(
    app: &TestApp,
    (token, key): (&str, &str),
    (query, kind): (&str, &str),
    text: String,
) -> (u16, Vec<Value>) {
    let request = Request::post(format!("/api/v1/products/import{query}"))
        .header("authorization", format!("Bearer {token}"))
        .header("idempotency-key", key)
        .header("content-type", kind);
    let answer = app.raw(request.body(Body::from(text)).unwrap()).await;
    settle(app).await;
    let lines = match answer.body {
        Value::String(lines) => lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
        one => vec![one],
    };
    (answer.status.as_u16(), lines)
}

pub async fn export(app: &TestApp, format: &str) -> String {
    let path = format!("/api/v1/products/export?format={format}");
    let answer = app.send("GET", &path, Some(&admin()), None).await;
    assert_eq!(answer.status, 200);
    match answer.body {
        Value::String(text) => text,
        one => one.to_string() + "\n",
    }
}

async fn count(app: &TestApp) -> i64 {
    let pool = app.db.as_ref().unwrap().pool();
    sqlx::query_scalar("SELECT count(*) FROM products").fetch_one(pool).await.unwrap()
}

const CSV: &str = "product_sku,sku,name,price_minor,options,category,stock,name:en\r\n\
    K-M,K-M,Kaos,100,Size:M,,3,Shirt\r\n\
    K-M,K-L,,120,Size:L,,0,\r\n\
    T,T,\"Teh, hitam\",50,,minuman,7,\r\n";

#[tokio::test]
async fn a_file_is_imported_and_each_bad_row_is_told_by_line_and_reason() {
    let app = start().await;
    post(&app, "/api/v1/categories", json!({"slug": "minuman", "name": "Minuman"})).await;
    let bad = "product_sku,sku,name,price_minor,options,category\n\
        A,A,Baik,100,,\n\
        B,B,Buruk,0,,\n\
        C,C,Kaos,100,Size:M,\n\
        C,C-L,,x,Size:L,\n\
        D,D,Tanpa,100,,tidak-ada\n\
        E,E,Baik,100,,minuman\n\
        F,A,Baik,100,,\n";
    let (status, told) = import(&app, "", "text/csv", bad.into()).await;
    assert_eq!(status, 200);
    let rows: Vec<(u64, &str)> = told
        .iter()
        .filter_map(|row| Some((row["line"].as_u64()?, row["field"].as_str().unwrap_or(""))))
        .collect();
    assert_eq!(
        rows,
        [(3, "price_minor"), (4, ""), (5, "price_minor"), (6, "category"), (8, "product_sku"), (8, "sku")],
        "{told:?}"
    );
    let summary =
        json!({"created": 2, "updated": 0, "unchanged": 0, "failed": 4, "failed_rows": 5, "dry_run": false});
    assert_eq!(told[1]["reason"], "not written, because line 5 of the same product has a fault");
    assert_eq!(told.last().unwrap()["summary"], summary);
    assert_eq!(count(&app).await, 2, "of the product with one bad row, nothing was written");
    app.stop().await;
}

#[tokio::test]
async fn a_file_that_is_sent_again_counts_nothing_a_second_time() {
    let app = start().await;
    let csv = |m: u32, l: u32| {
        format!(
            "product_sku,sku,name,price_minor,options,stock\nK,K,Kaos,100,Size:M,{m}\nK,K-L,,120,Size:L,{l}\n"
        )
    };
    let token = admin();
    let send = async |key: &str, m, l| import_as(&app, (&token, key), ("", "text/csv"), csv(m, l)).await;
    assert_eq!(send("a", 10, 5).await.1.last().unwrap()["summary"]["created"], 1);
    let pool = app.db.as_ref().unwrap().pool();
    let id: Uuid = sqlx::query_scalar("SELECT product_id FROM products").fetch_one(pool).await.unwrap();
    let id = ProductId(id);
    assert_eq!(stock(&app, id).await, (15, 0));
    // Three are sold, and the answer to the file was lost.
    assert_eq!(adjust(&app, id, id.default_variant(), None, -3).await.status, 201);
    let movements = async || -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM stock_movements").fetch_one(pool).await.unwrap()
    };
    let before = movements().await;
    assert_eq!(send("a", 10, 5).await.1.last().unwrap()["summary"]["failed"], 0);
    assert_eq!((stock(&app, id).await, movements().await), ((12, 0), before));
    // Another file is told so at its row, and another key is another intent, once.
    let (_, told) = send("a", 12, 5).await;
    assert_eq!((&told[0]["line"], &told[0]["field"]), (&json!(2), &json!("stock")), "{told:?}");
    assert_eq!(stock(&app, id).await, (12, 0));
    send("b", 12, 5).await;
    assert_eq!(stock(&app, id).await, (17, 0));
    adjust(&app, id, id.default_variant(), None, -1).await;
    send("b", 12, 5).await;
    assert_eq!(stock(&app, id).await, (16, 0));
    let request = Request::post("/api/v1/products/import")
        .header("authorization", format!("Bearer {}", admin()))
        .header("content-type", "text/csv");
    let keyless = app.raw(request.body(Body::from(csv(1, 1))).unwrap()).await;
    assert_eq!(keyless.body["type"], "https://warung.dev/problems/idempotency-key-missing");
    check_books(&app).await;
    app.stop().await;
}

/// What a report says of each row.
fn reasons(told: &[Value]) -> Vec<(u64, &str)> {
    told.iter().filter_map(|row| Some((row["line"].as_u64()?, row["reason"].as_str()?))).collect()
}

#[tokio::test]
async fn columns_that_are_not_separated_by_commas_are_one_fault() {
    let app = start().await;
    for (separator, shown) in [(";", "';'"), ("\t", "'\\t'")] {
        let file = "sku,name,price_minor\nA,Kopi,100\n".replace(',', separator);
        let (_, told) = import(&app, "", "text/csv", file).await;
        let reason = format!("columns are separated by {shown}: save the file with commas between them");
        assert_eq!(reasons(&told)[0], (1, reason.as_str()));
        assert_eq!((told.len(), &told.last().unwrap()["summary"]["failed_rows"]), (2, &json!(2)), "{told:?}");
    }
    app.stop().await;
}

#[tokio::test]
async fn each_row_that_is_not_written_is_told() {
    let app = start().await;
    let file = "sku,name,price_minor\nD-1,Satu,1\nD-2,Dua,1\nD-3\nD-4,Empat,1\n";
    let (_, told) = import(&app, "", "text/csv", file.into()).await;
    let cells = "has 1 cells and the header 3";
    assert_eq!(reasons(&told), [(4, cells)], "a row that names no product is one");
    let summary =
        json!({"created": 3, "updated": 0, "unchanged": 0, "failed": 1, "failed_rows": 1, "dry_run": false});
    assert_eq!(told[1]["summary"], summary);

    let file = "product_sku,sku,name,price_minor,options\nE-1,E-1,Satu,1,\nE-2,E-2,Dua,1,Size:M\nE-2,E-2L,,1,Size:L\n\
                E-3\n,E-4,Empat,1,\n";
    let (_, told) = import(&app, "", "text/csv", file.into()).await;
    let because = "not written, because line 5, which may belong to the same product, can't be read";
    let cells = "has 1 cells and the header 5";
    assert_eq!(reasons(&told), [(3, because), (4, because), (5, cells)]);
    let summary =
        json!({"created": 2, "updated": 0, "unchanged": 0, "failed": 1, "failed_rows": 3, "dry_run": false});
    assert_eq!(told[3]["summary"], summary);
    assert_eq!(count(&app).await, 5);
    app.stop().await;
}

#[tokio::test]
async fn a_sku_that_a_file_says_twice_is_a_bad_row() {
    let app = start().await;
    let csv = "product_sku,sku,name,price_minor,options\nF,F,Satu,1,Size:M\nG,G,Dua,1,\nF,F,Lain,2,Size:M\nF,F-L,,2,Size:L\n\
               H,H,Tiga,3,Size:M\nH,G,,3,Size:L\n";
    let line = |name: &str, sku: &str| {
        json!({"name": name, "variants": [{"sku": sku, "price_minor": 1}]}).to_string() + "\n"
    };
    let jsonl = line("Satu", "I") + &line("Dua", "J") + &line("Lain", "I");
    let row = "line 4 of the same product has a fault";
    let not = |text: &str| format!("not written, because {text}");
    let (again, other) =
        ("F is on line 2 already: a file says each SKU once", "line 7 of the same product has a fault");
    let rows = [
        (4, again.to_owned()),
        (5, not(row)),
        (6, not(other)),
        (7, "G is on line 3 already: a file says each SKU once".into()),
    ];
    let lines = [(3, "I is on line 1 already: a file says each SKU once".to_owned())];
    for (kind, file, wanted) in
        [("text/csv", csv.to_owned(), &rows[..]), ("application/x-ndjson", jsonl, &lines[..])]
    {
        let wanted: Vec<(u64, &str)> = wanted.iter().map(|(line, text)| (*line, text.as_str())).collect();
        for query in ["?dry_run=true", "", ""] {
            let (_, told) = import(&app, query, kind, file.clone()).await;
            assert_eq!(reasons(&told), wanted, "{kind} {query}");
            let summary = &told.last().unwrap()["summary"];
            assert_eq!(summary["failed_rows"], wanted.len(), "{summary}");
        }
    }
    let pool = app.db.as_ref().unwrap().pool();
    let names: Vec<String> =
        sqlx::query_scalar("SELECT name FROM products ORDER BY name").fetch_all(pool).await.unwrap();
    assert_eq!(names, ["Dua", "Dua", "Satu", "Satu"], "the first is written");
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM import_skus").fetch_one(pool).await.unwrap();
    assert_eq!(kept, 0, "an import that has ended is forgotten");
    app.stop().await;
}

#[tokio::test]
async fn an_export_holds_no_formulas_and_a_name_that_looks_like_one_survives() {
    let app = start().await;
    for (sku, name) in [("A", "=HYPERLINK(1)"), ("B", "'+62"), ("C", "'n Kopi")] {
        add(&app, json!({"sku": sku, "name": name, "price": idr(5)})).await;
    }
    settle(&app).await;
    let file = export(&app, "csv").await;
    for cell in [",'=HYPERLINK(1),", ",''+62,", ",'n Kopi,"] {
        assert!(file.contains(cell), "{file}");
    }
    let (_, told) = import(&app, "", "text/csv", file).await;
    assert_eq!(told[0]["summary"]["unchanged"], 3, "{told:?}");
    app.stop().await;
}

#[tokio::test]
async fn of_very_many_faults_the_first_are_told_and_the_others_counted() {
    let app = start().await;
    let rows = (0..1100).map(|n| format!("A{n},Kopi,{}\n", "x".repeat(if n == 0 { 2000 } else { 1 })));
    let file = format!("sku,name,price_minor\n{}B,Baik,5\n", rows.collect::<String>());
    let (_, told) = import(&app, "?dry_run=true", "text/csv", file).await;
    let summary = json!({"created": 1, "updated": 0, "unchanged": 0, "failed": 1100, "failed_rows": 1100, "more_faults": 100, "dry_run": true});
    assert_eq!(told.last().unwrap()["summary"], summary);
    let lines: Vec<u64> = told.iter().filter_map(|row| row["line"].as_u64()).collect();
    assert_eq!(lines, (2..1002).collect::<Vec<_>>());
    assert!(
        told[0]["reason"].as_str().unwrap().chars().count() < 600,
        "a reason quotes no more than a person reads"
    );
    app.stop().await;
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_product_is_told_at_once() {
    let app = start().await;
    let csv = "product_sku,sku,name,price_minor,compare_at_minor,options,category,weight_grams,name:en\n\
        A,A,,x,5,Size:M,tidak-ada,heavy,\n\
        A,A L,,200,100,Size,,,\n";
    let line = json!({"name": "", "colour": "red", "category": "tidak-ada", "variants": [
        {"sku": "B", "price_minor": "1"}, {"sku": "B L", "price_minor": 200, "compare_at_minor": 100}]});
    let cells = [
        (2, "category"),
        (2, "name"),
        (2, "price_minor"),
        (2, "weight_grams"),
        (3, "compare_at_minor"),
        (3, "options"),
        (3, "sku"),
    ];
    let fields = [
        (1, "category"),
        (1, "colour"),
        (1, "name"),
        (1, "variants[0].price_minor"),
        (1, "variants[1].compare_at_minor"),
        (1, "variants[1].option_values"),
        (1, "variants[1].sku"),
    ];
    for (kind, file, wanted) in
        [("text/csv", csv.to_owned(), &cells[..]), ("application/x-ndjson", line.to_string(), &fields)]
    {
        let (_, told) = import(&app, "", kind, file).await;
        let faults = told.iter().filter_map(|row| Some((row["line"].as_u64()?, row["field"].as_str()?)));
        let mut faults: Vec<(u64, &str)> = faults.collect();
        faults.sort_unstable();
        assert_eq!(faults, wanted, "{kind}: {told:?}");
    }
    assert_eq!(count(&app).await, 0);
    app.stop().await;
}

#[tokio::test]
async fn a_text_that_the_store_does_not_take_is_a_bad_row_and_not_the_end() {
    let app = start().await;
    let product = |sku: &str, category: Option<&str>| {
        let variants = json!([{"sku": sku, "price_minor": 100}]);
        json!({"name": sku, "category": category, "variants": variants}).to_string() + "\n"
    };
    let file = product("A", Some("min\0man")) + &product("B", None);
    let (status, told) = import(&app, "", "application/x-ndjson", file).await;
    assert_eq!((status, &told[0]["field"]), (200, &json!("category")), "{told:?}");
    assert_eq!(told.last().unwrap()["summary"]["created"], 1);
    app.stop().await;
}

#[tokio::test]
async fn an_import_can_be_tried_and_repeated() {
    let app = start().await;
    post(&app, "/api/v1/categories", json!({"slug": "minuman", "name": "Minuman"})).await;
    let summary = |created: u64, updated: u64, unchanged: u64, dry_run: bool| json!({"created": created, "updated": updated, "unchanged": unchanged, "failed": 0, "failed_rows": 0, "dry_run": dry_run});
    let run = |query: &'static str, text: String| {
        let app = &app;
        async move { import(app, query, "text/csv", text).await.1.last().unwrap()["summary"].clone() }
    };
    assert_eq!(run("?dry_run=true", CSV.into()).await, summary(2, 0, 0, true));
    assert_eq!(count(&app).await, 0);
    assert_eq!(run("", CSV.into()).await, summary(2, 0, 0, false));
    assert_eq!(run("", CSV.into()).await, summary(0, 0, 2, false));
    assert_eq!(
        run("", CSV.replace("Size:L,,0", "Size:L,,4").replace(",50,", ",60,")).await,
        summary(0, 1, 1, false)
    );
    let found = app.send("GET", "/api/v1/products/search?q=shirt", None, None).await.body;
    let product = found["items"][0]["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(stock(&app, product).await, (7, 0), "the count is what the file says");
    check_books(&app).await;
    app.stop().await;
}

#[tokio::test]
async fn a_file_that_breaks_off_is_a_problem_and_what_came_of_it_stays() {
    let app = start().await;
    let rows = "sku,name,price_minor\nA,Kopi,100\nB,Teh,100\nC,Gu";
    let broken = [Ok(rows), Err(std::io::Error::other("the line went dead"))];
    let request = Request::post("/api/v1/products/import")
        .header("authorization", format!("Bearer {}", admin()))
        .header("idempotency-key", "k")
        .header("content-type", "text/csv")
        .body(Body::from_stream(futures::stream::iter(broken)));
    let answer = app.raw(request.unwrap()).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["detail"]),
        (400, &json!("The file broke off. Send it again with the same Idempotency-Key."))
    );
    assert!(count(&app).await < 3, "what is cut is not written");
    let (_, told) = import(&app, "", "text/csv", rows.to_owned() + "la,100\n").await;
    assert_eq!(told.last().unwrap()["summary"]["failed"], 0, "{told:?}");
    assert_eq!(count(&app).await, 3);
    app.stop().await;
}

#[tokio::test]
async fn what_is_exported_can_be_imported_into_another_shop() {
    let (app, other) = (start().await, start().await);
    shirt(&app, [3, 4]).await;
    import(&app, "", "text/csv", CSV.replace("K-", "X-").replace(",minuman,", ",,")).await;
    for (format, kind) in [("csv", "text/csv"), ("jsonl", "application/x-ndjson")] {
        let file = export(&app, format).await;
        let (status, told) = import(&other, "", kind, file.clone()).await;
        assert_eq!((status, told.len()), (200, 1), "{told:?}");
        assert_eq!(told[0]["summary"]["failed"], 0);
        let sorted = |text: String| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(export(&other, format).await), sorted(file), "{format}");
    }
    app.stop().await;
    other.stop().await;
}

#[tokio::test]
async fn a_count_never_takes_what_is_reserved() {
    let app = start().await;
    let (product, [m, _]) = shirt(&app, [3, 0]).await;
    app.deliver(&crate::shop::order(&[(product, 3)])).await.unwrap();
    let text = export(&app, "csv").await.replace(",0,0,3,", ",0,0,2,");
    let (_, told) = import(&app, "", "text/csv", text).await;
    assert_eq!(told[0]["line"], 2, "{told:?}");
    assert!(told[0]["reason"].as_str().unwrap().contains("items are free"), "{told:?}");
    assert_eq!(adjust(&app, product, m, None, 1).await.status, 201);
    assert_eq!(stock(&app, product).await, (4, 3));
    app.stop().await;
}

#[tokio::test]
async fn what_is_no_file_is_refused() {
    let app = start().await;
    assert_eq!(import(&app, "", "application/pdf", String::new()).await.0, 415);
    let (_, told) = import(&app, "", "text/csv", "colour,sku\nred,A\n".into()).await;
    assert_eq!(told[0]["line"], 1);
    assert_eq!(told[0]["field"], "colour", "{told:?}");
    assert!(told[0]["reason"].as_str().unwrap().starts_with("is not known; there is "), "{told:?}");
    for (kind, file) in [
        ("text/csv", ""),
        ("text/csv", "sku,name,price_minor\n\n"),
        ("text/csv", "\u{feff}sku,name,price_minor"),
        ("application/x-ndjson", "\n \n"),
    ] {
        let (status, told) = import(&app, "", kind, file.into()).await;
        let wanted = json!("The file has no rows: write a header and rows, or lines of JSON.");
        assert_eq!((status, &told[0]["detail"]), (400, &wanted), "{file:?}");
    }
    let (_, told) = import(&app, "", "application/x-ndjson", "{}\nnot json\n".into()).await;
    let faults: Vec<(&Value, &Value)> = told.iter().map(|fault| (&fault["line"], &fault["field"])).collect();
    let (name, variants) = (json!("name"), json!("variants"));
    assert_eq!(
        faults[..3],
        [(&json!(1), &name), (&json!(1), &variants), (&json!(2), &Value::Null)],
        "{told:?}"
    );
    app.stop().await;
}
