//! What must hold for any text that is looked up: it is read in bounded time and to a bounded list of
//! readings, each of them a part of what can be asked; and nothing of it panics.
use std::time::{Duration, Instant};

use collector::query::pasted::{self, Asks, IDS_MAX, TEXT_BYTES_MAX, VALUES_MAX};

/// Far more than a text of the largest size takes, counters for coverage included.
const TIME_MAX: Duration = Duration::from_secs(2);

/// Reads one text.
///
/// # Panics
/// When something does not hold: that is what the fuzzer looks for.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(TEXT_BYTES_MAX / 3)]);
    let keys = ["x-request-id".to_owned(), "Größe".to_owned()];
    let began = Instant::now();
    let found = pasted::read(&text, &keys);
    assert!(began.elapsed() < TIME_MAX, "it took {:?}", began.elapsed());
    let values = found.readings.iter().filter(|reading| reading.asks == Asks::Value);
    let values = values.count();
    assert!(values <= VALUES_MAX);
    assert!(found.readings.len() - values <= IDS_MAX);
    for reading in &found.readings {
        assert!(reading.piece.len() <= TEXT_BYTES_MAX, "{reading:?}");
        assert!(!matches!(reading.asks, Asks::LowHalf(0, _)), "{reading:?}");
    }
    // What was found alone is found again.
    if let Some(id) = pasted::trace_id(&text) {
        let told = id.to_string();
        assert_eq!(pasted::trace_id(&told), Some(id));
        let again = pasted::read(&told, &keys);
        assert!(
            again.readings.iter().any(|reading| matches!(reading.asks, Asks::Trace(again, _) if again == id)),
            "{again:?}"
        );
    }
}
