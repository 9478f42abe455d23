//! A list of spans in Zipkin's JSON, of either version: a bad span costs only itself.
use bytes::Bytes;
use storage::batch::Text;

use super::json::{Piece, Reader};
use super::json_fault::{Fault, Read};
use super::trouble::Refusal;
use super::zipkin_intake::Intake;
use super::{Decoded, Reason, SPAN_BYTES_MAX, Undecodable, check_length};

const READING: &str = " reading List<Span> from json";

/// Reads a list; `read_fields` reads what is between the braces of a span and adds the span.
/// Nothing behind the list is looked at.
pub(super) fn decode<'a>(
    body: &'a Bytes,
    mut read_fields: impl FnMut(&mut Intake<'a>, &mut Reader<'a>) -> Read<()>,
) -> Result<Decoded, Undecodable> {
    check_length(body)?;
    let mut reader = Reader::new(body);
    let mut intake = Intake::new(body.clone());
    if !body.is_empty() {
        read_list(&mut intake, &mut reader, &mut read_fields)
            .map_err(|fault| Undecodable(fault_text(*fault)))?;
    }
    intake.texts_repaired = reader.texts_repaired;
    Ok(intake.into_decoded())
}

fn read_list<'a>(
    intake: &mut Intake<'a>,
    reader: &mut Reader<'a>,
    read_fields: &mut impl FnMut(&mut Intake<'a>, &mut Reader<'a>) -> Read<()>,
) -> Read<()> {
    reader.begin_array()?;
    while reader.next_or_end()? {
        let mark = reader.mark()?;
        let Err(fault) = read_span(intake, reader, read_fields) else {
            continue;
        };
        let Fault::Unexpected(reason, _) = *fault else {
            return Err(fault);
        };
        intake.refuse(reason, || fault_text(*fault));
        reader.explains = false;
        reader.leave(&mark)?;
    }
    Ok(())
}

fn read_span<'a>(
    intake: &mut Intake<'a>,
    reader: &mut Reader<'a>,
    read_fields: &mut impl FnMut(&mut Intake<'a>, &mut Reader<'a>) -> Read<()>,
) -> Read<()> {
    reader.begin_object()?;
    intake
        .begin_span()
        .map_err(|refusal| refused(reader, refusal))?;
    read_fields(intake, reader)
}

/// Fails if the span whose brace is at `start` and which ends here is too large.
#[inline]
pub(super) fn check_size(reader: &Reader<'_>, start: usize) -> Read<()> {
    if reader.position() - start <= SPAN_BYTES_MAX {
        return Ok(());
    }
    Err(reader.unexpected(Reason::TooLarge, |reader| {
        let path = reader.path();
        format!("span larger than {SPAN_BYTES_MAX} bytes at {path}")
    }))
}

/// A text as a range of the body, or copied if it had escapes.
#[inline]
pub(super) fn keep(intake: &mut Intake<'_>, reader: &Reader<'_>, piece: Piece) -> Text {
    match piece {
        Piece::Input { start, length } => intake.batch.body_text(start, length),
        Piece::Value | Piece::Name => intake.batch.add_text(reader.bytes(piece)),
    }
}

pub(super) fn refused(reader: &Reader<'_>, refusal: Refusal) -> Box<Fault> {
    reader.unexpected(refusal.reason, |reader| {
        format!("{} at {}", refusal.text, reader.path())
    })
}

fn fault_text(fault: Fault) -> String {
    match fault {
        Fault::Malformed(text) => format!("Malformed{READING}: {text}"),
        // Zipkin says no more than "Malformed" when a list or an object is missing.
        Fault::Unexpected(_, text) if text.starts_with("Expected BEGIN_") => {
            format!("Malformed{READING}: {text}")
        }
        Fault::Exhausted(text) | Fault::Unexpected(_, text) => format!("{text}{READING}"),
    }
}
