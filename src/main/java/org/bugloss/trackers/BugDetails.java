package org.bugloss.trackers;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Freshness;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the bug behind a URL. Immutable; {@link #of} makes one, and the {@code with…} methods copy.
 *
 * <p>Title, status and fields are plain text, as they are: neither escaped nor stripped. The description is an HTML
 * fragment that need not be safe: Bugloss sanitises it before it is stored or shown.
 */
public final class BugDetails {

    /** White space, control and format characters, and letters that are drawn as nothing: Hangul fillers, empty Braille. */
    private static final Pattern UNSEEN =
            Pattern.compile("[\\s\\p{Z}\\p{Cc}\\p{Cf}\\x{115F}\\x{1160}\\x{2800}\\x{3164}\\x{FFA0}]*");

    private final @Nullable String id;
    private final String title;
    private final String description;
    private final @Nullable String status;
    private final @Nullable Boolean resolved;
    private final @Nullable String image;
    private final @Nullable String siteName;
    private final @Nullable String movedTo;
    private final @Nullable Boolean confidential;
    private final BugFields fields;
    private final boolean fromOpenGraph;
    private final @Nullable FetchException failure;
    private final Freshness freshness;

    /** The members of a copy that is being made. */
    private static final class Draft {

        private @Nullable String id;
        private @Nullable String title;
        private @Nullable String description;
        private @Nullable String status;
        private @Nullable Boolean resolved;
        private @Nullable String image;
        private @Nullable String siteName;
        private @Nullable String movedTo;
        private @Nullable Boolean confidential;
        private @Nullable BugFields fields;
        private boolean fromOpenGraph;
        private @Nullable FetchException failure;
        private @Nullable Freshness freshness;
    }

    private BugDetails(Draft draft) {
        id = draft.id;
        title = id != null && isNothing(draft.title) ? id : Objects.requireNonNull(draft.title, "title");
        description = Objects.requireNonNullElse(draft.description, "");
        status = draft.status;
        resolved = draft.resolved;
        image = draft.image;
        siteName = draft.siteName;
        movedTo = draft.movedTo;
        confidential = draft.confidential;
        fields = Objects.requireNonNullElse(draft.fields, BugFields.NONE);
        fromOpenGraph = draft.fromOpenGraph;
        failure = draft.failure;
        freshness = Objects.requireNonNullElse(draft.freshness, Freshness.UNKNOWN);
    }

    /**
     * Details that a tracker's API gave, so far with nothing but a title.
     *
     * @param id the tracker's own number or key; {@code null} where there is none
     * @param title where it is empty, the id is in its place
     */
    public static BugDetails of(@Nullable String id, String title) {
        Draft draft = new Draft();
        draft.id = id;
        draft.title = title;
        return new BugDetails(draft);
    }

    /** The tracker's own number or key; {@code null} where there is none. */
    public @Nullable String id() {
        return id;
    }

    /** Never {@code null}: the id, where the tracker has an empty title. */
    public String title() {
        return title;
    }

    /** An HTML fragment; empty where there is none. */
    public String description() {
        return description;
    }

    /** As the tracker words it; {@code null} where it is unknown. */
    public @Nullable String status() {
        return status;
    }

    /** By the tracker's own notion; {@code null} where it is unknown. */
    public @Nullable Boolean resolved() {
        return resolved;
    }

    /** The URL of a picture; {@code null} where there is none. */
    public @Nullable String image() {
        return image;
    }

    /** The name of the site; {@code null} where it is unknown. */
    public @Nullable String siteName() {
        return siteName;
    }

    /** The URL of the bug as it is now, where its tracker tells that it was moved; else {@code null}. */
    public @Nullable String movedTo() {
        return movedTo;
    }

    /** Whether the tracker itself marks the bug as confidential; {@code null} where it does not say. */
    public @Nullable Boolean confidential() {
        return confidential;
    }

    /** Never {@code null}. */
    public BugFields fields() {
        return fields;
    }

    /** Whether this is the page's metadata rather than an answer of the tracker's API. */
    public boolean fromOpenGraph() {
        return fromOpenGraph;
    }

    /** Why the tracker's API did not answer, where the page's metadata serve instead; else {@code null}. */
    public @Nullable FetchException failure() {
        return failure;
    }

    /** What the source says of how long this holds; never {@code null}. */
    public Freshness freshness() {
        return freshness;
    }

    /** @param title where it is empty, the id is in its place; never {@code null} */
    public BugDetails withTitle(String title) {
        return with(copy -> copy.title = title);
    }

    /** @param html an HTML fragment; it is sanitised later */
    public BugDetails withDescription(@Nullable String html) {
        return with(copy -> copy.description = html);
    }

    /** @param status as the tracker words it; {@code null} where it is unknown */
    public BugDetails withStatus(@Nullable String status) {
        return with(copy -> copy.status = status);
    }

    /** @param resolved {@code null} where it is unknown */
    public BugDetails withResolved(@Nullable Boolean resolved) {
        return with(copy -> copy.resolved = resolved);
    }

    /** @param url of a picture; {@code null} for none */
    public BugDetails withImage(@Nullable String url) {
        return with(copy -> copy.image = url);
    }

    /** @param name of the site; {@code null} where it is unknown */
    public BugDetails withSiteName(@Nullable String name) {
        return with(copy -> copy.siteName = name);
    }

    /** @param url of the bug as it is now; {@code null} where it was not moved */
    public BugDetails withMovedTo(@Nullable String url) {
        return with(copy -> copy.movedTo = url);
    }

    /** @param confidential whether the tracker itself marks the bug so; {@code null} where it does not say */
    public BugDetails withConfidential(@Nullable Boolean confidential) {
        return with(copy -> copy.confidential = confidential);
    }

    /** @param fields what else is known; {@code null} for nothing */
    public BugDetails withFields(@Nullable BugFields fields) {
        return with(copy -> copy.fields = fields);
    }

    /** @param said what the source says of how long this holds */
    public BugDetails withFreshness(@Nullable Freshness said) {
        return with(copy -> copy.freshness = said);
    }

    /** The same details, of a bug that is called otherwise. */
    BugDetails withId(String name) {
        return with(copy -> copy.id = name);
    }

    /** The same details, marked as the page's metadata. */
    BugDetails asOpenGraph() {
        return with(copy -> copy.fromOpenGraph = true);
    }

    /**
     * The same details, marked as standing in for an API that did not answer. How long the page holds is of no matter: the
     * API is to be asked again all the same.
     */
    BugDetails insteadOf(FetchException apiFailure) {
        return with(copy -> {
            copy.failure = apiFailure;
            copy.freshness = Freshness.UNKNOWN;
        });
    }

    /** Whether a title has nothing that anybody sees. */
    private static boolean isNothing(@Nullable String title) {
        return title != null && UNSEEN.matcher(title).matches();
    }

    private BugDetails with(Consumer<Draft> change) {
        Draft copy = new Draft();
        copy.id = id;
        copy.title = title;
        copy.description = description;
        copy.status = status;
        copy.resolved = resolved;
        copy.image = image;
        copy.siteName = siteName;
        copy.movedTo = movedTo;
        copy.confidential = confidential;
        copy.fields = fields;
        copy.fromOpenGraph = fromOpenGraph;
        copy.failure = failure;
        copy.freshness = freshness;
        change.accept(copy);
        return new BugDetails(copy);
    }

    private List<@Nullable Object> members() {
        return Arrays.asList(
                id,
                title,
                description,
                status,
                resolved,
                image,
                siteName,
                movedTo,
                confidential,
                fields,
                fromOpenGraph,
                failure,
                freshness);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BugDetails that && members().equals(that.members());
    }

    @Override
    public int hashCode() {
        return members().hashCode();
    }

    @Override
    public String toString() {
        return "BugDetails" + members();
    }
}
