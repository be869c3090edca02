package org.bugloss.outbound;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Addresses and blocks of them, as somebody listed them. No name is ever looked up. Immutable. */
public final class Addresses {

    /** Longer than any address is. */
    private static final int LONGEST = 64;

    private static final Pattern PREFIX = Pattern.compile("[0-9]{1,3}");

    private final List<AddressBlock> blocks;

    private Addresses(List<AddressBlock> blocks) {
        this.blocks = List.copyOf(blocks);
    }

    /**
     * Reads a list.
     *
     * @param entries addresses ({@code 10.0.0.5}, {@code fd00::1}) and blocks ({@code 10.0.0.0/8})
     * @throws IllegalArgumentException where one is neither; the message says which and why
     */
    public static Addresses parse(List<String> entries) {
        List<AddressBlock> blocks = new ArrayList<>();
        for (String entry : entries) {
            String[] parts = entry.split("/", 2);
            byte[] first = bytes(parts[0]);
            if (first == null || parts.length > 1 && !PREFIX.matcher(parts[1]).matches()) {
                throw new IllegalArgumentException(
                        "'" + entry + "' is neither an address nor a block such as 10.0.0.0/8 or fd00::/8");
            }
            try {
                blocks.add(AddressBlock.of(first, parts.length == 1 ? 8 * first.length : Integer.parseInt(parts[1])));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("'" + entry + "': " + e.getMessage(), e);
            }
        }
        return new Addresses(blocks);
    }

    public boolean isEmpty() {
        return blocks.isEmpty();
    }

    /** Whether an address is one of these; what is no address is not. */
    public boolean contains(String address) {
        byte[] bytes = blocks.isEmpty() ? null : bytes(address);
        return bytes != null && blocks.stream().anyMatch(block -> block.contains(bytes));
    }

    /** An address as everybody writes it (RFC 5952), an IPv4 address within IPv6 as the one that it is; empty for what is none. */
    public static Optional<String> canonical(String address) {
        return Optional.ofNullable(bytes(address))
                .map(bytes -> Host.ofBytes(bytes).text());
    }

    /** {@code null} where it is none. */
    private static byte @Nullable [] bytes(String typed) {
        if (typed.isEmpty() || typed.length() > LONGEST) {
            return null;
        }
        // What a server says of a link-local peer has the network interface behind it.
        String address = typed.split("%", 2)[0];
        boolean isIpv6 = address.indexOf(':') >= 0;
        try {
            Host host = Host.parse(isIpv6 ? "[" + address + "]" : address);
            // 010.0.0.1 is 8.0.0.1 for some programs.
            return isIpv6 || host.text().equals(address)
                    ? host.literal().map(InetAddress::getAddress).orElse(null)
                    : null;
        } catch (InvalidUrlException e) {
            return null;
        }
    }
}
