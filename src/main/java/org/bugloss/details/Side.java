package org.bugloss.details;

import java.util.Set;
import java.util.function.Supplier;
import org.bugloss.cache.CleanDetails;
import org.bugloss.cache.FieldsJson;
import org.bugloss.cache.StoredDetails;
import org.bugloss.html.SafeHtml;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.trackers.BugFields;
import org.jspecify.annotations.Nullable;

/**
 * The members of details that an override may have: what a source told, or what a script supplied. Immutable; {@code null}
 * where a side lacks a member.
 *
 * @param description sanitised
 * @param excerpt of the description
 */
record Side(
        @Nullable String title,
        @Nullable String description,
        @Nullable String excerpt,
        @Nullable String status,
        @Nullable Boolean resolved,
        @Nullable String image,
        @Nullable BugFields fields) {

    /** What a source told; {@code stored} has details. */
    static Side of(StoredDetails stored) {
        return new Side(
                stored.title(),
                stored.description(),
                stored.excerpt(),
                stored.status(),
                stored.resolved(),
                stored.image(),
                FieldsJson.read(stored.fields()));
    }

    /** No source told anything yet. */
    static Side ofNothing() {
        return new Side(null, "", "", null, null, null, BugFields.NONE);
    }

    /**
     * What a script supplied, made safe.
     *
     * @param images whether images from elsewhere stay in the description
     */
    static Side of(DetailsOverride override, CanonicalUrl url, boolean images) {
        String description =
                override.description() == null ? null : SafeHtml.sanitise(override.description(), images, url.uri());
        return new Side(
                SafeHtml.plainText(override.title()),
                description,
                description == null ? null : SafeHtml.excerpt(description),
                override.status() == null ? null : SafeHtml.plainText(override.status()),
                override.resolved(),
                CleanDetails.webUrl(override.image()),
                override.fields() == null ? null : FieldsJson.read(override.fields()));
    }

    /**
     * This side's members where it has them, the other's where it lacks them.
     *
     * @param blanks the members that this side shows empty
     */
    Side over(Side beneath, Set<String> blanks) {
        boolean noDescription = blanks.contains("description");
        return new Side(
                title,
                member(description, noDescription, "", beneath::description),
                member(excerpt, noDescription, "", beneath::excerpt),
                member(status, blanks.contains("status"), null, beneath::status),
                member(resolved, blanks.contains("resolved"), null, beneath::resolved),
                member(image, blanks.contains("image"), null, beneath::image),
                member(fields, blanks.contains("fields"), BugFields.NONE, beneath::fields));
    }

    private static <T> @Nullable T member(
            @Nullable T own, boolean blank, @Nullable T empty, Supplier<@Nullable T> beneath) {
        if (own != null) {
            return own;
        }
        return blank ? empty : beneath.get();
    }
}
