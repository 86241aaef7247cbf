//! `warung-operator`: turns a [`api::Shop`] into everything an online shop needs on Kubernetes.
//!
//! ```text
//! observe (reads) ─> validate (types that can't be wrong) ─> plan (pure) ─> apply (writes) ─> status
//! ```
//!
//! Planning never reads the cluster and applying never decides. What the services are is not known here: it comes from
//! the manifests of `warung-contracts`, so that a new service needs no edit in this crate.

pub mod admin;
pub mod api;
pub mod apply;
pub mod cli;
pub mod controller;
pub mod detect;
pub mod finalizer;
#[cfg(test)]
mod layers;
pub mod lease;
pub mod metrics;
pub mod objects;
pub mod observe;
pub mod operator;
pub mod plan;
pub mod readiness;
pub mod status;
pub mod trigger;
pub mod validate;
