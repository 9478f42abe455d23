// A client of Zipkin in Go: `client zipkin-go URL json|proto` or `client opentelemetry URL`.
// Prints the spans that a Zipkin server should have, as Zipkin v2.
package main

import (
	"fmt"
	"os"
)

func main() {
	ways := map[string]func(url string, rest []string) error{
		"zipkin-go":     withZipkinGo,
		"opentelemetry": withOpenTelemetry,
	}
	if len(os.Args) < 3 || ways[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "client zipkin-go URL json|proto, or client opentelemetry URL")
		os.Exit(2)
	}
	if err := ways[os.Args[1]](os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
