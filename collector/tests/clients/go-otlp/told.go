package main

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/trace"
)

// heard passes spans on, and keeps what they say.
type heard struct {
	trace.SpanExporter
	told *[]map[string]any
}

func (h *heard) ExportSpans(ctx context.Context, spans []trace.ReadOnlySpan) error {
	for _, span := range spans {
		*h.told = append(*h.told, tell(span))
	}
	return h.SpanExporter.ExportSpans(ctx, spans)
}

func tell(span trace.ReadOnlySpan) map[string]any {
	events, links := []any{}, []any{}
	for _, event := range span.Events() {
		events = append(events, map[string]any{
			"name": event.Name, "time": nanoseconds(event.Time), "attributes": values(event.Attributes)})
	}
	for _, link := range span.Links() {
		links = append(links, map[string]any{"traceId": link.SpanContext.TraceID().String(),
			"spanId": link.SpanContext.SpanID().String(), "attributes": values(link.Attributes)})
	}
	var parent any
	if span.Parent().SpanID().IsValid() {
		parent = span.Parent().SpanID().String()
	}
	scope := span.InstrumentationScope()
	return map[string]any{
		"traceId": span.SpanContext().TraceID().String(), "spanId": span.SpanContext().SpanID().String(),
		"parentSpanId": parent, "traceState": span.SpanContext().TraceState().String(),
		"name": span.Name(), "kind": strings.ToUpper(span.SpanKind().String()),
		"start": nanoseconds(span.StartTime()), "end": nanoseconds(span.EndTime()),
		"attributes": values(span.Attributes()), "events": events, "links": links,
		"statusCode": strings.ToUpper(span.Status().Code.String()), "statusMessage": span.Status().Description,
		"resource": values(span.Resource().Attributes()),
		"scope":    map[string]any{"name": scope.Name, "version": scope.Version, "attributes": values(scope.Attributes.ToSlice())},
	}
}

func values(attributes []attribute.KeyValue) map[string]any {
	told := map[string]any{}
	for _, attribute := range attributes {
		told[string(attribute.Key)] = attribute.Value.AsInterface()
	}
	return told
}

// Texts, since the numbers are larger than JSON's.
func nanoseconds(at time.Time) json.RawMessage {
	return json.RawMessage(strconv.Quote(strconv.FormatInt(at.UnixNano(), 10)))
}
