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

/// Adds up the series of a name that carry all these labels, each as `key="value"`.
pub fn sum(text: &str, name: &str, labels: &[&str]) -> f64 {
    let series = text.lines().filter_map(|line| {
        let rest = line.strip_prefix(name)?;
        let (own, value) = match rest.strip_prefix('{') {
            // What follows the value may be an exemplar, in braces too.
            Some(rest) => rest.split_once("} ")?,
            None => ("", rest.strip_prefix(' ').map(|_| rest)?),
        };
        let fits = labels.iter().all(|label| own.split(',').any(|own| own == *label));
        fits.then(|| value.split_whitespace().next()?.parse::<f64>().ok())?
    });
    series.sum()
}

/// Events that wait for their relay, over all services, as these last noted it (every 5 s).
///
/// # Errors
///
/// When a service's metrics can't be read.
pub async fn outbox_pending() -> Result<f64> {
    let mut pending = 0.0;
    for service in manifest::all().iter().filter(|service| !service.publishes.is_empty()) {
        pending += sum(&of(&service.name).await?, "warung_outbox_pending", &[]);
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
        close(sum(TEXT, "warung_orders_total", &["state=\"placed\""]), 7.0);
        close(sum(TEXT, "warung_orders_total", &["state=\"confirmed\""]), 5.0);
        close(sum(TEXT, "warung_orders_total", &["service=\"order\""]), 12.0);
        close(sum(TEXT, "warung_outbox_pending", &[]), 3.0);
        close(sum(TEXT, "warung_orders_total", &["state=\"lost\""]), 0.0);
    }
}
