//! The fixed parts of a chunk's spans: class, source, times and ids, column by column.
use crate::batch::SharedSource;
use crate::encoding::{Malformed, Reader};
use crate::id::SpanId;
use crate::local::dictionary::Tables;
use crate::local::record::calls::Brief;
use crate::local::record::chunk::*;
use crate::local::record::shape::{ShapeView, read_shape, shape_bit};

/// The columns of fixed parts.
pub(super) struct Head<'a> {
    pub(super) rows: Vec<Row<'a>>,
}

/// What the columns say of one span.
pub(super) struct Row<'a> {
    pub(super) class: Known<'a>,
    pub(super) source: Option<u32>,
    /// A source that the dictionary had no room for.
    pub(super) source_in_full: Option<SharedSource>,
    pub(super) start: Option<u64>,
    pub(super) duration: Option<i64>,
    pub(super) span_id: SpanId,
    pub(super) parent_id: Option<SpanId>,
}

/// How a span is described.
pub(super) enum Known<'a> {
    Class(u32, u8),
    InFull(ShapeView<'a>),
}

impl Row<'_> {
    pub(super) const fn has(&self, bit: u8) -> bool {
        let bits = match &self.class {
            Known::Class(_, bits) => *bits,
            Known::InFull(shape) => shape.bits,
        };
        bits & bit != 0
    }
}

impl<'a> Head<'a> {
    pub(super) fn briefs(&self) -> impl Iterator<Item = Brief> {
        self.rows.iter().map(|row| Brief {
            class: match row.class {
                Known::Class(id, _) => Some(id),
                Known::InFull(_) => None,
            },
            source: row.source,
            span_id: row.span_id,
            parent_id: row.parent_id,
            start: row.start,
            duration: row.duration,
        })
    }

    pub(super) fn read(
        reader: &mut Reader<'a>,
        tables: &Tables,
        epoch: u64,
    ) -> Result<Self, Malformed> {
        let count = reader.length()?;
        let flags = reader.byte()?;
        let unit = if flags & FLAG_MICROS == 0 { 1 } else { 1_000 };
        let base = (epoch / unit).wrapping_add(reader.signed()? as u64);
        let one_source = if flags & FLAG_ONE_SOURCE == 0 {
            None
        } else {
            Some(number(reader.varint()?)?.ok_or(Malformed(0))?)
        };
        let mut rows = Vec::with_capacity(count);
        let nobody = SpanId::new(1).ok_or(Malformed(0))?;
        for _ in 0..count {
            let class = match number(reader.varint()?)? {
                Some(id) => Known::Class(id, tables.class(id)?.1.bits()),
                None => Known::InFull(read_shape(reader.bytes()?)?),
            };
            rows.push(Row {
                class,
                source: one_source,
                source_in_full: None,
                start: None,
                duration: None,
                span_id: nobody,
                parent_id: None,
            });
        }
        if one_source.is_none() {
            for row in &mut rows {
                row.source = number(reader.varint()?)?;
                if row.source.is_none() {
                    row.source_in_full = Some(Reader::new(reader.bytes()?).source()?.into());
                }
            }
        }
        for row in rows.iter_mut().filter(|row| row.has(shape_bit::START)) {
            let start = base.wrapping_add(reader.varint()?);
            row.start = Some(start.wrapping_mul(unit));
        }
        for row in rows.iter_mut().filter(|row| row.has(shape_bit::DURATION)) {
            row.duration = Some(reader.signed()?.wrapping_mul(unit as i64));
        }
        for row in &mut rows {
            row.span_id = SpanId::new(reader.fixed64()?).ok_or(Malformed(0))?;
        }
        for position in 0..rows.len() {
            rows[position].parent_id = match reader.varint()? {
                parent::NONE => None,
                parent::ID => Some(SpanId::new(reader.fixed64()?).ok_or(Malformed(0))?),
                other => {
                    let place =
                        usize::try_from(other - parent::POSITION_BASE).map_err(|_| Malformed(0))?;
                    Some(rows.get(place).ok_or(Malformed(0))?.span_id)
                }
            };
        }
        Ok(Self { rows })
    }
}

/// A number that is one more than it means; nothing for what stands in full.
pub(super) fn number(written: u64) -> Result<Option<u32>, Malformed> {
    match written {
        IN_FULL => Ok(None),
        number => u32::try_from(number - 1)
            .map(Some)
            .map_err(|_| Malformed(0)),
    }
}
