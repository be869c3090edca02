package org.bugloss.outbound;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Something that may be fetched although it is not public: one entry of {@code bugloss.outbound.allow}.
 *
 * <p>A host name matches the name, whatever it resolves to. An address or a CIDR block matches what a name resolves to,
 * and the address itself. An entry with a port opens that port only; an entry without one opens the ports of
 * {@code bugloss.outbound.ports}. Immutable.
 */
public final class AllowedTarget {

    private static final String WHAT_IS_ALLOWED = "; allowed is a host name, an address or a CIDR block, with a port or"
            + " without, such as tracker.corp, tracker.corp:8443, 10.0.0.5:8080, [fd00::1]:8080 or 10.0.0.0/8";

    private static final Pattern IN_BRACKETS =
            Pattern.compile("\\[([^\\]/]*)(?:/([0-9]{1,3}))?\\](?:/([0-9]{1,3}))?(?::(.*))?");
    private static final Pattern BARE_IPV6 = Pattern.compile("([^/]*:[^/]*:[^/]*?)(?:/([0-9]{1,3})(?::(.*))?)?");
    private static final Pattern OTHER = Pattern.compile("([^/:]*)(?:/([0-9]{1,3}))?(?::(.*))?");

    private final String text;
    private final @Nullable String name;
    private final @Nullable AddressBlock block;
    private final @Nullable Integer port;

    private AllowedTarget(String text, @Nullable String name, @Nullable AddressBlock block, @Nullable Integer port) {
        this.text = text;
        this.name = name;
        this.block = block;
        this.port = port;
    }

    /**
     * Reads one entry.
     *
     * @throws IllegalArgumentException where it is wrong; the message is one line with the entry and what is allowed
     */
    public static AllowedTarget parse(String entry) {
        try {
            return read(entry.trim());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + entry.trim() + "': " + e.getMessage() + WHAT_IS_ALLOWED, e);
        }
    }

    /**
     * Reads the value of {@code bugloss.outbound.allow}.
     *
     * @param commaSeparated may be blank: nothing
     * @throws IllegalArgumentException as from {@link #parse(String)}
     */
    public static List<AllowedTarget> parseList(String commaSeparated) {
        List<AllowedTarget> targets = new ArrayList<>();
        if (!commaSeparated.isBlank()) {
            for (String entry : commaSeparated.split(",", -1)) {
                targets.add(parse(entry));
            }
        }
        return List.copyOf(targets);
    }

    /** The host and the port of a configured system's URL: it is allowed by itself. */
    public static AllowedTarget of(CanonicalUrl systemUrl) {
        Host host = systemUrl.parsedHost();
        return of(host.inUrl() + ":" + systemUrl.port(), host, systemUrl.port());
    }

    private static AllowedTarget of(String text, Host host, @Nullable Integer port) {
        return host.literal()
                .map(InetAddress::getAddress)
                .map(address -> new AllowedTarget(text, null, AddressBlock.of(address, 8 * address.length), port))
                .orElseGet(() -> new AllowedTarget(text, host.text(), null, port));
    }

    private static AllowedTarget read(String entry) {
        if (entry.isEmpty()) {
            throw new IllegalArgumentException("an entry is empty");
        }
        if (entry.contains("//")) {
            throw new IllegalArgumentException("an entry is not a URL");
        }
        Matcher inBrackets = IN_BRACKETS.matcher(entry);
        if (inBrackets.matches()) {
            String prefix = inBrackets.group(2) == null ? inBrackets.group(3) : inBrackets.group(2);
            return of(entry, "[" + inBrackets.group(1) + "]", prefix, inBrackets.group(4));
        }
        Matcher ipv6 = BARE_IPV6.matcher(entry);
        if (ipv6.matches()) {
            return of(entry, "[" + ipv6.group(1) + "]", ipv6.group(2), ipv6.group(3));
        }
        Matcher other = OTHER.matcher(entry);
        if (other.matches()) {
            return of(entry, other.group(1), other.group(2), other.group(3));
        }
        throw new IllegalArgumentException("the entry cannot be read");
    }

    private static AllowedTarget of(
            String entry, String hostInUrl, @Nullable String prefixLength, @Nullable String port) {
        Host host = Host.parse(hostInUrl);
        if (host.literal().isPresent()
                && !hostInUrl.startsWith("[")
                && !host.text().equals(hostInUrl)) {
            // 010.0.0.1 is 8.0.0.1 for some programs: what is opened has to be plain to everybody who reads it.
            throw new IllegalArgumentException("the address is written " + host);
        }
        Integer onlyPort = port == null ? null : AddressGuard.port(port);
        if (prefixLength == null) {
            return of(entry, host, onlyPort);
        }
        byte[] first = host.literal()
                .orElseThrow(() -> new IllegalArgumentException("a block starts with an address"))
                .getAddress();
        return new AllowedTarget(entry, null, AddressBlock.of(first, Integer.parseInt(prefixLength)), onlyPort);
    }

    /** The only port that this opens, or empty for those of {@code bugloss.outbound.ports}. */
    OptionalInt port() {
        return port == null ? OptionalInt.empty() : OptionalInt.of(port);
    }

    boolean names(Host host) {
        return host.text().equals(name);
    }

    boolean contains(InetAddress address) {
        return block != null && block.contains(address.getAddress());
    }

    /** The entry as it was written. */
    @Override
    public String toString() {
        return text;
    }
}
