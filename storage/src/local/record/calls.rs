//! Reading of chunks only what calls need: no attributes, no text.
use crate::encoding::{Malformed, Reader};
use crate::id::SpanId;
use crate::local::dictionary::Tables;
use crate::local::record::head::Head;

/// A span as its fixed columns show it.
#[derive(Clone, Copy, Debug)]
pub(in crate::local) struct Brief {
    /// `None` when the dictionary had no room for it.
    pub(in crate::local) class: Option<u32>,
    pub(in crate::local) source: Option<u32>,
    pub(in crate::local) span_id: SpanId,
    pub(in crate::local) parent_id: Option<SpanId>,
    /// Nanoseconds since the epoch, and nanoseconds.
    pub(in crate::local) start: Option<u64>,
    pub(in crate::local) duration: Option<i64>,
}

/// Calls `visit` with each span of a chunk. `epoch` is what the writer had.
///
/// # Errors
/// As [`super::read_chunk`].
pub(in crate::local) fn read_briefs(
    tables: &Tables,
    epoch: u64,
    chunk: &[u8],
    visit: impl FnMut(Brief),
) -> Result<(), Malformed> {
    let head = Head::read(&mut Reader::new(chunk), tables, epoch)?;
    head.briefs().for_each(visit);
    Ok(())
}
