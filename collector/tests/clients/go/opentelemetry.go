package main

import (
	"context"
	"encoding/json"
	"os"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	exporter "go.opentelemetry.io/otel/exporters/zipkin"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	api "go.opentelemetry.io/otel/trace"
)

// heard keeps what the SDK exports, in the exporter's own words.
type heard struct {
	trace.SpanExporter
	spans []trace.ReadOnlySpan
}

func (h *heard) ExportSpans(ctx context.Context, spans []trace.ReadOnlySpan) error {
	h.spans = append(h.spans, spans...)
	return h.SpanExporter.ExportSpans(ctx, spans)
}

func withOpenTelemetry(url string, _ []string) error {
	zipkin, err := exporter.New(url + "/api/v2/spans")
	if err != nil {
		return err
	}
	exports := &heard{SpanExporter: zipkin}
	provider := trace.NewTracerProvider(
		trace.WithBatcher(exports),
		trace.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "Gateway"), attribute.String("service.instance.id", "one"))))
	tracer := provider.Tracer("shop", api.WithInstrumentationVersion("1.2"))
	ctx, server := tracer.Start(context.Background(), "GET /buy", api.WithSpanKind(api.SpanKindServer),
		api.WithAttributes(attribute.String("http.route", "/buy/\u00e4pfel \U0001f34e"), attribute.Int("http.response.status_code", 500)))
	_, local := tracer.Start(ctx, "price")
	local.AddEvent("\uac00\uaca9", api.WithAttributes(attribute.Int("won", 1200)))
	local.End()
	_, client := tracer.Start(ctx, "POST", api.WithSpanKind(api.SpanKindClient),
		api.WithAttributes(attribute.String("peer.service", "orders"), attribute.String("server.address", "orders"),
			attribute.StringSlice("list", []string{"a", "b"}), attribute.Bool("retried", true)))
	client.SetStatus(codes.Error, "answered 500")
	client.End()
	for _, kind := range []api.SpanKind{api.SpanKindProducer, api.SpanKindConsumer} {
		_, span := tracer.Start(ctx, "send", api.WithSpanKind(kind))
		span.End()
	}
	server.End()
	// An error here is also any other answer than 202.
	ends, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := provider.ForceFlush(ends); err != nil {
		return err
	}
	if err := provider.Shutdown(ends); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(exporter.SpanModels(exports.spans))
}
