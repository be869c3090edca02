package org.bugloss.trackers;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bugloss.configuration.TestKeys;
import org.bugloss.outbound.CanonicalUrl;

/** Bug URLs for tests, which no registry located. */
public final class TestBugUrls {

    private TestBugUrls() {}

    /** A URL of no system. */
    public static BugUrl of(CanonicalUrl url) {
        return new BugUrl(url, null);
    }

    /** A URL of a system that is called {@code test}. */
    public static BugUrl inSystem(CanonicalUrl url) {
        return new BugUrl(url, system("Acme", url.origin(), null, null));
    }

    /** A URL of a system. */
    static BugUrl of(String url, TrackerSystem system) {
        return new BugUrl(CanonicalUrl.parse(url), system);
    }

    /** A system; {@code api} and {@code password} may be {@code null}. */
    static TrackerSystem system(String tracker, String base, String api, String password) {
        return system(tracker, base, api, null, password);
    }

    /** The same with a user's name. */
    static TrackerSystem system(String tracker, String base, String api, String username, String password) {
        return new TrackerSystem(
                "test",
                tracker,
                CanonicalUrl.parse(base),
                Optional.ofNullable(api).map(CanonicalUrl::parse),
                new TrackerSystem.Credentials(username, password),
                Optional.<Duration>empty(),
                Optional.empty());
    }

    /** What changed since nine o'clock, at half a minute past ten. */
    static Optional<Set<String>> changed(IssueTracker tracker, List<BugUrl> urls) {
        tracker.states.clock = Clock.fixed(Instant.parse("2026-11-22T10:00:30Z"), ZoneOffset.UTC);
        return tracker.changedSince(urls, Instant.parse("2026-11-22T09:00:00Z"), tracker.api(urls.get(0)));
    }

    /** What a batch of these URLs gives, through the registry, as a refresh asks: portion by portion. */
    static Map<BugUrl, Answer> refreshed(IssueTracker tracker, List<BugUrl> urls) {
        String name = urls.get(0).system().orElseThrow().trackerName();
        Trackers trackers = new Trackers(
                List.of(new NamedTracker(name, tracker.getClass(), () -> tracker)),
                null,
                new SystemStates(),
                TestTrackers.NONE_PAUSED,
                TestKeys.keys("EXTERNAL_BUG_TRACKERS", name));
        Map<BugUrl, Answer> answers = new LinkedHashMap<>();
        trackers.portions(urls).forEach(portion -> answers.putAll(trackers.details(portion)));
        return answers;
    }
}
