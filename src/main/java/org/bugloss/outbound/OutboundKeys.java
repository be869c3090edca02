package org.bugloss.outbound;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.bugloss.configuration.Keys;
import org.bugloss.configuration.Version;
import org.bugloss.configuration.WrongConfiguration;

/** Reads the keys {@code bugloss.outbound.*}, strictly: each method throws {@link WrongConfiguration}. */
public final class OutboundKeys {

    private static final int LARGEST_PAGE = 64 * 1024 * 1024;
    private static final Duration SHORTEST_EXCHANGE = Duration.ofSeconds(10);
    private static final Duration CONNECT = Duration.ofSeconds(5);

    private OutboundKeys() {}

    /**
     * How the client sends.
     *
     * @param deadline how long a caller waits. An exchange may take twice as long, and ten seconds at least, so that what
     *     was too slow for one caller is there for the next
     */
    public static OutboundSettings settings(Keys keys, Duration deadline, int concurrency, int perHost) {
        Duration doubled = deadline.multipliedBy(2);
        Duration exchange = doubled.compareTo(SHORTEST_EXCHANGE) > 0 ? doubled : SHORTEST_EXCHANGE;
        OutboundSettings settings = OutboundSettings.standard("Bugloss/" + Version.current())
                .withTimeouts(CONNECT, exchange, exchange)
                // So that who waits is answered with what is there before it is too late.
                .withPatience(deadline.multipliedBy(4).dividedBy(5))
                .withLanguage(parsed(
                        "bugloss.outbound.language",
                        keys.text("bugloss.outbound.language").orElse("en"),
                        OutboundSettings::language))
                .withConnections(concurrency, perHost);
        OutboundSettings through = keys.text("bugloss.outbound.proxy")
                .map(proxy -> settings.withProxy(secretly("bugloss.outbound.proxy", proxy, OutboundSettings::proxy)))
                .orElse(settings);
        return keys.text("bugloss.outbound.truststore")
                .map(file -> through.withTruststore(
                        parsed("bugloss.outbound.truststore", file, Path::of),
                        keys.secret("bugloss.outbound.truststore-password").orElse(null)))
                .orElse(through);
    }

    /** What may be fetched although it is not public. */
    public static List<AllowedTarget> allowed(Keys keys) {
        return keys.list("bugloss.outbound.allow").stream()
                .map(entry -> parsed("bugloss.outbound.allow", entry, AllowedTarget::parse))
                .toList();
    }

    /** The ports that may be fetched everywhere. */
    public static Collection<Integer> ports(Keys keys) {
        String value = keys.text("bugloss.outbound.ports").orElse("80,443");
        return parsed("bugloss.outbound.ports", value, AddressGuard::ports);
    }

    /** How many bytes of a page are read. */
    public static int maxBytes(Keys keys) {
        return keys.whole("bugloss.outbound.max-bytes", 1, LARGEST_PAGE);
    }

    private static <T> T parsed(String key, String value, Function<String, T> parse) {
        try {
            return parse.apply(value);
        } catch (IllegalArgumentException e) {
            throw new WrongConfiguration(key, value, String.valueOf(e.getMessage()));
        }
    }

    /** As {@link #parsed}, for a value that may hold a password: the parser's message says what may be shown of it. */
    private static <T> T secretly(String key, String value, Function<String, T> parse) {
        try {
            return parse.apply(value);
        } catch (IllegalArgumentException e) {
            throw new WrongConfiguration(key + ": " + e.getMessage());
        }
    }
}
