package org.bugloss.openapi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.HttpServer;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * What others generate of the document works: a client that OpenAPI generator makes compiles, and reads details. The generator is
 * large, and no dependency: {@code mvn -Papi-client test -Dtest=GeneratedClientTest} fetches it.
 */
@EnabledIfSystemProperty(named = "bugloss.openapi.generator", matches = ".+")
class GeneratedClientTest {

    private static final String EXAMPLE =
            "/components/responses/Details/content/application~1json/examples/fresh/value";

    /** What somebody writes who has the client. */
    private static final String CALLER = """
            import java.net.URI;
            import java.util.function.Function;
            import org.bugloss.client.ApiClient;
            import org.bugloss.client.api.DetailsApi;
            import org.bugloss.client.model.Details;

            public class Caller implements Function<String[], String> {
                @Override
                public String apply(String[] serverAndUrl) {
                    ApiClient client = new ApiClient();
                    client.updateBaseUri(serverAndUrl[0]);
                    client.setRequestInterceptor(request -> request.header("Authorization", "Bearer token"));
                    try {
                        Details details = new DetailsApi(client).getDetails(URI.create(serverAndUrl[1]), null);
                        return details.getId() + " " + details.getTitle() + " " + details.getResolved() + " "
                            + details.getFields().getLabels() + " " + details.getSource() + " " + details.getFailure();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }
            }
            """;

    @TempDir
    private Path folder;

    @Test
    void aClientCompilesAndReadsDetails() throws Exception {
        generate();
        List<String> sources = new ArrayList<>();
        sources.add(Files.writeString(folder.resolve("Caller.java"), CALLER).toString());
        try (Stream<Path> generated = Files.walk(folder.resolve("client/src/main/java"))) {
            generated.map(Path::toString).filter(name -> name.endsWith(".java")).forEach(sources::add);
        }
        assertEquals("", compile(sources));

        assertEquals("117 Show names of bugs instead of ids false [ui] tracker null", read());
    }

    private void generate() throws IOException, InterruptedException {
        Path document = Files.writeString(
                folder.resolve("openapi.json"), OpenApi.ofBuild().document().toString());
        Path log = folder.resolve("generator.log");
        Process generator = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-jar",
                        System.getProperty("bugloss.openapi.generator"),
                        "generate",
                        "-i",
                        document.toString(),
                        "-o",
                        folder.resolve("client").toString(),
                        "-g",
                        "java",
                        "--library",
                        "native",
                        "--additional-properties",
                        "invokerPackage=org.bugloss.client,apiPackage=org.bugloss.client.api,"
                                + "modelPackage=org.bugloss.client.model,openApiNullable=false,useJakartaEe=true")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended = generator.waitFor(3, TimeUnit.MINUTES);
        generator.destroyForcibly();
        assertEquals(0, ended ? generator.exitValue() : -1, () -> {
            try {
                return Files.readString(log);
            } catch (IOException e) {
                return e.toString();
            }
        });
    }

    /** What the compiler says, where it fails. */
    private String compile(List<String> sources) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "-proc:none",
                "-nowarn",
                "-d",
                Files.createDirectories(folder.resolve("classes")).toString(),
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))));
        arguments.addAll(sources);
        Path log = folder.resolve("compiler.log");
        int status;
        try (var out = Files.newOutputStream(log)) {
            status = ToolProvider.getSystemJavaCompiler().run(null, out, out, arguments.toArray(String[]::new));
        }
        return status == 0 ? "" : Files.readString(log);
    }

    private String read() throws Exception {
        JsonObject details = OpenApi.ofBuild().document().getValue(EXAMPLE).asJsonObject();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/api/details", exchange -> {
            boolean isRight = exchange.getRequestURI()
                            .toString()
                            .equals("/api/details?url=https%3A%2F%2Fgithub.com%2Fkiwitcms%2FKiwi%2Fissues%2F117")
                    && "Bearer token".equals(exchange.getRequestHeaders().getFirst("Authorization"));
            byte[] body = details.toString().getBytes(UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(isRight ? 200 : 400, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        try (URLClassLoader loader = new URLClassLoader(
                new URL[] {folder.resolve("classes").toUri().toURL()},
                getClass().getClassLoader())) {
            @SuppressWarnings("unchecked")
            Function<String[], String> caller = (Function<String[], String>)
                    loader.loadClass("Caller").getConstructor().newInstance();
            return caller.apply(
                    new String[] {"http://127.0.0.1:" + server.getAddress().getPort() + "/api", details.getString("url")
                    });
        } finally {
            server.stop(0);
        }
    }
}
