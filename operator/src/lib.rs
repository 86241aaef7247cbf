//! `warung-operator`: turns a [`api::Shop`] into everything an online shop needs on Kubernetes.
//!
//! ```text
//! observe (reads) ─> validate (types that can't be wrong) ─> plan (pure) ─> apply (writes) ─> status
//! ```
//!
//! Planning never reads the cluster and applying never decides. What the services are is not known here: it comes from
//! the manifests of `warung-contracts`, so that a new service needs no edit in this crate.

pub mod api;
pub mod detect;
pub mod observe;
pub mod plan;
pub mod readiness;
pub mod validate;
