package org.bugloss.cache;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.bugloss.html.SafeHtml;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Freshness;
import org.bugloss.outbound.InvalidUrlException;
import org.bugloss.trackers.BugDetails;
import org.bugloss.trackers.BugFields;
import org.bugloss.trackers.BugUrl;
import org.jspecify.annotations.Nullable;

/**
 * What a source told, as it may be stored: texts made safe and cut to what their columns hold. Immutable.
 *
 * @param fields as JSON
 * @param confidential whether the tracker marks the bug so; {@code null} where it does not say
 * @param movedTo the URL of the bug as it is now; {@code null} where it was not moved
 * @param failure why the page stands in for the tracker's API; {@code null} where it does not
 * @param fingerprint tells whether a source told the same as before: see {@link #fingerprint}
 */
public record CleanDetails(
        @Nullable String id,
        String title,
        String description,
        String excerpt,
        @Nullable String status,
        @Nullable Boolean resolved,
        @Nullable String image,
        @Nullable String siteName,
        String fields,
        @Nullable String movedTo,
        @Nullable Boolean confidential,
        boolean fromOpenGraph,
        @Nullable FetchException failure,
        Freshness freshness,
        String fingerprint) {

    /** To be raised whenever the same answer would be cleaned to something else. */
    private static final String CLEANING = "1";

    /** @param images whether images from elsewhere stay in the description */
    public static CleanDetails of(BugUrl bug, BugDetails details, boolean images) {
        String description =
                SafeHtml.sanitise(details.description(), images, bug.url().uri());
        return new CleanDetails(
                cutOrNull(plain(details.id()), 300),
                cut(SafeHtml.plainText(details.title()), 2000),
                description,
                SafeHtml.excerpt(description),
                cutOrNull(plain(details.status()), 300),
                details.resolved(),
                webUrl(details.image()),
                cutOrNull(plain(details.siteName()), 300),
                FieldsJson.of(plain(details.fields())).toString(),
                webUrl(details.movedTo()),
                details.confidential(),
                details.fromOpenGraph(),
                details.failure(),
                details.freshness(),
                fingerprint(details, images));
    }

    /**
     * A SHA-256 of all that is told of a bug, in hexadecimal digits: the same for the same details, so that what has not
     * changed is neither cleaned nor written anew.
     */
    static String fingerprint(BugDetails details, boolean images) {
        MessageDigest digest = sha256();
        List<Object> told = Arrays.asList(
                CLEANING,
                images,
                details.id(),
                details.title(),
                details.description(),
                details.status(),
                details.resolved(),
                details.image(),
                details.siteName(),
                details.movedTo(),
                details.confidential(),
                details.fields(),
                details.fromOpenGraph());
        for (Object part : told) {
            byte[] bytes = Objects.toString(part, "\u0000").getBytes(StandardCharsets.UTF_8);
            // With its length, so that what moves from one part to the next is no coincidence.
            digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
            digest.update(bytes);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Only a web URL may become the source of a picture; a tracker or an extension may have said anything. */
    public static @Nullable String webUrl(@Nullable String image) {
        try {
            return image == null ? null : CanonicalUrl.parse(image).key();
        } catch (InvalidUrlException e) {
            return null;
        }
    }

    static @Nullable String cutOrNull(@Nullable String text, int most) {
        return text == null ? null : cut(text, most);
    }

    /** Cuts to a length in UTF-16 units, as H2 counts, and never through a surrogate pair. */
    static String cut(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
        return text.substring(0, end);
    }

    private static BugFields plain(BugFields fields) {
        return BugFields.NONE
                .withAssignee(cutOrNull(plain(fields.assignee()), 1000))
                .withResolution(cutOrNull(plain(fields.resolution()), 300))
                .withPriority(cutOrNull(plain(fields.priority()), 300))
                .withType(cutOrNull(plain(fields.type()), 300))
                .withLabels(fields.labels().stream()
                        .limit(100)
                        .map(label -> cut(SafeHtml.plainText(label), 200))
                        .toList())
                .withUpdated(fields.updated());
    }

    private static @Nullable String plain(@Nullable String text) {
        return text == null ? null : SafeHtml.plainText(text);
    }
}
