// A gateway and an order service with the OpenTelemetry SDK for Go: `client otlp URL grpc|http
// gzip|plain`. Prints the spans that it sent, as told in ../told.rs.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	api "go.opentelemetry.io/otel/trace"
)

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "client otlp URL grpc|http gzip|plain")
		os.Exit(2)
	}
	// What an exporter is told of refused spans comes this way.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(fail))
	told := []map[string]any{}
	gateway := provider("gateway", &told)
	orders := provider("orders", &told)
	shop(gateway, orders)
	for _, provider := range []*trace.TracerProvider{gateway, orders} {
		ends, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := errors.Join(provider.ForceFlush(ends), provider.Shutdown(ends)); err != nil {
			fail(err)
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(told); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func provider(service string, told *[]map[string]any) *trace.TracerProvider {
	sent, err := exporter(os.Args[2], os.Args[3], os.Args[4] == "gzip")
	if err != nil {
		fail(err)
	}
	described, err := resource.New(context.Background(), resource.WithTelemetrySDK(), resource.WithAttributes(
		attribute.String("service.name", service), attribute.String("service.instance.id", "one"),
		attribute.Int("host.cores", 2), attribute.Bool("canary", true), attribute.StringSlice("zones", []string{"a", "b"})))
	if err != nil {
		fail(err)
	}
	return trace.NewTracerProvider(trace.WithBatcher(&heard{sent, told}), trace.WithResource(described))
}

func exporter(url, transport string, gzip bool) (trace.SpanExporter, error) {
	if transport == "grpc" {
		options := []otlptracegrpc.Option{otlptracegrpc.WithEndpointURL(url)}
		if gzip {
			options = append(options, otlptracegrpc.WithCompressor("gzip"))
		}
		return otlptracegrpc.New(context.Background(), options...)
	}
	options := []otlptracehttp.Option{otlptracehttp.WithEndpointURL(url + "/v1/traces")}
	if gzip {
		options = append(options, otlptracehttp.WithCompression(otlptracehttp.GzipCompression))
	}
	return otlptracehttp.New(context.Background(), options...)
}

func shop(gateway, orders *trace.TracerProvider) {
	of := func(provider *trace.TracerProvider) api.Tracer {
		return provider.Tracer("shop", api.WithInstrumentationVersion("1.2"),
			api.WithInstrumentationAttributes(attribute.String("team", "baskets")))
	}
	ctx, buy := of(gateway).Start(context.Background(), "GET /buy", api.WithSpanKind(api.SpanKindServer), api.WithAttributes(
		attribute.String("http.route", "/buy/\u00e4pfel \U0001f34e"), attribute.Int("http.response.status_code", 500),
		attribute.Float64("price", 12.25), attribute.Bool("retried", true), attribute.Int64("largest", 9007199254740991),
		attribute.Int("below", -7), attribute.StringSlice("fruits", []string{"\u00e4pfel", "\uc0ac\uacfc"}),
		attribute.IntSlice("numbers", []int{1, 2, 3}), attribute.Float64Slice("weights", []float64{0.5, -1.5}),
		attribute.BoolSlice("flags", []bool{true, false}), attribute.String("nothing", "")))
	_, price := of(gateway).Start(ctx, "price")
	price.AddEvent("\uac00\uaca9", api.WithAttributes(attribute.Int("won", 1200)))
	price.RecordError(errors.New("no \"price\" \u2014 for \U0001f34e"), api.WithStackTrace(true))
	price.End()
	ctx, call := of(gateway).Start(ctx, "POST /orders", api.WithSpanKind(api.SpanKindClient),
		api.WithAttributes(attribute.String("server.address", "orders"), attribute.Int("server.port", 9000)))

	// What goes over the wire between two services.
	w3c, carrier := propagation.TraceContext{}, propagation.MapCarrier{}
	w3c.Inject(ctx, carrier)
	carrier["tracestate"] = "shop=one,other=zwei"
	there := w3c.Extract(context.Background(), carrier)

	traceID, _ := api.TraceIDFromHex("5af7183fb1d4cf5f352bff9a74ca9ad2")
	spanID, _ := api.SpanIDFromHex("352bff9a74ca9ad2")
	earlier := api.NewSpanContext(api.SpanContextConfig{TraceID: traceID, SpanID: spanID})
	there, order := of(orders).Start(there, "POST /orders", api.WithSpanKind(api.SpanKindServer),
		api.WithLinks(api.Link{SpanContext: earlier, Attributes: []attribute.KeyValue{attribute.String("why", "retry")}}))
	for _, kind := range []api.SpanKind{api.SpanKindProducer, api.SpanKindConsumer} {
		_, span := of(orders).Start(there, "parcels", api.WithSpanKind(kind))
		span.SetStatus(codes.Ok, "")
		span.End()
	}
	order.SetStatus(codes.Error, "sold out")
	order.End()
	call.SetStatus(codes.Error, "answered 500")
	call.End()
	buy.End()
}
