//! Jaeger's JSON on its way in: what its UI downloads and its query API answers, `{"data": [trace …]}`,
//! a list of such traces or one of them alone. A span names its process, which is told behind the spans;
//! what OpenTelemetry's exporters had to write as tags becomes what it was.
use std::collections::HashMap;

use bytes::Bytes;
use storage::batch::{SourceIndex, Text};
use storage::draft::{self, List};
use storage::encoding::{ResourceDraft, ScopeDraft, put_bytes};

use super::jaeger_span::SpanDraft;
use super::jaeger_tag::{id, put_tags};
use super::json::{Piece, Reader, Token};
use super::json_fault::Read;
use super::otlp_json_shape::{elements, fields, object, refusal};
use super::otlp_json_walk::undecodable;
use super::otlp_span::{Id, Intake};
use super::trouble::Refusal;
use super::{Decoded, Reason, SPAN_BYTES_MAX, SPANS_MAX, Undecodable, check_length};

/// Reads the traces of a document.
///
/// # Errors
/// When the body is not JSON, or a trace is not where it should be.
pub fn decode(body: Bytes) -> Result<Decoded, Undecodable> {
    check_length(&body)?;
    let mut reader = Reader::new(&body);
    let mut traces = Traces::new(body.clone());
    match traces.document(&mut reader) {
        Ok(()) => {
            let mut decoded = traces.intake.into_decoded();
            decoded.texts_repaired = reader.texts_repaired;
            Ok(decoded)
        }
        Err(fault) => Err(undecodable(*fault)),
    }
}

/// A document while its traces are read.
pub(super) struct Traces {
    pub(super) intake: Intake,
    /// What Jaeger says of the current span and OTLP says otherwise.
    pub(super) span: SpanDraft,
    /// Attributes of an event or a link while they are gathered.
    pub(super) attributes: Vec<u8>,
    /// What the trace says of itself; its spans say it too.
    pub(super) trace_id: Id<u128>,
    /// Who recorded spans of the current trace.
    sources: HashMap<Recorder, SourceIndex>,
    /// The processes of the current trace, by the names that its spans have for them.
    processes: HashMap<Vec<u8>, Process>,
}

/// A process, and which of its libraries.
#[derive(PartialEq, Eq, Hash)]
struct Recorder {
    process: Vec<u8>,
    scope_name: Vec<u8>,
    scope_version: Vec<u8>,
}

#[derive(Default)]
struct Process {
    service: Vec<u8>,
    /// Encoded: the source up to its scope.
    resource: Vec<u8>,
}

impl Traces {
    fn new(body: Bytes) -> Self {
        Self {
            intake: Intake::new(body, "span"),
            span: SpanDraft::default(),
            attributes: Vec::new(),
            trace_id: Id::Absent,
            sources: HashMap::new(),
            processes: HashMap::new(),
        }
    }

    fn document(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        if reader.peek()? == Token::BeginArray {
            elements(reader, |reader| self.trace(reader))?;
        } else {
            self.trace(reader)?;
        }
        match reader.peek()? {
            Token::EndDocument => Ok(()),
            _ => Err(reader.malformed("expected the end")),
        }
    }

    /// A trace, or the answer that holds some.
    fn trace(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        self.trace_id = Id::Absent;
        self.sources.clear();
        self.processes.clear();
        object(reader, |reader, name| {
            match reader.bytes(name) {
                b"traceID" => self.trace_id = id(reader, 32)?,
                b"spans" => elements(reader, |reader| self.listed_span(reader))?,
                b"processes" => self.read_processes(reader)?,
                b"data" if reader.depth() == 1 => self.answer(reader)?,
                _ => reader.skip_value()?,
            }
            Ok(())
        })?;
        self.end_trace()
    }

    /// The traces of an answer.
    fn answer(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        // What stands around them may look like a trace of its own.
        self.end_trace()?;
        if reader.peek()? == Token::BeginArray {
            elements(reader, |reader| self.trace(reader))
        } else {
            self.trace(reader)
        }
    }

