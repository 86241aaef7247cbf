//! The operator on a real API server, with real PostgreSQL, NATS and Redis. There is no kubelet: the tests say what pods
//! would have become (`kubelet`). One control plane serves all tests; each has a namespace and an operator of its own.

mod chart;
mod cli;
mod crd;
mod credentials;
mod deletion;
mod failures;
mod generated;
mod kubelet;
mod lifecycle;
mod optional_apis;
mod pods;
mod replicas;
mod stores;
mod truth;
mod upgrade;
mod world;
