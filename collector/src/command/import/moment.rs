//! Times as people read them, in UTC.
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// Year to minute.
pub(super) fn minute(ms: u64) -> String {
    written(
        ms,
        format_description!("[year]-[month]-[day] [hour]:[minute]"),
    )
}

/// Year to millisecond.
pub(super) fn millisecond(ms: u64) -> String {
    written(
        ms,
        format_description!("[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:3]"),
    )
}

/// Milliseconds themselves where there is no such day.
fn written(ms: u64, format: &[BorrowedFormatItem<'_>]) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000)
        .ok()
        .and_then(|time| time.format(format).ok())
        .unwrap_or_else(|| format!("{ms} ms"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert_eq!(minute(951_868_799_999), "2000-02-29 23:59");
        assert_eq!(millisecond(951_868_799_009), "2000-02-29 23:59:59.009");
        assert_eq!(minute(u64::MAX), format!("{} ms", u64::MAX));
    }
}
