//! Zipkin's messages (`zipkin.proto`), described for reflection. What reads them is in `wire`.
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumValueDescriptorProto, FieldDescriptorProto,
    FileDescriptorProto, FileDescriptorSet, MessageOptions, MethodDescriptorProto,
    ServiceDescriptorProto,
};

/// The whole file.
pub(super) fn describe() -> FileDescriptorSet {
    let mut span = message(
        "Span",
        vec![
            field("trace_id", 1, Type::Bytes),
            field("parent_id", 2, Type::Bytes),
            field("id", 3, Type::Bytes),
            of(field("kind", 4, Type::Enum), ".zipkin.proto3.Span.Kind"),
            field("name", 5, Type::String),
            field("timestamp", 6, Type::Fixed64),
            field("duration", 7, Type::Uint64),
            of(field("local_endpoint", 8, Type::Message), ENDPOINT),
            of(field("remote_endpoint", 9, Type::Message), ENDPOINT),
            list("annotations", 10, ".zipkin.proto3.Annotation"),
            list("tags", 11, ".zipkin.proto3.Span.TagsEntry"),
            field("debug", 12, Type::Bool),
            field("shared", 13, Type::Bool),
        ],
    );
    let mut tags = message(
        "TagsEntry",
        vec![
            field("key", 1, Type::String),
            field("value", 2, Type::String),
        ],
    );
    tags.options = Some(MessageOptions {
        map_entry: Some(true),
        ..MessageOptions::default()
    });
    span.nested_type = vec![tags];
    span.enum_type = vec![EnumDescriptorProto {
        name: Some("Kind".to_owned()),
        value: KINDS.iter().zip(0..).map(kind).collect(),
        ..EnumDescriptorProto::default()
    }];
    let endpoint = message(
        "Endpoint",
        vec![
            field("service_name", 1, Type::String),
            field("ipv4", 2, Type::Bytes),
            field("ipv6", 3, Type::Bytes),
            field("port", 4, Type::Int32),
        ],
    );
    let annotation = message(
        "Annotation",
        vec![
            field("timestamp", 1, Type::Fixed64),
            field("value", 2, Type::String),
        ],
    );
    let spans = message("ListOfSpans", vec![list("spans", 1, ".zipkin.proto3.Span")]);
    let report = MethodDescriptorProto {
        name: Some("Report".to_owned()),
        input_type: Some(".zipkin.proto3.ListOfSpans".to_owned()),
        output_type: Some(".zipkin.proto3.ReportResponse".to_owned()),
        ..MethodDescriptorProto::default()
    };
    let file = FileDescriptorProto {
        name: Some("zipkin.proto".to_owned()),
        package: Some("zipkin.proto3".to_owned()),
        syntax: Some("proto3".to_owned()),
        message_type: vec![
            span,
            endpoint,
            annotation,
            spans,
            message("ReportResponse", Vec::new()),
        ],
        service: vec![ServiceDescriptorProto {
            name: Some("SpanService".to_owned()),
            method: vec![report],
            options: None,
        }],
        ..FileDescriptorProto::default()
    };
    FileDescriptorSet { file: vec![file] }
}

fn message(name: &str, field: Vec<FieldDescriptorProto>) -> DescriptorProto {
    DescriptorProto {
        name: Some(name.to_owned()),
        field,
        ..DescriptorProto::default()
    }
}

fn field(name: &str, number: i32, kind: Type) -> FieldDescriptorProto {
    FieldDescriptorProto {
        name: Some(name.to_owned()),
        number: Some(number),
        label: Some(Label::Optional.into()),
        r#type: Some(kind.into()),
        ..FieldDescriptorProto::default()
    }
}

fn of(mut field: FieldDescriptorProto, type_name: &str) -> FieldDescriptorProto {
    field.type_name = Some(type_name.to_owned());
    field
}

fn list(name: &str, number: i32, type_name: &str) -> FieldDescriptorProto {
    let mut field = of(field(name, number, Type::Message), type_name);
    field.label = Some(Label::Repeated.into());
    field
}

fn kind((name, number): (&&str, i32)) -> EnumValueDescriptorProto {
    EnumValueDescriptorProto {
        name: Some((*name).to_owned()),
        number: Some(number),
        options: None,
    }
}

const ENDPOINT: &str = ".zipkin.proto3.Endpoint";
const KINDS: [&str; 5] = [
    "SPAN_KIND_UNSPECIFIED",
    "CLIENT",
    "SERVER",
    "PRODUCER",
    "CONSUMER",
];
