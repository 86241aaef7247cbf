//! Business metrics of shipment.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
};
use warung_chassis::{db::Tx, metrics::Metrics};

use crate::domain::State;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByState {
    state: &'static str,
}

/// Counts parcels by the state they enter.
#[derive(Debug, Clone, Default)]
pub struct ShipmentMetrics {
    shipments: Family<ByState, Counter>,
}

impl ShipmentMetrics {
    /// Metrics in a service's registry.
    pub fn new(metrics: &Metrics) -> Self {
        let own = Self::default();
        metrics.register("warung_shipments", "Parcels that entered a state", own.shipments.clone());
        // Series that are there from the start: a rate over an absent series is no zero.
        for state in State::ALL {
            drop(own.shipments.get_or_create(&ByState { state: state.as_str() }));
        }
        own
    }

    /// Counts a parcel that entered a state, once the unit of work has committed.
    pub fn entered(&self, tx: &mut Tx, state: State) {
        let own = self.clone();
        tx.after_commit(move || {
            own.shipments.get_or_create(&ByState { state: state.as_str() }).inc();
        });
    }
}
