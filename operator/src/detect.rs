//! Which optional APIs the cluster serves.

use std::collections::BTreeSet;
use std::time::Duration;

use kube::Client;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::objects::kinds::{self, Kind};

/// API groups that a Shop uses when they are there.
pub const OPTIONAL_GROUPS: [&str; 3] = ["security.istio.io", "networking.istio.io", "monitoring.coreos.com"];

/// The optional kinds served now, as `<group>/<version>/<Kind>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Apis {
    served: BTreeSet<String>,
}

impl Apis {
    /// From what discovery said.
    pub fn new(served: impl IntoIterator<Item = String>) -> Self {
        Self { served: served.into_iter().collect() }
    }

    /// Everything that could ever be there: for rendering without a cluster.
    pub fn all() -> Self {
        Self::new(kinds::OPTIONAL.iter().map(|kind| kind.served_as()))
    }

    /// The same without this kind.
    #[must_use]
    pub fn without(mut self, kind: Kind) -> Self {
        self.served.remove(&kind.served_as());
        self
    }

    /// Whether this kind is served.
    pub fn serves(&self, kind: Kind) -> bool {
        self.served.contains(&kind.served_as())
    }

    /// Whether Istio's policies and traffic rules are there.
    pub fn istio(&self) -> bool {
        [kinds::PEER_AUTHENTICATION, kinds::AUTHORIZATION_POLICY, kinds::DESTINATION_RULE]
            .into_iter()
            .all(|kind| self.serves(kind))
    }

    /// Whether the Prometheus Operator's monitors and rules are there.
    pub fn prometheus_operator(&self) -> bool {
        [kinds::SERVICE_MONITOR, kinds::POD_MONITOR, kinds::PROMETHEUS_RULE]
            .into_iter()
            .all(|kind| self.serves(kind))
    }
}

/// How often the cluster is asked which optional APIs it serves, unless somebody says otherwise.
pub const INTERVAL: Duration = Duration::from_secs(15);

/// Asks the cluster which optional APIs it serves. A group that isn't there is simply not served.
///
/// # Errors
///
/// What the API server said when it didn't answer.
pub async fn detect(client: &Client) -> Result<Apis, kube::Error> {
    let groups = client.list_api_groups().await?;
    let mut served = Vec::new();
    for group in groups.groups.iter().filter(|group| OPTIONAL_GROUPS.contains(&group.name.as_str())) {
        for version in &group.versions {
            match client.list_api_group_resources(&version.group_version).await {
                Ok(list) => {
                    let kinds = list.resources.into_iter().filter(|resource| !resource.name.contains('/'));
                    served
                        .extend(kinds.map(|resource| format!("{}/{}", version.group_version, resource.kind)));
                }
                // It went away between the two questions.
                Err(kube::Error::Api(status)) if status.code == 404 => {}
                Err(error) => return Err(error),
            }
        }
    }
    let known: BTreeSet<String> = kinds::OPTIONAL.iter().map(|kind| kind.served_as()).collect();
    Ok(Apis::new(served.into_iter().filter(|kind| known.contains(kind))))
}

/// Keeps `apis` up to date, with a look after each `interval`, until told to stop.
pub async fn keep_detecting(
    client: Client,
    apis: watch::Sender<Apis>,
    interval: Duration,
    stop: CancellationToken,
) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(interval) => {}
        }
        match detect(&client).await {
            Ok(now) => {
                let changed = apis.send_if_modified(|before| std::mem::replace(before, now.clone()) != now);
                if changed {
                    tracing::info!(
                        istio = now.istio(),
                        prometheus = now.prometheus_operator(),
                        "optional APIs changed"
                    );
                }
            }
            Err(error) => tracing::warn!(%error, "the optional APIs can't be listed; trying again"),
        }
    }
}
