//! Counting: latencies, errors, and what several rounds come to.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use hdrhistogram::Histogram;

use crate::client::Answer;

/// Microseconds that a histogram tells apart from longer: a minute.
const LONGEST_US: u64 = 60_000_000;
/// Significant digits of a latency.
const DIGITS: u8 = 3;

/// What some requests came to.
#[derive(Debug, Clone)]
pub struct Tally {
    /// Microseconds of measured requests that succeeded.
    latencies: Histogram<u64>,
    /// Requests sent, measured or not.
    pub sent: u64,
    /// Answers that were no success, by what they said.
    pub errors: BTreeMap<String, u64>,
}

impl Tally {
    pub fn new() -> Self {
        // The bounds are constants that the library takes; with others it would not start at all.
        let latencies = Histogram::new_with_bounds(1, LONGEST_US, DIGITS).unwrap_or_else(|_| unreachable!());
        Self { latencies, sent: 0, errors: BTreeMap::new() }
    }

    /// Counts a request that is measured; true when it succeeded.
    pub fn measure(&mut self, answer: &Result<Answer>) -> bool {
        let good = self.check(answer);
        if let (true, Ok(answer)) = (good, answer) {
            self.record(answer.took);
        }
        good
    }

    /// Counts a request that only prepares; true when it succeeded.
    pub fn check(&mut self, answer: &Result<Answer>) -> bool {
        self.sent += 1;
        let error = match answer {
            Ok(answer) if answer.status.is_success() => return true,
            Ok(answer) => {
                let problem: Option<serde_json::Value> = serde_json::from_slice(&answer.body).ok();
                let kind = problem.as_ref().and_then(|problem| problem["type"].as_str());
                format!("{} {}", answer.status.as_u16(), kind.unwrap_or_default())
            }
            Err(error) => format!("{error:#}"),
        };
        *self.errors.entry(error.trim_end().to_owned()).or_default() += 1;
        false
    }

    /// Notes a latency.
    pub fn record(&mut self, took: Duration) {
        self.latencies.saturating_record(u64::try_from(took.as_micros()).unwrap_or(LONGEST_US).max(1));
    }

    /// Measured requests that succeeded.
    pub fn measured(&self) -> u64 {
        self.latencies.len()
    }

    /// Answers that were no success.
    pub fn failed(&self) -> u64 {
        self.errors.values().sum()
    }

    /// Milliseconds that this share (0 to 1) of the measured requests took at most.
    pub fn milliseconds_at(&self, share: f64) -> f64 {
        self.latencies.value_at_quantile(share) as f64 / 1000.0
    }

    /// Adds another's counts.
    pub fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        for (error, count) in &other.errors {
            *self.errors.entry(error.clone()).or_default() += count;
        }
        // Both have the same bounds, so that nothing is out of range.
        let _ = self.latencies.add(&other.latencies);
    }
}

/// The middle of some values; the mean of the two middle ones when their number is even; 0 of none.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        n if n % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::StatusCode;
    use hyper::body::Bytes;

    fn answer(status: u16, body: &'static str, milliseconds: u64) -> Result<Answer> {
        let status = StatusCode::from_u16(status).expect("status");
        Ok(Answer {
            status,
            body: Bytes::from_static(body.as_bytes()),
            took: Duration::from_millis(milliseconds),
        })
    }

    #[test]
    fn percentiles_are_those_of_the_values() {
        let mut tally = Tally::new();
        for milliseconds in 1..=1000 {
            assert!(tally.measure(&answer(200, "", milliseconds)));
        }
        for (share, expected) in [(0.5, 500.0), (0.99, 990.0), (1.0, 1000.0)] {
            let got = tally.milliseconds_at(share);
            assert!((got - expected).abs() <= expected / 1000.0, "{share}: {got}");
        }
        assert_eq!(tally.measured(), 1000);
    }

    #[test]
    fn a_refusal_is_an_error_and_no_latency() {
        let mut tally = Tally::new();
        assert!(!tally.measure(&answer(409, r#"{"type":"/problems/out-of-stock"}"#, 5)));
        assert!(!tally.check(&Err(anyhow::anyhow!("connect: refused"))));
        assert!(tally.check(&answer(204, "", 5)));
        assert_eq!((tally.sent, tally.failed(), tally.measured()), (3, 2, 0));
        assert_eq!(tally.errors["409 /problems/out-of-stock"], 1);
    }

    #[test]
    fn sums_hold_both() {
        let (mut one, mut other) = (Tally::new(), Tally::new());
        one.measure(&answer(200, "", 1));
        other.measure(&answer(200, "", 3));
        other.measure(&answer(500, "", 3));
        one.add(&other);
        assert_eq!((one.sent, one.failed(), one.measured()), (3, 1, 2));
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert!((median([3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median([4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
        assert!(median([]).abs() < f64::EPSILON);
    }
}
