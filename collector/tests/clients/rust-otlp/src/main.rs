//! A gateway and an order service with the OpenTelemetry SDK for Rust: `client otlp URL
//! grpc|http|json gzip|zstd|plain`. Prints the spans that it sent, as told in `../told.rs`.
use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex};

use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{
    Link, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId,
    TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Array, Context, InstrumentationScope, KeyValue, StringValue, Value};
use opentelemetry_otlp::{
    Compression, Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
    WithTonicConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

mod told;

fn main() -> Result<(), Box<dyn Error>> {
    let way: Vec<String> = std::env::args().skip(2).collect();
    let [url, transport, compression] = way.as_slice() else {
        return Err("client otlp URL grpc|http|json gzip|zstd|plain".into());
    };
    let tonic_needs_it = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let told = Arc::new(Mutex::new(Vec::new()));
    let mut providers = Vec::new();
    for service in ["gateway", "orders"] {
        let exporter = {
            let _inside = tonic_needs_it.enter();
            exporter(url, transport, compression)?
        };
        let resource = Resource::builder()
            .with_service_name(service)
            .with_attributes([
                KeyValue::new("service.instance.id", "one"),
                KeyValue::new("host.cores", 2),
                KeyValue::new("canary", true),
                KeyValue::new("zones", texts(["a", "b"])),
            ])
            .build();
        let heard = told::Heard::new(exporter, Arc::clone(&told));
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_batch_exporter(heard);
        providers.push(provider.build());
    }
    let scope = InstrumentationScope::builder("shop")
        .with_version("1.2")
        .with_attributes([KeyValue::new("team", "baskets")])
        .build();
    let tracers: Vec<SdkTracer> = providers
        .iter()
        .map(|provider| provider.tracer_with_scope(scope.clone()))
        .collect();
    shop(&tracers[0], &tracers[1])?;
    for provider in providers {
        provider.force_flush()?; // An error here is also what the exporter says.
        provider.shutdown()?;
    }
    println!("{}", serde_json::to_string(&*told.lock().unwrap())?);
    Ok(())
}

fn exporter(url: &str, transport: &str, compression: &str) -> Result<SpanExporter, Box<dyn Error>> {
    let compression = match compression {
        "gzip" => Some(Compression::Gzip),
        "zstd" => Some(Compression::Zstd),
        _ => None,
    };
    if transport == "grpc" {
        let mut builder = SpanExporter::builder().with_tonic().with_endpoint(url);
        if let Some(compression) = compression {
            builder = builder.with_compression(compression);
        }
        return Ok(builder.build()?);
    }
    let protocol = if transport == "json" {
        Protocol::HttpJson
    } else {
        Protocol::HttpBinary
    };
    let endpoint = format!("{url}/v1/traces");
    let builder = SpanExporter::builder().with_http().with_endpoint(endpoint);
    let mut builder = builder.with_protocol(protocol);
    if let Some(compression) = compression {
        builder = builder.with_compression(compression);
    }
    Ok(builder.build()?)
}

fn texts<const N: usize>(texts: [&'static str; N]) -> Value {
    Value::Array(Array::String(texts.map(StringValue::from).to_vec()))
}

fn shop(gateway: &SdkTracer, orders: &SdkTracer) -> Result<(), Box<dyn Error>> {
    let buy = gateway
        .span_builder("GET /buy")
        .with_kind(SpanKind::Server)
        .with_attributes([
            KeyValue::new("http.route", "/buy/\u{e4}pfel \u{1f34e}"),
            KeyValue::new("http.response.status_code", 500),
            KeyValue::new("price", 12.25),
            KeyValue::new("retried", true),
            KeyValue::new("largest", 9_007_199_254_740_991_i64),
            KeyValue::new("below", -7),
            KeyValue::new("fruits", texts(["\u{e4}pfel", "\u{c0ac}\u{acfc}"])),
            KeyValue::new("numbers", Value::Array(vec![1_i64, 2, 3].into())),
            KeyValue::new("weights", Value::Array(vec![0.5, -1.5].into())),
            KeyValue::new("flags", Value::Array(vec![true, false].into())),
            KeyValue::new("nothing", ""),
        ])
        .start(gateway);
    let buy = Context::new().with_span(buy);
    let price = gateway.start_with_context("price", &buy);
    let price = buy.with_span(price);
    price
        .span()
        .add_event("\u{ac00}\u{aca9}", vec![KeyValue::new("won", 1200)]);
    let error = std::io::Error::other("no \"price\" \u{2014} for \u{1f34e}");
    price.span().record_error(&error);
    price.span().end();
    let call = gateway
        .span_builder("POST /orders")
        .with_kind(SpanKind::Client)
        .with_attributes([
            KeyValue::new("server.address", "orders"),
            KeyValue::new("server.port", 9000),
        ])
        .start_with_context(gateway, &buy);
    let call = buy.with_span(call);

    // What goes over the wire between two services.
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&call, &mut carrier);
    carrier.insert("tracestate".to_owned(), "shop=one,other=zwei".to_owned());
    let there = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
    let earlier = SpanContext::new(
        TraceId::from_hex("5af7183fb1d4cf5f352bff9a74ca9ad2")?,
        SpanId::from_hex("352bff9a74ca9ad2")?,
        TraceFlags::SAMPLED,
        true,
        TraceState::default(),
    );
    let why = vec![KeyValue::new("why", "retry")];
    let order = orders
        .span_builder("POST /orders")
        .with_kind(SpanKind::Server)
        .with_links(vec![Link::new(earlier, why, 0)])
        .start_with_context(orders, &there);
    let order = there.with_span(order);
    for kind in [SpanKind::Producer, SpanKind::Consumer] {
        let span = orders.span_builder("parcels").with_kind(kind);
        let span = order.with_span(span.start_with_context(orders, &order));
        span.span().set_status(Status::Ok);
        span.span().end();
    }
    order.span().set_status(Status::error("sold out"));
    order.span().end();
    call.span().set_status(Status::error("answered 500"));
    call.span().end();
    buy.span().end();
    Ok(())
}
