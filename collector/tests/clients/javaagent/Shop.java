// Shop: a gateway that calls an order service over HTTP and knows nothing of tracing: the agent that
// the JVM was started with does it all. Prints the `traceparent` that the order service was sent.
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

public class Shop {
  static final HttpClient CLIENT = HttpClient.newHttpClient();

  public static void main(String[] arguments) throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    ExecutorService handlers = Executors.newFixedThreadPool(4);
    server.setExecutor(handlers);
    String here = "http://127.0.0.1:" + server.getAddress().getPort();
    server.createContext("/buy", exchange -> answer(exchange, call(here + "/orders?fruit=%C3%A4pfel")));
    server.createContext("/orders", exchange -> {
      System.out.println(exchange.getRequestHeaders().getFirst("traceparent"));
      answer(exchange, 503);
    });
    server.start();
    call(here + "/buy");
    // A span of a server ends after its answer was sent.
    handlers.shutdown();
    if (!handlers.awaitTermination(20, TimeUnit.SECONDS)) throw new IOException("a handler did not end");
    System.exit(0); // The agent sends what it still holds.
  }

  static int call(String url) throws IOException {
    try {
      return CLIENT.send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.discarding())
          .statusCode();
    } catch (InterruptedException interrupted) {
      throw new IOException(interrupted);
    }
  }

  static void answer(HttpExchange exchange, int status) throws IOException {
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }
}
