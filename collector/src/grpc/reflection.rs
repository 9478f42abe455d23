//! gRPC's reflection service: what is served here and how its messages look, for grpcurl and alike.
use tonic_reflection::server::{Builder, Error};

use super::{Service, generated, zipkin_proto};

const NAME: &str = "grpc.reflection.v1.ServerReflection";
/// The same before it was given its final name; many clients still ask for it first.
const ALPHA_NAME: &str = "grpc.reflection.v1alpha.ServerReflection";

/// Both versions, for the named services of spans and for themselves.
pub(super) fn services(names: &[&str]) -> Result<[(&'static str, Service); 2], Error> {
    let v1 = describe(names).build_v1()?;
    let alpha = describe(names).build_v1alpha()?;
    let limit = QUESTION_BYTES_MAX;
    Ok([
        (NAME, generated(v1.max_decoding_message_size(limit))),
        (
            ALPHA_NAME,
            generated(alpha.max_decoding_message_size(limit)),
        ),
    ])
}

fn describe<'a>(names: &[&str]) -> Builder<'a> {
    // The description of OpenTelemetry's profiles is in the same bytes, so that the services must be
    // named.
    let builder = Builder::configure()
        .register_encoded_file_descriptor_set(opentelemetry_proto::DESCRIPTORS)
        .register_file_descriptor_set(zipkin_proto::describe())
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .with_service_name("grpc.health.v1.Health")
        .with_service_name(NAME)
        .with_service_name(ALPHA_NAME);
    names
        .iter()
        .fold(builder, |builder, name| builder.with_service_name(*name))
}

const QUESTION_BYTES_MAX: usize = 4 << 10;
