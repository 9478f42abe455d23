//! What time it is. The only place of the house that asks the machine for its wall clock.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// A wall clock: the machine's, or one that a test holds in its hand.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    #[default]
    System,
    /// Milliseconds since the epoch; stands still until somebody moves it.
    Manual(Arc<AtomicU64>),
}

impl Clock {
    /// Milliseconds since the epoch.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that may ask"
    )]
    pub fn now_ms(&self) -> u64 {
        match self {
            Self::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| {
                    since.as_millis().min(u128::from(u64::MAX)) as u64
                }),
            Self::Manual(now) => now.load(Ordering::SeqCst),
        }
    }
}
