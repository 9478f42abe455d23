//! What repeats between neighbours: texts of a key, sources.
use crate::batch::{SpanBatch, SpanRow};
use crate::local::dictionary::{Dictionary, Slot};

/// The previous text of each key in the chunk. Few keys: a list is faster than a table.
#[derive(Default)]
pub(super) struct Previous<'a>(Vec<(Option<Slot>, &'a [u8])>);

impl<'a> Previous<'a> {
    pub(super) fn is(&self, slot: Option<Slot>, value: &[u8]) -> bool {
        self.0
            .iter()
            .any(|(known, previous)| *known == slot && *previous == value)
    }

    pub(super) fn set(&mut self, slot: Option<Slot>, value: &'a [u8]) {
        match self.0.iter_mut().find(|(known, _)| *known == slot) {
            Some((_, previous)) => *previous = value,
            None if slot.is_some() => self.0.push((slot, value)),
            None => {}
        }
    }
}

/// Numbers of sources, remembering the latest: neighbours mostly have the same.
#[derive(Default)]
pub(super) struct Sources<'a> {
    latest: Option<(*const SpanBatch, &'a SpanRow, Option<u32>)>,
    first: Option<Option<u32>>,
    is_mixed: bool,
}

impl<'a> Sources<'a> {
    /// The number of a span's source, and whether it is another than that of the span before.
    pub(super) fn number(
        &mut self,
        batch: &'a SpanBatch,
        row: &'a SpanRow,
        dictionary: &mut Dictionary,
    ) -> (Option<u32>, bool) {
        if let Some((known, latest, number)) = self.latest
            && std::ptr::eq(known, batch)
            && latest.source == row.source
        {
            return (number, false);
        }
        let number = dictionary.source(batch.bytes(batch.source(row.source).encoded));
        self.latest = Some((batch, row, number));
        self.is_mixed |= *self.first.get_or_insert(number) != number;
        (number, true)
    }

    /// The source that all spans have, if it has a number.
    pub(super) fn only(&self) -> Option<u32> {
        self.first.flatten().filter(|_| !self.is_mixed)
    }
}
