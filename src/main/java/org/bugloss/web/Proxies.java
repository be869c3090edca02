package org.bugloss.web;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bugloss.configuration.Keys;
import org.bugloss.configuration.WrongConfiguration;
import org.bugloss.outbound.Addresses;
import org.jspecify.annotations.Nullable;

/**
 * Whose word counts for who called, {@code bugloss.proxies}: proxies write it into {@code X-Forwarded-For} and {@code
 * X-Forwarded-Proto}, and so may everybody else. Immutable.
 */
public final class Proxies {

    static final String KEY = "bugloss.proxies";

    /** Chains are of two or three; whoever sends more is no proxy. */
    private static final int MOST_HOPS = 32;

    /** Some add the port that the caller came from: {@code 192.0.2.1:4711}, {@code [2001:db8::1]:4711}. */
    private static final Pattern WITH_PORT =
            Pattern.compile("(\\d{1,3}(?:\\.\\d{1,3}){3}):\\d{1,5}|\\[([^\\]]*)](?::\\d{1,5})?");

    private final Addresses trusted;

    private Proxies(Addresses trusted) {
        this.trusted = trusted;
    }

    /** @throws WrongConfiguration where an entry is neither an address nor a block of them */
    public static Proxies from(Keys keys) {
        try {
            return new Proxies(Addresses.parse(keys.list(KEY)));
        } catch (IllegalArgumentException e) {
            throw new WrongConfiguration(KEY + ": " + e.getMessage());
        }
    }

    /**
     * What proxies tell of a request.
     *
     * @param address the caller's
     * @param scheme {@code http} or {@code https}, as the caller typed it; empty where nobody said
     */
    public record Told(String address, Optional<String> scheme) {}

    /** Whether anybody's word counts. */
    boolean isAnybody() {
        return !trusted.isEmpty();
    }

    /**
     * What the headers tell where the peer is one of the proxies; else nothing.
     *
     * @param peer the address that the request came from
     * @param forwardedFor the values of {@code X-Forwarded-For}, in their order
     * @param forwardedProto the same of {@code X-Forwarded-Proto}
     */
    Optional<Told> of(String peer, List<String> forwardedFor, List<String> forwardedProto) {
        if (!trusted.contains(peer)) {
            return Optional.empty();
        }
        List<String> hops = fromTheRight(forwardedFor);
        String caller = Addresses.canonical(peer).orElse(peer);
        int hop = 0;
        for (; hop < hops.size() && trusted.contains(caller); hop++) {
            String said = address(hops.get(hop));
            if (said == null) {
                // What the last proxy had no address of is where its word ends.
                break;
            }
            caller = said;
        }
        List<String> schemes = fromTheRight(forwardedProto);
        // Each proxy adds one, or leaves the one that is there.
        Optional<String> scheme = schemes.isEmpty()
                ? Optional.empty()
                : scheme(schemes.get(Math.min(Math.max(hop, 1), schemes.size()) - 1));
        return Optional.of(new Told(caller, scheme));
    }

    /** The elements of all values, the last one first. */
    private static List<String> fromTheRight(List<String> values) {
        List<String> elements = new ArrayList<>();
        for (int i = values.size() - 1; i >= 0; i--) {
            String value = values.get(i);
            for (int end = value.length(); end >= 0 && elements.size() < MOST_HOPS; ) {
                int comma = value.lastIndexOf(',', end - 1);
                elements.add(value.substring(comma + 1, end).strip());
                end = comma;
            }
        }
        return elements;
    }

    private static @Nullable String address(String element) {
        Matcher withPort = WITH_PORT.matcher(element);
        String bare = !withPort.matches() ? element : withPort.group(1) == null ? withPort.group(2) : withPort.group(1);
        return Addresses.canonical(bare).orElse(null);
    }

    private static Optional<String> scheme(String element) {
        String scheme = element.toLowerCase(Locale.ROOT);
        return scheme.equals("http") || scheme.equals("https") ? Optional.of(scheme) : Optional.empty();
    }
}
