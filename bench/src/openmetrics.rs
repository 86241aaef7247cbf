//! Reading a service's metrics.

use anyhow::{Context as _, Result, ensure};
use warung_contracts::manifest;

use crate::client::{Call, Connection};

/// The metrics of a service, as text.
///
/// # Errors
///
/// When its admin port doesn't answer.
pub async fn of(service: &str) -> Result<String> {
    let port = manifest::get(service).admin_port;
    let answer = Connection::local(port).send(&Call::get("/metrics")).await;
    let answer = answer.with_context(|| format!("read the metrics of {service}"))?;
    ensure!(answer.status.is_success(), "the metrics of {service}: {}", answer.status);
    String::from_utf8(answer.body.to_vec()).with_context(|| format!("the metrics of {service} are no text"))
}

/// One line of a service's metrics.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Series<'a> {
    pub name: &'a str,
    labels: &'a str,
    pub value: f64,
}

impl<'a> Series<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (name, labels, rest) = match line.split_once('{') {
            // What follows the value may be an exemplar, in braces too.
            Some((name, rest)) if !name.contains(' ') => {
                let (labels, rest) = rest.split_once("} ")?;
                (name, labels, rest)
            }
            _ => line.split_once(' ').map(|(name, rest)| (name, "", rest))?,
        };
        Some(Self { name, labels, value: rest.split_whitespace().next()?.parse().ok()? })
    }

    /// The value of a label; empty when it has none. No label here has a comma in its value.
    pub fn label(&self, name: &str) -> &'a str {
        let mut labels = self.labels.split(',').filter_map(|label| label.split_once('='));
        labels.find(|(own, _)| *own == name).map_or("", |(_, value)| value.trim_matches('"'))
    }
}

/// Every series of a text.
pub fn series(text: &str) -> impl Iterator<Item = Series<'_>> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(Series::parse)
}

/// Adds up the series of a name that carry a label of this value, or all of them.
pub fn sum(text: &str, name: &str, label: Option<(&str, &str)>) -> f64 {
    let fits =
        |one: &Series<'_>| one.name == name && label.is_none_or(|(label, value)| one.label(label) == value);
    series(text).filter(fits).map(|one| one.value).sum()
}

/// Events that wait for their relay, over all services, as these last noted it (every 5 s).
///
/// # Errors
///
/// When a service's metrics can't be read.
pub async fn outbox_pending() -> Result<f64> {
    let mut pending = 0.0;
    for service in manifest::all().iter().filter(|service| !service.publishes.is_empty()) {
        pending += sum(&of(&service.name).await?, "warung_outbox_pending", None);
    }
    Ok(pending)
}

#[cfg(test)]
mod tests {
    use super::sum;

    const TEXT: &str = "# TYPE warung_orders counter\n\
        warung_orders_total{service=\"order\",state=\"placed\"} 7\n\
        warung_orders_total{service=\"order\",state=\"confirmed\"} 5 # {trace_id=\"x\"} 1\n\
        warung_orders_totally{state=\"confirmed\"} 100\n\
        warung_outbox_pending 3\n# EOF\n";

    #[test]
    fn series_are_found_by_name_and_label() {
        let close = |got: f64, expected: f64| assert!((got - expected).abs() < 1e-9, "{got}");
        let orders = |label, value| sum(TEXT, "warung_orders_total", Some((label, value)));
        close(orders("state", "placed"), 7.0);
        close(orders("state", "confirmed"), 5.0);
        close(orders("service", "order"), 12.0);
        close(orders("state", "lost"), 0.0);
        close(sum(TEXT, "warung_outbox_pending", None), 3.0);
    }
}
