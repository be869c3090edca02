package org.bugloss.trackers;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.Freshness;
import org.jspecify.annotations.Nullable;

/**
 * A bug's URL, as a tracker sees it: the canonical URL, the system that it belongs to, and in the midst of a batch what
 * the tracker already answered for it. Immutable. Two are equal where their URLs are.
 */
public final class BugUrl {

    private final CanonicalUrl url;
    private final CanonicalUrl read;
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
        this(url, url, system, null, Cached.NOTHING);
    }

    private BugUrl(
            CanonicalUrl url,
            CanonicalUrl read,
            @Nullable TrackerSystem system,
            @Nullable Answer answer,
            Cached cached) {
        this.url = Objects.requireNonNull(url, "url");
        this.read = read;
        this.system = system;
        this.answer = answer;
        this.cached = cached;
    }

    /** The canonical URL. */
    public CanonicalUrl url() {
        return url;
    }

    /** The URL that is meant where {@link #url} was pasted with punctuation behind it; else the same. */
    CanonicalUrl read() {
        return read;
    }

    /** The same URL, read as another one: {@link #path} and {@link #parameter} are that one's. */
    BugUrl readAs(CanonicalUrl meant) {
        return new BugUrl(url, meant, system, answer, cached);
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
            return read.path();
        }
        String base = system.base().path();
        String prefix = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
        String rest =
                read.path().substring(Math.min(prefix.length(), read.path().length()));
        return rest.startsWith("/") ? rest : "/" + rest;
    }

    /**
     * The first value of a parameter, decoded; empty where it is absent or can't be decoded. Parameters are those of the
     * query, and behind them those of a fragment that is part of the key ({@code #_a=edit&id=133}).
     */
    public Optional<String> parameter(String name) {
        return Stream.concat(read.query().stream(), read.fragment().stream())
                .flatMap(parameters -> Arrays.stream(parameters.split("&")))
                .filter(pair -> pair.startsWith(name + "="))
                .findFirst()
                .flatMap(pair -> decoded(pair.substring(name.length() + 1)));
    }

    private static Optional<String> decoded(String value) {
        try {
            return Optional.of(URLDecoder.decode(value, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** What the tracker answered for this bug in a batch, where this is the midst of one. */
    Optional<Answer> answer() {
        return Optional.ofNullable(answer);
    }

    /** The same URL with what a batch answered for it. */
    BugUrl answered(Answer byBatch) {
        return new BugUrl(url, read, system, byBatch, cached);
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
        return new BugUrl(url, read, system, answer, cached);
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
