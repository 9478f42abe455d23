//! What is counted of the calls of one kind in one minute.
use crate::encoding::{self, Malformed, Reader};
use crate::id::TraceId;
use crate::rollup::dense::Dense;
use crate::rollup::scale::DURATION_MAX;
use crate::rollup::sketch::Sketch;

/// Counts, errors and durations; each a signed number that wraps, so that a contribution can be
/// taken away exactly. Durations are of those that say one: `sketch.count()` may be below `count`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    pub count: i64,
    pub errors: i64,
    /// The sum of the durations in nanoseconds, each at least 0 and at most a day.
    pub total: i64,
    pub sketch: Sketch,
    pub exemplars: Exemplars,
}

/// Traces to look at. Hints: one whose contribution was taken away may still be named, and each
/// field keeps its greatest, so that merging in any order and repetition leave the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exemplars {
    /// The slowest, with its duration in nanoseconds.
    pub slowest: Option<Exemplar>,
    /// The latest that failed, with its start in nanoseconds since the epoch.
    pub error: Option<Exemplar>,
    /// The latest, with its start in nanoseconds since the epoch.
    pub recent: Option<Exemplar>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exemplar {
    /// What the greatest is chosen by.
    pub measure: u64,
    pub trace: TraceId,
}

/// Whether a contribution is added or taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Plus,
    Minus,
}

/// One call or span to be counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub trace: TraceId,
    pub start: u64,
    pub duration: Option<i64>,
    pub error: bool,
}

impl Cell {
    pub(super) fn count(&mut self, sample: &Sample, sign: Sign) {
        let one = match sign {
            Sign::Plus => 1,
            Sign::Minus => -1,
        };
        self.count = self.count.wrapping_add(one);
        if sample.error {
            self.errors = self.errors.wrapping_add(one);
        }
        if let Some(duration) = sample.duration {
            let duration = duration.clamp(0, DURATION_MAX as i64);
            self.total = self.total.wrapping_add(duration * one);
            self.sketch.add(duration, one);
        }
        if sign == Sign::Plus {
            self.exemplars.see(sample);
        }
    }

    pub fn merge(&mut self, other: &Self) {
        self.count = self.count.wrapping_add(other.count);
        self.errors = self.errors.wrapping_add(other.errors);
        self.total = self.total.wrapping_add(other.total);
        self.sketch.merge(&other.sketch);
        self.exemplars.merge(&other.exemplars);
    }

    /// The sum of cells that were counted apart.
    pub(super) fn sum<'a>(cells: impl Iterator<Item = &'a Self>) -> Self {
        let mut sum = Self::default();
        let mut durations = Dense::default();
        for cell in cells {
            sum.count = sum.count.wrapping_add(cell.count);
            sum.errors = sum.errors.wrapping_add(cell.errors);
            sum.total = sum.total.wrapping_add(cell.total);
            sum.exemplars.merge(&cell.exemplars);
            durations.add(&cell.sketch);
        }
        sum.sketch = durations.take();
        sum
    }

    /// Nothing is counted; exemplars alone are no reason to keep a cell.
    pub const fn is_zero(&self) -> bool {
        self.count == 0 && self.errors == 0 && self.total == 0 && self.sketch.is_empty()
    }

    /// All but count and errors, which stand where they are read alone.
    pub(super) fn encode_details(&self, out: &mut Vec<u8>) {
        encoding::put_signed(out, self.total);
        self.exemplars.encode(out);
        self.sketch.encode(out);
    }

    /// Adds what is at rest, its durations to `durations` instead of the own sketch.
    pub(super) fn add_encoded(
        &mut self,
        count: i64,
        errors: i64,
        details: &[u8],
        durations: &mut Dense,
    ) -> Result<(), Malformed> {
        let mut reader = Reader::new(details);
        self.count = self.count.wrapping_add(count);
        self.errors = self.errors.wrapping_add(errors);
        self.total = self.total.wrapping_add(reader.signed()?);
        self.exemplars.merge(&Exemplars::decode(&mut reader)?);
        durations.add_encoded(&mut reader)
    }

    pub(super) fn decode(count: i64, errors: i64, details: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(details);
        let cell = Self {
            count,
            errors,
            total: reader.signed()?,
            exemplars: Exemplars::decode(&mut reader)?,
            sketch: Sketch::decode(&mut reader)?,
        };
        if reader.is_at_end() {
            Ok(cell)
        } else {
            Err(Malformed(reader.position()))
        }
    }
}

