package org.bugloss.outbound;

import java.net.IDN;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The host of a URL in its one canonical form: an ASCII name in lower case, a dotted IPv4 address, or an IPv6 address as
 * RFC 5952 writes it.
 *
 * <p>Whatever spelling was typed is read exactly once, here. What is judged, what is connected to and what is sent as
 * {@code Host} are all made from the result, so that no two readers can understand one spelling differently. Immutable.
 */
final class Host {

    /** RFC 1035, 2.3.4, without the dots' length octets. */
    private static final int LONGEST_NAME = 253;

    private static final int LONGEST_LABEL = 63;

    private static final String IDEOGRAPHIC_DOTS = "[\u3002\uFF0E\uFF61]";

    /**
     * IDNA 2003, which the JDK implements, turns these into something else (ß into ss) where browsers (UTS #46,
     * non-transitional) keep them, so that the two would end at different hosts.
     */
    private static final String READ_DIFFERENTLY = "\u00DF\u1E9E\u03C2\u200C\u200D";

    private final String text;
    private final byte @Nullable [] address;

    private Host(String text, byte @Nullable [] address) {
        this.text = text;
        this.address = address;
    }

    /**
     * Reads a host as it stands in a URL.
     *
     * @param typed without user info and port; an IPv6 address in brackets
     * @throws InvalidUrlException where it is no host, or not one that everybody reads alike
     */
    static Host parse(String typed) {
        if (typed.isEmpty()) {
            throw new InvalidUrlException("the URL has no host");
        }
        if (typed.startsWith("[")) {
            if (!typed.endsWith("]")) {
                throw new InvalidUrlException("the IPv6 address in the URL is not closed by ]");
            }
            return ofBytes(ipv6(typed.substring(1, typed.length() - 1)));
        }
        String name = ascii(typed);
        if (name.endsWith(".")) {
            // The root label: the same name as without it, for DNS.
            name = name.substring(0, name.length() - 1);
        }
        check(name);
        String last = name.substring(name.lastIndexOf('.') + 1);
        return isNumber(last) ? ofBytes(ipv4(name)) : new Host(name, null);
    }

    /**
     * The host at an address.
     *
     * @param bytes 4 or 16, in network order
     */
    static Host ofBytes(byte[] bytes) {
        return new Host(bytes.length == 4 ? dotted(bytes) : colons(bytes), bytes.clone());
    }

    /** The name or the address; an IPv6 address without brackets. */
    String text() {
        return text;
    }

    /** As it stands in a URL: {@link #text()}, with an IPv6 address in brackets. */
    String inUrl() {
        return address != null && address.length == 16 ? "[" + text + "]" : text;
    }

