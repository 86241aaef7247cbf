//! The sections of a Shop's spec, a file each.

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

pub use common::{LocalRef, Resources, SecretKeyRef};
pub use gateway::{Cors, Gateway, GatewayProvider, GatewayService, GatewayServiceType, Tls};
pub use image::{Image, PullPolicy};
pub use mesh::{Mesh, MeshMode, Mtls};
pub use notifications::{Notifications, Push, Sms, Smtp};
pub use observability::{Alerts, Dashboards, Metrics, Observability, Slo, Tracing};
pub use payments::{PaymentProvider, PaymentProviderName, Payments};
pub use service::{Autoscaling, EnvVar, Service};
pub use store::{EmbeddedStore, ExternalNats, ExternalStore, Nats, Postgres, Redis};
pub use upgrade::{DeletionPolicy, Upgrade};
