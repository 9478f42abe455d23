//! Durations of many sketches on their way to one: every bucket has its place, so that adding looks
//! for none. It takes 13 KB.
use crate::encoding::{Malformed, Reader};
use crate::rollup::scale::BUCKETS;
use crate::rollup::sketch::Sketch;

/// What was added since [`Self::take`].
#[derive(Clone, Debug)]
pub(super) struct Dense {
    zeros: i64,
    counts: Vec<i64>,
    /// The buckets that were touched are `first..end`.
    first: usize,
    end: usize,
}

impl Default for Dense {
    fn default() -> Self {
        Self {
            zeros: 0,
            counts: vec![0; BUCKETS],
            first: BUCKETS,
            end: 0,
        }
    }
}

impl Dense {
    pub(super) fn add(&mut self, sketch: &Sketch) {
        let zeros = sketch.visit(|index, count| self.count(index, count));
        self.zeros = self.zeros.wrapping_add(zeros);
    }

    /// Adds what [`Sketch::encode`] wrote.
    ///
    /// # Errors
    /// As [`Sketch::decode`]. What came before the fault is added by then.
    pub(super) fn add_encoded(&mut self, reader: &mut Reader<'_>) -> Result<(), Malformed> {
        let zeros = Sketch::visit_encoded(reader, |index, count, _| self.count(index, count))?;
        self.zeros = self.zeros.wrapping_add(zeros);
        Ok(())
    }

    fn count(&mut self, index: u16, count: i64) {
        let index = usize::from(index);
        self.counts[index] = self.counts[index].wrapping_add(count);
        self.first = index.min(self.first);
        self.end = (index + 1).max(self.end);
    }

    /// The sum; nothing is left here.
    pub(super) fn take(&mut self) -> Sketch {
        let zeros = std::mem::take(&mut self.zeros);
        let range = self.first.min(self.end)..self.end;
        let counts = &mut self.counts[range.clone()];
        let sketch = Sketch::of_counts(zeros, range.start, counts);
        counts.fill(0);
        (self.first, self.end) = (BUCKETS, 0);
        sketch
    }
}
