//! The commands that work on a data folder which no server uses. Exit codes: 0 is fine, 1 is
//! differences, 2 is a mistake or a folder that cannot be used.
use std::path::Path;
use std::process::ExitCode;

use crate::log;

/// `hopline check`: does everything in the folder say the same?
pub(crate) fn check(data_dir: &Path, deep: bool) -> ExitCode {
    local::check(data_dir, deep).unwrap_or_else(|error| log::refuse(&error, 2))
}

/// `hopline backup DIR --data-dir …`: copies the folder.
pub(crate) fn back_up(data_dir: &Path, target: &Path) -> ExitCode {
    match local::back_up(data_dir, target) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => log::refuse(&error, 2),
    }
}

#[cfg(feature = "local")]
mod local {
    use std::fmt::Write as _;
    use std::io::{IsTerminal as _, Write as _, stderr, stdout};
    use std::path::Path;
    use std::process::ExitCode;

    use storage::local::backup::copy_unused;
    use storage::local::check::{Depth, Report, check as check_folder};

    /// Wide enough to clear what stood in the line of the progress.
    const PROGRESS_WIDTH: usize = 70;

    pub(super) fn check(data_dir: &Path, deep: bool) -> Result<ExitCode, String> {
        let depth = if deep { Depth::Deep } else { Depth::Sample };
        let is_watched = stderr().is_terminal();
        let mut progress = |text: &str| {
            if is_watched {
                _ = write!(stderr(), "\r{text:PROGRESS_WIDTH$}");
            }
        };
        let checked = check_folder(data_dir, depth, &mut progress);
        if is_watched {
            _ = write!(stderr(), "\r{:PROGRESS_WIDTH$}\r", "");
        }
        let report = checked.map_err(|error| error.to_string())?;
        // A closed pipe, as of `| head`, is no failure of ours.
        _ = stdout().write_all(told(&report, deep).as_bytes());
        Ok(ExitCode::from(u8::from(!report.differences.is_empty())))
    }

    pub(super) fn back_up(data_dir: &Path, target: &Path) -> Result<(), String> {
        copy_unused(data_dir, target).map_err(|error| error.to_string())?;
        let shown = target.display();
        let text =
            format!("copied to {shown}; to restore it, start hopline with --data-dir {shown}\n");
        _ = stdout().write_all(text.as_bytes());
        Ok(())
    }

    /// The table and what differs, for people.
    fn told(report: &Report, deep: bool) -> String {
        let mut text = format!(
            "{:16} {:>11} {:>12} {:>11} {:>12} {:>9} {:>9} {:>9}\n",
            "bucket (UTC)",
            if deep { "traces" } else { "of traces" },
            if deep { "spans" } else { "of spans" },
            "documents",
            "rare values",
            "entries",
            "spans MB",
            "index MB"
        );
        for bucket in &report.buckets {
            _ = writeln!(
                text,
                "{:16} {:>11} {:>12} {:>11} {:>12} {:>9} {:>9} {:>9}",
                minute(bucket.start_ms),
                bucket.traces,
                bucket.spans,
                bucket.documents,
                bucket.rare_pairs,
                bucket.entries,
                megabytes(bucket.row_bytes),
                megabytes(bucket.index_bytes)
            );
        }
        let groups = report.log_groups;
        _ = writeln!(
            text,
            "{} MB in all; {groups} commit groups in the log",
            megabytes(report.bytes)
        );
        for difference in &report.differences {
            let place = difference
                .bucket_start_ms
                .map_or_else(|| "the folder".to_owned(), minute);
            _ = writeln!(
                text,
                "\n{place}: {}\n  {}",
                difference.what, difference.remedy
            );
        }
        let count = report.differences.len();
        _ = match (count, deep) {
            (0, true) => writeln!(text, "no differences"),
            (0, false) => writeln!(
                text,
                "no differences in a sample of the spans; --deep reads everything"
            ),
            (1, _) => writeln!(text, "\n1 difference"),
            _ => writeln!(text, "\n{count} differences"),
        };
        text
    }

    fn megabytes(bytes: u64) -> String {
        format!("{:.1}", bytes as f64 / 1e6)
    }

    /// Year to minute in UTC (Howard Hinnant, "chrono-compatible low-level date algorithms").
    fn minute(ms: u64) -> String {
        let (minutes, days) = (ms / 60_000, ms / 86_400_000);
        let days = days + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 {
            shifted + 3
        } else {
            shifted - 9
        };
        let year = era * 400 + year_of_era + u64::from(month <= 2);
        let (hour, minute) = (minutes / 60 % 24, minutes % 60);
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}")
    }

    #[cfg(test)]
    mod tests {
        use super::minute;

        #[test]
        fn times_are_those_of_the_calendar() {
            // From `date -u -d @N`.
            for (seconds, shown) in [
                (0, "1970-01-01 00:00"),
                (951_782_399, "2000-02-28 23:59"),
                (951_868_799, "2000-02-29 23:59"),
                (951_868_800, "2000-03-01 00:00"),
                (1_735_689_599, "2024-12-31 23:59"),
                (4_107_542_400, "2100-03-01 00:00"),
            ] {
                assert_eq!(minute(seconds * 1_000), shown);
            }
        }
    }
}

#[cfg(not(feature = "local"))]
mod local {
    use std::path::Path;
    use std::process::ExitCode;

    pub(super) fn check(_: &Path, _: bool) -> Result<ExitCode, String> {
        Err(NOT_HERE.to_owned())
    }

    pub(super) fn back_up(_: &Path, _: &Path) -> Result<(), String> {
        Err(NOT_HERE.to_owned())
    }

    const NOT_HERE: &str = "this binary was built without the local store: it has no data folders";
}
