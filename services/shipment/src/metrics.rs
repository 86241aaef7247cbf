//! Business metrics of shipment.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
};
use warung_chassis::{db::Tx, metrics::Metrics};

use crate::{carriers::Trouble, domain::State};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByState {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByKind {
    carrier: String,
    kind: &'static str,
}

/// Counts parcels by the state they enter, and calls to carriers that brought no result.
#[derive(Debug, Clone, Default)]
pub struct ShipmentMetrics {
    shipments: Family<ByState, Counter>,
    troubles: Family<ByKind, Counter>,
    refused: Gauge,
}

/// The label of a call that brought no result.
fn word(trouble: &Trouble) -> &'static str {
    match trouble {
        Trouble::Refused(_) => "refused",
        Trouble::NoAnswer(_) => "no_answer",
    }
}

impl ShipmentMetrics {
    /// Metrics in a service's registry, with series of these carriers from the start.
    pub fn new(metrics: &Metrics, carriers: &[&str]) -> Self {
        let own = Self::default();
        metrics.register(
            "warung_carrier_troubles",
            "Calls to carriers that brought no result",
            own.troubles.clone(),
        );
        metrics.register(
            "warung_bookings_refused",
            "Parcels that their carrier refuses and staff have to hand to another",
            own.refused.clone(),
        );
        for carrier in carriers {
            for kind in ["refused", "no_answer"] {
                drop(own.trouble(carrier, kind));
            }
        }
        metrics.register("warung_shipments", "Parcels that entered a state", own.shipments.clone());
        // Series that are there from the start: a rate over an absent series is no zero.
        for state in State::ALL {
            drop(own.shipments.get_or_create(&ByState { state: state.as_str() }));
        }
        own
    }

    fn trouble(&self, carrier: &str, kind: &'static str) -> Counter {
        self.troubles.get_or_create_owned(&ByKind { carrier: carrier.to_owned(), kind })
    }

    /// Counts a call to a carrier that brought no result.
    pub fn troubled(&self, carrier: &str, trouble: &Trouble) {
        self.trouble(carrier, word(trouble)).inc();
    }

    /// Notes how many parcels a carrier refuses that nobody has handed to another.
    pub fn refused(&self, count: i64) {
        self.refused.set(count);
    }

    /// Counts a parcel that entered a state, once the unit of work has committed.
    pub fn entered(&self, tx: &mut Tx, state: State) {
        let own = self.clone();
        tx.after_commit(move || {
            own.shipments.get_or_create(&ByState { state: state.as_str() }).inc();
        });
    }
}
