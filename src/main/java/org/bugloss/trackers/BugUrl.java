package org.bugloss.trackers;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.Freshness;
import org.jspecify.annotations.Nullable;

/**
 * A bug's URL, as a tracker sees it: the canonical URL, the system that it belongs to, and in the midst of a batch what
 * the tracker already answered for it. Immutable. Two are equal where their URLs are.
 */
public final class BugUrl {

    private final CanonicalUrl url;
    private final @Nullable TrackerSystem system;
    private final @Nullable Answer answer;
    private final Cached cached;

    /**
     * What is cached of a bug that is asked about anew.
     *
     * @param freshness what the source said of it: by this it may answer that nothing changed
     * @param byApi whether the tracker's API told it, so that the page's metadata would be worse
     * @param canWait whether nobody waits for the answer: what fails for a while is asked again later, and no page is asked
     *     instead
     */
    public record Cached(Freshness freshness, boolean byApi, boolean canWait) {

        /** Nothing is cached, or nothing that may be kept. */
        public static final Cached NOTHING = new Cached(Freshness.UNKNOWN, false);

        /** Somebody waits for the answer. */
        public Cached(Freshness freshness, boolean byApi) {
            this(freshness, byApi, false);
        }
    }

    /** A URL of a system; {@code system} is {@code null} where no enabled system covers it. */
    BugUrl(CanonicalUrl url, @Nullable TrackerSystem system) {
        this(url, system, null, Cached.NOTHING);
    }

    private BugUrl(CanonicalUrl url, @Nullable TrackerSystem system, @Nullable Answer answer, Cached cached) {
        this.url = Objects.requireNonNull(url, "url");
        this.system = system;
        this.answer = answer;
        this.cached = cached;
    }

    /** The canonical URL. */
    public CanonicalUrl url() {
        return url;
    }

    /** The system that the URL belongs to; empty where its page's metadata is all there is. */
    public Optional<TrackerSystem> system() {
        return Optional.ofNullable(system);
    }

    /**
     * The path below the system's base URL, percent-encoded as it stands in the URL, with a slash in front: {@code
     * /browse/ABC-1} of {@code https://h/jira/browse/ABC-1} where the base URL is {@code https://h/jira}.
     */
    public String path() {
        if (system == null) {
            return url.path();
        }
        String base = system.base().path();
        String prefix = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
        String rest = url.path().substring(Math.min(prefix.length(), url.path().length()));
        return rest.startsWith("/") ? rest : "/" + rest;
    }

    /** The first value of a query parameter, decoded; empty where it is absent or can't be decoded. */
    public Optional<String> parameter(String name) {
        for (String pair : url.query().orElse("").split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals >= 0 && pair.substring(0, equals).equals(name)) {
                try {
                    return Optional.of(URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
                } catch (IllegalArgumentException e) {
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }

    /** What the tracker answered for this bug in a batch, where this is the midst of one. */
    Optional<Answer> answer() {
        return Optional.ofNullable(answer);
    }

    /** The same URL with what a batch answered for it. */
    BugUrl answered(Answer byBatch) {
        return new BugUrl(url, system, byBatch, cached);
    }

    /**
     * Whose requests are spared and counted together: the system's name, or {@code //} and the host and port of a page that
     * is no system's.
     */
    public String lane() {
        return system == null ? url.origin().substring(url.scheme().length() + 1) : system.name();
    }

    /** What is cached of this bug. */
    public Cached cached() {
        return cached;
    }

    /** The same URL, with what is cached of its bug. */
    public BugUrl withCached(Cached cached) {
        return new BugUrl(url, system, answer, cached);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BugUrl that && url.key().equals(that.url.key());
    }

    @Override
    public int hashCode() {
        return url.key().hashCode();
    }

    @Override
    public String toString() {
        return url.key();
    }
}
