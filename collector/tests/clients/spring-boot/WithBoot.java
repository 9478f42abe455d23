// WithBoot URL JSON|PROTO3: a gateway and an order service, written with Spring Boot, Micrometer and
// Brave, in one process. Prints the spans as Brave held them, as Zipkin v2.
package shop;

import brave.Tags;
import brave.handler.MutableSpan;
import brave.handler.MutableSpanBytesEncoder;
import brave.handler.SpanHandler;
import brave.propagation.TraceContext;
import io.micrometer.tracing.Tracer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpStatusCode;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;
import org.springframework.web.server.ResponseStatusException;

@SpringBootApplication
@RestController
public class WithBoot {
  static final List<String> SPANS = Collections.synchronizedList(new ArrayList<>());

  private final Tracer tracer;
  private final RestClient client;

  WithBoot(Tracer tracer, RestClient.Builder client) {
    this.tracer = tracer;
    this.client = client.build();
  }

  public static void main(String[] arguments) {
    SpringApplication application = new SpringApplication(WithBoot.class);
    application.setDefaultProperties(Map.of(
        "server.port", "0",
        "server.address", "127.0.0.1",
        "spring.application.name", "Gateway",
        "spring.main.banner-mode", "off",
        "logging.level.root", "error",
        "management.tracing.sampling.probability", "1.0",
        "management.tracing.propagation.type", "b3",
        // The settings' names in Spring Boot 3, and in 4.
        "management.zipkin.tracing.endpoint", arguments[0] + "/api/v2/spans",
        "management.tracing.export.zipkin.endpoint", arguments[0] + "/api/v2/spans"));
    System.setProperty("management.zipkin.tracing.encoding", arguments[1]);
    System.setProperty("management.tracing.export.zipkin.encoding", arguments[1]);
    try (ConfigurableApplicationContext context = application.run()) {
      String here = "http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port");
      RestClient outside = RestClient.create(here);
      for (String path : List.of("/buy", "/buy?fail=1")) {
        outside.get().uri(path).exchange((request, response) -> response.getStatusCode());
      }
    }
    System.out.println(SPANS);
    System.exit(0);
  }

  @GetMapping("/buy")
  String buy(jakarta.servlet.http.HttpServletRequest request) {
    tracer.currentSpan().tag("fruit", "\u00e4pfel \ud83c\udf4e").event("\uac00\uaca9");
    String fail = request.getQueryString() == null ? "" : "?" + request.getQueryString();
    HttpStatusCode status = client.post()
        .uri("http://127.0.0.1:" + request.getLocalPort() + "/orders" + fail)
        .body("{}")
        .exchange((sent, response) -> response.getStatusCode());
    if (status.isError()) throw new ResponseStatusException(status, "the order failed");
    return "bought";
  }

  @PostMapping("/orders")
  String orders(jakarta.servlet.http.HttpServletRequest request) {
    if (request.getQueryString() != null) throw new ResponseStatusException(HttpStatusCode.valueOf(503));
    return "ordered";
  }

  @Bean static SpanHandler told() {
    MutableSpanBytesEncoder encoder = MutableSpanBytesEncoder.zipkinJsonV2(Tags.ERROR);
    return new SpanHandler() {
      @Override public boolean end(TraceContext context, MutableSpan span, Cause cause) {
        SPANS.add(new String(encoder.encode(span), java.nio.charset.StandardCharsets.UTF_8));
        return true;
      }
    };
  }
}
