//! Business metrics of order.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
};
use warung_chassis::{db::Tx, metrics::Metrics};

use crate::domain::{Order, State};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByState {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByCurrency {
    currency: String,
}

/// Counts orders by the state they enter, and what they bring in; clocks what waits for its parcel.
#[derive(Debug, Clone, Default)]
pub struct OrderMetrics {
    orders: Family<ByState, Counter>,
    revenue: Family<ByCurrency, Counter>,
    unknown_tax_classes: Counter,
    unshipped_age: Gauge,
}

impl OrderMetrics {
    /// Metrics in a service's registry.
    pub fn new(metrics: &Metrics) -> Self {
        let own = Self::default();
        metrics.register("warung_orders", "Orders that entered a state", own.orders.clone());
        metrics.register(
            "warung_revenue_minor",
            "Totals of confirmed orders in minor units",
            own.revenue.clone(),
        );
        metrics.register(
            "warung_unknown_tax_classes",
            "Quotes and checkouts refused for goods of a tax class without a rate",
            own.unknown_tax_classes.clone(),
        );
        metrics.register(
            "warung_orders_unshipped_age_seconds",
            "How long the paid order waits that has waited longest for a first parcel to be handed over",
            own.unshipped_age.clone(),
        );
        // Series that are there from the start: a rate over an absent series is no zero.
        for state in State::ALL {
            drop(own.orders.get_or_create(&ByState { state: state.as_str() }));
        }
        own
    }

    /// Counts a quote or checkout that was refused for its goods' tax class.
    pub fn unknown_tax_class(&self) {
        self.unknown_tax_classes.inc();
    }

    /// Notes for how long a paid order waits for its parcel, of all that do the longest.
    pub fn waiting(&self, age: time::Duration) {
        self.unshipped_age.set(age.whole_seconds());
    }

    /// Counts an order that entered its state, once the unit of work has committed.
    pub fn entered(&self, tx: &mut Tx, order: &Order) {
        let (own, state, total) = (self.clone(), order.state, order.total());
        tx.after_commit(move || {
            own.orders.get_or_create(&ByState { state: state.as_str() }).inc();
            if state == State::Confirmed {
                let currency = total.currency.code().to_owned();
                let amount = u64::try_from(total.amount_minor).unwrap_or(0);
                own.revenue.get_or_create(&ByCurrency { currency }).inc_by(amount);
            }
        });
    }
}