    /** The address, where the host is one; no name is looked up. An IPv4-mapped IPv6 address comes out as the IPv4 one. */
    Optional<InetAddress> literal() {
        if (address == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.getByAddress(text, address));
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The bytes of the address, as they are written: 4 or 16, where the host is an address. */
    Optional<byte[]> bytes() {
        return Optional.ofNullable(address).map(byte[]::clone);
    }

    @Override
    public String toString() {
        return text;
    }

    private static String ascii(String typed) {
        if (typed.chars().allMatch(c -> c < 0x80)) {
            return typed.toLowerCase(Locale.ROOT);
        }
        typed.codePoints()
                .filter(c -> READ_DIFFERENTLY.indexOf(c) >= 0 || Character.getType(c) == Character.FORMAT)
                .findFirst()
                .ifPresent(c -> {
                    throw new InvalidUrlException(String.format(
                            "programs read the character U+%04X in a host differently: type the xn-- form", c));
                });
        // Compatibility forms first (full-width and circled digits, ligatures), so that the numbers in them are seen.
        String plain = Normalizer.normalize(typed, Normalizer.Form.NFKC).replaceAll(IDEOGRAPHIC_DOTS, ".");
        try {
            return IDN.toASCII(plain, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new InvalidUrlException("the host is not a valid internationalised name");
        }
    }

    private static void check(String name) {
        if (name.length() > LONGEST_NAME) {
            throw new InvalidUrlException("the host is longer than " + LONGEST_NAME + " characters");
        }
        for (String label : name.split("\\.", -1)) {
            if (label.isEmpty()) {
                throw new InvalidUrlException("the host has an empty part between its dots");
            }
            if (label.length() > LONGEST_LABEL) {
                throw new InvalidUrlException("a part of the host is longer than " + LONGEST_LABEL + " characters");
            }
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            // The underscore is in no host name by RFC 952, but container networks are full of it.
            if (!(isLetter(c) || isDigit(c) || c == '-' || c == '_' || c == '.')) {
                throw new InvalidUrlException(
                        String.format("the host has a character that no host has: U+%04X", (int) c));
            }
        }
    }

    /** The "ends in a number" rule of the WHATWG URL standard, 3.5: such a host is an IPv4 address or nothing. */
    private static boolean isNumber(String label) {
        return label.chars().allMatch(Host::isDigit)
                || label.startsWith("0x") && label.substring(2).chars().allMatch(Host::isHexDigit);
    }

    /**
     * The IPv4 parser of the WHATWG URL standard, 3.5, which is what browsers and {@code inet_aton} do: one to four
     * decimal, octal ({@code 0177}) or hexadecimal ({@code 0x7f}) numbers, of which the last fills what is left.
     */
    private static byte[] ipv4(String name) {
        String[] parts = name.split("\\.", -1);
        if (parts.length > 4) {
            throw new InvalidUrlException("the host ends in a number but is not an IPv4 address");
        }
        long address = 0;
        for (int i = 0; i < parts.length; i++) {
            long number = number(parts[i]);
            int octets = i < parts.length - 1 ? 1 : 5 - parts.length;
            if (number >= 1L << 8 * octets) {
                throw new InvalidUrlException("a number in the host is too large for an IPv4 address");
            }
            address = address << 8 * octets | number;
        }
        return new byte[] {(byte) (address >> 24), (byte) (address >> 16), (byte) (address >> 8), (byte) address};
    }

    private static long number(String part) {
        int radix = 10;
        String digits = part;
        if (part.startsWith("0x")) {
            radix = 16;
            digits = part.substring(2);
        } else if (part.length() > 1 && part.startsWith("0")) {
            radix = 8;
            digits = part.substring(1);
        }
        if (digits.isEmpty()) {
            return 0; // "0x", by the standard
        }
        try {
            long number = Long.parseUnsignedLong(digits, radix);
            return number < 0 ? Long.MAX_VALUE : number;
        } catch (NumberFormatException e) {
            throw new InvalidUrlException("the host ends in a number but is not an IPv4 address");
        }
    }

    /** RFC 4291, 2.2, without zone ids, which mean nothing on another machine (RFC 6874 was withdrawn for it). */
    private static byte[] ipv6(String typed) {
        if (typed.indexOf('%') >= 0) {
            throw new InvalidUrlException("an IPv6 address in a URL may not have a zone");
        }
        int gap = typed.indexOf("::");
        byte[] address = new byte[16];
        if (gap < 0) {
            byte[] all = groups(typed, true);
            if (all.length != 16) {
                throw notIpv6();
            }
            return all;
        }
        byte[] head = groups(typed.substring(0, gap), false);
        byte[] tail = groups(typed.substring(gap + 2), true);
        if (head.length + tail.length > 14) {
            throw notIpv6();
        }
        System.arraycopy(head, 0, address, 0, head.length);
        System.arraycopy(tail, 0, address, 16 - tail.length, tail.length);
        return address;
    }

    private static byte[] groups(String typed, boolean mayEndInIpv4) {
        if (typed.isEmpty()) {
            return new byte[0];
        }
        String[] groups = typed.split(":", -1);
        boolean endsInIpv4 = mayEndInIpv4 && groups[groups.length - 1].indexOf('.') >= 0;
        int length = groups.length * 2 + (endsInIpv4 ? 2 : 0);
        if (length > 16) {
            throw notIpv6();
        }
        byte[] bytes = new byte[length];
        int hexGroups = endsInIpv4 ? groups.length - 1 : groups.length;
        for (int i = 0; i < hexGroups; i++) {
            String group = groups[i];
            if (group.isEmpty() || group.length() > 4 || !group.chars().allMatch(Host::isHexDigit)) {
                throw notIpv6();
            }
            int value = Integer.parseInt(group, 16);
            bytes[2 * i] = (byte) (value >> 8);
            bytes[2 * i + 1] = (byte) value;
        }
        if (endsInIpv4) {
            String[] octets = groups[hexGroups].split("\\.", -1);
            if (octets.length != 4) {
                throw notIpv6();
            }
            for (int i = 0; i < 4; i++) {
                bytes[2 * hexGroups + i] = (byte) octet(octets[i]);
            }
        }
        return bytes;
    }

    private static int octet(String typed) {
        boolean plain = !typed.isEmpty()
                && typed.length() <= 3
                && typed.chars().allMatch(Host::isDigit)
                && (typed.length() == 1 || typed.charAt(0) != '0');
        if (!plain || Integer.parseInt(typed) > 255) {
            throw notIpv6();
        }
        return Integer.parseInt(typed);
    }

    private static InvalidUrlException notIpv6() {
        return new InvalidUrlException("the host in brackets is not an IPv6 address");
    }

    private static String dotted(byte[] bytes) {
        return (bytes[0] & 0xff) + "." + (bytes[1] & 0xff) + "." + (bytes[2] & 0xff) + "." + (bytes[3] & 0xff);
    }

    /** RFC 5952, 4: lower case, no leading zeros, the first longest run of two or more zero groups as {@code ::}. */
    private static String colons(byte[] bytes) {
        int[] groups = new int[8];
        for (int i = 0; i < 8; i++) {
            groups[i] = (bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff;
        }
        int from = 8;
        int length = 1;
        for (int i = 0; i < 8; i++) {
            int end = i;
            while (end < 8 && groups[end] == 0) {
                end++;
            }
            if (end - i > length) {
                from = i;
                length = end - i;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            if (i == from) {
                text.append("::");
                i += length - 1;
                continue;
            }
            if (i > 0 && i != from + length) {
                text.append(':');
            }
            text.append(Integer.toHexString(groups[i]));
        }
        return text.toString();
    }

    private static boolean isLetter(int c) {
        return c >= 'a' && c <= 'z';
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isHexDigit(int c) {
        return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F';
    }
}
