package org.bugloss.outbound;

import java.util.Arrays;

/**
 * A block of IPv4 or of IPv6 addresses (RFC 4632, 3.1). Immutable.
 */
final class AddressBlock {

    private final byte[] first;
    private final int prefixLength;

    private AddressBlock(byte[] first, int prefixLength) {
        this.first = first;
        this.prefixLength = prefixLength;
    }

    /**
     * @param first the block's first address: 4 or 16 bytes, in network order
     * @param prefixLength how many leading bits the addresses of the block have in common
     * @throws IllegalArgumentException where that is no block: too many bits, or bits set behind the prefix
     */
    static AddressBlock of(byte[] first, int prefixLength) {
        if (prefixLength < 0 || prefixLength > first.length * 8) {
            throw new IllegalArgumentException("the prefix is from 0 to " + first.length * 8 + " bits long");
        }
        byte[] masked = masked(first, prefixLength);
        if (!Arrays.equals(first, masked)) {
            throw new IllegalArgumentException("the block is written " + Host.ofBytes(masked) + "/" + prefixLength);
        }
        return new AddressBlock(masked, prefixLength);
    }

    boolean contains(byte[] address) {
        return address.length == first.length && Arrays.equals(masked(address, prefixLength), first);
    }

    @Override
    public String toString() {
        return Host.ofBytes(first) + "/" + prefixLength;
    }

    private static byte[] masked(byte[] address, int prefixLength) {
        byte[] masked = new byte[address.length];
        for (int i = 0; i < address.length; i++) {
            int bits = Math.max(0, Math.min(8, prefixLength - 8 * i));
            masked[i] = (byte) (address[i] & 0xff << 8 - bits);
        }
        return masked;
    }
}
