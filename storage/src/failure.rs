//! What the codes of a span tell of failure, by the conventions: gathered attribute by attribute, from
//! plain spans and from spans on their way in. [`crate::semconv::failed`] is the whole answer.
use std::borrow::Cow;

use crate::span::{Kind, Value};
use crate::tags;

/// The value of an attribute that may be a code.
#[derive(Clone, Debug)]
pub(crate) enum Code<'a> {
    Int(i64),
    Text(Cow<'a, str>),
}

impl<'a> Code<'a> {
    pub(crate) fn of(value: &'a Value) -> Self {
        match value {
            Value::Int(number) => Self::Int(*number),
            value => Self::Text(tags::text(value)),
        }
    }

    fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Int(number) => number.to_string().into(),
            Self::Text(text) => Cow::Borrowed(text),
        }
    }

    /// As a status of HTTP.
    fn number(&self) -> Option<u16> {
        match self {
            Self::Int(number) => u16::try_from(*number).ok(),
            Self::Text(text) => text.parse().ok(),
        }
    }
}

/// What is known of a span's codes, each by the first of its names in the order of
/// [`crate::semconv::names`].
#[derive(Default)]
pub(crate) struct Codes<'a> {
    found: [Option<(u8, Code<'a>)>; FACTS],
}

const HTTP_STATUS: usize = 0;
const ERROR_TYPE: usize = 1;
const GRPC_STATUS: usize = 2;
const RPC_SYSTEM: usize = 3;
const RPC_STATUS: usize = 4;
const FACTS: usize = 5;

/// Which fact a key names, and its place among the names of that fact. A match, since each attribute
/// of each span on its way in is looked at.
const fn fact(key: &[u8]) -> Option<(usize, u8)> {
    Some(match key {
        b"http.response.status_code" => (HTTP_STATUS, 0),
        b"http.status_code" => (HTTP_STATUS, 1),
        b"error.type" => (ERROR_TYPE, 0),
        b"rpc.grpc.status_code" => (GRPC_STATUS, 0),
        b"grpc.status_code" => (GRPC_STATUS, 1),
        b"rpc.system.name" => (RPC_SYSTEM, 0),
        b"rpc.system" => (RPC_SYSTEM, 1),
        b"rpc.response.status_code" => (RPC_STATUS, 0),
        b"rpc.status_code" => (RPC_STATUS, 1),
        _ => return None,
    })
}

impl<'a> Codes<'a> {
    /// Adds an attribute, of which only the first with its key counts. `code` is asked for only if
    /// it may be one.
    #[inline]
    pub(crate) fn add(&mut self, key: &[u8], code: impl FnOnce() -> Code<'a>) {
        let Some((fact, place)) = fact(key) else {
            return;
        };
        if self.found[fact]
            .as_ref()
            .is_none_or(|known| place < known.0)
        {
            self.found[fact] = Some((place, code()));
        }
    }

    fn get(&self, fact: usize) -> Option<&Code<'a>> {
        self.found[fact].as_ref().map(|(_, code)| code)
    }

    /// Do they tell that a span of this kind failed?
    pub(crate) fn tell_failure(&self, kind: Kind) -> bool {
        let http = self.get(HTTP_STATUS);
        let error_type = self.get(ERROR_TYPE).map(Code::text);
        // The code again, as some instrumentations repeat it: what it means depends on the kind.
        let is_code = |error: &str| http.is_some_and(|code| code.text() == error);
        error_type.is_some_and(|error| !error.is_empty() && !is_code(&error))
            || http.is_some_and(|code| http_failed(code, kind))
            || (self.grpc_status()).is_some_and(|code| grpc_failed(&code.text(), kind))
    }

    /// The status of an RPC system that says it is gRPC, or whose attribute does.
    fn grpc_status(&self) -> Option<&Code<'a>> {
        self.get(GRPC_STATUS).or_else(|| {
            let system = self.get(RPC_SYSTEM)?;
            self.get(RPC_STATUS).filter(|_| system.text() == "grpc")
        })
    }
}

/// A client takes 4xx and 5xx as failures; for a server 4xx is the client's.
fn http_failed(code: &Code<'_>, kind: Kind) -> bool {
    let code = code.number();
    match kind {
        Kind::Client => code.is_some_and(|code| (400..600).contains(&code)),
        Kind::Server => code.is_some_and(|code| (500..600).contains(&code)),
        _ => false,
    }
}

/// A client takes any code but OK as a failure; for a server only those are that are its own.
fn grpc_failed(code: &str, kind: Kind) -> bool {
    match kind {
        Kind::Client => !matches!(code, "" | "0" | "OK"),
        Kind::Server => matches!(
            code,
            "2" | "UNKNOWN"
                | "4"
                | "DEADLINE_EXCEEDED"
                | "12"
                | "UNIMPLEMENTED"
                | "13"
                | "INTERNAL"
                | "14"
                | "UNAVAILABLE"
                | "15"
                | "DATA_LOSS"
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::semconv::names;

    #[test]
    fn the_names_are_those_of_the_conventions() {
        let facts = [
            names::HTTP_STATUS,
            names::ERROR_TYPE,
            names::GRPC_STATUS,
            names::RPC_SYSTEM,
            names::RPC_STATUS,
        ];
        for (number, facts) in facts.into_iter().enumerate() {
            for (place, name) in facts.iter().enumerate() {
                assert_eq!(fact(name.as_bytes()), Some((number, place as u8)), "{name}");
            }
        }
        for (_, facts) in names::PUBLISHED {
            let known = facts.iter().filter(|name| fact(name.as_bytes()).is_some());
            assert!([0, facts.len()].contains(&known.count()), "{facts:?}");
        }
    }
}
