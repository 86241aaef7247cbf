//! The sections of a Shop's spec, a file each.

mod commerce;
mod common;
mod gateway;
mod image;
mod mesh;
mod notifications;
mod observability;
mod payments;
mod service;
mod store;
mod upgrade;

pub use commerce::{CartLimits, Commerce, Shipping};
pub use common::{LocalRef, Resources, SecretKeyRef};
pub use gateway::{Cors, Gateway, GatewayProvider, GatewayService, GatewayServiceType, Tls};
pub use image::{Image, PullPolicy};
pub use mesh::{Mesh, MeshMode, Mtls};
pub use notifications::{Notifications, Push, Sms, Smtp};
pub use observability::{Alerts, Dashboards, Metrics, Observability, Slo, Tracing};
pub use payments::{PaymentProvider, PaymentProviderName, Payments};
pub use service::{Autoscaling, EnvVar, Service, known_service, known_service_message};
pub use store::{EmbeddedStore, ExternalNats, ExternalStore, Nats, Postgres, Redis};
pub use upgrade::{DeletionPolicy, Upgrade};

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;
    use serde_json::json;

    use super::*;

    fn same<T: Default + DeserializeOwned + PartialEq + std::fmt::Debug>() {
        let read: T = serde_json::from_value(json!({})).unwrap();
        assert_eq!(T::default(), read, "{}", std::any::type_name::<T>());
    }

    #[test]
    fn a_section_left_out_is_a_section_left_empty() {
        same::<Commerce>();
        same::<CartLimits>();
        same::<Shipping>();
        same::<Resources>();
        same::<Gateway>();
        same::<Cors>();
        same::<GatewayService>();
        same::<Image>();
        same::<Mesh>();
        same::<Notifications>();
        same::<Observability>();
        same::<Metrics>();
        same::<Dashboards>();
        same::<Alerts>();
        same::<Slo>();
        same::<Payments>();
        same::<Service>();
        same::<EmbeddedStore>();
        same::<Postgres>();
        same::<Nats>();
        same::<Redis>();
        same::<Upgrade>();
    }
}
