//! Real servers for tests, from ordinary packages: no container engine, no registry, no mocks.
//!
//! - [`stores`]: PostgreSQL, NATS and Redis on free loopback ports, and [`smtp`] beside them;
//! - [`control_plane`]: etcd and kube-apiserver (and kube-controller-manager where asked);
//! - [`node`]: a whole single-node Kubernetes, and [`images`] for it; [`mesh`]: a real Istio on it.
//!
//! What the first two start belongs to the process that asked: it ends with the value, and also with the process,
//! however that dies (see [`process`]). The programs themselves come from `testbed/tools/install`.

pub mod control_plane;
pub mod http;
pub mod images;
mod kubernetes;
pub mod mesh;
pub mod node;
pub mod outside;
pub mod ports;
pub mod process;
pub mod schemas;
pub mod smtp;
pub mod stores;
pub mod tools;
pub mod wait;
