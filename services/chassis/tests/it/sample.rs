//! A service that does next to nothing, under the manifest of order.

use std::sync::{
    LazyLock,
    atomic::{AtomicU32, Ordering},
};

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::sync::{Barrier, Semaphore};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use warung_chassis::{
    auth::{Customer, Guest, Permitted},
    db::{Db, Migrations},
    http::{IdempotencyKey, Json, Path, Problem, Reply},
    service::{BuildError, Context, Parts, Service},
};
use warung_contracts::{
    event::OrderCompleted,
    id::{OrderId, UserId},
};

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("tests/it/migrations");

/// The service.
pub fn service() -> Service {
    Service { name: "order", migrations: Some(Migrations(&MIGRATOR)), build }
}

fn build(context: Context) -> BoxFuture<'static, Result<Parts, BuildError>> {
    Box::pin(async move {
        let rest = OpenApiRouter::new()
            .routes(routes!(create_note))
            .routes(routes!(get_note))
            .routes(routes!(get_guest))
            .routes(routes!(get_rates, put_rates))
            .routes(routes!(get_unguarded))
            .routes(routes!(get_panic))
            .routes(routes!(get_slow))
            .routes(routes!(get_one_by_one))
            .with_state(context.db());
        Ok(Parts { rest, ..Parts::default() })
    })
}

#[derive(Debug, Serialize, Deserialize, ToSchema, garde::Validate)]
pub struct Note {
    #[garde(length(min = 1, max = 20))]
    pub text: String,
}

/// Between the steps of a note that is made in two, a test does what it has to do: both wait for each other twice.
pub static HALFWAY: LazyLock<Barrier> = LazyLock::new(|| Barrier::new(2));

/// How often a note that is held up was begun; the first waits until the test lets it go on.
pub static BEGUN: AtomicU32 = AtomicU32::new(0);
pub static GO_ON: Semaphore = Semaphore::const_new(0);

#[utoipa::path(post, path = "/notes", responses((status = 201)))]
async fn create_note(
    axum::extract::State(db): axum::extract::State<Db>,
    Customer(claims): Customer,
    key: IdempotencyKey,
    Json(note): Json<Note>,
) -> Result<axum::response::Response, Problem> {
    key.once(&db, &claims.sub, &note, async |tx| {
        sqlx::query("INSERT INTO notes (text) VALUES ($1)").bind(&note.text).execute(tx.conn()).await?;
        if note.text == "refused" {
            return Err(Problem::new(warung_chassis::error::Kind::Conflict, "as asked"));
        }
        tx.emit(&completed(1)).await?;
        if note.text == "held up" && BEGUN.fetch_add(1, Ordering::Relaxed) == 0 {
            GO_ON.acquire().await.map_err(Problem::internal)?.forget();
        }
        if note.text == "in two steps" {
            HALFWAY.wait().await;
            HALFWAY.wait().await;
        }
        Ok(Reply::created(format!("/notes/{}", note.text), &note))
    })
    .await
}

#[utoipa::path(get, path = "/notes/{id}", responses((status = 200)))]
async fn get_note(Customer(_claims): Customer, Path(id): Path<OrderId>) -> String {
    id.to_string()
}

#[utoipa::path(get, path = "/guest", responses((status = 200)))]
async fn get_guest(Guest(claims): Guest) -> String {
    claims.map_or("nobody".into(), |claims| claims.sub.to_string())
}

#[utoipa::path(get, path = "/api/v1/admin/tax-rates", responses((status = 200)))]
async fn get_rates(Permitted(claims): Permitted) -> String {
    claims.sub.to_string()
}

#[utoipa::path(put, path = "/api/v1/admin/tax-rates", responses((status = 200)))]
async fn put_rates(Permitted(claims): Permitted) -> String {
    claims.sub.to_string()
}

/// Its path is in no manifest.
#[utoipa::path(get, path = "/unguarded", responses((status = 200)))]
async fn get_unguarded(_: Permitted) {}

#[utoipa::path(get, path = "/panic", responses((status = 200)))]
async fn get_panic() -> String {
    panic!("as asked")
}

#[utoipa::path(get, path = "/slow", responses((status = 200)))]
async fn get_slow(axum::extract::State(db): axum::extract::State<Db>) -> Result<(), Problem> {
    let mut tx = db.begin().await?;
    sqlx::query("SELECT pg_sleep(20)").execute(tx.conn()).await?;
    Ok(())
}

static ONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

#[utoipa::path(get, path = "/one-by-one", responses((status = 200)))]
async fn get_one_by_one() {
    let _one = ONE.lock().await;
    tokio::time::sleep(std::time::Duration::from_millis(10)).await;
}

/// An event of order number `n`.
pub fn completed(n: u128) -> OrderCompleted {
    let order_id = OrderId(uuid::Uuid::from_u128(n));
    OrderCompleted { order_id, number: format!("T-{n}"), user_id: UserId(uuid::Uuid::nil()) }
}
