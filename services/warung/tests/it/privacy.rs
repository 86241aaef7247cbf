//! What the shop keeps of somebody: all of it is in the export, and none of it anywhere after the account is deleted.

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::json;
use sqlx::{AssertSqlSafe, PgPool};
use time::OffsetDateTime;
use warung_chassis::signature;
use warung_contracts::manifest;
use warung_e2e::{Admin, Shop, Shopper, until};

use crate::fleet::{Fleet, WITHIN};

/// Tables in which one of these words is, by service; also within bytes.
pub async fn traces(fleet: &Fleet, words: &[String]) -> Result<Vec<String>> {
    let bytes = words.iter().map(|word| format!("%{}%", hex::encode(word)));
    let patterns: Vec<String> = words.iter().map(|word| format!("%{word}%")).chain(bytes).collect();
    let mut found = Vec::new();
    for manifest in manifest::all().iter().filter(|manifest| manifest.database.is_some()) {
        let pool = fleet.database(&manifest.name).await?;
        for table in tables(&pool).await? {
            let query = format!("SELECT count(*) FROM {table} AS t WHERE t::text ILIKE ANY ($1)");
            let rows: i64 = sqlx::query_scalar(AssertSqlSafe(query)).bind(&patterns).fetch_one(&pool).await?;
            if rows > 0 {
                found.push(format!("{rows} rows of {table} in {}", manifest.name));
            }
        }
    }
    Ok(found)
}

async fn tables(pool: &PgPool) -> Result<Vec<String>> {
    let names = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";
    Ok(sqlx::query_scalar(names).fetch_all(pool).await?)
}

/// Words that are Sari's alone.
const NAME: &str = "Sariwati";
const PHONE: &str = "+6281990077123";
const STREET: &str = "Jalan Kenanga 77";
const NOTE: &str = "tolong dibungkus kado";
const REASON: &str = "kekecilan sedikit";
const DEVICE: &str = "token-telepon-sariwati";
const LABEL: &str = "ponsel warna lembayung";
const CALLED_OFF: &str = "berubah pikiran soal lembayung";
const STAFFS_NOTE: &str = "pelanggan minta ditelepon sore";
const ANSWER: &str = "silakan kirim lewat kurir langganan";
const CAME_BACK: &str = "kotak surat penuh sekali";

/// Everything a customer can leave in a shop: an order that is delivered and partly sent back, one that was called off,
/// one on its way, a cart, an address, a device, a log-in, another address that was asked for, mail that came back, a
/// complaint, and what staff wrote.
async fn live(fleet: &Fleet) -> Result<(Shopper, Vec<String>)> {
    let shop = fleet.shop()?;
    let admin = Admin::log_in(&shop, "admin@warung.local", fleet.variable("WARUNG_ADMIN_PASSWORD")).await?;
    let product = admin.product("Kopi Gayo", 1_000_000, "IDR", 10).await?;
    let sari = Shopper::register(&shop, NAME).await?;
    let address = json!({
        "recipient": NAME, "phone": PHONE, "line1": STREET, "city": "Bandung", "postal_code": "40111", "country": "ID"
    });
    until("a profile", WITHIN, || async { sari.send(Method::GET, "/api/v1/me", None).await?.ok().map(Some) })
        .await?;
    sari.post("/api/v1/me/addresses", &address).await?;
    sari.post("/api/v1/me/devices", &json!({ "fcm_token": DEVICE })).await?;
    let again = json!({ "email": sari.email, "password": Shopper::PASSWORD, "device": LABEL });
    shop.send(Method::POST, "/api/v1/login", None, &[], Some(&again)).await?.ok()?;
    let moving = json!({ "email": format!("baru-{}", sari.email), "password": Shopper::PASSWORD });
    sari.send(Method::POST, "/api/v1/account/email", Some(&moving)).await?.ok()?;
    let mut orders = Vec::new();
    for payment in ["tok_success", "tok_webhook", "tok_webhook"] {
        sari.add(&product, 1).await?;
        let body = json!({
            "payment": { "provider": "sandbox", "token": payment }, "shipping_address": address, "note": NOTE,
            "contact": { "email": sari.email, "name": NAME, "phone": PHONE },
        });
        let order = sari.post("/api/v1/checkout", &body).await?;
        orders.push(order["id"].as_str().context("an order has an id")?.to_owned());
        let order = orders.last().context("there is one")?;
        let reached = if payment == "tok_success" { "completed" } else { "awaiting_payment" };
        sari.wait_for(order, &[reached, "cancelled"], WITHIN).await?;
        // The second is called off, the third waits.
        if orders.len() == 2 {
            let path = format!("/api/v1/orders/{}/cancel", orders[1]);
            sari.post(&path, &json!({ "reason": CALLED_OFF })).await?;
        }
    }
    let given_back = json!({ "lines": [{ "line": 0, "quantity": 1 }], "reason": REASON });
    let asked = sari.post(&format!("/api/v1/orders/{}/returns", orders[0]), &given_back).await?;
    let asked = asked["id"].as_str().context("a return has an id")?;
    let answer = format!("/api/v1/admin/returns/{asked}/refuse");
    admin.0.post(&answer, &json!({ "answer": ANSWER })).await?;
    let note = format!("/api/v1/admin/orders/{}/notes", orders[0]);
    admin.0.post(&note, &json!({ "text": STAFFS_NOTE })).await?;
    sari.add(&product, 2).await?;
    for kind in ["soft", "complaint"] {
        came_back(fleet, kind, &sari.email).await?;
    }
    Ok((sari, orders))
}

