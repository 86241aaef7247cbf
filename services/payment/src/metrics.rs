//! Business metrics of payment.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
};
use warung_chassis::{db::Tx, metrics::Metrics};

use crate::domain::{Payment, State};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByOutcome {
    provider: String,
    outcome: &'static str,
}

/// Counts payments by provider and what became of them.
#[derive(Debug, Clone, Default)]
pub struct PaymentMetrics {
    payments: Family<ByOutcome, Counter>,
}

impl PaymentMetrics {
    /// Metrics in a service's registry, with a series for each of these providers and outcomes from the start.
    pub fn new(metrics: &Metrics, providers: &[&str]) -> Self {
        let own = Self::default();
        metrics.register("warung_payments", "Payments by what became of them", own.payments.clone());
        for provider in providers {
            for outcome in State::ALL.into_iter().filter_map(outcome) {
                drop(own.payments.get_or_create(&ByOutcome { provider: (*provider).to_owned(), outcome }));
            }
        }
        own
    }

    /// Counts a payment that entered its state, once the unit of work has committed.
    pub fn entered(&self, tx: &mut Tx, payment: &Payment) {
        let Some(outcome) = outcome(payment.standing.state) else { return };
        let (own, provider) = (self.clone(), payment.provider.clone());
        tx.after_commit(move || {
            own.payments.get_or_create(&ByOutcome { provider, outcome }).inc();
        });
    }
}

/// The outcome a state is; none while it is open.
fn outcome(state: State) -> Option<&'static str> {
    match state {
        State::Opening | State::Pending => None,
        State::Succeeded | State::Refunded | State::Failed | State::Expired | State::Cancelled => {
            Some(state.as_str())
        }
    }
}
