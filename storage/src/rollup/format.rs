//! The bytes of a period at rest.
//!
//! ```text
//! period    [version][length of edges](series)*[length of operations](series)*
//! series    [name][name][kind 1][count][errors][length of details](details)
//! details   [total][exemplars][sketch]
//! ```
//!
//! Series are in the order of their names' numbers and kind. Counts are read without details, and
//! edges without operations: that is all that Zipkin's dependencies need.
use crate::encoding::{self, Malformed, Reader};
use crate::rollup::cell::Cell;
use crate::rollup::period::Period;
use crate::rollup::series::{Key, Series};

/// The format that this release writes.
const VERSION: u8 = 1;

/// A series as it lies in the bytes.
pub(super) struct Row<'a> {
    pub series: Series,
    pub count: i64,
    pub errors: i64,
    details: &'a [u8],
}

impl Period {
    pub fn encode(&self) -> Vec<u8> {
        let mut rows: Vec<(&Series, &Cell)> = self.iter().collect();
        rows.sort_unstable_by_key(|(series, _)| (!series.is_edge(), series.key()));
        let edges = rows.partition_point(|(series, _)| series.is_edge());
        let mut out = vec![VERSION];
        let (mut section, mut details) = (Vec::new(), Vec::new());
        for rows in [&rows[..edges], &rows[edges..]] {
            section.clear();
            for (series, cell) in rows {
                put_row(&mut section, series, cell, &mut details);
            }
            encoding::put_bytes(&mut out, &section);
        }
        out
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// When the bytes cannot have been written by it.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut period = Self::default();
        period.merge_encoded(bytes, |_| true)?;
        Ok(period)
    }

    /// Adds those series of an encoded period that are wanted; the details of others are not even
    /// read.
    ///
    /// # Errors
    /// When the bytes cannot have been written by [`Self::encode`]. What came before the fault is
    /// added by then.
    pub fn merge_encoded(
        &mut self,
        bytes: &[u8],
        mut wanted: impl FnMut(&Series) -> bool,
    ) -> Result<(), Malformed> {
        let (edges, operations) = sections(bytes)?;
        let mut add = |row: Row<'_>| {
            if wanted(&row.series) {
                let cell = Cell::decode(row.count, row.errors, row.details)?;
                self.cell(row.series).merge(&cell);
            }
            Ok(())
        };
        read_rows(edges, Series::edge, &mut add)?;
        read_rows(operations, Series::operation, &mut add)
    }
}

/// Calls `visit` with each edge of an encoded period.
pub(super) fn visit_edges(bytes: &[u8], mut visit: impl FnMut(&Row<'_>)) -> Result<(), Malformed> {
    let (edges, _) = sections(bytes)?;
    read_rows(edges, Series::edge, |row| {
        visit(&row);
        Ok(())
    })
}

fn sections(bytes: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let mut reader = Reader::new(bytes);
    if reader.byte()? != VERSION {
        return Err(Malformed(0));
    }
    let sections = (reader.bytes()?, reader.bytes()?);
    if reader.is_at_end() {
        Ok(sections)
    } else {
        Err(Malformed(reader.position()))
    }
}

fn put_row(out: &mut Vec<u8>, series: &Series, cell: &Cell, details: &mut Vec<u8>) {
    let (first, second, kind) = series.key();
    encoding::put_varint(out, first.into());
    encoding::put_varint(out, second.into());
    out.push(kind);
    encoding::put_signed(out, cell.count);
    encoding::put_signed(out, cell.errors);
    details.clear();
    cell.encode_details(details);
    encoding::put_bytes(out, details);
}

fn read_rows<'a>(
    section: &'a [u8],
    series: fn(Key) -> Option<Series>,
    mut visit: impl FnMut(Row<'a>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    let mut reader = Reader::new(section);
    let mut previous = None;
    while !reader.is_at_end() {
        let at = reader.position();
        let key = (reader.varint32()?, reader.varint32()?, reader.byte()?);
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
