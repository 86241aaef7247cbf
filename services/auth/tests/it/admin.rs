use axum::http::StatusCode;
use warung_contracts::event::UserRegistered;

use crate::{ADMIN_EMAIL, ADMIN_PASSWORD, login, register, start};

#[tokio::test]
async fn the_administrator_is_made_at_start_once() {
    let app = start().await;
    assert_eq!(app.run_job("bootstrap_admin").await, 1);
    assert_eq!(app.run_job("bootstrap_admin").await, 0);
    let events: Vec<UserRegistered> = app.published_only().await;
    assert_eq!(events.iter().map(|event| event.email.as_str()).collect::<Vec<_>>(), [ADMIN_EMAIL]);
    assert_eq!(login(&app, ADMIN_EMAIL, ADMIN_PASSWORD).await.status, StatusCode::OK);
    let pool = app.db.as_ref().expect("auth has a database").pool();
    let role: String = sqlx::query_scalar("SELECT role FROM users").fetch_one(pool).await.expect("one user");
    assert_eq!(role, "admin");
    app.stop().await;
}

#[tokio::test]
async fn nobody_can_register_the_administrators_address() {
    let app = start().await;
    assert_eq!(register(&app, ADMIN_EMAIL).await.status, StatusCode::CONFLICT);
    assert_eq!(app.run_job("bootstrap_admin").await, 1);
    app.stop().await;
}
