//! Positions in lists by time: a time and, among those of the same time, an id.

use time::OffsetDateTime;
use uuid::Uuid;
use warung_chassis::http::{PageQuery, Problem};

/// Where a page begins.
///
/// # Errors
///
/// When the cursor is not one of ours.
pub fn after(page: &PageQuery) -> Result<Option<(OffsetDateTime, Uuid)>, Problem> {
    Ok(page.after::<(i64, Uuid)>()?.and_then(|(micros, id)| Some((time(micros)?, id))))
}

/// The time of a position, if it is one that PostgreSQL can hold.
pub fn time(micros: i64) -> Option<OffsetDateTime> {
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000).ok()?;
    Some(at).filter(|at| at.year() >= 0)
}

/// The position of a row. PostgreSQL keeps microseconds; so does the cursor.
pub fn position(at: OffsetDateTime, id: Uuid) -> (i64, Uuid) {
    (i64::try_from(at.unix_timestamp_nanos() / 1000).unwrap_or_default(), id)
}
