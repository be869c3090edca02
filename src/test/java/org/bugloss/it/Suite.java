package org.bugloss.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.bugloss.database.PostgreSql;

/**
 * Which server and which database the integration tests run on this time, as the build says, and the configuration
 * that their servers get.
 */
public record Suite(Server server, Database database, Path home, Path war, Path work) {

    /** What proves a message to the hook of the system {@code hub}. */
    static final String HOOK_SECRET = "s3cret-of-hub";

    private static final Suite CURRENT = read();

    /** The kinds of server. */
    public enum Server {
        WILDFLY,
        PAYARA
    }

    /** The kinds of database. */
    public enum Database {
        H2,
        POSTGRESQL
    }

    public static Suite current() {
        return CURRENT;
    }

    /** Whether several servers can work on one database. Where they can't, tests of that are not for this suite. */
    static boolean serversCanShare() {
        return current().database() == Database.POSTGRESQL;
    }

    /**
     * The system properties of every server that the tests start: <strong>the place to add one</strong>. A server of
     * a test's own may be given more, or others.
     */
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("bugloss.anonymous", "editor");
        settings.put("bugloss.outbound.allow", "127.0.0.1:" + Upstream.shared().port());
        settings.put("bugloss.outbound.ports", "80,443," + Canary.shared().port());
        settings.put("bugloss.details.deadline", "3");
        settings.put("bugloss.details.failure-ttl", "1");
        settings.put("bugloss.refresh.interval", "1");
        settings.put("bugloss.lookups-per-minute", "0");
        // Pages below /quick are fresh for a second; below /github is a GitHub Enterprise Server, below /gitea a Gitea.
        settings.put("bugloss.systems", "quick,hub,tea");
        settings.put("bugloss.system.quick.tracker", "GitHub");
        settings.put(
                "bugloss.system.quick.base-url", Upstream.shared().uri("/quick").toString());
        settings.put("bugloss.system.quick.ttl", "1");
        settings.put("bugloss.system.hub.tracker", "GitHub");
        settings.put(
                "bugloss.system.hub.base-url", Upstream.shared().uri("/github").toString());
        settings.put("bugloss.system.hub.password", "s3cret-token");
        settings.put("bugloss.system.hub.hook-secret", HOOK_SECRET);
        settings.put("bugloss.system.tea.tracker", "Gitea");
        settings.put(
                "bugloss.system.tea.base-url", Upstream.shared().uri("/gitea").toString());
        settings.put("bugloss.system.tea.ttl", "2");
        // Changes of quick are sent to /chat.
        settings.put("bugloss.notify", "chat");
        settings.put("bugloss.notify.chat.url", Upstream.shared().uri("/chat").toString());
        settings.put("bugloss.notify.chat.secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        settings.put("bugloss.notify.chat.systems", "quick");
        return settings;
    }

    /** The system properties that name an empty database of the suite's kind, not yet used by any server. */
    public Map<String, String> emptyDatabase() {
        return switch (database) {
            case H2 ->
                Map.of("bugloss.db.url", "jdbc:h2:file:" + newFolder("h2").resolve("bugloss"));
            case POSTGRESQL -> PostgreSql.emptyDatabase();
        };
    }

    /** A new, empty folder below {@code target}. */
    Path newFolder(String name) {
        try {
            return Files.createTempDirectory(Files.createDirectories(work), name + "-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void delete(Path folder) {
        if (Files.notExists(folder)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : (Iterable<Path>) paths.sorted(Comparator.reverseOrder())::iterator) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Suite read() {
        Suite suite = new Suite(
                Server.valueOf(property("server").toUpperCase(Locale.ROOT)),
                Database.valueOf(property("database").toUpperCase(Locale.ROOT)),
                Path.of(property("home")),
                Path.of(property("war")),
                Path.of(property("work")));
        // Of the last run.
        delete(suite.work());
        return suite;
    }

    private static String property(String name) {
        String value = System.getProperty("bugloss.it." + name);
        if (value == null) {
            throw new IllegalStateException("bugloss.it." + name + " is not set: the build sets it, see pom.xml");
        }
        return value;
    }
}