/// Bits of the byte that says which exemplars follow. Never given another meaning.
mod bit {
    pub(super) const SLOWEST: u8 = 1;
    pub(super) const ERROR: u8 = 2;
    pub(super) const RECENT: u8 = 4;
    /// Its trace is the slowest's: in quiet minutes one trace is all there is.
    pub(super) const ERROR_IS_SLOWEST: u8 = 8;
    pub(super) const RECENT_IS_SLOWEST: u8 = 16;
    pub(super) const ALL: u8 = 31;
}

impl Exemplars {
    fn see(&mut self, sample: &Sample) {
        let trace = sample.trace;
        let at = |measure: u64| Some(Exemplar { measure, trace });
        if let Some(duration) = sample.duration {
            self.slowest = self.slowest.max(at(u64::try_from(duration).unwrap_or(0)));
        }
        if sample.error {
            self.error = self.error.max(at(sample.start));
        }
        self.recent = self.recent.max(at(sample.start));
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.slowest = self.slowest.max(other.slowest);
        self.error = self.error.max(other.error);
        self.recent = self.recent.max(other.recent);
    }

    /// `[bits]([measure][trace id 16, unless a bit says that it is the slowest's])*`
    fn encode(&self, out: &mut Vec<u8>) {
        let slowest = self.slowest.map(|exemplar| exemplar.trace);
        let rows = [
            (self.slowest, bit::SLOWEST, 0),
            (self.error, bit::ERROR, bit::ERROR_IS_SLOWEST),
            (self.recent, bit::RECENT, bit::RECENT_IS_SLOWEST),
        ];
        let is_same = |exemplar: Exemplar, same: u8| same != 0 && Some(exemplar.trace) == slowest;
        let mut bits = 0;
        for (exemplar, present, same) in rows {
            if let Some(exemplar) = exemplar {
                bits |= present;
                bits |= if is_same(exemplar, same) { same } else { 0 };
            }
        }
        out.push(bits);
        for (exemplar, _, same) in rows {
            if let Some(exemplar) = exemplar {
                encoding::put_varint(out, exemplar.measure);
                if !is_same(exemplar, same) {
                    out.extend_from_slice(&exemplar.trace.value().to_be_bytes());
                }
            }
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let at = reader.position();
        let bits = reader.byte()?;
        if bits & !bit::ALL != 0 {
            return Err(Malformed(at));
        }
        let slowest = exemplar(reader, bits & bit::SLOWEST != 0, None)?;
        let same = |same: u8| -> Result<Option<TraceId>, Malformed> {
            if bits & same == 0 {
                return Ok(None);
            }
            let slowest = slowest.ok_or(Malformed(at))?;
            Ok(Some(slowest.trace))
        };
        let (error, recent) = (same(bit::ERROR_IS_SLOWEST)?, same(bit::RECENT_IS_SLOWEST)?);
        Ok(Self {
            slowest,
            error: exemplar(reader, bits & bit::ERROR != 0, error)?,
            recent: exemplar(reader, bits & bit::RECENT != 0, recent)?,
        })
    }
}

fn exemplar(
    reader: &mut Reader<'_>,
    is_present: bool,
    known: Option<TraceId>,
) -> Result<Option<Exemplar>, Malformed> {
    if !is_present {
        return Ok(None);
    }
    let measure = reader.varint()?;
    let at = reader.position();
    let trace = match known {
        Some(trace) => trace,
        None => TraceId::new(reader.fixed128()?).ok_or(Malformed(at))?,
    };
    Ok(Some(Exemplar { measure, trace }))
}
