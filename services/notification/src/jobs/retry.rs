//! When a message that was not taken is tried again.

use std::time::Duration;

use warung_chassis::backoff::Backoff;

/// Attempts at most; the delays up to there add up to 10 to 20 hours.
const ATTEMPTS_MAX: i32 = 12;
/// The longest delay, also where the provider asks for more.
const MOST: Duration = Duration::from_secs(4 * 3600);
/// 10 s, 30 s, 90 s … 4 h.
const AGAIN: Backoff = Backoff::tripling(Duration::from_secs(10), MOST);

/// How long to wait after this many attempts; none when it is given up. What the provider asks for (`Retry-After`) is the
/// least.
pub fn delay(attempts: i32, asked: Option<time::Duration>) -> Option<Duration> {
    let asked = asked.and_then(|asked| asked.try_into().ok()).unwrap_or_default();
    (attempts < ATTEMPTS_MAX).then(|| AGAIN.after(attempts).max(asked).min(MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_and_end() {
        let delays: Vec<Duration> = (1..ATTEMPTS_MAX).filter_map(|attempts| delay(attempts, None)).collect();
        let hours = delays.iter().sum::<Duration>().as_secs() / 3600;
        assert!(delays.len() == 11 && (9..20).contains(&hours), "{hours} hours");
        let first: Vec<u64> = (1..=3).map(|attempts| AGAIN.whole(attempts).as_secs()).collect();
        assert_eq!(first, [10, 30, 90]);
        assert_eq!(delay(ATTEMPTS_MAX, None), None);
    }

    #[test]
    fn what_the_provider_asks_for_is_the_least() {
        assert_eq!(delay(1, Some(time::Duration::MINUTE)), Some(Duration::from_secs(60)));
        assert_eq!(delay(1, Some(time::Duration::days(9))), Some(MOST));
        assert!(delay(1, Some(time::Duration::ZERO)) >= Some(AGAIN.whole(1) / 2));
    }
}
