//! What a payment is and how it may change, and the ledger's rules. Pure: no database, no network, no clock.

mod another;
pub mod difference;
pub mod dispute;
mod hidden;
pub mod late;
pub mod ledger;
mod machine;
mod payment;
mod state;
mod way;

pub use another::{Next, NoOther};
pub use hidden::Hidden;
pub use machine::{Call, Change, Decision, Fact, Held, Refusal, Said, Standing, Tell};
pub use payment::Payment;
pub use state::{Capture, Closing, State};
pub use way::Way;
