//! Business metrics of payment.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
};
use warung_chassis::{db::Tx, metrics::Metrics};

use crate::{
    commands::settle::Compared,
    domain::{Payment, State},
    providers::Trouble,
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByOutcome {
    provider: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByKind {
    provider: String,
    kind: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByProvider {
    provider: String,
}

/// Counts payments by provider and what became of them, calls that brought no result, and differences.
#[derive(Debug, Clone, Default)]
pub struct PaymentMetrics {
    payments: Family<ByOutcome, Counter>,
    troubles: Family<ByKind, Counter>,
    differences: Family<ByKind, Counter>,
    compared: Family<ByKind, Counter>,
    open_differences: Family<ByProvider, Gauge>,
    disputes: Family<ByOutcome, Counter>,
    open_disputes: Family<ByProvider, Gauge>,
    disputes_to_answer: Family<ByProvider, Gauge>,
}

/// The label of a call that brought no result.
fn word(trouble: &Trouble) -> &'static str {
    match trouble {
        Trouble::NoAnswer(_) => "no_answer",
        Trouble::Refused(_) => "refused",
        Trouble::Permanent(_) => "permanent",
    }
}

impl PaymentMetrics {
    /// Metrics in a service's registry, with a series for each of these providers and outcomes from the start.
    pub fn new(metrics: &Metrics, providers: &[&str]) -> Self {
        let own = Self::default();
        metrics.register("warung_payments", "Payments by what became of them", own.payments.clone());
        metrics.register(
            "warung_payment_troubles",
            "Calls to providers that brought no result",
            own.troubles.clone(),
        );
        metrics.register(
            "warung_payment_discrepancies",
            "Differences found between the books and a provider",
            own.differences.clone(),
        );
        metrics.register(
            "warung_payment_discrepancies_open",
            "Differences that wait for a person",
            own.open_differences.clone(),
        );
        metrics.register(
            "warung_payment_reconciled",
            "Payments compared with their provider",
            own.compared.clone(),
        );
        metrics.register(
            "warung_payment_disputes",
            "Disputes of payments that were opened, won or lost",
            own.disputes.clone(),
        );
        metrics.register(
            "warung_payment_disputes_open",
            "Disputes of payments that are not decided",
            own.open_disputes.clone(),
        );
        metrics.register(
            "warung_payment_disputes_to_answer",
            "Disputes that the shop has to answer within three days, or should have answered",
            own.disputes_to_answer.clone(),
        );
        for provider in providers {
            own.open(provider, 0);
            own.contested(provider, (0, 0));
            for outcome in ["opened", "won", "lost"] {
                drop(own.disputes.get_or_create(&ByOutcome { provider: (*provider).to_owned(), outcome }));
            }
            drop(own.trouble(provider, "no_answer"));
            drop(own.trouble(provider, "permanent"));
            for outcome in State::ALL.into_iter().filter_map(outcome) {
                drop(own.payments.get_or_create(&ByOutcome { provider: (*provider).to_owned(), outcome }));
            }
        }
        own
    }

    fn trouble(&self, provider: &str, kind: &'static str) -> Counter {
        self.troubles.get_or_create_owned(&ByKind { provider: provider.to_owned(), kind: kind.to_owned() })
    }

    /// Counts a call that brought no result.
    pub fn troubled(&self, provider: &str, trouble: &Trouble) {
        self.trouble(provider, word(trouble)).inc();
    }

    /// Counts a comparison.
    pub fn compared(&self, provider: &str, result: Compared) {
        let kind = match result {
            Compared::Same => "same",
            Compared::Repaired => "repaired",
            Compared::Differs => "differs",
            Compared::Moved => "moved",
            Compared::NoAnswer => "no_answer",
        };
        self.compared.get_or_create(&ByKind { provider: provider.to_owned(), kind: kind.to_owned() }).inc();
    }

    /// Counts a difference that is new, once the unit of work has committed.
    pub fn differs(&self, tx: &mut Tx, payment: &Payment, kind: &str) {
        let (own, provider, kind) = (self.clone(), payment.provider.clone(), kind.to_owned());
        tx.after_commit(move || {
            own.differences.get_or_create(&ByKind { provider, kind }).inc();
        });
    }

    /// Notes how many differences of a provider wait for a person.
    pub fn open(&self, provider: &str, count: i64) {
        self.open_differences.get_or_create(&ByProvider { provider: provider.to_owned() }).set(count);
    }

    /// Counts a dispute that was opened, won or lost, once the unit of work has committed.
    pub fn disputed(&self, tx: &mut Tx, payment: &Payment, outcome: &'static str) {
        let (own, provider) = (self.clone(), payment.provider.clone());
        tx.after_commit(move || {
            own.disputes.get_or_create(&ByOutcome { provider, outcome }).inc();
        });
    }

    /// Notes how many disputes of a provider are open, and how many have to be answered soon.
    pub fn contested(&self, provider: &str, (open, to_answer): (i64, i64)) {
        let label = ByProvider { provider: provider.to_owned() };
        self.open_disputes.get_or_create(&label).set(open);
        self.disputes_to_answer.get_or_create(&label).set(to_answer);
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
        State::Opening | State::Pending | State::Approved | State::Authorized => None,
        State::Succeeded | State::Refunded | State::Failed | State::Expired | State::Cancelled => {
            Some(state.as_str())
        }
    }
}