    /// A bad one costs only itself.
    fn listed_span(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        reader.explains = self.intake.explains();
        let mark = reader.mark()?;
        self.intake.texts_repaired = reader.texts_repaired;
        let Err(fault) = self.read_span(reader) else {
            return Ok(());
        };
        self.intake.refuse(refusal(fault)?);
        reader.leave(&mark)
    }

    fn read_processes(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        object(reader, |reader, name| {
            let name = reader.bytes(name).to_vec();
            if self.processes.len() >= SPANS_MAX {
                let text = "a trace has more than 100,000 processes";
                return Err(Refusal::new(Reason::TooLarge, text).into());
            }
            let process = read_process(reader)?;
            self.processes.insert(name, process);
            Ok(())
        })
    }

    /// The source of the current span; who it is is known when its trace has ended.
    pub(super) fn source(&mut self) -> SourceIndex {
        let recorder = Recorder {
            process: std::mem::take(&mut self.span.process),
            scope_name: std::mem::take(&mut self.span.scope_name),
            scope_version: std::mem::take(&mut self.span.scope_version),
        };
        let intake = &mut self.intake;
        *(self.sources.entry(recorder)).or_insert_with(|| intake.add_source())
    }

    fn end_trace(&mut self) -> Read<()> {
        let mut unknown = Process::default();
        ResourceDraft::default().write(&mut unknown.resource);
        for (recorder, index) in self.sources.drain() {
            self.intake.check_room()?;
            let process = self.processes.get(&recorder.process).unwrap_or(&unknown);
            let scope = ScopeDraft {
                name: recorder.scope_name,
                version: recorder.scope_version,
                ..ScopeDraft::default()
            };
            let batch = &mut self.intake.batch;
            let service = batch.add_text(&process.service);
            let encoded = batch.add_encoded(|out| {
                out.extend_from_slice(&process.resource);
                scope.write(out);
            });
            batch.set_source(index, service, encoded);
        }
        Ok(())
    }

    /// A text as a range of the body, or copied if it had escapes.
    pub(super) fn keep(&mut self, reader: &Reader<'_>, piece: Piece) -> Text {
        match piece {
            Piece::Input { start, length } => self.intake.batch.body_text(start, length),
            Piece::Value | Piece::Name => self.intake.batch.add_text(reader.bytes(piece)),
        }
    }
}

fn read_process(reader: &mut Reader<'_>) -> Read<Process> {
    let mut service = Vec::new();
    let mut tags = Vec::new();
    let mut list = List::attributes(&mut tags);
    let mut cut = 0;
    fields(reader, |reader, name| {
        match reader.bytes(name) {
            b"serviceName" => {
                let piece = reader.string()?;
                service = reader.bytes(piece).to_vec();
            }
            b"tags" => cut = put_tags(reader, &mut list, &mut tags)?,
            _ => reader.skip_value()?,
        }
        Ok(())
    })?;
    if NAMELESS.contains(&service.as_slice()) {
        service.clear();
    }
    let mut resource = ResourceDraft {
        dropped_attributes: cut,
        ..ResourceDraft::default()
    };
    if !service.is_empty() {
        put_bytes(&mut tags, b"service.name");
        draft::put_string(&mut tags, &service);
        list.count_one();
    }
    list.finish(&mut tags);
    resource.attributes = tags;
    let mut encoded = Vec::new();
    resource.write(&mut encoded);
    if encoded.len() > SPAN_BYTES_MAX / 2 {
        let text = "a process is larger than 512 KiB";
        return Err(Refusal::new(Reason::TooLarge, text).into());
    }
    Ok(Process {
        service,
        resource: encoded,
    })
}

/// What OpenTelemetry's translator and Jaeger write for a service without a name.
const NAMELESS: [&[u8]; 2] = [b"OTLPResourceNoServiceName", b"missing-service-name"];