/// The mail provider tells of a mail to this address.
async fn came_back(fleet: &Fleet, kind: &str, address: &str) -> Result<()> {
    let body = json!({ "event_id": kind, "address": address, "kind": kind, "detail": format!("{CAME_BACK}: {address}") });
    let secret = fleet.variable("WARUNG_BOUNCE_WEBHOOK_SECRET").into();
    let signed = signature::sign(&secret, body.to_string().as_bytes(), OffsetDateTime::now_utc())?;
    let headers = [(signature::HEADER, signed.as_str())];
    let path = "/api/v1/notifications/webhooks/bounces";
    fleet.shop()?.send(Method::POST, path, None, &headers, Some(&body)).await?.ok()?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_exported_whole_and_leaves_nothing_behind() -> Result<()> {
    let settings = [
        ("WARUNG_PAYMENT_TTL_SECONDS", "30"),
        ("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "1"),
        ("WARUNG_STAFF_EMAIL", "kasir@example.org"),
        ("WARUNG_LOG", "warn"),
    ];
    let fleet = Fleet::start(&settings).await?;
    let (sari, orders) = live(&fleet).await?;

    let export = sari.send(Method::GET, "/api/v1/account/export", None).await?.ok()?;
    for (service, words) in [
        ("auth", vec![sari.email.as_str()]),
        ("user", vec![&sari.email, NAME, STREET]),
        ("cart", vec!["prd_"]),
        ("order", vec![&orders[0], &orders[1], STREET, NOTE, REASON]),
        ("payment", vec![&orders[0], &orders[1]]),
        ("shipment", vec![&orders[0], STREET]),
        // A device's token opens the way to it, and is not shown.
        ("notification", vec![&sari.email, STREET, "fcm"]),
    ] {
        let part = export[service].to_string();
        for word in words {
            ensure!(part.contains(word), "the part of {service} says nothing of {word}: {part}");
        }
    }

    let words = [
        &sari.email,
        NAME,
        PHONE,
        STREET,
        NOTE,
        REASON,
        DEVICE,
        LABEL,
        CALLED_OFF,
        STAFFS_NOTE,
        ANSWER,
        CAME_BACK,
    ]
    .map(str::to_owned);
    for word in &words {
        let found = traces(&fleet, std::slice::from_ref(word)).await?;
        ensure!(!found.is_empty(), "{word:?} is in no table: its end shows nothing");
    }
    let body = json!({ "password": Shopper::PASSWORD });
    sari.send(Method::DELETE, "/api/v1/account", Some(&body)).await?.ok()?;
    forget_what_staff_were_answered(&fleet).await?;
    // The order that waits for its payment needs its address until it ends: nobody pays it, and it expires.
    until("an end of all traces", WITHIN, || async {
        let traces = traces(&fleet, &words).await?;
        ensure!(traces.is_empty(), "{}", traces.join("; "));
        Ok(Some(()))
    })
    .await?;
    ensure!(
        sari.send(Method::GET, "/api/v1/cart", None).await?.ok()?["lines"] == json!([]),
        "the cart is gone"
    );
    what_must_stay(&fleet).await
}

/// What staff were answered about a customer, to be told again, goes when it is two days old: as if it were.
async fn forget_what_staff_were_answered(fleet: &Fleet) -> Result<()> {
    let password = fleet.variable("WARUNG_ADMIN_PASSWORD");
    let admin = Admin::log_in(&fleet.shop()?, "admin@warung.local", password).await?;
    let account = admin.0.send(Method::GET, "/api/v1/account", None).await?.ok()?;
    let id = account["id"].as_str().context("an account has an id")?;
    let gone = sqlx::query("DELETE FROM idempotency_keys WHERE caller = $1").bind(id);
    let gone = gone.execute(&fleet.database("order").await?).await?.rows_affected();
    ensure!(gone == 2, "an answer to a return and a note, and not {gone}");
    Ok(())
}

/// Orders, money and goods are as they were, without a name.
async fn what_must_stay(fleet: &Fleet) -> Result<()> {
    let order = fleet.database("order").await?;
    let count =
        async |pool: &PgPool, query: &'static str| sqlx::query_scalar::<_, i64>(query).fetch_one(pool).await;
    let kept = "SELECT count(*) FROM orders WHERE total_minor > 0 AND state IN ('completed', 'cancelled') \
                AND shipping_address ->> 'country' = 'ID'";
    ensure!(count(&order, kept).await? == 3, "all orders are kept");
    let payment = fleet.database("payment").await?;
    let captured = "SELECT count(*) FROM payments WHERE captured_minor = 1000000";
    ensure!(count(&payment, captured).await? == 1, "what was paid is kept");
    let login = Shopper::log_in(&fleet.shop()?, "nobody@example.com", Shopper::PASSWORD).await;
    ensure!(login.is_err(), "nobody logs in as somebody who is gone");
    Ok(())
}

/// A guest's order that arrived.
async fn as_a_guest(shop: &Shop, product: &str) -> Result<String> {
    let wanted = json!({ "product_id": product, "quantity": 1 });
    let filled = shop.send(Method::POST, "/api/v1/cart/items", None, &[], Some(&wanted)).await?;
    let cart = filled.headers.get("x-cart-token").and_then(|token| token.to_str().ok());
    let cart = cart.context("a guest's cart has a token")?.to_owned();
    let body = json!({
        "payment": { "provider": "sandbox", "token": "tok_success" }, "note": NOTE,
        "contact": { "email": GUEST, "name": NAME, "phone": PHONE },
        "shipping_address": {
            "recipient": NAME, "phone": PHONE, "line1": STREET, "city": "Bandung", "postal_code": "40111", "country": "ID"
        },
    });
    let headers = [("x-cart-token", cart.as_str()), ("idempotency-key", "guest")];
    let placed = shop.send(Method::POST, "/api/v1/checkout", None, &headers, Some(&body)).await?.ok()?;
    let id = placed["id"].as_str().context("an order has an id")?;
    let token = placed["access_token"].as_str().context("a guest's order has a token")?;
    let path = format!("/api/v1/orders/{id}");
    until("a guest's order that arrived", WITHIN, || async {
        let order = shop.send(Method::GET, &path, None, &[("order-token", token)], None).await?.ok()?;
        ensure!(order["parcels"][0]["state"] == "delivered", "its parcel is with the customer: {order}");
        Ok((order["state"] == "completed").then_some(()))
    })
    .await?;
    Ok(id.to_owned())
}

/// A guest's address.
const GUEST: &str = "tamu-sariwati@example.com";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_who_asks_to_be_forgotten_leaves_nothing_behind() -> Result<()> {
    let settings = [("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "1"), ("WARUNG_LOG", "warn")];
    let fleet = Fleet::start(&settings).await?;
    let shop = fleet.shop()?;
    let admin = Admin::log_in(&shop, "admin@warung.local", fleet.variable("WARUNG_ADMIN_PASSWORD")).await?;
    let product = admin.product("Kopi Gayo", 1_000_000, "IDR", 10).await?;
    let order = as_a_guest(&shop, &product).await?;
    let words = [GUEST, NAME, PHONE, STREET, NOTE].map(str::to_owned);
    ensure!(!traces(&fleet, &words).await?.is_empty(), "there is something to forget");
    let asked = json!({ "email": GUEST });
    let erased = admin.0.send(Method::POST, "/api/v1/admin/guests/erase", Some(&asked)).await?.ok()?;
    ensure!(erased == json!({ "orders": 1 }), "{erased}");
    until("an end of all traces", WITHIN, || async {
        let traces = traces(&fleet, &words).await?;
        ensure!(traces.is_empty(), "{}", traces.join("; "));
        Ok(Some(()))
    })
    .await?;
    let kept = admin.0.send(Method::GET, &format!("/api/v1/orders/{order}"), None).await?.ok()?;
    ensure!(kept["total"]["amount_minor"] == 1_000_000, "the order is kept: {kept}");
    Ok(())
}
