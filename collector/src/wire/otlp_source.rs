//! Who recorded the spans of an OTLP request: the resource and the scope that are being read.
use storage::encoding::{ResourceDraft, ScopeDraft};

use super::trouble::Refusal;
use super::{Reason, SPAN_BYTES_MAX};

/// Who records the spans that are being read.
#[derive(Default)]
pub(super) struct SourceDraft {
    pub(super) resource: ResourceDraft,
    pub(super) scope: ScopeDraft,
    resource_bytes: Vec<u8>,
    scope_bytes: Vec<u8>,
}

/// What the other part of a source takes at least.
const BARE_BYTES: usize = 5;

impl SourceDraft {
    /// Encodes the resource. Is it of bearable size? Checked once for each, since a request may
    /// pair one resource with thousands of scopes.
    pub(super) fn finish_resource(&mut self) -> Result<(), Refusal> {
        self.resource_bytes.clear();
        self.resource.write(&mut self.resource_bytes);
        Self::check(&self.resource_bytes)
    }

    /// As [`Self::finish_resource`].
    pub(super) fn finish_scope(&mut self) -> Result<(), Refusal> {
        self.scope_bytes.clear();
        self.scope.write(&mut self.scope_bytes);
        Self::check(&self.scope_bytes)
    }

    /// Both parts, finished before, as they are kept.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.resource_bytes);
        out.extend_from_slice(&self.scope_bytes);
    }

    fn check(encoded: &[u8]) -> Result<(), Refusal> {
        if encoded.len() + BARE_BYTES <= SPAN_BYTES_MAX / 2 {
            return Ok(());
        }
        Err(Refusal::new(
            Reason::TooLarge,
            "the resource or scope of the span is larger than 512 KiB",
        ))
    }
}
