//! OTLP in JSON on its way out: the spans of a trace as one `TracesData`. As OTLP says: ids in hex,
//! 64-bit integers as texts, enumerations as numbers, bytes in base64. What is not set is not told.
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use opentelemetry_proto::tonic::common::v1::EntityRef;
use storage::span::{Attribute, Event, Link, Resource, Scope, Span, Status, Value};

use super::otlp_groups::Groups;
use super::otlp_write_proto::{entity_refs, times};
use crate::json_out::{
    Gone, Spill, put_bool, put_decimal, put_hex, put_items, put_list, put_long_trace_id,
    put_number, put_text,
};

/// Appends the message; `spill` may take what is there after each span that fills a piece.
///
/// # Errors
/// When `spill` says so.
pub(super) fn write(
    out: &mut Vec<u8>,
    groups: &Groups<'_>,
    spill: &mut Spill<'_>,
) -> Result<(), Gone> {
    out.extend_from_slice(b"{\"resourceSpans\":[");
    for (number, group) in groups.resources.iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        let mut fields = Fields::begin(out);
        resource_fields(&mut fields, &group.resource);
        fields.name("scopeSpans");
        fields.out.push(b'[');
        for (number, scope) in group.scopes.iter().enumerate() {
            if number > 0 {
                fields.out.push(b',');
            }
            let mut fields = Fields::begin(fields.out);
            scope_fields(&mut fields, &scope.scope);
            fields.name("spans");
            put_list(
                fields.out,
                groups.spans(scope),
                |out, span| put_span(out, &span),
                spill,
            )?;
            fields.end();
        }
        fields.out.push(b']');
        fields.end();
    }
    out.extend_from_slice(b"]}");
    Ok(())
}

/// An object while its fields are written.
struct Fields<'o> {
    out: &'o mut Vec<u8>,
    is_first: bool,
}

impl<'o> Fields<'o> {
    fn begin(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self {
            out,
            is_first: true,
        }
    }

    fn end(self) {
        self.out.push(b'}');
    }

    /// The name of a field whose value follows.
    fn name(&mut self, name: &str) {
        if !self.is_first {
            self.out.push(b',');
        }
        self.is_first = false;
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    fn text(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.name(name);
            put_text(self.out, text);
        }
    }

    fn number(&mut self, name: &str, number: u32) {
        if number != 0 {
            self.name(name);
            put_number(self.out, number);
        }
    }

    fn decimal(&mut self, name: &str, number: u64) {
        if number != 0 {
            self.name(name);
            put_decimal(self.out, number);
        }
    }

    fn trace_id(&mut self, id: u128) {
        self.name("traceId");
        put_long_trace_id(self.out, id);
    }

    fn span_id(&mut self, name: &str, id: u64) {
        self.name(name);
        self.out.push(b'"');
        put_hex(self.out, id);
        self.out.push(b'"');
    }

    fn attributes(&mut self, attributes: &[Attribute], dropped: u32) {
        if !attributes.is_empty() {
            self.name("attributes");
            put_attributes(self.out, attributes);
        }
        self.number("droppedAttributesCount", dropped);
    }
}

fn resource_fields(fields: &mut Fields<'_>, resource: &Resource) {
    let Resource {
        attributes,
        dropped_attributes,
        schema_url,
        entity_refs: entities,
    } = resource;
    if !attributes.is_empty() || *dropped_attributes != 0 || !entities.is_empty() {
        fields.name("resource");
        let mut fields = Fields::begin(fields.out);
        fields.attributes(attributes, *dropped_attributes);
        if !entities.is_empty() {
            fields.name("entityRefs");
            put_items(fields.out, entity_refs(resource), |out, entity| {
                put_entity_ref(out, &entity);
            });
        }
        fields.end();
    }
    fields.text("schemaUrl", schema_url);
}

