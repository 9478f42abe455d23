// WithOpenTelemetry URL grpc|http gzip|plain: a gateway and an order service with the OpenTelemetry
// SDK for Java. Prints the spans that it sent, as told in ../told.rs.
import com.google.gson.Gson;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

public class WithOpenTelemetry {
  static final List<Map<String, Object>> TOLD = new ArrayList<>();
  static final AtomicBoolean FAILED = new AtomicBoolean();

  public static void main(String[] arguments) {
    List<SdkTracerProvider> providers = List.of(provider("gateway", arguments), provider("orders", arguments));
    List<Tracer> tracers = providers.stream()
        .map(provider -> provider.tracerBuilder("shop").setInstrumentationVersion("1.2").build()).toList();
    shop(tracers.get(0), tracers.get(1));
    for (SdkTracerProvider provider : providers) {
      boolean ended = provider.shutdown().join(20, TimeUnit.SECONDS).isSuccess();
      if (!ended || FAILED.get()) {
        System.err.println("the exporter says that it failed");
        System.exit(1);
      }
    }
    System.out.println(new Gson().newBuilder().serializeNulls().create().toJson(TOLD));
    System.exit(0);
  }

  static SdkTracerProvider provider(String service, String[] way) {
    Resource described = Resource.create(Attributes.builder()
        .put("service.name", service).put("service.instance.id", "one")
        .put("host.cores", 2).put("canary", true).put("zones", "a", "b").build());
    return SdkTracerProvider.builder()
        .setResource(Resource.getDefault().merge(described))
        .addSpanProcessor(BatchSpanProcessor.builder(heard(exporter(way[0], way[1], way[2]))).build())
        .build();
  }

  static SpanExporter exporter(String url, String transport, String compression) {
    String how = compression.equals("plain") ? "none" : compression;
    return transport.equals("grpc")
        ? OtlpGrpcSpanExporter.builder().setEndpoint(url).setCompression(how).build()
        : OtlpHttpSpanExporter.builder().setEndpoint(url + "/v1/traces").setCompression(how).build();
  }

  // Passes spans on, and keeps what they say.
  static SpanExporter heard(SpanExporter inner) {
    return new SpanExporter() {
      @Override public CompletableResultCode export(Collection<SpanData> spans) {
        synchronized (TOLD) {
          for (SpanData span : spans) TOLD.add(tell(span));
        }
        CompletableResultCode result = inner.export(spans);
        return result.whenComplete(() -> FAILED.compareAndSet(false, !result.isSuccess()));
      }
      @Override public CompletableResultCode flush() {
        return inner.flush();
      }
      @Override public CompletableResultCode shutdown() {
        return inner.shutdown();
      }
    };
  }

  static Map<String, Object> tell(SpanData span) {
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("traceId", span.getTraceId());
    told.put("spanId", span.getSpanId());
    told.put("parentSpanId", span.getParentSpanContext().isValid() ? span.getParentSpanId() : null);
    List<String> states = new ArrayList<>();
    span.getSpanContext().getTraceState().forEach((key, value) -> states.add(key + "=" + value));
    told.put("traceState", String.join(",", states));
    told.put("name", span.getName());
    told.put("kind", span.getKind().name());
    told.put("start", Long.toString(span.getStartEpochNanos()));
    told.put("end", Long.toString(span.getEndEpochNanos()));
    told.put("attributes", values(span.getAttributes()));
    told.put("events", span.getEvents().stream().map(event -> Map.of("name", event.getName(),
        "time", Long.toString(event.getEpochNanos()), "attributes", values(event.getAttributes()))).toList());
    told.put("links", span.getLinks().stream().map(link -> Map.of("traceId", link.getSpanContext().getTraceId(),
        "spanId", link.getSpanContext().getSpanId(), "attributes", values(link.getAttributes()))).toList());
    told.put("statusCode", span.getStatus().getStatusCode().name());
    told.put("statusMessage", span.getStatus().getDescription());
    told.put("resource", values(span.getResource().getAttributes()));
    told.put("scope", Map.of("name", span.getInstrumentationScopeInfo().getName(),
        "version", span.getInstrumentationScopeInfo().getVersion(),
        "attributes", values(span.getInstrumentationScopeInfo().getAttributes())));
    return told;
  }

  static Map<String, Object> values(Attributes attributes) {
    Map<String, Object> told = new HashMap<>();
    attributes.forEach((key, value) -> told.put(key.getKey(), value));
    return told;
  }

  static void shop(Tracer gateway, Tracer orders) {
    Span buy = gateway.spanBuilder("GET /buy").setSpanKind(SpanKind.SERVER).setNoParent()
        .setAllAttributes(Attributes.builder()
            .put("http.route", "/buy/\u00e4pfel \ud83c\udf4e").put("http.response.status_code", 500)
            .put("price", 12.25).put("retried", true).put("largest", 9007199254740991L).put("below", -7)
            .put("fruits", "\u00e4pfel", "\uc0ac\uacfc").put("numbers", 1, 2, 3)
            .put("weights", 0.5, -1.5).put("flags", true, false).put("nothing", "").build())
        .startSpan();
    Context inBuy = Context.root().with(buy);
    Span price = gateway.spanBuilder("price").setParent(inBuy).startSpan();
    price.addEvent("\uac00\uaca9", Attributes.of(AttributeKey.longKey("won"), 1200L));
    price.recordException(new IllegalStateException("no \"price\" \u2014 for \ud83c\udf4e"));
    price.end();
    Span call = gateway.spanBuilder("POST /orders").setSpanKind(SpanKind.CLIENT).setParent(inBuy)
        .setAttribute("server.address", "orders").setAttribute("server.port", 9000).startSpan();

    // What goes over the wire between two services.
    Map<String, String> carrier = new HashMap<>();
    W3CTraceContextPropagator.getInstance().inject(inBuy.with(call), carrier, Map::put);
    carrier.put("tracestate", "shop=one,other=zwei");
    Context there = W3CTraceContextPropagator.getInstance().extract(Context.root(), carrier, GETTER);
    SpanContext earlier = SpanContext.create("5af7183fb1d4cf5f352bff9a74ca9ad2", "352bff9a74ca9ad2",
        TraceFlags.getSampled(), TraceState.getDefault());
    Span order = orders.spanBuilder("POST /orders").setSpanKind(SpanKind.SERVER).setParent(there)
        .addLink(earlier, Attributes.of(AttributeKey.stringKey("why"), "retry")).startSpan();
    for (SpanKind kind : List.of(SpanKind.PRODUCER, SpanKind.CONSUMER)) {
      Span span = orders.spanBuilder("parcels").setSpanKind(kind).setParent(there.with(order)).startSpan();
      span.setStatus(StatusCode.OK);
      span.end();
    }
    order.setStatus(StatusCode.ERROR, "sold out");
    order.end();
    call.setStatus(StatusCode.ERROR, "answered 500");
    call.end();
    buy.end();
  }

  static final TextMapGetter<Map<String, String>> GETTER = new TextMapGetter<>() {
    @Override public Iterable<String> keys(Map<String, String> carrier) {
      return carrier.keySet();
    }
    @Override public String get(Map<String, String> carrier, String key) {
      return carrier.get(key);
    }
  };
}
