//! Shapes as readers see them: what is the same for all spans of many classes.
use std::sync::Arc;

use crate::encoding::{Malformed, Reader};
use crate::local::dictionary::Slot;
use crate::local::dictionary::entry::Role;
use crate::local::record::shape::{form, shape_bit};
use crate::span::{Endpoint, Format, Kind, StatusCode, Value};

/// A shape, ready for building spans.
pub(in crate::local) struct Shape {
    pub(in crate::local) format: Format,
    pub(in crate::local) kind: Kind,
    pub(in crate::local) status: StatusCode,
    pub(super) bits: u8,
    pub(in crate::local) flags: u32,
    pub(in crate::local) name: Option<Arc<str>>,
    pub(in crate::local) remote_service: Option<String>,
    pub(super) address_flags: u8,
    pub(in crate::local) attributes: Vec<ShapeAttribute>,
    pub(super) generations: Vec<Box<[Role]>>,
}

impl Shape {
    pub(in crate::local) const fn has(&self, bit: u8) -> bool {
        self.bits & bit != 0
    }

    /// Zipkin's server half of a span whose id the client made.
    pub(in crate::local) const fn is_shared(&self) -> bool {
        self.has(shape_bit::SHARED)
    }

    pub(in crate::local) const fn bits(&self) -> u8 {
        self.bits
    }

    /// Zipkin's remote endpoint, of a span with this address; empty if it has none.
    pub(in crate::local) fn remote_endpoint(
        &self,
        address: &[u8],
    ) -> Result<Option<Endpoint>, Malformed> {
        let mut endpoint = if address.is_empty() {
            Endpoint::default()
        } else {
            let bytes = [&[self.address_flags], address].concat();
            Reader::new(&bytes).endpoint()?.unwrap_or_default()
        };
        endpoint.service.clone_from(&self.remote_service);
        Ok((!endpoint.is_empty()).then_some(endpoint))
    }
}

pub(in crate::local) struct ShapeAttribute {
    pub(in crate::local) form: u8,
    pub(in crate::local) key: Arc<str>,
    pub(in crate::local) slot: Option<Slot>,
}

impl ShapeAttribute {
    /// The value, if the form says it.
    pub(in crate::local) const fn formal_value(&self) -> Option<Value> {
        match self.form {
            form::EMPTY => Some(Value::Empty),
            form::FALSE => Some(Value::Bool(false)),
            form::TRUE => Some(Value::Bool(true)),
            _ => None,
        }
    }
}
