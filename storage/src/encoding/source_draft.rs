//! The bytes of [`put_source`](super::put_source) from parts that are encoded already: for codecs
//! that meet a source in almost every request and have no use for it as plain data.
use crate::encoding::{Malformed, Reader, put_bytes, put_varint};

/// A [`Resource`](crate::span::Resource) as bytes to be.
#[derive(Default)]
pub struct ResourceDraft {
    /// A finished list ([`crate::draft::List::attributes`]); empty is none.
    pub attributes: Vec<u8>,
    pub dropped_attributes: u32,
    pub schema_url: Vec<u8>,
    pub entity_refs: Vec<Vec<u8>>,
}

/// A [`Scope`](crate::span::Scope) as bytes to be.
#[derive(Default)]
pub struct ScopeDraft {
    pub name: Vec<u8>,
    pub version: Vec<u8>,
    /// A finished list, as that of a resource.
    pub attributes: Vec<u8>,
    pub dropped_attributes: u32,
    pub schema_url: Vec<u8>,
}

impl ResourceDraft {
    /// The source up to its scope: no endpoint, then the resource.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(0);
        put_list(out, &self.attributes);
        put_varint(out, self.dropped_attributes.into());
        put_bytes(out, &self.schema_url);
        put_varint(out, self.entity_refs.len() as u64);
        for entity in &self.entity_refs {
            put_bytes(out, entity);
        }
    }

    /// What [`Resource::text`](crate::span::Resource::text) finds.
    ///
    /// # Errors
    /// When the attributes are not a finished list.
    pub fn text(&self, key: &[u8]) -> Result<Option<&[u8]>, Malformed> {
        if self.attributes.is_empty() {
            return Ok(None);
        }
        Reader::new(&self.attributes).text_of(key)
    }
}

impl ScopeDraft {
    /// The rest of the source.
    pub fn write(&self, out: &mut Vec<u8>) {
        put_bytes(out, &self.name);
        put_bytes(out, &self.version);
        put_list(out, &self.attributes);
        put_varint(out, self.dropped_attributes.into());
        put_bytes(out, &self.schema_url);
    }
}

fn put_list(out: &mut Vec<u8>, list: &[u8]) {
    if list.is_empty() {
        put_varint(out, 0);
    } else {
        out.extend_from_slice(list);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::{Source, put_attributes, put_source};
    use crate::span::{Attribute, Resource, Scope, Value};

    fn encoded(attributes: &[Attribute]) -> Vec<u8> {
        let mut out = Vec::new();
        put_attributes(&mut out, attributes);
        out
    }

    #[test]
    fn drafts_are_the_bytes_of_a_source_and_find_its_texts() {
        let pair = |key: &str, value| Attribute {
            key: key.into(),
            value,
        };
        let nested = Value::Array(vec![
            Value::Map(vec![pair("name", Value::String("inner".into()))]),
            Value::Double(0.5),
            Value::Bytes(vec![1; 200]),
            Value::Bool(true),
            Value::Empty,
        ]);
        let lists = [
            vec![],
            vec![pair("name", Value::String("shop".into()))],
            vec![
                pair("other", nested),
                pair("name", Value::String("shop".into())),
                pair("name", Value::String("later".into())),
            ],
            vec![
                pair("name", Value::Int(-300)),
                pair("name", Value::String("later".into())),
            ],
        ];
        for attributes in lists {
            let resource = Resource {
                attributes: attributes.clone(),
                dropped_attributes: 300,
                schema_url: "u".into(),
                entity_refs: vec![vec![1, 2], vec![]],
            };
            let resource_draft = ResourceDraft {
                attributes: encoded(&attributes),
                dropped_attributes: 300,
                schema_url: b"u".to_vec(),
                entity_refs: vec![vec![1, 2], vec![]],
            };
            let found = resource_draft.text(b"name").unwrap();
            assert_eq!(found, resource.text("name").map(str::as_bytes));
            let scope = Scope {
                name: "n".into(),
                version: "v".into(),
                attributes: attributes.clone(),
                dropped_attributes: 1,
                schema_url: "s".into(),
            };
            let scope_draft = ScopeDraft {
                name: b"n".to_vec(),
                version: b"v".to_vec(),
                attributes: encoded(&attributes),
                dropped_attributes: 1,
                schema_url: b"s".to_vec(),
            };
            let mut drafted = Vec::new();
            resource_draft.write(&mut drafted);
            scope_draft.write(&mut drafted);
            let mut plain = Vec::new();
            let source = Source {
                local_endpoint: None,
                resource,
                scope,
            };
            put_source(&mut plain, &source);
            assert_eq!(drafted, plain);
        }
        let (mut empty, mut plain) = (Vec::new(), Vec::new());
        ResourceDraft::default().write(&mut empty);
        ScopeDraft::default().write(&mut empty);
        put_source(&mut plain, &Source::default());
        assert_eq!(empty, plain);
        assert_eq!(ResourceDraft::default().text(b"name"), Ok(None));
    }
}
