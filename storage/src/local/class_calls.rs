//! What the spans of a class are to calls: found once a class, so that a span is not read whole to be
//! counted.
use crate::dependency::{NameId, Names};
use crate::encoding::Malformed;
use crate::local::dictionary::{Shape, Tables};
use crate::local::record::shape::shape_bit;
use crate::semconv;
use crate::span::{Format, Kind, StatusCode};

/// What the spans of a class are to calls.
#[derive(Clone, Copy)]
pub(super) enum ClassMeans {
    Call(ClassCall),
    /// Logs are nothing to calls.
    Nothing,
    /// Not the same for all of them.
    Varies,
}

/// What all spans of a class are to calls.
#[derive(Clone, Copy)]
pub(super) struct ClassCall {
    pub(super) kind: Kind,
    pub(super) shared: bool,
    pub(super) remote_service: Option<NameId>,
    pub(super) database: bool,
    pub(super) operation: Option<NameId>,
    pub(super) failed: bool,
    pub(super) error: bool,
}

/// What spans of a class are to calls: found by looking at one of them.
pub(super) fn class_means(
    names: &mut Names,
    tables: &Tables,
    class: u32,
) -> Result<ClassMeans, Malformed> {
    let (class, shape) = tables.class(class)?;
    if shape.format == Format::Log {
        return Ok(ClassMeans::Nothing);
    }
    if class.remote_varies {
        return Ok(ClassMeans::Varies);
    }
    let mut has_error_key = false;
    let mut error = shape.status == StatusCode::Error;
    let mut remote: Option<(u8, String)> = None;
    for attribute in tables.attributes(class, shape)? {
        let known = attribute?;
        let key = &*known.attribute.key;
        let value = known
            .value
            .cloned()
            .or_else(|| known.attribute.formal_value());
        let rank = semconv::remote_service_rank(key.as_bytes(), shape.kind);
        let Some(value) = value else {
            if key == "error" {
                return Ok(ClassMeans::Varies);
            }
            continue;
        };
        if key == "error" && !has_error_key {
            has_error_key = true;
            error |= value.to_string() != "false";
        }
        if let (Some(rank), Some(name)) = (rank, value.as_str())
            && !name.is_empty()
            && remote.as_ref().is_none_or(|(best, _)| rank < *best)
        {
            remote = Some((rank, name.to_owned()));
        }
    }
    let call = call_of_shape(names, shape, remote, has_error_key, error);
    Ok(ClassMeans::Call(call))
}

fn call_of_shape(
    names: &mut Names,
    shape: &Shape,
    remote: Option<(u8, String)>,
    has_error_key: bool,
    error: bool,
) -> ClassCall {
    let (remote_service, database) = match shape.format {
        Format::Zipkin => {
            let name = shape.remote_service.as_deref();
            (name.and_then(|name| names.service(name)), false)
        }
        Format::Otlp | Format::Log => remote.map_or((None, false), |(rank, name)| {
            (names.service(&name), semconv::is_database_rank(rank))
        }),
    };
    ClassCall {
        kind: shape.kind,
        shared: shape.is_shared(),
        remote_service,
        database,
        operation: shape.name.as_deref().and_then(|name| names.operation(name)),
        failed: match shape.format {
            Format::Zipkin => has_error_key,
            Format::Otlp | Format::Log => error,
        },
        error: error || shape.has(shape_bit::FAILED),
    }
}
