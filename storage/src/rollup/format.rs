//! The bytes of a period at rest.
//!
//! ```text
//! period    [version][length of edges](series)*[length of operations](series)*
//! series    [name][name][kind 1](name)[count][errors][length of details](details)
//! details   [total][exemplars][sketch]
//! ```
//!
//! The third name is that of the operation which an edge leads to, only in version 2; in version 1
//! none is told. Series are in the order of their names' numbers and kind. Counts are read without
//! details, and edges without operations: that is all that Zipkin's dependencies need.
use crate::dependency::NameId;
use crate::encoding::{self, Malformed, Reader};
use crate::rollup::cell::Cell;
use crate::rollup::dense::Dense;
use crate::rollup::period::Period;
use crate::rollup::series::{Key, Series};

/// What is written where no edge tells its operation: as every edge before operations were told.
const PAIRS: u8 = 1;
/// Each edge tells its operation.
const EDGE_OPERATIONS: u8 = 2;

/// A series as it lies in the bytes.
pub(super) struct Row<'a> {
    pub series: Series,
    pub count: i64,
    pub errors: i64,
    details: &'a [u8],
}

impl Row<'_> {
    pub(super) fn cell(&self) -> Result<Cell, Malformed> {
        Cell::decode(self.count, self.errors, self.details)
    }

    /// Adds it to a cell whose durations are in `durations`.
    pub(super) fn add_to(&self, cell: &mut Cell, durations: &mut Dense) -> Result<(), Malformed> {
        cell.add_encoded(self.count, self.errors, self.details, durations)
    }
}

impl Period {
    pub fn encode(&self) -> Vec<u8> {
        encode(self.iter().collect())
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// When the bytes cannot have been written by it.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut period = Self::default();
        period.merge_encoded(bytes, Some)?;
        Ok(period)
    }

    /// Adds the series of an encoded period, each under the one that `under` says; the details of
    /// those for which it says none are not even read.
    ///
    /// # Errors
    /// When the bytes cannot have been written by [`Self::encode`]. What came before the fault is
    /// added by then.
    pub fn merge_encoded(
        &mut self,
        bytes: &[u8],
        mut under: impl FnMut(Series) -> Option<Series>,
    ) -> Result<(), Malformed> {
        visit(bytes, |row| {
            if let Some(series) = under(row.series) {
                self.cell(series).merge(&row.cell()?);
            }
            Ok(())
        })
    }
}

/// The bytes of a period with these series, each of them once.
pub(super) fn encode(mut rows: Vec<(&Series, &Cell)>) -> Vec<u8> {
    rows.sort_unstable_by_key(|(series, _)| (!series.is_edge(), series.key()));
    let edges = rows.partition_point(|(series, _)| series.is_edge());
    let has_operations = rows.iter().any(|(series, _)| series.has_edge_operation());
    let mut out = vec![if has_operations {
        EDGE_OPERATIONS
    } else {
        PAIRS
    }];
    let (mut section, mut details) = (Vec::new(), Vec::new());
    for (rows, has_third) in [(&rows[..edges], has_operations), (&rows[edges..], false)] {
        section.clear();
        for (series, cell) in rows {
            put_row(&mut section, series, cell, has_third, &mut details);
        }
        encoding::put_bytes(&mut out, &section);
    }
    out
}

/// Calls `visit` with each series of an encoded period, edges first.
pub(super) fn visit<'a>(
    bytes: &'a [u8],
    mut visit: impl FnMut(Row<'a>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    let sections = Sections::of(bytes)?;
    read_rows(sections.edges, Series::edge, sections.third(), &mut visit)?;
    read_rows(sections.operations, Series::operation, Third::Zero, visit)
}

/// Calls `visit` with each edge of an encoded period.
pub(super) fn visit_edges(bytes: &[u8], mut visit: impl FnMut(&Row<'_>)) -> Result<(), Malformed> {
    let sections = Sections::of(bytes)?;
    read_rows(sections.edges, Series::edge, sections.third(), |row| {
        visit(&row);
        Ok(())
    })
}

struct Sections<'a> {
    version: u8,
    edges: &'a [u8],
    operations: &'a [u8],
}

/// Where the third number of a key comes from.
#[derive(Clone, Copy)]
enum Third {
    Zero,
    /// Nobody told the operation.
    Other,
    Read,
}

impl<'a> Sections<'a> {
    fn of(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let version = reader.byte()?;
        if !matches!(version, PAIRS | EDGE_OPERATIONS) {
            return Err(Malformed(0));
        }
        let sections = Self {
            version,
            edges: reader.bytes()?,
            operations: reader.bytes()?,
        };
        if reader.is_at_end() {
            Ok(sections)
        } else {
            Err(Malformed(reader.position()))
        }
    }

    const fn third(&self) -> Third {
        match self.version {
            PAIRS => Third::Other,
            _ => Third::Read,
        }
    }
}

fn put_row(
    out: &mut Vec<u8>,
    series: &Series,
    cell: &Cell,
    has_third: bool,
    details: &mut Vec<u8>,
) {
    let (first, second, kind, third) = series.key();
    encoding::put_varint(out, first.into());
    encoding::put_varint(out, second.into());
    out.push(kind);
    if has_third {
        encoding::put_varint(out, third.into());
    }
    encoding::put_signed(out, cell.count);
    encoding::put_signed(out, cell.errors);
    details.clear();
    cell.encode_details(details);
    encoding::put_bytes(out, details);
}

fn read_rows<'a>(
    section: &'a [u8],
    series: fn(Key) -> Option<Series>,
    third: Third,
    mut visit: impl FnMut(Row<'a>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    let mut reader = Reader::new(section);
    let mut previous = None;
    while !reader.is_at_end() {
        let at = reader.position();
        let (first, second, kind) = (reader.varint32()?, reader.varint32()?, reader.byte()?);
        let third = match third {
            Third::Zero => 0,
            Third::Other => NameId::OTHER.value(),
            Third::Read => reader.varint32()?,
        };
        let key = (first, second, kind, third);
        if previous.replace(key) >= Some(key) {
            return Err(Malformed(at));
        }
        visit(Row {
            series: series(key).ok_or(Malformed(at))?,
            count: reader.signed()?,
            errors: reader.signed()?,
            details: reader.bytes()?,
        })?;
    }
    Ok(())
}
