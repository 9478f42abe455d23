// A service of the shop: /orders asks the services in NEXT, /stock asks a database.
import brave.Span;
import brave.Tags;
import brave.Tracer;
import brave.Tracing;
import brave.baggage.BaggageField;
import brave.baggage.BaggagePropagation;
import brave.baggage.BaggagePropagationConfig.SingleBaggageField;
import brave.propagation.B3Propagation;
import brave.propagation.Propagation.RemoteGetter;
import brave.propagation.Propagation.RemoteSetter;
import brave.propagation.TraceContext.Extractor;
import brave.propagation.TraceContext.Injector;
import brave.propagation.TraceContextOrSamplingFlags;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.Executors;
import zipkin2.reporter.brave.AsyncZipkinSpanHandler;
import zipkin2.reporter.urlconnection.URLConnectionSender;

public class Service {
  // The request id travels as baggage: read from its header, sent on in it, by Brave.
  static final BaggageField REQUEST_ID = BaggageField.create("x-request-id");

  static final String HOPLINE = System.getenv().getOrDefault("HOPLINE", "http://127.0.0.1:9411");
  static final AsyncZipkinSpanHandler SPANS =
      AsyncZipkinSpanHandler.create(URLConnectionSender.create(HOPLINE + "/api/v2/spans"));
  static final Tracing TRACING = Tracing.newBuilder()
      .localServiceName(System.getenv("SERVICE"))
      .propagationFactory(BaggagePropagation.newFactoryBuilder(B3Propagation.FACTORY)
          .add(SingleBaggageField.remote(REQUEST_ID))
          .build())
      .traceId128Bit(true)
      .addSpanHandler(SPANS)
      .build();
  static final Tracer TRACER = TRACING.tracer();
  static final Extractor<HttpExchange> EXTRACTOR = TRACING.propagation().extractor(new HeaderOf());
  static final Injector<HttpRequest.Builder> INJECTOR = TRACING.propagation().injector(new SetHeader());
  static final HttpClient CLIENT = HttpClient.newHttpClient();

  public static void main(String[] arguments) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(System.getenv("PORT"))), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/orders", traced("GET /orders", Service::orders));
    server.createContext("/stock", traced("GET /stock", Service::stock));
    server.start();
    // An orderly end sends what is still held.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      TRACING.close();
      SPANS.close();
    }));
  }

  /** A span for each request that comes in: the server's half of the caller's span, or the root of a new trace. */
  static HttpHandler traced(String name, HttpHandler handler) {
    return exchange -> {
      TraceContextOrSamplingFlags caller = EXTRACTOR.extract(exchange);
      Span span = caller.context() != null ? TRACER.joinSpan(caller.context()) : TRACER.nextSpan(caller);
      span.name(name).kind(Span.Kind.SERVER).start();
      try (Tracer.SpanInScope scope = TRACER.withSpanInScope(span)) {
        Tags.BAGGAGE_FIELD.tag(REQUEST_ID, span);
        handler.handle(exchange);
      } catch (Throwable error) {
        span.error(error);
        throw error;
      } finally {
        span.finish();
      }
    };
  }

  static void orders(HttpExchange exchange) throws IOException {
    for (String url : System.getenv().getOrDefault("NEXT", "").split(" ")) {
      if (!url.isEmpty()) call(url);
    }
    answer(exchange, "{\"ordered\": true}");
  }

  static void call(String url) throws IOException {
    Span span = TRACER.nextSpan().name("GET").kind(Span.Kind.CLIENT).start();
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
    INJECTOR.inject(span.context(), request); // the trace goes on in these headers
    try {
      CLIENT.send(request.build(), BodyHandlers.discarding());
    } catch (IOException error) {
      span.error(error);
      throw error;
    } catch (InterruptedException error) {
      throw new IOException(error);
    } finally {
      span.finish();
    }
  }

  static void stock(HttpExchange exchange) throws IOException {
    Span query = TRACER.nextSpan().name("SELECT stock").kind(Span.Kind.CLIENT).remoteServiceName("postgresql")
        .tag("db.system.name", "postgresql") // says that this is a database
        .start();
    try {
      Thread.sleep(20); // where the database would be
    } catch (InterruptedException error) {
      throw new IOException(error);
    } finally {
      query.finish();
    }
    answer(exchange, "{\"left\": 3}");
  }

  static void answer(HttpExchange exchange, String json) throws IOException {
    exchange.sendResponseHeaders(200, json.length());
    exchange.getResponseBody().write(json.getBytes());
    exchange.close();
  }

  static class HeaderOf implements RemoteGetter<HttpExchange> {
    @Override public Span.Kind spanKind() {
      return Span.Kind.SERVER;
    }
    @Override public String get(HttpExchange exchange, String name) {
      return exchange.getRequestHeaders().getFirst(name);
    }
  }

  static class SetHeader implements RemoteSetter<HttpRequest.Builder> {
    @Override public Span.Kind spanKind() {
      return Span.Kind.CLIENT;
    }
    @Override public void put(HttpRequest.Builder request, String name, String value) {
      request.setHeader(name, value);
    }
  }
}
