// A service of the shop: /orders asks the services in NEXT, /stock asks a database.
package main

import (
	"cmp"
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

	"github.com/openzipkin/zipkin-go"
	traced "github.com/openzipkin/zipkin-go/middleware/http"
	"github.com/openzipkin/zipkin-go/model"
	reporter "github.com/openzipkin/zipkin-go/reporter/http"
)

type shop struct {
	tracer *zipkin.Tracer
	client http.Client
}

func main() {
	address := "127.0.0.1:" + os.Getenv("PORT")
	hopline := cmp.Or(os.Getenv("HOPLINE"), "http://127.0.0.1:9411")
	spans := reporter.NewReporter(hopline + "/api/v2/spans")
	here, err := zipkin.NewEndpoint(os.Getenv("SERVICE"), address)
	if err != nil {
		log.Fatal(err)
	}
	tracer, err := zipkin.NewTracer(spans, zipkin.WithLocalEndpoint(here), zipkin.WithTraceID128Bit(true))
	if err != nil {
		log.Fatal(err)
	}
	// A span for each request that goes out, and the trace in its headers.
	transport, err := traced.NewTransport(tracer)
	if err != nil {
		log.Fatal(err)
	}

	shop := shop{tracer, http.Client{Transport: transport}}
	routes := http.NewServeMux()
	for pattern, handler := range map[string]http.HandlerFunc{"GET /orders": shop.orders, "GET /stock": shop.stock} {
		// A span for each request that comes in.
		routes.Handle(pattern, traced.NewServerMiddleware(tracer, traced.SpanName(pattern))(handler))
	}
	server := http.Server{Addr: address, Handler: routes}
	go func() {
		ended, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
		defer stop()
		<-ended.Done()
		server.Shutdown(context.Background())
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
	// An orderly end sends what is still held.
	if err := spans.Close(); err != nil {
		log.Fatal(err)
	}
}

func (s shop) orders(w http.ResponseWriter, r *http.Request) {
	keepRequestID(r)
	for _, url := range strings.Fields(os.Getenv("NEXT")) {
		next, err := http.NewRequestWithContext(r.Context(), http.MethodGet, url, nil)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		next.Header.Set("X-Request-ID", r.Header.Get("X-Request-ID"))
		answer, err := s.client.Do(next)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		answer.Body.Close()
	}
	fmt.Fprintln(w, `{"ordered": true}`)
}

func (s shop) stock(w http.ResponseWriter, r *http.Request) {
	keepRequestID(r)
	query, _ := s.tracer.StartSpanFromContext(r.Context(), "SELECT stock", zipkin.Kind(model.Client),
		zipkin.RemoteEndpoint(&model.Endpoint{ServiceName: "postgresql", Port: 5432}))
	time.Sleep(20 * time.Millisecond)                     // where the database would be
	zipkin.Tag("db.system.name").Set(query, "postgresql") // says that this is a database
	query.Finish()
	fmt.Fprintln(w, `{"left": 3}`)
}

func keepRequestID(r *http.Request) {
	zipkin.SpanFromContext(r.Context()).Tag("x-request-id", r.Header.Get("X-Request-ID"))
}
