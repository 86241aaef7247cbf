//! When a message that was not taken is tried again.

use time::Duration;

/// Attempts at most; the delays up to there add up to about 20 hours.
pub const ATTEMPTS_MAX: i32 = 12;

/// How long to wait after this many attempts: 10 s, 30 s, 90 s … 4 h; none when it is given up.
pub fn delay(attempts: i32) -> Option<Duration> {
    if attempts >= ATTEMPTS_MAX {
        return None;
    }
    let tripled = 3_i64.pow(u32::try_from(attempts.clamp(1, 8) - 1).unwrap_or(0));
    Some(Duration::seconds(10 * tripled).min(Duration::hours(4)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_and_end() {
        let delays: Vec<_> = (1..ATTEMPTS_MAX).filter_map(delay).collect();
        assert_eq!(delays[..3], [Duration::seconds(10), Duration::seconds(30), Duration::seconds(90)]);
        assert!(delays.is_sorted() && delays.len() == 11);
        assert_eq!(delays.iter().sum::<Duration>().whole_hours(), 19);
        assert_eq!(delay(ATTEMPTS_MAX), None);
    }
}
