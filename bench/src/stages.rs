//! Where the services' time goes: what each of their doors and consumers did, from their own histograms.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;
use warung_contracts::manifest;

use crate::openmetrics;

/// Histograms of work, and the labels that tell one kind of work from another.
const HISTOGRAMS: [(&str, &[&str]); 3] = [
    ("http_server_request_duration_seconds", &["http_request_method", "http_route"]),
    ("rpc_server_call_duration_seconds", &["rpc_method"]),
    ("messaging_process_duration_seconds", &["messaging_destination_name"]),
];

/// One kind of work of one service.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stage {
    pub service: String,
    /// A route, a gRPC method or an event.
    pub work: String,
    pub count: u64,
    /// Wall time of all of them, waiting included.
    pub seconds: f64,
}

impl Stage {
    /// Mean duration.
    pub fn milliseconds(&self) -> f64 {
        self.seconds * 1000.0 / self.count.max(1) as f64
    }
}

/// Count and seconds by service and work.
type Totals = BTreeMap<(String, String), (f64, f64)>;

/// Looks at the start and at the end.
#[derive(Debug)]
pub struct Watch(Totals);

impl Watch {
    /// # Errors
    ///
    /// When a service's metrics can't be read.
    pub async fn start() -> Result<Self> {
        Ok(Self(totals().await?))
    }

    /// What was done since, the most time first.
    ///
    /// # Errors
    ///
    /// When a service's metrics can't be read.
    pub async fn stop(self) -> Result<Vec<Stage>> {
        Ok(since(&self.0, totals().await?))
    }
}

async fn totals() -> Result<Totals> {
    let mut totals = Totals::new();
    for service in manifest::all() {
        add(&mut totals, &service.name, &openmetrics::of(&service.name).await?);
    }
    Ok(totals)
}

fn add(totals: &mut Totals, service: &str, text: &str) {
    for series in openmetrics::series(text) {
        let Some((name, part)) = series.name.rsplit_once('_') else { continue };
        let Some((_, labels)) = HISTOGRAMS.iter().find(|(histogram, _)| *histogram == name) else { continue };
        let work: Vec<&str> = labels.iter().map(|label| series.label(label)).collect();
        let total = totals.entry((service.to_owned(), work.join(" "))).or_default();
        match part {
            "count" => total.0 += series.value,
            "sum" => total.1 += series.value,
            _ => {}
        }
    }
}

fn since(before: &Totals, after: Totals) -> Vec<Stage> {
    let stages = after.into_iter().map(|((service, work), (count, seconds))| {
        let before = before.get(&(service.clone(), work.clone())).copied().unwrap_or_default();
        // A counter is a whole number far below what a double can hold.
        Stage { service, work, count: (count - before.0) as u64, seconds: seconds - before.1 }
    });
    let mut stages: Vec<Stage> = stages.filter(|stage| stage.count > 0).collect();
    stages.sort_by(|one, other| other.seconds.total_cmp(&one.seconds));
    stages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_before_is_taken_off() {
        let text = |count: u32, seconds: f64| {
            format!(
                "messaging_process_duration_seconds_sum{{service=\"order\",messaging_destination_name=\"e\",outcome=\"done\"}} {seconds}\n\
                 messaging_process_duration_seconds_count{{service=\"order\",messaging_destination_name=\"e\",outcome=\"done\"}} {count}\n\
                 messaging_process_duration_seconds_bucket{{le=\"0.1\",messaging_destination_name=\"e\"}} 1\n"
            )
        };
        let (mut before, mut after) = (Totals::new(), Totals::new());
        add(&mut before, "order", &text(2, 1.0));
        add(&mut after, "order", &text(12, 3.0));
        let stages = since(&before, after);
        let expected = Stage { service: "order".into(), work: "e".into(), count: 10, seconds: 2.0 };
        assert_eq!(stages, [expected]);
        assert!((stages[0].milliseconds() - 200.0).abs() < 1e-9);
    }
}
