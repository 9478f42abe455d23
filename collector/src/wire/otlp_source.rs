//! Who recorded the spans of an OTLP request: the resource and the scope that are being read.
//!
//! Either may be said behind its spans, and part of it often is: spans are read with a source that
//! is empty until their resource has ended.
use storage::batch::SourceIndex;
use storage::encoding::{ResourceDraft, ScopeDraft};

use super::otlp_span::{Intake, Place};
use super::trouble::Refusal;
use super::{Reason, SPAN_BYTES_MAX};

/// Who records the spans that are being read.
#[derive(Default)]
pub(super) struct SourceDraft {
    pub(super) resource: ResourceDraft,
    pub(super) scope: ScopeDraft,
    resource_bytes: Vec<u8>,
    /// Those scopes of the resource that have ended and have spans.
    scopes: Vec<EndedScope>,
    /// What they are, encoded, one behind the other.
    scope_bytes: Vec<u8>,
}

struct EndedScope {
    source: SourceIndex,
    /// Where its spans begin.
    place: Place,
    /// Where its bytes end.
    end: usize,
}

/// What the other part of a source takes at least.
const BARE_BYTES: usize = 5;

impl SourceDraft {
    pub(super) fn begin_resource(&mut self) {
        self.scopes.clear();
        self.scope_bytes.clear();
    }

    /// Ends a scope whose spans begin at `place` and have this source. If it is not `good`, they
    /// are refused.
    pub(super) fn end_scope(
        &mut self,
        intake: &mut Intake,
        place: Place,
        source: Option<SourceIndex>,
        good: Result<(), Refusal>,
    ) {
        // A scope without spans costs nothing.
        let Some(source) = source else { return };
        let start = self.scope_bytes.len();
        let good = good.and_then(|()| {
            self.scope.write(&mut self.scope_bytes);
            check(self.scope_bytes.len() - start)
        });
        if let Err(refusal) = good {
            self.scope_bytes.truncate(start);
            return intake.refuse_since(place, &refusal);
        }
        self.scopes.push(EndedScope {
            source,
            place,
            end: self.scope_bytes.len(),
        });
    }

    /// Ends the resource whose spans begin at `place`: now it is known who recorded them.
    pub(super) fn end_resource(
        &mut self,
        intake: &mut Intake,
        place: Place,
        good: Result<(), Refusal>,
    ) {
        if self.scopes.is_empty() {
            return;
        }
        self.resource_bytes.clear();
        let good = good.and_then(|()| {
            self.resource.write(&mut self.resource_bytes);
            check(self.resource_bytes.len())
        });
        if let Err(refusal) = good {
            return intake.refuse_since(place, &refusal);
        }
        // The bytes were written by a codec of this folder, so they can be read.
        let service = self.resource.text(b"service.name").ok().flatten();
        let service = intake.batch.add_text(service.unwrap_or_default());
        let mut start = 0;
        for scope in &self.scopes {
            // A request may pair one resource with thousands of scopes.
            if let Err(refusal) = intake.check_room() {
                return intake.refuse_since(scope.place, &refusal);
            }
            let encoded = intake.batch.add_encoded(|out| {
                out.extend_from_slice(&self.resource_bytes);
                out.extend_from_slice(&self.scope_bytes[start..scope.end]);
            });
            intake.batch.set_source(scope.source, service, encoded);
            start = scope.end;
        }
    }
}

/// Is an encoded resource or scope of bearable size?
fn check(bytes: usize) -> Result<(), Refusal> {
    if bytes + BARE_BYTES <= SPAN_BYTES_MAX / 2 {
        return Ok(());
    }
    Err(Refusal::new(
        Reason::TooLarge,
        "the resource or scope of the span is larger than 512 KiB",
    ))
}
