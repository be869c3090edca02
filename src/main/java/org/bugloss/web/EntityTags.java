package org.bugloss.web;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** By what is told whether a client has an answer already: {@code ETag} and {@code If-None-Match}. */
public final class EntityTags {

    private static final int BYTES = 16;

    private EntityTags() {}

    /** What stands between the quotes of the {@code ETag} of an answer of these bytes: hexadecimal digits. */
    public static String of(byte[] answer) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(answer), 0, BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * Whether a client has an answer. RFC 9110, 13.1.2: a list of tags, compared weakly, or {@code *}.
     *
     * @param ifNoneMatch the header, or {@code null}
     * @param etags those of all forms of the answer, with their quotes
     */
    public static boolean isKnown(@Nullable String ifNoneMatch, String... etags) {
        if (ifNoneMatch == null) {
            return false;
        }
        List<String> ours = List.of(etags);
        // Nearly all clients send back the one tag that they got.
        return ours.contains(ifNoneMatch)
                || Arrays.stream(ifNoneMatch.split(",", -1))
                        .map(String::strip)
                        .map(one -> one.startsWith("W/") ? one.substring(2) : one)
                        .anyMatch(one -> one.equals("*") || ours.contains(one));
    }
}
