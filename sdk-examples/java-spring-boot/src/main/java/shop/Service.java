// A service of the shop: /orders asks the services in NEXT, /stock asks a database.
package shop;

import brave.Tags;
import brave.baggage.BaggageField;
import brave.handler.MutableSpan;
import brave.handler.SpanHandler;
import brave.propagation.TraceContext;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;

@SpringBootApplication
@RestController
public class Service {
  private static final Logger LOG = LoggerFactory.getLogger(Service.class);
  private final Tracer tracer;
  private final RestClient client;
  private final List<URI> next;

  // The builder is Boot's own, so that what it builds is traced.
  Service(Tracer tracer, RestClient.Builder client, @Value("${NEXT:}") String next) {
    this.tracer = tracer;
    this.client = client.build();
    this.next = next.isBlank() ? List.of() : List.of(next.split(" ")).stream().map(URI::create).toList();
  }

  public static void main(String[] arguments) {
    SpringApplication.run(Service.class, arguments);
  }

  @GetMapping("/orders")
  Map<String, Boolean> orders() {
    LOG.info("an order"); // the line says [traceId-spanId]: paste it into Hopline
    for (URI service : next) client.get().uri(service).retrieve().toBodilessEntity();
    return Map.of("ordered", true);
  }

  @GetMapping("/stock")
  Map<String, Integer> stock() throws InterruptedException {
    Span query = tracer.spanBuilder().name("SELECT stock").kind(Span.Kind.CLIENT).remoteServiceName("postgresql")
        .tag("db.system.name", "postgresql") // says that this is a database
        .start();
    Thread.sleep(20); // where the database would be
    query.end();
    return Map.of("left", 3);
  }

  // The request id becomes a tag, by which Hopline finds the trace. (The property tag-fields does not do this for
  // baggage that came in a header.)
  @Bean
  static SpanHandler requestIdAsTag() {
    BaggageField requestId = BaggageField.create("x-request-id");
    return new SpanHandler() {
      @Override public boolean begin(TraceContext context, MutableSpan span, TraceContext parent) {
        Tags.BAGGAGE_FIELD.tag(requestId, context, span);
        return true;
      }
    };
  }
}
