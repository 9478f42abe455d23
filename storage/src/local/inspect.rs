//! What the index of a bucket holds, read whole: for whoever compares it with the rows.

use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet as _, TERMINATED};

use crate::id::TraceId;
use crate::local::index::{Index, IndexError, guarded};
use crate::local::tail::Times;

/// One document.
pub(super) struct Document {
    pub(super) id: TraceId,
    pub(super) times: Times,
    /// Sorted; empty unless wanted.
    pub(super) codes: Vec<u64>,
}

/// Every document of the index; with codes where `wanted` says so. A document without a trace id
/// is an error.
pub(super) fn documents(
    index: &Index,
    wanted: impl Fn(TraceId) -> bool,
) -> Result<Vec<Document>, IndexError> {
    guarded(|| {
        let (searcher, fields) = index.searcher();
        let schema = searcher.schema();
        let mut documents = Vec::new();
        for segment in searcher.segment_readers() {
            let first = documents.len();
            let fast = segment.fast_fields();
            let column = |field| fast.u64(schema.get_field_name(field));
            let (lows, highs) = (column(fields.id_low)?, column(fields.id_high)?);
            let (firsts, lasts, longests) = (
                column(fields.first)?,
                column(fields.last)?,
                column(fields.longest)?,
            );
            for document in 0..segment.max_doc() {
                let id = (highs.first(document))
                    .zip(lows.first(document))
                    .and_then(|(high, low)| TraceId::from_halves(high, low))
                    .ok_or_else(|| {
                        IndexError::InternalError(format!("document {document} has no trace"))
                    })?;
                documents.push(Document {
                    id,
                    times: Times {
                        first: firsts.first(document).unwrap_or(u64::MAX),
                        last: lasts.first(document).unwrap_or(0),
                        longest: longests.first(document).unwrap_or(0),
                    },
                    codes: Vec::new(),
                });
            }
            let inverted = segment.inverted_index(fields.code)?;
            let mut terms = inverted.terms().stream()?;
            while let Some((key, info)) = terms.next() {
                let Ok(key) = key.try_into() else {
                    return Err(IndexError::InternalError("a code is no number".to_owned()));
                };
                let code = u64::from_be_bytes(key);
                let mut postings =
                    inverted.read_postings_from_terminfo(info, IndexRecordOption::Basic)?;
                let mut position = postings.doc();
                while position != TERMINATED {
                    if let Some(document) = documents.get_mut(first + position as usize)
                        && wanted(document.id)
                    {
                        document.codes.push(code);
                    }
                    position = postings.advance();
                }
            }
        }
        documents
            .iter_mut()
            .for_each(|document: &mut Document| document.codes.sort_unstable());
        documents.sort_unstable_by_key(|document| document.id);
        Ok(documents)
    })
}
