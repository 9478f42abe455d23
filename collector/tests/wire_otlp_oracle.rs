//! Random OTLP requests in both spellings mean what prost decodes.
use collector::wire::{otlp_json, otlp_proto};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use proptest::prelude::*;
use prost::Message as _;

#[path = "wire/otlp_oracle.rs"]
mod otlp_oracle;
#[path = "wire/otlp_requests.rs"]
mod otlp_requests;

use otlp_oracle::spans_of;
use otlp_requests::requests;

fn span_count(request: &ExportTraceServiceRequest) -> usize {
    let scopes = request
        .resource_spans
        .iter()
        .flat_map(|resource| &resource.scope_spans);
    scopes.map(|scope| scope.spans.len()).sum()
}

proptest! {
    #[test]
    fn both_spellings_mean_what_prost_decodes(request in requests()) {
        let expected = spans_of(&request);
        let refused = (span_count(&request) - expected.len()) as u64;

        let decoded = otlp_proto::decode(request.encode_to_vec().into()).unwrap();
        prop_assert_eq!(decoded.refused.count, refused);
        prop_assert_eq!(decoded.texts_repaired, 0);
        let spans = decoded.batch.to_spans().unwrap();
        prop_assert_eq!(&spans, &expected);
        for (row, span) in decoded.batch.spans().iter().zip(&spans) {
            let service = decoded.batch.string(decoded.batch.source(row.source).service);
            prop_assert_eq!(service, span.service().unwrap_or_default());
        }

        let json = serde_json::to_vec(&request).unwrap();
        let decoded = otlp_json::decode(json.into()).unwrap();
        prop_assert_eq!(decoded.refused.count, refused);
        prop_assert_eq!(decoded.texts_repaired, 0);
        prop_assert_eq!(&decoded.batch.to_spans().unwrap(), &expected);
    }
}
