//! Batches from plain spans and back: for tests, importers, and the store that keeps plain spans.
use std::sync::Arc;

use crate::batch::{AttributeRow, SourceIndex, SourceRow, SpanBatch, SpanRow, Text, ValueRow};
use crate::encoding::{self, Details, Malformed, Reader, Source};
use crate::span::{Attribute, Endpoint, Resource, Scope, Span, Status, Value};

impl SpanBatch {
    /// A batch of spans that exist already: what tests and importers have.
    pub fn from_spans<'a>(spans: impl IntoIterator<Item = &'a Span>) -> Self {
        let mut batch = Self::default();
        for span in spans {
            batch.add_plain(span);
        }
        batch
    }

    fn add_plain(&mut self, span: &Span) {
        let source = Source {
            local_endpoint: span.local_endpoint.clone(),
            resource: (*span.resource).clone(),
            scope: (*span.scope).clone(),
        };
        let encoded = self.add_encoded(|out| encoding::put_source(out, &source));
        let service = self.add_text(span.service().unwrap_or_default().as_bytes());
        let source = match self.sources.last() {
            Some(last) if self.bytes(last.encoded) == self.bytes(encoded) => {
                SourceIndex(self.sources.len() as u32 - 1)
            }
            _ => self.add_source(service, encoded),
        };
        for attribute in &span.attributes {
            let key = self.add_text(attribute.key.as_bytes());
            let value = self.add_value(&attribute.value);
            self.add_attribute(key, value);
        }
        let details = Details {
            status_message: span.status.message.clone(),
            trace_state: span.trace_state.clone(),
            events: span.events.clone(),
            links: span.links.clone(),
            dropped_attributes: span.dropped_attributes,
            dropped_events: span.dropped_events,
            dropped_links: span.dropped_links,
        };
        let row = SpanRow {
            parent_id: span.parent_id,
            kind: span.kind,
            shared: span.shared,
            debug: span.debug,
            status: span.status.code,
            flags: span.flags,
            name: self.add_text(span.name.as_deref().unwrap_or_default().as_bytes()),
            start: span.start,
            duration: span.duration,
            remote_endpoint: match &span.remote_endpoint {
                Some(endpoint) => self.add_encoded(|out| encoding::put_endpoint(out, endpoint)),
                None => Text::default(),
            },
            details: if details.is_empty() {
                Text::default()
            } else {
                self.add_encoded(|out| encoding::put_details(out, &details))
            },
            ..SpanRow::new(span.trace_id, span.span_id, span.format, source)
        };
        self.add_span(row);
    }

    /// Copies a value into the batch.
    pub fn add_value(&mut self, value: &Value) -> ValueRow {
        match value {
            Value::Empty => ValueRow::Empty,
            Value::String(text) => ValueRow::String(self.add_text(text.as_bytes())),
            Value::Bool(value) => ValueRow::Bool(*value),
            Value::Int(number) => ValueRow::Int(*number),
            Value::Double(number) => ValueRow::Double(*number),
            Value::Bytes(_) | Value::Array(_) | Value::Map(_) => {
                ValueRow::Encoded(self.add_encoded(|out| encoding::put_value(out, value)))
            }
        }
    }

    /// The spans as plain data.
    ///
    /// # Errors
    /// When a codec wrote bytes that [`encoding`] cannot read: a bug, not an input.
    pub fn to_spans(&self) -> Result<Vec<Span>, Malformed> {
        let sources = self
            .sources
            .iter()
            .map(|source| self.shared_source(*source))
            .collect::<Result<Vec<_>, _>>()?;
        self.spans_with_attributes()
            .map(|(row, attributes)| {
                let source = sources.get(row.source.0 as usize).cloned();
                self.span_of(row, attributes, source.unwrap_or_default())
            })
            .collect()
    }

    /// One span as plain data.
    #[cfg(feature = "local")]
    pub(crate) fn to_span(
        &self,
        row: &SpanRow,
        attributes: &[AttributeRow],
    ) -> Result<Span, Malformed> {
        let source = self.shared_source(self.source(row.source))?;
        self.span_of(row, attributes, source)
    }

    fn shared_source(&self, source: SourceRow) -> Result<SharedSource, Malformed> {
        let source = Reader::new(self.bytes(source.encoded)).source()?;
        Ok(SharedSource::from(source))
    }

    fn span_of(
        &self,
        row: &SpanRow,
        attributes: &[AttributeRow],
        source: SharedSource,
    ) -> Result<Span, Malformed> {
        let details = if row.details.is_empty() {
            Details::default()
        } else {
            Reader::new(self.bytes(row.details)).details()?
        };
        let mut plain = Vec::with_capacity(attributes.len());
        for attribute in attributes {
            let value = self.value(attribute.value)?;
            plain.push(Attribute {
                key: self.string(attribute.key).into(),
                value,
            });
        }
        Ok(Span {
            trace_id: row.trace_id,
            span_id: row.span_id,
            parent_id: row.parent_id,
            kind: row.kind,
            name: (!row.name.is_empty()).then(|| self.string(row.name).into()),
            start: row.start,
            duration: row.duration,
            status: Status {
                code: row.status,
                message: details.status_message,
            },
            attributes: plain,
            events: details.events,
            links: details.links,
            local_endpoint: source.local_endpoint,
            remote_endpoint: if row.remote_endpoint.is_empty() {
                None
            } else {
                Reader::new(self.bytes(row.remote_endpoint)).endpoint()?
            },
            resource: source.resource,
            scope: source.scope,
            trace_state: details.trace_state,
            flags: row.flags,
            dropped_attributes: details.dropped_attributes,
            dropped_events: details.dropped_events,
            dropped_links: details.dropped_links,
            shared: row.shared,
            debug: row.debug,
            format: row.format,
        })
    }

    /// A value as plain data.
    ///
    /// # Errors
    /// As [`Self::to_spans`].
    pub fn value(&self, value: ValueRow) -> Result<Value, Malformed> {
        Ok(match value {
            ValueRow::Empty => Value::Empty,
            ValueRow::String(text) => Value::String(self.string(text).into()),
            ValueRow::Bool(value) => Value::Bool(value),
            ValueRow::Int(number) => Value::Int(number),
            ValueRow::Double(number) => Value::Double(number),
            ValueRow::Encoded(text) => Reader::new(self.bytes(text)).value()?,
        })
    }
}

/// A source that many spans share.
#[derive(Clone, Default)]
pub struct SharedSource {
    pub local_endpoint: Option<Endpoint>,
    pub resource: Arc<Resource>,
    pub scope: Arc<Scope>,
}

impl SharedSource {
    /// As [`Span::service`] of its spans.
    pub fn service(&self) -> Option<&str> {
        match &self.local_endpoint {
            Some(endpoint) => endpoint.service.as_deref(),
            None => self.resource.text("service.name"),
        }
        .filter(|name| !name.is_empty())
    }
}

impl From<Source> for SharedSource {
    fn from(source: Source) -> Self {
        Self {
            local_endpoint: source.local_endpoint,
            resource: Arc::new(source.resource),
            scope: Arc::new(source.scope),
        }
    }
}
