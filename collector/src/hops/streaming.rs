//! Calls that carry several messages in one direction, as the events of their spans tell.
use storage::semconv::names;
use storage::span::{Event, Span};

/// What a call carried, as one side of it saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Messages {
    pub sent: u32,
    pub received: u32,
}

impl Messages {
    /// `None` unless there are several in one direction: every call has a request and an answer.
    pub(super) fn of(span: &Span) -> Option<Self> {
        if span.events.len() < 2 {
            return None;
        }
        let mut messages = Self::default();
        for event in &span.events {
            match is_sent(event) {
                Some(true) => messages.sent += 1,
                Some(false) => messages.received += 1,
                None => {}
            }
        }
        (messages.sent.max(messages.received) > 1).then_some(messages)
    }
}

/// OpenTelemetry's events of RPC, and those of gRPC itself.
fn is_sent(event: &Event) -> Option<bool> {
    match event.name.as_str() {
        "message" | "rpc.message" => {
            let told = event
                .attributes
                .iter()
                .find(|attribute| names::MESSAGE_TYPE.contains(&&*attribute.key))?;
            match told.value.as_str()? {
                "SENT" => Some(true),
                "RECEIVED" => Some(false),
                _ => None,
            }
        }
        name if name.starts_with("Outbound message") => Some(true),
        name if name.starts_with("Inbound message") => Some(false),
        _ => None,
    }
}
