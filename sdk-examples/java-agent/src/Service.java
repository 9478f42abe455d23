// A service of the shop: /orders asks the services in NEXT, /stock asks a database. It knows nothing of
// tracing: the agent that the JVM is started with sees HTTP and JDBC by itself.
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.Executors;

public class Service {
  static final HttpClient CLIENT = HttpClient.newHttpClient();
  static final String DATABASE = "jdbc:hsqldb:mem:shop"; // in memory, in this process

  public static void main(String[] arguments) throws Exception {
    try (Connection database = DriverManager.getConnection(DATABASE)) {
      database.createStatement().execute("CREATE TABLE stock (fruit VARCHAR(9), amount INT)");
      database.createStatement().execute("INSERT INTO stock VALUES ('apple', 3)");
    }
    int port = Integer.parseInt(System.getenv("PORT"));
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/orders", Service::orders);
    server.createContext("/stock", Service::stock);
    server.start();
  }

  static void orders(HttpExchange exchange) throws IOException {
    for (String url : System.getenv().getOrDefault("NEXT", "").split(" ")) {
      if (!url.isEmpty()) call(url, exchange.getRequestHeaders().getFirst("X-Request-ID"));
    }
    answer(exchange, "{\"ordered\": true}");
  }

  static void call(String url, String requestId) throws IOException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(url)).header("X-Request-ID", requestId).build();
    try {
      CLIENT.send(request, BodyHandlers.discarding());
    } catch (InterruptedException error) {
      throw new IOException(error);
    }
  }

  static void stock(HttpExchange exchange) throws IOException {
    try (Connection database = DriverManager.getConnection(DATABASE);
        ResultSet row = database.createStatement().executeQuery("SELECT amount FROM stock WHERE fruit = 'apple'")) {
      row.next();
      answer(exchange, "{\"left\": " + row.getInt(1) + "}");
    } catch (SQLException error) {
      throw new IOException(error);
    }
  }

  static void answer(HttpExchange exchange, String json) throws IOException {
    exchange.sendResponseHeaders(200, json.length());
    exchange.getResponseBody().write(json.getBytes());
    exchange.close();
  }
}