/// All four fields, set or not: OpenTelemetry's own types for Rust refuse to read fewer.
fn put_entity_ref(out: &mut Vec<u8>, entity: &EntityRef) {
    let mut fields = Fields::begin(out);
    fields.name("schemaUrl");
    put_text(fields.out, &entity.schema_url);
    fields.name("type");
    put_text(fields.out, &entity.r#type);
    for (name, keys) in [
        ("idKeys", &entity.id_keys),
        ("descriptionKeys", &entity.description_keys),
    ] {
        fields.name(name);
        put_items(fields.out, keys, |out, key| put_text(out, key));
    }
    fields.end();
}

fn scope_fields(fields: &mut Fields<'_>, scope: &Scope) {
    let Scope {
        name,
        version,
        attributes,
        dropped_attributes,
        schema_url,
    } = scope;
    let is_empty =
        name.is_empty() && version.is_empty() && attributes.is_empty() && *dropped_attributes == 0;
    if !is_empty {
        fields.name("scope");
        let mut fields = Fields::begin(fields.out);
        fields.text("name", name);
        fields.text("version", version);
        fields.attributes(attributes, *dropped_attributes);
        fields.end();
    }
    fields.text("schemaUrl", schema_url);
}

fn put_span(out: &mut Vec<u8>, span: &Span) {
    let (start, end) = times(span);
    let mut fields = Fields::begin(out);
    fields.trace_id(span.trace_id.value());
    fields.span_id("spanId", span.span_id.value());
    fields.text("traceState", &span.trace_state);
    if let Some(parent) = span.parent_id {
        fields.span_id("parentSpanId", parent.value());
    }
    fields.number("flags", span.flags);
    fields.text("name", span.name.as_deref().unwrap_or_default());
    fields.number("kind", span.kind.number().into());
    fields.decimal("startTimeUnixNano", start);
    fields.decimal("endTimeUnixNano", end);
    fields.attributes(&span.attributes, span.dropped_attributes);
    if !span.events.is_empty() {
        fields.name("events");
        put_items(fields.out, &span.events, put_event);
    }
    fields.number("droppedEventsCount", span.dropped_events);
    if !span.links.is_empty() {
        fields.name("links");
        put_items(fields.out, &span.links, put_link);
    }
    fields.number("droppedLinksCount", span.dropped_links);
    let Status { code, message } = &span.status;
    if code.number() != 0 || !message.is_empty() {
        fields.name("status");
        let mut fields = Fields::begin(fields.out);
        fields.text("message", message);
        fields.number("code", code.number().into());
        fields.end();
    }
    fields.end();
}

fn put_event(out: &mut Vec<u8>, event: &Event) {
    let mut fields = Fields::begin(out);
    fields.decimal("timeUnixNano", event.time as u64);
    fields.text("name", &event.name);
    fields.attributes(&event.attributes, event.dropped_attributes);
    fields.end();
}

fn put_link(out: &mut Vec<u8>, link: &Link) {
    let mut fields = Fields::begin(out);
    fields.trace_id(link.trace_id);
    fields.span_id("spanId", link.span_id);
    fields.text("traceState", &link.trace_state);
    fields.attributes(&link.attributes, link.dropped_attributes);
    fields.number("flags", link.flags);
    fields.end();
}

fn put_attributes(out: &mut Vec<u8>, attributes: &[Attribute]) {
    put_items(out, attributes, |out, attribute| {
        out.extend_from_slice(b"{\"key\":");
        put_text(out, &attribute.key);
        out.extend_from_slice(b",\"value\":");
        put_value(out, &attribute.value);
        out.push(b'}');
    });
}

fn put_value(out: &mut Vec<u8>, value: &Value) {
    let mut fields = Fields::begin(out);
    match value {
        Value::Empty => {}
        Value::String(text) => {
            fields.name("stringValue");
            put_text(fields.out, text);
        }
        Value::Bool(value) => {
            fields.name("boolValue");
            put_bool(fields.out, *value);
        }
        Value::Int(number) => {
            fields.name("intValue");
            put_decimal(fields.out, *number);
        }
        Value::Double(number) => {
            fields.name("doubleValue");
            put_double(fields.out, *number);
        }
        Value::Bytes(bytes) => {
            fields.name("bytesValue");
            put_text(fields.out, &BASE64.encode(bytes));
        }
        Value::Array(values) => {
            fields.name("arrayValue");
            let mut fields = Fields::begin(fields.out);
            fields.name("values");
            put_items(fields.out, values, put_value);
            fields.end();
        }
        Value::Map(entries) => {
            fields.name("kvlistValue");
            let mut fields = Fields::begin(fields.out);
            fields.name("values");
            put_attributes(fields.out, entries);
            fields.end();
        }
    }
    fields.end();
}

/// JSON has no numbers for NaN and the infinities; protobuf's JSON has words.
fn put_double(out: &mut Vec<u8>, number: f64) {
    match serde_json::Number::from_f64(number) {
        Some(number) => out.extend_from_slice(number.to_string().as_bytes()),
        None => put_text(out, &Value::Double(number).to_string()),
    }
}
