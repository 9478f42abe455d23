package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"time"

	"github.com/openzipkin/zipkin-go"
	"github.com/openzipkin/zipkin-go/idgenerator"
	"github.com/openzipkin/zipkin-go/model"
	"github.com/openzipkin/zipkin-go/proto/zipkin_proto3"
	"github.com/openzipkin/zipkin-go/reporter"
	"github.com/openzipkin/zipkin-go/reporter/http"
)

// told keeps what the tracer reports.
type told struct {
	reporter.Reporter
	spans []model.SpanModel
	cuts  bool
}

func (t *told) Send(span model.SpanModel) {
	t.Reporter.Send(span)
	if t.cuts {
		span.Duration = span.Duration.Truncate(time.Microsecond)
	}
	t.spans = append(t.spans, span)
}

func withZipkinGo(url string, rest []string) error {
	var complaints bytes.Buffer
	options := []http.ReporterOption{
		http.BatchInterval(50 * time.Millisecond),
		http.Logger(log.New(&complaints, "", 0)),
	}
	// JSON rounds a duration and is at least one, protobuf cuts it.
	proto := len(rest) == 1 && rest[0] == "proto"
	if proto {
		options = append(options, http.Serializer(zipkin_proto3.SpanSerializer{}))
	}
	reports := &told{Reporter: http.NewReporter(url+"/api/v2/spans", options...), cuts: proto}
	for _, generator := range []idgenerator.IDGenerator{idgenerator.NewRandom128(), idgenerator.NewRandom64()} {
		if err := shop(reports, generator); err != nil {
			return err
		}
	}
	if err := reports.Close(); err != nil {
		return err
	}
	if complaints.Len() > 0 {
		return errors.New(complaints.String())
	}
	return json.NewEncoder(os.Stdout).Encode(reports.spans)
}

func shop(reports reporter.Reporter, generator idgenerator.IDGenerator) error {
	here := &model.Endpoint{ServiceName: "Gateway", IPv4: net.ParseIP("10.0.0.1").To4(), Port: 8080}
	there := &model.Endpoint{ServiceName: "orders", IPv6: net.ParseIP("2001:db8::c001"), Port: 9000}
	gateway, err := tracer(reports, generator, here)
	if err != nil {
		return err
	}
	orders, err := tracer(reports, generator, there)
	if err != nil {
		return err
	}
	server := gateway.StartSpan("GET /buy", zipkin.Kind(model.Server))
	server.Tag("http.path", "/buy/\u00e4pfel \U0001f34e")
	server.Annotate(time.Now().Truncate(time.Microsecond), "\uac00\uaca9")
	local := gateway.StartSpan("price", zipkin.Parent(server.Context()))
	local.Finish()
	client := gateway.StartSpan("POST", zipkin.Kind(model.Client), zipkin.Parent(server.Context()), zipkin.RemoteEndpoint(there))
	zipkin.TagError.Set(client, "answered 500")
	// The other half has the caller's ids, so it is a shared span.
	called := orders.StartSpan("POST /orders", zipkin.Kind(model.Server), zipkin.Parent(client.Context()))
	zipkin.TagHTTPStatusCode.Set(called, "500")
	called.Finish()
	client.Finish()
	for _, kind := range []model.Kind{model.Producer, model.Consumer} {
		gateway.StartSpan("send", zipkin.Kind(kind), zipkin.Parent(server.Context())).Finish()
	}
	server.Finish()
	debugged := server.Context()
	debugged.Debug, debugged.ParentID = true, nil
	debugged.TraceID = generator.TraceID()
	debugged.ID = generator.SpanID(debugged.TraceID)
	gateway.StartSpan("debugged", zipkin.Parent(debugged), zipkin.Kind(model.Server)).Finish()
	return nil
}

func tracer(reports reporter.Reporter, generator idgenerator.IDGenerator, here *model.Endpoint) (*zipkin.Tracer, error) {
	tracer, err := zipkin.NewTracer(reports,
		zipkin.WithLocalEndpoint(here),
		zipkin.WithIDGenerator(generator),
		zipkin.WithSharedSpans(true),
		zipkin.WithTags(map[string]string{"everywhere": "\"quoted\" \\ \n"}))
	if err != nil {
		return nil, fmt.Errorf("tracer: %w", err)
	}
	return tracer, nil
}
