package org.bugloss.trackers;

import java.time.Duration;
import java.util.Optional;
import org.bugloss.outbound.CanonicalUrl;
import org.jspecify.annotations.Nullable;

/**
 * One installation of a tracker, from the configuration or well known. Immutable.
 *
 * @param name as in {@code bugloss.system.NAME}
 * @param trackerName the tracker that it is an installation of
 * @param base URLs under it belong to this system
 * @param api where its API is, where the administrator said so
 * @param credentials what the tracker takes from Bugloss as proof of who it is
 * @param ttl how long its details are fresh, where that differs from all others'
 * @param markup what its descriptions are written in, where no answer tells and the administrator said so
 */
public record TrackerSystem(
        String name,
        String trackerName,
        CanonicalUrl base,
        Optional<CanonicalUrl> api,
        Credentials credentials,
        Optional<Duration> ttl,
        Optional<Markup> markup) {

    /** What descriptions may be written in. */
    public enum Markup {
        MARKDOWN,
        TEXTILE
    }

    /** The URL of a path below the base URL, which may end with a slash or not; {@code path} begins with none. */
    public String below(String path) {
        String url = base.key();
        return url + (url.endsWith("/") ? "" : "/") + path;
    }

    /** The same system, with its tracker's name as the tracker itself writes it. */
    TrackerSystem withTrackerName(String itsOwn) {
        return new TrackerSystem(name, itsOwn, base, api, credentials, ttl, markup);
    }

    /** The same system at another base URL. */
    TrackerSystem withBase(CanonicalUrl other) {
        return new TrackerSystem(name, trackerName, other, api, credentials, ttl, markup);
    }

    /**
     * A user and a password, or a token alone, which then is the password.
     *
     * @param username or {@code null}
     * @param password or {@code null}
     */
    public record Credentials(
            @Nullable String username, @Nullable String password) {

        /** Ask anonymously. */
        public static final Credentials NONE = new Credentials(null, null);

        public boolean given() {
            return password != null;
        }

        /** Never the secret, so that no log line and no message can hold it. */
        @Override
        public String toString() {
            return given() ? "Credentials[given]" : "Credentials[none]";
        }
    }
}
