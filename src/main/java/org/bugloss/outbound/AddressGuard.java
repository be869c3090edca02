package org.bugloss.outbound;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Decides which addresses may be connected to, so that a URL that somebody typed reaches nothing inside the network that
 * Bugloss runs in.
 *
 * <p>An address may be connected to where it is public (see {@link SpecialPurpose}), not one of this machine's own, and the
 * port is one of {@code bugloss.outbound.ports}; or where an {@link AllowedTarget} says so. A name is refused altogether
 * where one of its addresses is.
 *
 * <p>Whoever connects must connect to an address that {@link #check} returned, not to the name: the next lookup may say
 * something else. Thread-safe.
 */
public final class AddressGuard {

    /** The default of {@code bugloss.outbound.ports}. */
    public static final Set<Integer> WEB_PORTS = Set.of(80, 443);

    private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

    private final List<AllowedTarget> allowed;
    private final Set<Integer> ports;
    private final Resolver resolver;
    private final Supplier<Collection<InetAddress>> ownAddresses;

    /**
     * @param allowed the entries of {@code bugloss.outbound.allow} and the configured systems
     * @param ports those of {@code bugloss.outbound.ports}
     * @param resolver is asked once for every check of a name, never for an address
     */
    public AddressGuard(Collection<AllowedTarget> allowed, Collection<Integer> ports, Resolver resolver) {
        this(allowed, ports, resolver, new OwnAddresses());
    }

    AddressGuard(
            Collection<AllowedTarget> allowed,
            Collection<Integer> ports,
            Resolver resolver,
            Supplier<Collection<InetAddress>> ownAddresses) {
        this.allowed = List.copyOf(allowed);
        this.ports = Set.copyOf(ports);
        this.resolver = Objects.requireNonNull(resolver, "resolver");
        this.ownAddresses = ownAddresses;
    }

    /**
     * Reads the value of {@code bugloss.outbound.ports}.
     *
     * @param commaSeparated at least one port
     * @throws IllegalArgumentException where it is wrong; the message is one line with the value and what is allowed
     */
    public static Set<Integer> ports(String commaSeparated) {
        Set<Integer> ports = new TreeSet<>();
        for (String entry : commaSeparated.split(",", -1)) {
            try {
                ports.add(port(entry.trim()));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "'" + entry.trim() + "': " + e.getMessage()
                                + "; allowed are ports with commas between, such as 80,443",
                        e);
            }
        }
        return Set.copyOf(ports);
    }

    /**
     * The addresses of a host, all of which may be connected to at this port. Blocks while a name is looked up.
     *
     * @param host a name, or an address in any form that a URL may have
     * @param port the effective port
     * @return at least one address, in the resolver's order
     * @throws FetchException {@code address_not_allowed} where one of them may not be connected to: the message names the
     *     host and what kind of address it has, and nothing else of the network; {@code dns} where the name has none
     */
    public List<InetAddress> check(String host, int port) {
        Host parsed = parse(host);
        List<AllowedTarget> opening = allowed.stream()
                .filter(target -> target.port().isPresent() ? target.port().getAsInt() == port : ports.contains(port))
                .toList();
        if (opening.isEmpty() && !ports.contains(port)) {
            throw portRefused(parsed, port);
        }
        List<InetAddress> addresses = resolve(parsed);
        if (opening.stream().anyMatch(target -> target.names(parsed))) {
            return addresses;
        }
        for (InetAddress address : addresses) {
            if (opening.stream().noneMatch(target -> target.contains(address))) {
                refuse(parsed, port, address);
            }
        }
        return addresses;
    }

    /**
     * The addresses of a host that the configuration names, unjudged.
     *
     * @throws FetchException {@code dns} where the name has none
     */
    List<InetAddress> addresses(String host) {
        return resolve(parse(host));
    }

    /** What kind of address it is, where it is not public. */
    Optional<String> whyNotPublic(InetAddress address) {
        return SpecialPurpose.of(address.getAddress())
                .or(() -> isOwn(address) ? Optional.of("address of this machine") : Optional.empty());
    }

    static int port(String digits) {
        int port = PORT.matcher(digits).matches() ? Integer.parseInt(digits) : 0;
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("the port is not a number from 1 to 65535");
        }
        return port;
    }

    private void refuse(Host host, int port, InetAddress address) {
        whyNotPublic(address).ifPresent(kind -> {
            throw new FetchException(
                    FailureReason.ADDRESS_NOT_ALLOWED,
                    host + " may not be fetched: its address is not public (" + kind
                            + "). Whoever runs Bugloss can allow it with bugloss.outbound.allow");
        });
        if (!ports.contains(port)) {
            throw portRefused(host, port);
        }
    }

    private static FetchException portRefused(Host host, int port) {
        return new FetchException(
                FailureReason.ADDRESS_NOT_ALLOWED,
                "port " + port + " of " + host + " may not be fetched. Whoever runs Bugloss can allow it with"
                        + " bugloss.outbound.ports or bugloss.outbound.allow");
    }

    private static Host parse(String host) {
        try {
            return Host.parse(host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host);
        } catch (InvalidUrlException e) {
            throw new FetchException(FailureReason.ADDRESS_NOT_ALLOWED, String.valueOf(e.getMessage()), e);
        }
    }

    private List<InetAddress> resolve(Host host) {
        Optional<InetAddress> literal = host.literal();
        if (literal.isPresent()) {
            return List.of(literal.get());
        }
        try {
            List<InetAddress> addresses = List.copyOf(new LinkedHashSet<>(resolver.resolve(host.text())));
            if (!addresses.isEmpty()) {
                return addresses;
            }
            throw new UnknownHostException(host.text());
        } catch (UnknownHostException e) {
            throw new FetchException(FailureReason.DNS, "the host " + host + " is not known", e);
        }
    }

    private boolean isOwn(InetAddress address) {
        List<byte[]> readings = SpecialPurpose.readings(address.getAddress());
        return ownAddresses.get().stream()
                .map(InetAddress::getAddress)
                .anyMatch(own -> readings.stream().anyMatch(reading -> Arrays.equals(own, reading)));
    }

    /**
     * The addresses of this machine's network interfaces, looked up when they are asked for, at most every ten seconds:
     * interfaces come and go, above all in containers.
     */
    private static final class OwnAddresses implements Supplier<Collection<InetAddress>> {

        private static final long KEEP_NANOS = Duration.ofSeconds(10).toNanos();

        private Collection<InetAddress> addresses = List.of();
        private long lookedUp = System.nanoTime() - KEEP_NANOS;

        @Override
        public synchronized Collection<InetAddress> get() {
            if (System.nanoTime() - lookedUp >= KEEP_NANOS) {
                try {
                    addresses = NetworkInterface.networkInterfaces()
                            .flatMap(NetworkInterface::inetAddresses)
                            .filter(Predicate.not(InetAddress::isAnyLocalAddress))
                            .collect(Collectors.toUnmodifiableSet());
                    lookedUp = System.nanoTime();
                } catch (SocketException e) {
                    throw new FetchException(
                            FailureReason.ADDRESS_NOT_ALLOWED, "this machine's own addresses cannot be told", e);
                }
            }
            return addresses;
        }
    }
}
