//! What a payment is and how it may change, and the ledger's rules. Pure: no database, no network, no clock.

pub mod ledger;
mod machine;
mod payment;

pub use machine::{Call, Change, Closing, Fact, Refusal, Said, Standing, State, Tell};
pub use payment::Payment;
