use std::collections::HashMap;

use axum::http::StatusCode;
use serde_json::json;
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tonic::{Request, Response, Status};
use uuid::Uuid;
use warung_chassis::{
    auth::{Claims, Role},
    testing::{TestApp, claims, customer, signed},
};
use warung_contracts::{
    grpc::privacy::{
        ExportRequest, ExportResponse,
        personal_data_server::{PersonalData, PersonalDataServer},
    },
    id::{SessionId, UserId},
    manifest,
};

use crate::{address, registered};

const PATH: &str = "/api/v1/account/export";

/// A service that keeps one thing of one user.
struct Keeper(UserId, &'static str);

#[tonic::async_trait]
impl PersonalData for Keeper {
    async fn export(&self, request: Request<ExportRequest>) -> Result<Response<ExportResponse>, Status> {
        let asked = request.into_inner().user_id;
        let json = if asked == self.0.to_string() { self.1 } else { "{}" };
        Ok(Response::new(ExportResponse { json: json.into() }))
    }
}

/// Auth, which knows that a log-in has ended.
struct Ended(SessionId);

#[tonic::async_trait]
impl PersonalData for Ended {
    async fn export(&self, request: Request<ExportRequest>) -> Result<Response<ExportResponse>, Status> {
        match request.into_inner().session_id == self.0.to_string() {
            true => Err(Status::failed_precondition("the log-in has ended")),
            false => Ok(Response::new(ExportResponse { json: "{}".into() })),
        }
    }
}

/// Where the keeper listens; it ends with the runtime of the test.
async fn keeper(keeper: impl PersonalData) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let routes = tonic::service::Routes::new(PersonalDataServer::new(keeper)).prepare().into_axum_router();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    url
}

/// user, with everybody it asks at this URL but for those named.
async fn start(url: &str, others: &[(&str, &str)]) -> TestApp {
    let mut urls: HashMap<String, &str> = HashMap::new();
    for callee in manifest::get("user").callees() {
        urls.insert(manifest::url_variable(callee), url);
    }
    urls.extend(others.iter().map(|(callee, url)| (manifest::url_variable(callee), *url)));
    let variables: Vec<(&str, &str)> = urls.iter().map(|(name, url)| (name.as_str(), *url)).collect();
    TestApp::start(warung_user::service(), &variables).await
}

#[tokio::test]
async fn an_export_is_one_document_with_a_part_of_everybody() {
    let (user_id, token) = customer();
    let url = keeper(Keeper(user_id, r#"{"kept": ["much"]}"#)).await;
    let app = start(&url, &[]).await;
    app.deliver(&registered(user_id)).await.expect("the event is handled");
    app.send("POST", "/api/v1/me/addresses", Some(&token), Some(address())).await;
    let answer = app.send("GET", PATH, Some(&token), None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert!(answer.headers["content-disposition"].to_str().is_ok_and(|text| text.contains("my-data.json")));
    assert_eq!(answer.body["user_id"], user_id.to_string());
    assert_eq!(answer.body["user"]["profile"]["name"], "Siti");
    assert_eq!(answer.body["user"]["addresses"].as_array().map(Vec::len), Some(1));
    for callee in manifest::get("user").callees() {
        assert_eq!(answer.body[callee], json!({"kept": ["much"]}), "{callee}");
    }
    app.stop().await;
}

#[tokio::test]
async fn an_export_is_whole_or_not_there() {
    let (user_id, token) = customer();
    let good = keeper(Keeper(user_id, "{}")).await;
    // A port that was free a moment ago: nobody listens.
    let away = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let app = start(&good, &[("auth", &format!("http://{away}"))]).await;
    app.deliver(&registered(user_id)).await.expect("the event is handled");
    let answer = app.send("GET", PATH, Some(&token), None).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers.contains_key("retry-after"));
    assert!(answer.body["type"].as_str().is_some_and(|slug| slug.ends_with("/unavailable")));
    app.stop().await;
    let broken = keeper(Keeper(user_id, "{")).await;
    let app = start(&good, &[("auth", &broken)]).await;
    assert_eq!(app.send("GET", PATH, Some(&token), None).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    app.stop().await;
}

#[tokio::test]
async fn a_log_in_that_was_ended_exports_nothing() {
    let user_id = UserId(Uuid::now_v7());
    let (ended, other) = (SessionId(Uuid::now_v7()), SessionId(Uuid::now_v7()));
    let token = |sid: SessionId| {
        let expires = OffsetDateTime::now_utc() + time::Duration::hours(1);
        signed(&Claims { sid: Some(sid), ..claims(user_id, &[Role::Customer], expires) })
    };
    let good = keeper(Keeper(user_id, "{}")).await;
    let app = start(&good, &[("auth", &keeper(Ended(ended)).await)]).await;
    app.deliver(&registered(user_id)).await.expect("the event is handled");
    let refused = app.send("GET", PATH, Some(&token(ended)), None).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{}", refused.body);
    assert_eq!(app.send("GET", PATH, Some(&token(other)), None).await.status, StatusCode::OK);
    app.stop().await;
}
