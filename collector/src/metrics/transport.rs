//! What Zipkin counts for each way in, under its own names.
use std::sync::atomic::{AtomicU64, Ordering};

/// What Zipkin counts for each way in.
#[derive(Default)]
pub struct Transport {
    pub messages: AtomicU64,
    pub messages_dropped: AtomicU64,
    pub bytes: AtomicU64,
    pub spans: AtomicU64,
    pub spans_dropped: AtomicU64,
    pub message_bytes: AtomicU64,
    pub message_spans: AtomicU64,
}

impl Transport {
    /// Kind, name and value of each number.
    pub(super) fn values(&self) -> [(&'static str, &'static str, u64); 7] {
        [
            ("counter", "messages", &self.messages),
            ("counter", "messages_dropped", &self.messages_dropped),
            ("counter", "bytes", &self.bytes),
            ("counter", "spans", &self.spans),
            ("counter", "spans_dropped", &self.spans_dropped),
            ("gauge", "message_spans", &self.message_spans),
            ("gauge", "message_bytes", &self.message_bytes),
        ]
        .map(|(kind, name, value)| (kind, name, value.load(Ordering::Relaxed)))
    }
}
