//! The attributes of OTLP in JSON in the spelling of nearly all clients: no white space, the key
//! first, a plain string or an integer in a string. Whatever else there is takes the long way.
use super::json::{Reader, Token};
use super::json_number::plain_integer;
use super::json_text::{behind, plain_end};

/// An attribute whose texts are ranges of the input: start and length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PlainAttribute {
    pub(super) key: (usize, usize),
    pub(super) value: PlainValue,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PlainValue {
    String(usize, usize),
    Int(i64),
}

impl Reader<'_> {
    /// Reads the attribute that comes next, or leaves it as it is.
    #[inline]
    pub(super) fn plain_attribute(&mut self) -> Option<PlainAttribute> {
        if self.peeked != Some(Token::BeginObject) {
            return None;
        }
        let input = self.input;
        let key_start = behind(input, self.position, br#"{"key":""#)?;
        let key_end = plain_end(input, key_start)?;
        let (start, is_string) = match behind(input, key_end, br#"","value":{"stringValue":""#) {
            Some(start) => (start, true),
            None => (
                behind(input, key_end, br#"","value":{"intValue":""#)?,
                false,
            ),
        };
        let end = plain_end(input, start)?;
        let value = if is_string {
            PlainValue::String(start, end - start)
        } else {
            PlainValue::Int(plain_integer(&input[start..end])?)
        };
        self.position = behind(input, end, br#""}}"#)?;
        self.value_ended();
        Some(PlainAttribute {
            key: (key_start, key_end - key_start),
            value,
        })
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::otlp_json;

    /// What a request with these attributes in one span is read as.
    fn read(attributes: &[u8]) -> Option<(String, u64)> {
        let ids =
            b"\"traceId\":\"00000000000000000000000000000001\",\"spanId\":\"0000000000000001\"";
        let body = [
            b"{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{".as_slice(),
            ids,
            b",\"attributes\":[",
            attributes,
            b"]}]}]}]}",
        ]
        .concat();
        let decoded = otlp_json::decode(Bytes::from(body)).ok()?;
        let shown = format!("{:?}", decoded.batch.to_spans());
        Some((shown, decoded.refused.count))
    }

    /// Attributes, most of them plain, some nearly.
    fn attributes() -> impl Strategy<Value = Vec<u8>> {
        let text = || "[a-zä\\\\n\"]{0,3}|[a-z.]{0,20}|[0-9]{1,20}|-?[0-9]{1,3}";
        let one = (
            text(),
            prop_oneof!["stringValue", "intValue", "boolValue"],
            text(),
        )
            .prop_map(|(key, kind, value)| {
                format!("{{\"key\":\"{key}\",\"value\":{{\"{kind}\":\"{value}\"}}}}")
            });
        let changes = vec(
            (
                any::<prop::sample::Index>(),
                prop::sample::select(&b"\"{}:,kx1 "[..]),
            ),
            0..2,
        );
        (vec(one, 1..4), changes).prop_map(|(list, changes)| {
            let mut bytes = list.join(",").into_bytes();
            for (place, byte) in changes {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            bytes
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        /// Given attributes of which any may be plain, then a space behind the brace of each,
        /// which sends them the long way, changes nothing that is read.
        #[test]
        fn the_short_way_means_the_long_way(attributes in attributes()) {
            let text = String::from_utf8_lossy(&attributes).into_owned();
            let long = text.replace("{\"key\":", "{ \"key\":");
            prop_assert_eq!(read(text.as_bytes()), read(long.as_bytes()));
        }
    }
}
