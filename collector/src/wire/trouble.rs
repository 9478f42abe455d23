//! Why reading stopped: the bytes are not what the format says, or one span cannot be kept.
use std::borrow::Cow;

use super::Reason;

/// The bytes are not of the expected shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    /// Position in the whole request.
    pub(super) offset: usize,
    pub(super) what: &'static str,
}

impl Malformed {
    /// As Zipkin says it: it tells bytes that end early from bytes that are wrong. `reading` is
    /// what it was doing.
    pub(super) fn zipkin_text(self, reading: &str) -> String {
        let Self { offset, what } = self;
        if what.starts_with("truncated") || what.starts_with("length beyond") {
            return format!("Truncated: {what} at byte {offset}{reading}");
        }
        format!("Malformed{reading}: {what} at byte {offset}")
    }
}

/// Why a span is not kept.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) reason: Reason,
    pub(super) text: Cow<'static, str>,
}

/// Why walking stopped.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The request cannot be read.
    Malformed(Malformed),
    /// The span cannot be kept.
    Refused(Refusal),
}

impl Refusal {
    pub(super) const fn new(reason: Reason, text: &'static str) -> Self {
        Self {
            reason,
            text: Cow::Borrowed(text),
        }
    }

    /// With a text that was made for it.
    pub(super) const fn told(reason: Reason, text: String) -> Self {
        Self {
            reason,
            text: Cow::Owned(text),
        }
    }

    pub(super) const fn too_deep() -> Self {
        Self::new(
            Reason::TooDeep,
            "an attribute is nested deeper than 32 levels",
        )
    }

    pub(super) const fn too_large() -> Self {
        Self::new(Reason::TooLarge, "the span is larger than 1 MiB")
    }
}

impl From<Malformed> for Trouble {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
