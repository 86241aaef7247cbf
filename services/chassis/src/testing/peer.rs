//! A service as other services see it.

use serde_json::Value;
use tokio::net::TcpListener;
use warung_contracts::{
    grpc::{
        history::{ListRequest, order_history_client::OrderHistoryClient},
        privacy::{ExportRequest, personal_data_client::PersonalDataClient},
    },
    history::Told,
    id::{OrderId, UserId},
    manifest::service_key_variable,
};

use super::TestApp;
use crate::{
    config::Env,
    grpc::{Channel, identity::Signer},
    patience::Patience,
};

/// The key by which every service under test knows its callers.
pub const SERVICE_KEY: &str = "a key that tests know, of 32 characters";

impl TestApp {
    /// A connection to the service, as `caller` has one. The service listens until the test's runtime ends.
    pub async fn peer(&self, caller: &str) -> Channel {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        let router = self.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let name = &self.manifest.name;
        let env: Env = [(service_key_variable(name), SERVICE_KEY.to_owned())].into_iter().collect();
        let signer = Signer::new(&env, caller, name).expect("the key is long enough");
        Channel::new(name, &url, signer, Patience::of_tests()).expect("the URL is one")
    }

    /// What the service keeps of a user, as it tells the service user.
    pub async fn exported(&self, user: UserId) -> Value {
        let mut client = PersonalDataClient::new(self.peer("user").await);
        let answer = client
            .export(ExportRequest { user_id: user.to_string(), ..Default::default() })
            .await
            .expect("an answer");
        serde_json::from_str(&answer.into_inner().json).expect("an export is JSON")
    }

    /// What the service did for an order, as it tells the service order.
    pub async fn history(&self, order: OrderId) -> Vec<Told> {
        let mut client = OrderHistoryClient::new(self.peer("order").await);
        let answer = client.list(ListRequest { order_id: order.to_string() }).await.expect("an answer");
        let entries = answer.into_inner().entries.into_iter();
        entries.map(|entry| entry.try_into().expect("an entry can be read")).collect()
    }
}
