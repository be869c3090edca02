package org.bugloss.keycloak;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.bugloss.it.Http;
import org.bugloss.it.Ports;
import org.bugloss.it.Until;

/** A Keycloak in its development mode on the loopback address, with the realm {@code corp}. Close it. */
final class Keycloak implements AutoCloseable {

    /** Its first start builds it, and makes its tables. */
    private static final Duration START = Duration.ofMinutes(8);

    private static final Duration STOP = Duration.ofSeconds(60);
    private static final String ADMIN = "admin";

    private static final String GROUPS = """
            {"name": "groups", "protocol": "openid-connect", "protocolMapper": "oidc-group-membership-mapper", "config":
             {"claim.name": "groups", "full.path": "false", "id.token.claim": "true", "access.token.claim": "true"}}""";
    private static final String AUDIENCE = """
            {"name": "audience", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper", "config":
             {"included.custom.audience": "bugloss-api", "id.token.claim": "false", "access.token.claim": "true"}}""";

    private final Path home = Path.of(Objects.requireNonNull(System.getProperty("bugloss.keycloak.home")));
    private final Path log = home.resolve("console.log");
    private final int port = Ports.free();
    private Process process;

    Keycloak() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
    }

    /** What its tokens have in {@code iss}. */
    String issuer() {
        return "http://127.0.0.1:" + port + "/realms/corp";
    }

    /** Starts it with nothing but the realm, in which Bugloss is at this address. */
    void startAnew(URI bugloss) {
        try {
            deleteData();
            Path realms = Files.createDirectories(home.resolve("data/import"));
            try (InputStream realm =
                    Objects.requireNonNull(Keycloak.class.getResourceAsStream("/keycloak/corp-realm.json"))) {
                Files.writeString(
                        realms.resolve("corp-realm.json"),
                        new String(realm.readAllBytes(), UTF_8)
                                .replace("@BUGLOSS@", bugloss.toString())
                                .replace("@GROUPS@", GROUPS)
                                .replace("@AUDIENCE@", AUDIENCE));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start();
    }

    /** Starts it with what it had. */
    void start() {
        ProcessBuilder builder = new ProcessBuilder(
                        "sh",
                        home.resolve("bin/kc.sh").toString(),
                        "start-dev",
                        "--http-host=127.0.0.1",
                        "--http-port=" + port,
                        "--import-realm")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("KC_") || name.startsWith("KEYCLOAK_"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("JAVA_OPTS_KC_HEAP", "-Xmx512m");
        builder.environment().put("KC_BOOTSTRAP_ADMIN_USERNAME", ADMIN);
        builder.environment().put("KC_BOOTSTRAP_ADMIN_PASSWORD", ADMIN);
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        boolean isThere = Until.holds(this::answers, there -> there || !process.isAlive(), START);
        if (!isThere) {
            close();
            throw new IllegalStateException("it did not start: " + log());
        }
    }

    /** Ends it as an administrator does. */
    void stop() {
        List<ProcessHandle> all = Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList();
        all.forEach(ProcessHandle::destroy);
        all.forEach(one -> {
            try {
                one.onExit().get(STOP.toSeconds(), TimeUnit.SECONDS);
            } catch (Exception e) {
                one.destroyForcibly();
            }
        });
    }

    @Override
    public void close() {
        if (process != null) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    /** What a client gets for this, by name and value in turn: {@code access_token}, and {@code id_token} where it asks for it. */
    JsonObject tokens(String... form) {
        return tokensOf("corp", form);
    }

    /** From now on, it signs with another key; those from before still prove what they signed. */
    void rotateKeys() {
        Http.Answer made = ask("POST", "/admin/realms/corp/components", """
                {"name": "next", "providerId": "rsa-generated", "providerType": "org.keycloak.keys.KeyProvider",
                 "config": {"priority": ["200"], "algorithm": ["RS256"], "keySize": ["2048"]}}""");
        assertEquals(201, made.status(), made::toString);
    }

    /** Has a scope of this name, as other applications need it, and gives it to no client. */
    void addScope(String name) {
        Http.Answer made = ask(
                "POST",
                "/admin/realms/corp/client-scopes",
                "{\"name\": \"%s\", \"protocol\": \"openid-connect\"}".formatted(name));
        assertEquals(201, made.status(), made::toString);
    }

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Http.Answer ask(String method, String path, String body) {
        String token = tokensOf(
                        "master",
                        "grant_type",
                        "password",
                        "client_id",
                        "admin-cli",
                        "username",
                        ADMIN,
                        "password",
                        ADMIN)
                .getString("access_token");
        return http().send(method, path, body, "Authorization", "Bearer " + token);
    }

    private JsonObject tokensOf(String realm, String... form) {
        StringBuilder encoded = new StringBuilder();
        for (int i = 0; i < form.length; i += 2) {
            encoded.append(form[i])
                    .append('=')
                    .append(Http.encoded(form[i + 1]))
                    .append('&');
        }
        Http.Answer answer = http().post(
                        "/realms/" + realm + "/protocol/openid-connect/token",
                        encoded.toString(),
                        "Content-Type",
                        "application/x-www-form-urlencoded");
        assertEquals(200, answer.status(), answer::toString);
        return answer.json();
    }

    private boolean answers() {
        try {
            return http().get("/realms/corp/.well-known/openid-configuration").status() == 200;
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    private Http http() {
        return new Http(URI.create("http://127.0.0.1:" + port));
    }

    private void deleteData() throws IOException {
        Path data = home.resolve("data");
        if (Files.exists(data)) {
            try (Stream<Path> paths = Files.walk(data)) {
                for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
