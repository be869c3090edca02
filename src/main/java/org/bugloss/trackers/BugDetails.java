package org.bugloss.trackers;

import java.util.Objects;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Freshness;

/**
 * What is known of the bug behind a URL. Immutable; the {@code with…} methods copy.
 *
 * <p>Title, status and fields are plain text, as they are: neither escaped nor stripped. The description is an HTML
 * fragment that need not be safe: Bugloss sanitises it before it is stored or shown.
 *
 * @param id the tracker's own number or key; {@code null} where there is none
 * @param title never {@code null}
 * @param description an HTML fragment; empty where there is none
 * @param status as the tracker words it; {@code null} where it is unknown
 * @param resolved by the tracker's own notion; {@code null} where it is unknown
 * @param image the URL of a picture; {@code null} where there is none
 * @param siteName the name of the site; {@code null} where it is unknown
 * @param fields never {@code null}
 * @param fromOpenGraph whether this is the page's metadata rather than an answer of the tracker's API
 * @param failure why the tracker's API did not answer, where the page's metadata serve instead; else {@code null}
 * @param freshness what the source says of how long this holds; never {@code null}
 */
public record BugDetails(
        String id,
        String title,
        String description,
        String status,
        Boolean resolved,
        String image,
        String siteName,
        BugFields fields,
        boolean fromOpenGraph,
        FetchException failure,
        Freshness freshness) {

    public BugDetails {
        Objects.requireNonNull(title, "title");
        description = description == null ? "" : description;
        fields = fields == null ? BugFields.NONE : fields;
        freshness = freshness == null ? Freshness.UNKNOWN : freshness;
    }

    /** Details that a tracker's API gave, so far with nothing but a title. */
    public static BugDetails of(String id, String title) {
        return new BugDetails(id, title, "", null, null, null, null, BugFields.NONE, false, null, Freshness.UNKNOWN);
    }

    public BugDetails withTitle(String newTitle) {
        return new BugDetails(
                id,
                newTitle,
                description,
                status,
                resolved,
                image,
                siteName,
                fields,
                fromOpenGraph,
                failure,
                freshness);
    }

    /** @param html an HTML fragment; it is sanitised later */
    public BugDetails withDescription(String html) {
        return new BugDetails(
                id, title, html, status, resolved, image, siteName, fields, fromOpenGraph, failure, freshness);
    }

    public BugDetails withStatus(String newStatus) {
        return new BugDetails(
                id,
                title,
                description,
                newStatus,
                resolved,
                image,
                siteName,
                fields,
                fromOpenGraph,
                failure,
                freshness);
    }

    public BugDetails withResolved(Boolean newResolved) {
        return new BugDetails(
                id,
                title,
                description,
                status,
                newResolved,
                image,
                siteName,
                fields,
                fromOpenGraph,
                failure,
                freshness);
    }

    public BugDetails withImage(String url) {
        return new BugDetails(
                id, title, description, status, resolved, url, siteName, fields, fromOpenGraph, failure, freshness);
    }

    public BugDetails withFields(BugFields newFields) {
        return new BugDetails(
                id,
                title,
                description,
                status,
                resolved,
                image,
                siteName,
                newFields,
                fromOpenGraph,
                failure,
                freshness);
    }

    /** @param said what the source says of how long this holds */
    public BugDetails withFreshness(Freshness said) {
        return new BugDetails(
                id, title, description, status, resolved, image, siteName, fields, fromOpenGraph, failure, said);
    }

    /**
     * The same details, marked as standing in for an API that did not answer. How long the page holds is of no matter: the
     * API is to be asked again all the same.
     */
    BugDetails insteadOf(FetchException apiFailure) {
        return new BugDetails(
                id,
                title,
                description,
                status,
                resolved,
                image,
                siteName,
                fields,
                fromOpenGraph,
                apiFailure,
                Freshness.UNKNOWN);
    }
}
