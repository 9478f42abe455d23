// A service of the shop: /orders asks the services in NEXT, /stock asks a database.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/contrib/propagators/autoprop"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// A span for each request that goes out, and the trace in its headers.
var client = http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport)}

func main() {
	ended, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()

	// Its name is OTEL_SERVICE_NAME, and it sends to OTEL_EXPORTER_OTLP_ENDPOINT.
	exporter, err := otlptracehttp.New(ended)
	if err != nil {
		log.Fatal(err)
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter))
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(autoprop.NewTextMapPropagator()) // W3C, or what OTEL_PROPAGATORS says

	routes := http.NewServeMux()
	routes.HandleFunc("GET /orders", orders)
	routes.HandleFunc("GET /stock", stock)
	// A span for each request that comes in.
	server := http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), Handler: otelhttp.NewHandler(routes, "shop")}
	go func() {
		<-ended.Done()
		server.Shutdown(context.Background())
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
	// An orderly end sends what is still held.
	if err := provider.Shutdown(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func orders(w http.ResponseWriter, r *http.Request) {
	keepRequestID(r)
	for _, url := range strings.Fields(os.Getenv("NEXT")) {
		next, err := http.NewRequestWithContext(r.Context(), http.MethodGet, url, nil)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		next.Header.Set("X-Request-ID", r.Header.Get("X-Request-ID"))
		answer, err := client.Do(next)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		answer.Body.Close()
	}
	fmt.Fprintln(w, `{"ordered": true}`)
}

func stock(w http.ResponseWriter, r *http.Request) {
	keepRequestID(r)
	_, query := otel.Tracer("shop").Start(r.Context(), "SELECT stock", trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.String("db.system.name", "postgresql"), attribute.String("db.namespace", "stock")))
	time.Sleep(20 * time.Millisecond) // where the database would be
	query.End()
	fmt.Fprintln(w, `{"left": 3}`)
}

func keepRequestID(r *http.Request) {
	trace.SpanFromContext(r.Context()).SetAttributes(attribute.String("x-request-id", r.Header.Get("X-Request-ID")))
}
