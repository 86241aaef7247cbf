//! What other services ask of auth.

use tonic::{Code, Status};
use uuid::Uuid;
use warung_chassis::{auth::Claims, testing::TestApp};
use warung_contracts::{
    event::EmailVerificationRequested,
    grpc::{
        auth::{GetTokenRequest, links_client::LinksClient},
        privacy::{ExportRequest, personal_data_client::PersonalDataClient},
    },
};

use crate::{PASSWORD, bearer, logged_in, login, of_type, register, start};

/// The token of a request, as notification asks for it.
pub async fn token_of(app: &TestApp, request_id: Uuid) -> Result<String, Status> {
    let mut client = LinksClient::new(app.peer("notification").await);
    let request_id = request_id.to_string();
    Ok(client.get_token(GetTokenRequest { request_id }).await?.into_inner().token)
}

#[tokio::test]
async fn the_secret_of_a_link_is_told_as_long_as_it_is_good() {
    let app = start().await;
    register(&app, "siti@example.com").await;
    let request: EmailVerificationRequested = of_type(&app.published().await).remove(0);
    let token = token_of(&app, request.request_id).await.expect("the link is good");
    assert!(token.starts_with("wlt_"));
    assert_eq!(token_of(&app, request.request_id).await.expect("and stays so"), token);
    assert_eq!(token_of(&app, Uuid::now_v7()).await.unwrap_err().code(), Code::NotFound);
    app.clock.advance(time::Duration::days(2));
    assert_eq!(token_of(&app, request.request_id).await.unwrap_err().code(), Code::NotFound);
    app.stop().await;
}

#[tokio::test]
async fn an_export_holds_what_is_kept_and_no_secret() {
    let app = start().await;
    logged_in(&app, "siti@example.com").await;
    let user_id = {
        let pool = app.db.as_ref().expect("a database").pool();
        let id: Uuid =
            sqlx::query_scalar("SELECT user_id FROM users").fetch_one(pool).await.expect("one user");
        warung_contracts::id::UserId(id)
    };
    let mut client = PersonalDataClient::new(app.peer("user").await);
    let mut ask =
        async |user_id: String| client.export(ExportRequest { user_id, ..Default::default() }).await;
    let json = ask(user_id.to_string()).await.expect("an export").into_inner().json;
    let export: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(export["account"]["email"], "siti@example.com");
    assert_eq!(export["sessions"].as_array().map(Vec::len), Some(1));
    assert!(!json.contains("argon2") && !json.contains("wrt_"), "{json}");
    let nobody = warung_contracts::id::UserId(Uuid::now_v7()).to_string();
    assert_eq!(ask(nobody).await.expect("an export").into_inner().json, "{}");
    assert_eq!(ask("usr_1".into()).await.unwrap_err().code(), Code::InvalidArgument);
    // For whoever is logged in, as long as they are.
    let token = bearer(&login(&app, "siti@example.com", PASSWORD).await.body);
    let claims = jsonwebtoken::dangerous::insecure_decode::<Claims>(&token).expect("our token").claims;
    let session_id = claims.sid.expect("a log-in").to_string();
    let request = ExportRequest { user_id: user_id.to_string(), session_id };
    assert!(client.export(request.clone()).await.is_ok());
    app.send("DELETE", "/api/v1/account/sessions", Some(&token), None).await;
    assert_eq!(client.export(request).await.unwrap_err().code(), Code::FailedPrecondition);
    app.stop().await;
}
