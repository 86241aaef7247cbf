//! A shop that speaks to a company.

use serde_json::Value;
use warung_psp_sim::{Act, Company, Customer, Options, Sim, courier::Policy, start};

/// How the shop shows who it is.
#[derive(Clone)]
pub enum Key {
    Basic(&'static str),
    Bearer(String),
}

/// A shop and its company.
pub struct Shop<C: Company> {
    pub sim: Sim<C>,
    pub client: reqwest::Client,
    pub key: Key,
    /// Headers that every request carries.
    pub headers: Vec<(&'static str, String)>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl<C: Company> Shop<C> {
    /// A company whose webhooks wait at its courier, and a shop that knows its key.
    pub async fn open(key: Key) -> Self {
        let policy = Policy { hold: true, ..Policy::default() };
        let sim = start(Options { seed: 7, policy, ..Options::default() }).await.unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { sim, client, key, headers: Vec::new() }
    }

    pub async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.send_with(method, path, &[], body).await
    }

    pub async fn send_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let answer = self.request(method, path, headers, body).send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
    }

    pub fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.sim.desk.url);
        let mut request = self.client.request(method.parse().unwrap(), url);
        request = match &self.key {
            Key::Basic(user) => request.basic_auth(user, Some("")),
            Key::Bearer(token) => request.bearer_auth(token),
        };
        for (name, value) in
            self.headers.iter().map(|(name, value)| (*name, value.as_str())).chain(headers.iter().copied())
        {
            request = request.header(name, value);
        }
        match body {
            Some(body) => request.json(&body),
            None => request,
        }
    }

    pub fn act(&self, id: &str, act: Act) {
        self.sim.act(id, &Customer::does(act)).unwrap_or_else(|error| panic!("{act:?} of {id}: {error}"));
    }

    /// The webhooks that wait, by event.
    pub fn told(&self) -> Vec<(String, Value)> {
        let webhooks = self.sim.desk.courier.waiting();
        webhooks
            .into_iter()
            .map(|webhook| (webhook.event, serde_json::from_str(&webhook.body).unwrap()))
            .collect()
    }
}
