//! Which of the known forms a document is in, told by the names of its fields; and where in it the parts
//! are that a reader of that form takes.
use std::ops::Range;

use super::json::{Reader, Token};
use super::json_fault::Read;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    ZipkinV1,
    ZipkinV2,
    Otlp,
    OtlpLogs,
    OtlpMetrics,
    Jaeger,
    Hopline,
    Unknown,
}

impl Form {
    /// As the metrics name it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::ZipkinV1 => "zipkin_v1_json",
            Self::ZipkinV2 => "zipkin_json",
            Self::Otlp => "otlp_json",
            Self::OtlpLogs => "otlp_logs_json",
            Self::OtlpMetrics => "otlp_metrics_json",
            Self::Jaeger => "jaeger_json",
            Self::Hopline => "hopline_json",
            Self::Unknown => "unknown",
        }
    }
}

/// What one reader takes.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) form: Form,
    pub(super) range: Range<usize>,
    /// A span that is in no list.
    pub(super) is_bare: bool,
    /// Fields of what is not known, for people.
    pub(super) seen: String,
}

pub(super) struct Leaves {
    pub(super) found: Vec<Leaf>,
    /// Where the document ends.
    pub(super) end: usize,
}

/// The parts of the document that the input begins with.
pub(super) fn leaves(input: &[u8]) -> Read<Leaves> {
    let mut reader = Reader::new(input);
    let found = match reader.peek()? {
        Token::BeginArray => list(&mut reader)?,
        _ => vec![object(&mut reader)?],
    };
    Ok(Leaves {
        found,
        end: reader.position(),
    })
}

fn list(reader: &mut Reader<'_>) -> Read<Vec<Leaf>> {
    let start = reader.position();
    let mut found = Vec::new();
    reader.begin_array()?;
    while reader.next_or_end()? {
        // Zipkin's answers are lists of traces, each a list of its spans.
        if reader.peek()? == Token::BeginArray {
            let start = reader.position();
            reader.skip_value()?;
            let range = start..reader.position();
            let form = version(&reader.input[range.clone()]);
            found.push(leaf(form, range));
            continue;
        }
        let mut leaf = object(reader)?;
        if leaf.is_bare && found.is_empty() {
            // A list of spans is read as one.
            while reader.next_or_end()? {
                reader.skip_value()?;
            }
            leaf.range = start..reader.position();
            leaf.is_bare = false;
            leaf.form = version(&reader.input[leaf.range.clone()]);
            return Ok(vec![leaf]);
        }
        found.push(leaf);
    }
    Ok(found)
}

const fn leaf(form: Form, range: Range<usize>) -> Leaf {
    Leaf {
        form,
        range,
        is_bare: false,
        seen: String::new(),
    }
}

/// An object, by the names of its fields.
fn object(reader: &mut Reader<'_>) -> Read<Leaf> {
    reader.peek()?;
    let start = reader.position();
    let mut form = Form::Unknown;
    let mut inner = None;
    let mut seen = Vec::new();
    let (mut has_hops, mut has_spans) = (false, false);
    reader.begin_object()?;
    while reader.next_or_end()? {
        let name = reader.name()?;
        if seen.len() < SEEN_MAX {
            seen.push(reader.quote(name));
        }
        let told = match reader.bytes(name) {
            b"resourceSpans" => Form::Otlp,
            b"resourceLogs" => Form::OtlpLogs,
            b"resourceMetrics" => Form::OtlpMetrics,
            b"data" | b"traceID" | b"processes" => Form::Jaeger,
            b"traceId" => Form::ZipkinV2,
            b"hops" => {
                has_hops = true;
                Form::Unknown
            }
            b"spans" => {
                has_spans = true;
                Form::Unknown
            }
            // Jaeger's newer API, and Tempo's.
            b"result" | b"trace" if inner.is_none() => {
                if reader.peek()? == Token::BeginObject {
                    inner = Some(object(reader)?);
                    continue;
                }
                Form::Unknown
            }
            _ => Form::Unknown,
        };
        if form == Form::Unknown {
            form = told;
        }
        reader.skip_value()?;
    }
    let range = start..reader.position();
    if let Some(inner) = inner.filter(|inner| form == Form::Unknown && inner.form == Form::Otlp) {
        return Ok(inner);
    }
    if has_hops && has_spans {
        form = Form::Hopline;
    }
    let mut found = leaf(form, range.clone());
    if form == Form::ZipkinV2 {
        found.is_bare = true;
        found.form = version(&reader.input[range]);
    }
    if form == Form::Unknown {
        found.seen = seen.join(", ");
    }
    Ok(found)
}

/// Which version of Zipkin's JSON: that of the first span that only one of them can say. What is wrong is
/// for the reader of the spans to tell.
fn version(input: &[u8]) -> Form {
    let mut reader = Reader::new(input);
    match first_version(&mut reader) {
        Ok(Some(form)) => form,
        _ => Form::ZipkinV2,
    }
}

fn first_version(reader: &mut Reader<'_>) -> Read<Option<Form>> {
    if reader.peek()? != Token::BeginArray {
        return version_of_span(reader);
    }
    reader.begin_array()?;
    while reader.next_or_end()? {
        if let Some(form) = version_of_span(reader)? {
            return Ok(Some(form));
        }
    }
    Ok(None)
}

fn version_of_span(reader: &mut Reader<'_>) -> Read<Option<Form>> {
    reader.begin_object()?;
    while reader.next_or_end()? {
        let name = reader.name()?;
        match reader.bytes(name) {
            b"binaryAnnotations" => return Ok(Some(Form::ZipkinV1)),
            b"localEndpoint" | b"remoteEndpoint" | b"tags" | b"kind" | b"shared" => {
                return Ok(Some(Form::ZipkinV2));
            }
            b"annotations" => {
                if has_endpoint(reader)? {
                    return Ok(Some(Form::ZipkinV1));
                }
            }
            _ => reader.skip_value()?,
        }
    }
    Ok(None)
}

/// Does an annotation say of whom it is?
fn has_endpoint(reader: &mut Reader<'_>) -> Read<bool> {
    if reader.peek()? != Token::BeginArray {
        reader.skip_value()?;
        return Ok(false);
    }
    let mut found = false;
    reader.begin_array()?;
    while reader.next_or_end()? {
        reader.begin_object()?;
        while reader.next_or_end()? {
            let name = reader.name()?;
            found |= reader.bytes(name) == b"endpoint";
            reader.skip_value()?;
        }
    }
    Ok(found)
}

/// The most names that are told of what is not known.
const SEEN_MAX: usize = 5;
