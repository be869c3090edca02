package org.bugloss.outbound;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How {@link OutboundClient} sends. Immutable; the {@code with…} methods copy.
 *
 * @param connectTimeout how long one address may take to accept a connection, and between two reads of a TLS handshake
 * @param firstByteTimeout how long a server may send nothing, before its first byte and between any two
 * @param exchangeTimeout how long an exchange may take altogether: look-ups, redirects, and reading the body
 * @param concurrency how many connections there may be at once
 * @param perHost how many of them to one host
 * @param proxy where everything goes through, or {@code null}; only its host and port matter
 * @param truststore a PKCS#12 or JKS file with certificates that are trusted besides the JVM's, or {@code null}
 * @param truststorePassword its password, or {@code null}; never shown
 * @param userAgent what is sent as {@code User-Agent}
 * @param patience after how long an exchange takes what it has, where that would do: see {@link Exchange#enough()}
 * @param language what is sent as {@code Accept-Language}, so that a server that localises answers the same to all
 */
public record OutboundSettings(
        Duration connectTimeout,
        Duration firstByteTimeout,
        Duration exchangeTimeout,
        int concurrency,
        int perHost,
        @Nullable CanonicalUrl proxy,
        @Nullable Path truststore,
        @Nullable String truststorePassword,
        String userAgent,
        Duration patience,
        String language) {

    /** Language ranges with or without a weight, as RFC 9110, 12.5.4 has them. */
    private static final Pattern LANGUAGES = Pattern.compile(
            "(?:^|, ?)(?:\\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,8})(?:; ?q=(?:0(?:\\.\\d{0,3})?|1(?:\\.0{0,3})?))?");

    /** @throws IllegalArgumentException where a time or a number is not positive, or a header cannot be sent */
    public OutboundSettings {
        requirePositive(connectTimeout, "connectTimeout");
        requirePositive(firstByteTimeout, "firstByteTimeout");
        requirePositive(exchangeTimeout, "exchangeTimeout");
        if (concurrency < 1 || perHost < 1) {
            throw new IllegalArgumentException("concurrency and perHost must be from 1 up");
        }
        OutboundRequest.requireHeader("User-Agent", Objects.requireNonNull(userAgent, "userAgent"));
        requirePositive(patience, "patience");
        OutboundRequest.requireHeader("Accept-Language", Objects.requireNonNull(language, "language"));
    }

    /** Times that suit trackers on the Internet, no proxy, the JVM's certificates. */
    public static OutboundSettings standard(String userAgent) {
        return new OutboundSettings(
                Duration.ofSeconds(5),
                Duration.ofSeconds(10),
                Duration.ofSeconds(20),
                16,
                4,
                null,
                null,
                null,
                userAgent,
                Duration.ofSeconds(4),
                "en");
    }

    public OutboundSettings withTimeouts(Duration connect, Duration firstByte, Duration exchange) {
        return new OutboundSettings(
                connect,
                firstByte,
                exchange,
                concurrency,
                perHost,
                proxy,
                truststore,
                truststorePassword,
                userAgent,
                patience,
                language);
    }

    public OutboundSettings withPatience(Duration untilWhatIsThereDoes) {
        return new OutboundSettings(
                connectTimeout,
                firstByteTimeout,
                exchangeTimeout,
                concurrency,
                perHost,
                proxy,
                truststore,
                truststorePassword,
                userAgent,
                untilWhatIsThereDoes,
                language);
    }

    public OutboundSettings withConnections(int atOnce, int atOncePerHost) {
        return new OutboundSettings(
                connectTimeout,
                firstByteTimeout,
                exchangeTimeout,
                atOnce,
                atOncePerHost,
                proxy,
                truststore,
                truststorePassword,
                userAgent,
                patience,
                language);
    }

    public OutboundSettings withProxy(CanonicalUrl throughProxy) {
        return new OutboundSettings(
                connectTimeout,
                firstByteTimeout,
                exchangeTimeout,
                concurrency,
                perHost,
                throughProxy,
                truststore,
                truststorePassword,
                userAgent,
                patience,
                language);
    }

    public OutboundSettings withTruststore(Path file, @Nullable String password) {
        return new OutboundSettings(
                connectTimeout,
                firstByteTimeout,
                exchangeTimeout,
                concurrency,
                perHost,
                proxy,
                file,
                password,
                userAgent,
                patience,
                language);
    }

    public OutboundSettings withLanguage(String languages) {
        return new OutboundSettings(
                connectTimeout,
                firstByteTimeout,
                exchangeTimeout,
                concurrency,
                perHost,
                proxy,
                truststore,
                truststorePassword,
                userAgent,
                patience,
                languages);
    }

    /**
     * Reads the value of {@code bugloss.outbound.proxy}.
     *
     * @throws IllegalArgumentException where it is wrong; the message is one line, and repeats the value only where it
     *     cannot hold a password
     */
    public static CanonicalUrl proxy(String value) {
        String allowed = "; allowed is http://host:port";
        CanonicalUrl proxy;
        try {
            proxy = CanonicalUrl.parse(value);
        } catch (InvalidUrlException e) {
            throw new IllegalArgumentException(e.getMessage() + allowed, e);
        }
        if (!proxy.scheme().equals("http")
                || !proxy.path().equals("/")
                || proxy.query().isPresent()) {
            throw new IllegalArgumentException("'" + proxy + "' is no proxy" + allowed);
        }
        return proxy;
    }

    /**
     * Reads the value of {@code bugloss.outbound.language}.
     *
     * @throws IllegalArgumentException where it is no value of {@code Accept-Language}
     */
    public static String language(String value) {
        if (!LANGUAGES.matcher(value).replaceAll("").isEmpty()) {
            throw new IllegalArgumentException("must be languages such as en or de,en;q=0.5");
        }
        return value;
    }

    @Override
    public String toString() {
        return "OutboundSettings[connectTimeout=" + connectTimeout + ", firstByteTimeout=" + firstByteTimeout
                + ", exchangeTimeout=" + exchangeTimeout + ", concurrency=" + concurrency + ", perHost=" + perHost
                + ", proxy=" + proxy + ", truststore=" + truststore + ", userAgent=" + userAgent
                + ", patience=" + patience + ", language=" + language + "]";
    }

    private static void requirePositive(Duration duration, String name) {
        if (duration.isNegative() || duration.isZero()) {
            throw new IllegalArgumentException(name + " must be positive: " + duration);
        }
    }
}
