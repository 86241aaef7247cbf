//! Until when an answer is of use: told by the caller, kept for the request, passed on to PostgreSQL and to other services.
//!
//! ```text
//!  grpc-timeout, x-envoy-expected-rq-timeout-ms ──> server ──> deadline of the task ─┬─> statement_timeout of transactions
//!                                                                                   └─> grpc-timeout of calls
//! ```

use std::time::Duration;

use axum::http::HeaderMap;
use tokio::time::Instant;

/// Time for one request at most.
pub const REQUEST_MAX: Duration = Duration::from_secs(15);

tokio::task_local! {
    static DEADLINE: Instant;
}

/// Does this as part of a request that is given up at `deadline`.
pub async fn within<F: Future>(deadline: Instant, work: F) -> F::Output {
    DEADLINE.scope(deadline, work).await
}

/// Does this in at most `most` of the time that is left for the request.
pub async fn at_most<F: Future>(most: Duration, work: F) -> F::Output {
    within(Instant::now() + left().map_or(most, |left| left.min(most)), work).await
}

/// Time left for the request that this is part of; none for work that is part of no request.
pub fn left() -> Option<Duration> {
    DEADLINE.try_with(|deadline| deadline.saturating_duration_since(Instant::now())).ok()
}

/// How long the caller waits, as its headers say it; at most [`REQUEST_MAX`].
pub fn asked(headers: &HeaderMap) -> Duration {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let grpc = text("grpc-timeout").and_then(grpc_timeout);
    let envoy = text("x-envoy-expected-rq-timeout-ms").and_then(|text| text.parse().ok());
    // Envoy says 0 where its route has no timeout.
    let envoy = envoy.filter(|ms| *ms > 0).map(Duration::from_millis);
    grpc.into_iter().chain(envoy).fold(REQUEST_MAX, Duration::min)
}

/// `TimeoutValue TimeoutUnit` (gRPC over HTTP/2, section Requests): at most eight digits and one of `HMSmun`.
fn grpc_timeout(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u64 = number.parse().ok().filter(|_| number.len() <= 8)?;
    match unit {
        "H" => Some(Duration::from_secs(number * 3600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_time_counts_and_none_is_longer_than_ours() {
        let asked = |pairs: &[(&'static str, &str)]| {
            super::asked(&pairs.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect())
        };
        assert_eq!(asked(&[]), REQUEST_MAX);
        assert_eq!(asked(&[("grpc-timeout", "200m")]), Duration::from_millis(200));
        assert_eq!(asked(&[("grpc-timeout", "1H")]), REQUEST_MAX);
        assert_eq!(asked(&[("x-envoy-expected-rq-timeout-ms", "3000")]), Duration::from_secs(3));
        assert_eq!(asked(&[("x-envoy-expected-rq-timeout-ms", "0")]), REQUEST_MAX);
        for malformed in ["", "m", "1", "1x", "123456789m", "-1m", "é"] {
            assert_eq!(grpc_timeout(malformed), None, "{malformed}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn time_runs_out_inside_a_request_and_nowhere_else() {
        assert_eq!(left(), None);
        within(Instant::now() + Duration::from_millis(50), async {
            assert_eq!(left(), Some(Duration::from_millis(50)));
            let part = |most| at_most(Duration::from_millis(most), async { left() });
            assert_eq!(part(10).await, Some(Duration::from_millis(10)));
            assert_eq!(part(1000).await, Some(Duration::from_millis(50)));
            tokio::time::sleep(Duration::from_millis(60)).await;
            assert_eq!(left(), Some(Duration::ZERO));
        })
        .await;
    }
}
