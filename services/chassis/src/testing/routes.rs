//! The manifest's routes against what a service does.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{
    id::UserId,
    manifest::Access,
    permission::{Permission, Role},
};

use super::{TestApp, claims, signed};
use crate::auth::Claims;

impl TestApp {
    /// Checks the doors: the routes of the OpenAPI document are those of the manifest, each refuses whoever its access
    /// refuses (no token, a made-up one, a role without its permission), none that is open asks for a token, and all that is
    /// wrong with a body is told at once.
    pub async fn check_routes(&self) {
        let tokens = Role::ALL.into_iter().map(|role| (role, self.token_of(role))).collect();
        self.check_routes_as(&tokens).await;
    }

    /// The same with tokens of these people: for a service that knows whose tokens are good.
    pub async fn check_routes_as(&self, tokens: &BTreeMap<Role, String>) {
        let document = self.send("GET", "/openapi.json", None, None).await.body;
        let paths = document["paths"].as_object().expect("the document has paths");
        let mut served: Vec<String> = paths
            .iter()
            .flat_map(|(path, item)| {
                let methods = item.as_object().into_iter().flat_map(|item| item.keys());
                methods.map(move |method| format!("{} {path}", method.to_uppercase()))
            })
            .collect();
        let routes = &self.manifest.routes;
        let mut declared: Vec<String> =
            routes.iter().map(|route| format!("{} {}", route.method.as_str(), route.path)).collect();
        served.sort();
        declared.sort();
        assert_eq!(served, declared, "the routes served (left) are not those of the manifest (right)");
        self.check_bodies(&document, &tokens[&Role::Admin]).await;
        for route in routes {
            let path: Vec<&str> =
                route.path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
            let (method, path) = (route.method.as_str(), path.join("/"));
            let bare = self.send(method, &path, None, Some(json!({}))).await.status;
            let forged = self.send(method, &path, Some("made.up.token"), Some(json!({}))).await.status;
            let refused = StatusCode::UNAUTHORIZED;
            assert_eq!(
                bare == refused,
                route.access.needs_token(),
                "{method} {path} without a token: {bare}"
            );
            let checked = route.access != Access::Public;
            assert_eq!(forged == refused, checked, "{method} {path} with a made-up token: {forged}");
            if let Some(permission) = route.access.permission() {
                self.check_roles(method, &path, permission, tokens).await;
            }
        }
    }

    /// A token of somebody with this role, as this service takes it.
    fn token_of(&self, role: Role) -> String {
        let expires = OffsetDateTime::now_utc() + time::Duration::hours(1);
        let claims = claims(UserId(Uuid::now_v7()), &[role], expires);
        signed(&Claims { iss: self.issuer.clone(), ..claims })
    }

    /// Checks that a route lets the roles in that have its permission, and no other.
    async fn check_roles(
        &self,
        method: &str,
        path: &str,
        permission: Permission,
        tokens: &BTreeMap<Role, String>,
    ) {
        for (role, token) in tokens {
            let status = self.send(method, path, Some(token), Some(json!({}))).await.status;
            let refused = status == StatusCode::FORBIDDEN;
            assert_eq!(refused, !role.may(permission), "{method} {path} as {}: {status}", role.as_str());
            assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "{method} {path} as {}", role.as_str());
        }
    }
}
