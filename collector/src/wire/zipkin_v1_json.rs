//! Zipkin's JSON v1 on its way in: what older clients post to `/api/v1/spans`.
use bytes::Bytes;
use storage::batch::Text;

use super::json::{Reader, Token};
use super::json_fault::Read;
use super::zipkin_field::{self, micros};
use super::zipkin_intake::Intake;
use super::zipkin_json_list::{self as list, check_size, keep, refused};
use super::zipkin_rules;
use super::zipkin_spelled::{Peer, Spelled, peer};
use super::zipkin_v1::{Host, V1Annotation, V1BinaryAnnotation, V1Span, is_address};
use super::zipkin_v1_convert::convert;
use super::{Decoded, Reason, Undecodable};

/// Reads a list of spans. Nothing behind the list is looked at.
///
/// # Errors
/// When the body is not JSON or not a list.
pub fn decode(body: Bytes) -> Result<Decoded, Undecodable> {
    let mut span = V1Span::default();
    list::decode(&body, |intake, reader| {
        span.clear();
        let mut fields = Fields {
            intake,
            reader,
            span: &mut span,
            hosts: Spelled::default(),
        };
        fields.read()
    })
}

/// The fields of one span, while they are read.
struct Fields<'r, 'a> {
    intake: &'r mut Intake<'a>,
    reader: &'r mut Reader<'a>,
    span: &'r mut V1Span,
    /// Most annotations of a span are of one host, spelled the same each time.
    hosts: Spelled<'a, Option<Host>>,
}

impl Fields<'_, '_> {
    fn read(&mut self) -> Read<()> {
        let start = self.reader.position();
        while self.reader.next_or_end()? {
            self.read_field()?;
        }
        check_size(self.reader, start)?;
        convert(self.intake, self.span).map_err(|refusal| {
            self.reader
                .unexpected(refusal.reason, |_| refusal.text.into_owned())
        })
    }

    fn read_field(&mut self) -> Read<()> {
        let name = self.reader.name()?;
        match self.reader.bytes(name) {
            b"traceId" => {
                (self.span.trace_id_high, self.span.trace_id) = self.id()?;
                return Ok(());
            }
            b"id" => {
                (_, self.span.id) = self.id()?;
                return Ok(());
            }
            _ => {}
        }
        // Of all fields only these two may not be null.
        if self.reader.peek()? == Token::Null {
            return self.reader.skip_value();
        }
        match self.reader.bytes(name) {
            b"name" => self.span.name = self.text()?,
            b"parentId" => (_, self.span.parent_id) = self.id()?,
            b"timestamp" => self.span.timestamp = micros(self.reader)?,
            b"duration" => self.span.duration = micros(self.reader)?,
            b"annotations" => self.read_annotations()?,
            b"binaryAnnotations" => self.read_binary_annotations()?,
            b"debug" => self.span.debug |= self.reader.boolean()?,
            _ => self.reader.skip_value()?,
        }
        Ok(())
    }

    /// The high half, which only a trace id of 32 digits has, and the low one.
    fn id(&mut self) -> Read<(u64, u64)> {
        let piece = self.reader.string()?;
        let text = self.reader.bytes(piece);
        let has_high = text.len() == 32;
        let Ok(id) = zipkin_rules::lower_hex(text, 32) else {
            return Err(self.reader.unexpected(Reason::InvalidId, |reader| {
                let text = reader.quote(piece);
                format!("{text} should be a 1 to 32 character lower-hex string with no prefix")
            }));
        };
        let high = if has_high { (id >> 64) as u64 } else { 0 };
        Ok((high, id as u64))
    }

    fn text(&mut self) -> Read<Text> {
        let piece = self.reader.string()?;
        Ok(keep(self.intake, self.reader, piece))
    }

    fn host(&mut self) -> Read<Option<Host>> {
        let (endpoint, spelling) = match peer(self.reader, &self.hosts)? {
            Peer::Again(host) => return Ok(host),
            Peer::New(endpoint, spelling) => (endpoint, spelling),
            Peer::Absent => return Ok(None),
        };
        let host = self.span.hosts.add(endpoint);
        let host = host.map_err(|refusal| refused(self.reader, refusal))?;
        self.hosts.learn(spelling, host);
        Ok(host)
    }

    fn read_annotations(&mut self) -> Read<()> {
        self.reader.begin_array()?;
        while self.reader.next_or_end()? {
            self.reader.begin_object()?;
            let (mut timestamp, mut value, mut host) = (None, None, None);
            while self.reader.peek()? != Token::EndObject {
                let name = self.reader.name()?;
                let is_null = self.reader.peek()? == Token::Null;
                match self.reader.bytes(name) {
                    b"timestamp" => timestamp = Some(micros(self.reader)?),
                    b"value" => value = Some(self.text()?),
                    b"endpoint" if !is_null => host = self.host()?,
                    _ => self.reader.skip_value()?,
                }
            }
            let (Some(timestamp), Some(value)) = (timestamp, value) else {
                return Err(zipkin_field::incomplete(self.reader));
            };
            self.reader.next_or_end()?;
            let annotation = V1Annotation {
                timestamp,
                value,
                host,
            };
            let added = self.span.add_annotation(annotation);
            added.map_err(|refusal| refused(self.reader, refusal))?;
        }
        Ok(())
    }

    fn read_binary_annotations(&mut self) -> Read<()> {
        self.reader.begin_array()?;
        while self.reader.next_or_end()? {
            self.reader.begin_object()?;
            let (mut key, mut value, mut host) = (None, None, None);
            let mut is_true = false;
            while self.reader.peek()? != Token::EndObject {
                let name = self.reader.name()?;
                let token = self.reader.peek()?;
                match (self.reader.bytes(name), token) {
                    (_, Token::Null) => self.reader.skip_value()?,
                    (b"key", _) => key = Some(self.text()?),
                    (b"value", Token::String) => value = Some(self.text()?),
                    (b"value", Token::Boolean(_)) => is_true = self.reader.boolean()?,
                    (b"endpoint", _) => host = self.host()?,
                    _ => self.reader.skip_value()?,
                }
            }
            let Some(key) = key else {
                return Err(self.reader.unexpected(Reason::InvalidField, |reader| {
                    format!("No key at {}", reader.path())
                }));
            };
            self.reader.next_or_end()?;
            self.add_binary_annotation(key, value, is_true, host)?;
        }
        Ok(())
    }

    /// What is neither a text nor the address of a host, Zipkin drops.
    fn add_binary_annotation(
        &mut self,
        key: Text,
        value: Option<Text>,
        is_true: bool,
        host: Option<Host>,
    ) -> Read<()> {
        let is_address = || is_true && host.is_some() && is_address(self.intake.batch.bytes(key));
        if value.is_none() && !is_address() {
            return Ok(());
        }
        let annotation = V1BinaryAnnotation {
            key,
            value: value.unwrap_or_default(),
            host,
        };
        let added = self.span.add_binary_annotation(annotation);
        added.map_err(|refusal| refused(self.reader, refusal))
    }
}
