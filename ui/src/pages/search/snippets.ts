// How to send a first span, in four languages, to the address this page came from.

export interface Snippet {
  name: 'curl' | 'Python' | 'Node' | 'Java';
  code: string;
}

/** `origin` is where the collector answers, without a slash at the end. */
export function snippets(origin: string): Snippet[] {
  return [
    { name: 'curl', code: curl(origin) },
    { name: 'Python', code: python(origin) },
    { name: 'Node', code: node(origin) },
    { name: 'Java', code: java(origin) },
  ];
}

function curl(origin: string): string {
  return `curl -i ${origin}/api/v2/spans -H 'Content-Type: application/json' -d '[{
  "traceId": "'$(openssl rand -hex 16)'", "id": "'$(openssl rand -hex 8)'",
  "name": "hello", "kind": "SERVER", "duration": 1500,
  "timestamp": '$(date +%s)'000000,
  "localEndpoint": {"serviceName": "my-first-service"}
}]'`;
}

function python(origin: string): string {
  return `# pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider(resource=Resource.create({"service.name": "my-first-service"}))
provider.add_span_processor(
    BatchSpanProcessor(OTLPSpanExporter(endpoint="${origin}/v1/traces"))
)
trace.set_tracer_provider(provider)

with trace.get_tracer("hello").start_as_current_span("hello"):
    print("sent")
provider.shutdown()`;
}

function node(origin: string): string {
  return `// npm install @opentelemetry/api @opentelemetry/sdk-node @opentelemetry/exporter-trace-otlp-proto
// save as hello.mjs, run: node hello.mjs
import { trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';

const sdk = new NodeSDK({
  serviceName: 'my-first-service',
  traceExporter: new OTLPTraceExporter({ url: '${origin}/v1/traces' }),
});
sdk.start();
trace.getTracer('hello').startActiveSpan('hello', (span) => span.end());
await sdk.shutdown();`;
}

function java(origin: string): string {
  return `# Any Java program, with the OpenTelemetry agent (opentelemetry-javaagent.jar)
OTEL_SERVICE_NAME=my-first-service \\
OTEL_TRACES_EXPORTER=otlp OTEL_METRICS_EXPORTER=none OTEL_LOGS_EXPORTER=none \\
OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf \\
OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=${origin}/v1/traces \\
java -javaagent:opentelemetry-javaagent.jar -jar app.jar

# Or Spring Boot 3 with micrometer-tracing-bridge-otel and opentelemetry-exporter-otlp: application.properties
spring.application.name=my-first-service
management.tracing.sampling.probability=1.0
management.otlp.tracing.endpoint=${origin}/v1/traces`;
}
