// WithReporter URL ENCODING urlconnection|okhttp: zipkin-reporter reports two traces of every shape
// that zipkin2.Span has. Prints them as Zipkin v2.
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import zipkin2.Endpoint;
import zipkin2.Span;
import zipkin2.codec.Encoding;
import zipkin2.codec.SpanBytesEncoder;
import zipkin2.reporter.BytesEncoder;
import zipkin2.reporter.BytesMessageSender;
import zipkin2.reporter.AsyncReporter;
import zipkin2.reporter.okhttp3.OkHttpSender;
import zipkin2.reporter.urlconnection.URLConnectionSender;

public class WithReporter {
  static final Endpoint GATEWAY =
      Endpoint.newBuilder().serviceName("gateway").ip("10.0.0.1").port(8080).build();
  static final Endpoint ORDERS =
      Endpoint.newBuilder().serviceName("orders").ip("2001:db8::c001").port(9000).build();
  static final Endpoint QUEUE = Endpoint.newBuilder().serviceName("queue").ip("10.0.0.3").build();

  public static void main(String[] arguments) throws Exception {
    String url = arguments[0];
    SpanBytesEncoder encoder = SpanBytesEncoder.valueOf(arguments[1]);
    boolean isV1 = encoder == SpanBytesEncoder.THRIFT || encoder == SpanBytesEncoder.JSON_V1;
    url += isV1 ? "/api/v1/spans" : "/api/v2/spans";
    List<Span> spans = spans();
    try (BytesMessageSender sender = sender(arguments[2], url, encoder.encoding())) {
      AsyncReporter<Span> reporter =
          AsyncReporter.builder(sender).messageTimeout(50, TimeUnit.MILLISECONDS).build(bytes(encoder));
      probe(sender);
      // Two messages over one connection.
      for (Span span : spans.subList(0, 3)) reporter.report(span);
      reporter.flush();
      for (Span span : spans.subList(3, spans.size())) reporter.report(span);
      reporter.flush();
      reporter.close();
    }
    System.out.println(new String(SpanBytesEncoder.JSON_V2.encodeList(spans), StandardCharsets.UTF_8));
    System.exit(0);
  }

  // As health checks do. In PROTO3 it is gzip of nothing, which the real Zipkin refuses.
  static void probe(BytesMessageSender sender) throws Exception {
    try {
      sender.send(List.of());
    } catch (Exception refused) {
      if (sender.encoding() != zipkin2.reporter.Encoding.PROTO3) throw refused;
    }
  }

  static BytesMessageSender sender(String name, String url, Encoding encoding) {
    zipkin2.reporter.Encoding same = zipkin2.reporter.Encoding.valueOf(encoding.name());
    return name.equals("okhttp")
        ? OkHttpSender.newBuilder().endpoint(url).encoding(same).build()
        : URLConnectionSender.newBuilder().endpoint(url).encoding(same).build();
  }

  static BytesEncoder<Span> bytes(SpanBytesEncoder encoder) {
    return new BytesEncoder<Span>() {
      @Override public zipkin2.reporter.Encoding encoding() {
        return zipkin2.reporter.Encoding.valueOf(encoder.encoding().name());
      }
      @Override public int sizeInBytes(Span span) {
        return encoder.sizeInBytes(span);
      }
      @Override public byte[] encode(Span span) {
        return encoder.encode(span);
      }
    };
  }

  static List<Span> spans() {
    long now = System.currentTimeMillis() * 1000 + 123;
    String wide = id() + id(), narrow = id(), root = id(), call = id();
    List<Span> spans = new ArrayList<>();
    spans.add(Span.newBuilder().traceId(wide).id(root).kind(Span.Kind.SERVER).name("get /buy")
        .timestamp(now).duration(2_000_001).localEndpoint(GATEWAY)
        .remoteEndpoint(Endpoint.newBuilder().ip("192.0.2.7").port(50123).build())
        .putTag("http.path", "/buy/\u00e4pfel \ud83c\udf4e").putTag("\uac00\uaca9", "\"1,200\" \\ won\n")
        .addAnnotation(now + 5, "cache missed").addAnnotation(now + 7, "\uac00\uaca9").build());
    spans.add(Span.newBuilder().traceId(wide).parentId(root).id(call).kind(Span.Kind.CLIENT).name("post")
        .timestamp(now + 10).duration(1_500_000).localEndpoint(GATEWAY).remoteEndpoint(ORDERS)
        .putTag("error", "answered 500").build());
    spans.add(Span.newBuilder().traceId(wide).parentId(root).id(call).kind(Span.Kind.SERVER).shared(true)
        .name("post /orders").timestamp(now + 20).duration(1_400_000).localEndpoint(ORDERS)
        .putTag("error", "").build());
    spans.add(Span.newBuilder().traceId(wide).parentId(root).id(id()).name("price")
        .timestamp(now + 30).duration(1).localEndpoint(GATEWAY).build());
    spans.add(Span.newBuilder().traceId(wide).parentId(root).id(id()).kind(Span.Kind.PRODUCER).name("send")
        .timestamp(now + 40).localEndpoint(GATEWAY).remoteEndpoint(QUEUE).build());
    spans.add(Span.newBuilder().traceId(wide).parentId(root).id(id()).kind(Span.Kind.CONSUMER).name("receive")
        .timestamp(now + 50).duration(12).localEndpoint(ORDERS).remoteEndpoint(QUEUE).build());
    spans.add(Span.newBuilder().traceId(narrow).id(narrow).kind(Span.Kind.CLIENT).name("debugged")
        .timestamp(now).duration(300).localEndpoint(GATEWAY).debug(true).build());
    return spans;
  }

  static String id() {
    return String.format("%016x", ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE));
  }
}
