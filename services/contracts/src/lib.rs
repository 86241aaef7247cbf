//! What the parts of Warung know of each other, and nothing else.
//!
//! * [`manifest`]: one data file a service (`manifests/*.toml`): ports, database, events in and out, calls, public
//!   routes, settings, secrets, schema range. Services wire themselves from it, the operator plans from it, tests
//!   prove it true. A new service is a new file there; no list is edited.
//! * [`event`]: the events, as types with a JSON Schema each and a sample of every released version in `golden/`.
//! * [`asyncapi`]: all of them as one document.
//! * [`stream`]: how events travel: JetStream streams, durable consumers, permissions of each service's NATS user.
//! * [`history`]: what happened to an order in a service, as it tells staff.
//! * [`guest`]: what people without an account show.
//! * [`money`], [`currency`], [`id`]: values that can't be wrong; [`spread`]: one amount over many, to the minor unit.
//! * [`locale`]: the languages of the shop's messages.
//! * [`text`]: texts on one line.
//! * [`permission`]: which role may do what.
//! * `grpc` (feature): generated clients and servers of the internal gRPC.

pub mod asyncapi;
pub mod country;
pub mod currency;
pub mod event;
#[cfg(feature = "grpc")]
pub mod grpc;
pub mod guest;
pub mod history;
pub mod id;
pub mod keyring;
pub mod locale;
pub mod manifest;
pub mod money;
pub mod permission;
pub mod phone;
pub mod spread;
pub mod stream;
pub mod text;
pub mod words;
