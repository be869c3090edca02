package org.bugloss.outbound;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The addresses that are not on the public Internet, and what each is for.
 *
 * <p>An explicit table, because {@link java.net.InetAddress#isSiteLocalAddress()} and its kin miss most of them. It follows
 * the IANA special-purpose address registries for
 * <a href="https://www.iana.org/assignments/iana-ipv4-special-registry/">IPv4</a> and
 * <a href="https://www.iana.org/assignments/iana-ipv6-special-registry/">IPv6</a>, and is stricter than they are where an
 * address can stand for another one. Of IPv6, only what IANA has given out as global unicast ({@code 2000::/3}) is public.
 */
final class SpecialPurpose {

    /** First match wins: what says more about an address stands before what says less. */
    private static final List<Special> TABLE = List.of(
            special("0.0.0.0/8", "address of \"this network\"", "RFC 791"),
            special("10.0.0.0/8", "private address", "RFC 1918"),
            special("100.64.0.0/10", "carrier-grade NAT address", "RFC 6598"),
            special("127.0.0.0/8", "loopback address", "RFC 1122"),
            special("168.63.129.16/32", "address of a cloud's own services", "Azure, WireServer"),
            special("169.254.0.0/16", "link-local address", "RFC 3927"),
            special("172.16.0.0/12", "private address", "RFC 1918"),
            special("192.0.0.0/24", "address for protocol assignments", "RFC 6890"),
            special("192.0.2.0/24", "documentation address", "RFC 5737"),
            special("192.88.99.0/24", "6to4 relay address", "RFC 7526"),
            special("192.168.0.0/16", "private address", "RFC 1918"),
            special("198.18.0.0/15", "benchmarking address", "RFC 2544"),
            special("198.51.100.0/24", "documentation address", "RFC 5737"),
            special("203.0.113.0/24", "documentation address", "RFC 5737"),
            special("224.0.0.0/4", "multicast address", "RFC 5771"),
            special("255.255.255.255/32", "broadcast address", "RFC 8190"),
            special("240.0.0.0/4", "reserved address", "RFC 1112"),
            special("::/128", "unspecified address", "RFC 4291"),
            special("::1/128", "loopback address", "RFC 4291"),
            special("::/96", "IPv4-compatible address", "RFC 4291"),
            special("64:ff9b:1::/48", "address for local IPv4/IPv6 translation", "RFC 8215"),
            special("100::/64", "discard-only address", "RFC 6666"),
            special("2001::/32", "Teredo address", "RFC 4380"),
            special("2001:10::/28", "ORCHID address", "RFC 4843"),
            special("2001:20::/28", "ORCHIDv2 address", "RFC 7343"),
            special("2001::/23", "address for protocol assignments", "RFC 2928"),
            special("2001:db8::/32", "documentation address", "RFC 3849"),
            special("2002::/16", "6to4 address", "RFC 3056"),
            special("3fff::/20", "documentation address", "RFC 9637"),
            special("5f00::/16", "segment routing address", "RFC 9602"),
            special("fc00::/7", "unique local address", "RFC 4193"),
            special("fe80::/10", "link-local address", "RFC 4291"),
            special("fec0::/10", "site-local address", "RFC 3879"),
            special("ff00::/8", "multicast address", "RFC 4291"));

    private static final AddressBlock GLOBAL_UNICAST = block("2000::/3");
    private static final AddressBlock MAPPED = block("::ffff:0:0/96");
    private static final AddressBlock TRANSLATED = block("64:ff9b::/96");
    private static final AddressBlock SIX_TO_FOUR = block("2002::/16");
    private static final AddressBlock TEREDO = block("2001::/32");

    private SpecialPurpose() {}

    /**
     * What an address is for, where it is not public: a few words such as {@code loopback address}.
     *
     * <p>An IPv6 address that stands for an IPv4 address is public only where that one is: mapped (RFC 4291), translated
     * by the well-known prefix of NAT64 (RFC 6052, so that networks with IPv6 only reach the rest), and ISATAP (RFC 5214).
     * IPv4-compatible, 6to4 and Teredo addresses are never public, whatever is inside: their tunnels are out of use.
     *
     * @param address 4 or 16 bytes, in network order
     */
    static Optional<String> of(byte[] address) {
        if (MAPPED.contains(address) || TRANSLATED.contains(address)) {
            return of(Arrays.copyOfRange(address, 12, 16));
        }
        return readings(address).stream()
                .flatMap(reading -> kind(reading).stream())
                .findFirst();
    }

    /**
     * The IPv4 addresses that an address stands for, where it is an IPv6 address that stands for any, and the address
     * itself.
     */
    static List<byte[]> readings(byte[] address) {
        if (address.length == 4) {
            return List.of(address);
        }
        if (MAPPED.contains(address) || TRANSLATED.contains(address) || isIsatap(address)) {
            return List.of(Arrays.copyOfRange(address, 12, 16), address);
        }
        if (SIX_TO_FOUR.contains(address)) {
            return List.of(Arrays.copyOfRange(address, 2, 6), address);
        }
        if (TEREDO.contains(address)) {
            // RFC 4380, 4: the server's as it is, the client's with every bit turned.
            byte[] client = Arrays.copyOfRange(address, 12, 16);
            for (int i = 0; i < client.length; i++) {
                client[i] = (byte) ~client[i];
            }
            return List.of(client, Arrays.copyOfRange(address, 4, 8), address);
        }
        return List.of(address);
    }

    private static Optional<String> kind(byte[] address) {
        Optional<String> kind = TABLE.stream()
                .filter(special -> special.block.contains(address))
                .map(Special::kind)
                .findFirst();
        if (kind.isEmpty() && address.length == 16 && !GLOBAL_UNICAST.contains(address)) {
            return Optional.of("reserved address");
        }
        return kind;
    }

    /** RFC 5214, 6.1: the interface identifier is 00-00-5E-FE or 02-00-5E-FE, and the IPv4 address. */
    private static boolean isIsatap(byte[] address) {
        return (address[8] & 0xfd) == 0 && address[9] == 0 && address[10] == 0x5e && address[11] == (byte) 0xfe;
    }

    private static Special special(String block, String kind, String source) {
        return new Special(block(block), kind, source);
    }

    private static AddressBlock block(String text) {
        int slash = text.indexOf('/');
        String address = text.substring(0, slash);
        Host first = Host.parse(address.indexOf(':') < 0 ? address : "[" + address + "]");
        return AddressBlock.of(first.bytes().orElseThrow(), Integer.parseInt(text.substring(slash + 1)));
    }

    /**
     * A row of the table.
     *
     * @param kind for people
     * @param source who says so
     */
    private record Special(AddressBlock block, String kind, String source) {}
}
