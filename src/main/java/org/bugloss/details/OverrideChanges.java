package org.bugloss.details;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.sql.DataSource;
import org.bugloss.cache.DetailsCache;
import org.bugloss.changes.BugState;
import org.bugloss.changes.Change;
import org.bugloss.changes.ChangeLog;
import org.bugloss.changes.Differences;
import org.bugloss.database.ConfiguredDataSource;
import org.bugloss.database.Sql;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.trackers.BugUrl;
import org.bugloss.trackers.TrackerSystem;
import org.bugloss.trackers.Trackers;

/**
 * What becomes of bugs, as callers see them, when overrides of theirs come and go. Part of the transaction that writes the
 * overrides.
 */
@ApplicationScoped
class OverrideChanges {

    @Resource(lookup = ConfiguredDataSource.JNDI)
    private DataSource database;

    @Inject
    private GlossTable table;

    @Inject
    private Trackers trackers;

    @Inject
    private ChangeLog log;

    @Inject
    private Clock clock;

    /** What is served of bugs, by the URLs as they were typed; without those of which there is nothing to serve. */
    record Served(Map<String, BugUrl> bugs, Map<String, Seen> seen) {}

    private record Seen(Change.Bug bug, BugState state) {}

    /** Nobody else changes these bugs until the transaction ends, so that their changes are logged in their order. */
    Served lock(Map<String, CanonicalUrl> urls) {
        lockRows(new TreeSet<>(urls.values().stream().map(CanonicalUrl::key).toList()));
        Map<String, BugUrl> bugs = new TreeMap<>();
        urls.forEach((typed, url) -> bugs.put(typed, trackers.locate(url)));
        return new Served(bugs, seen(bugs));
    }

    /** Logs what differs by now. A bug of which there was nothing to serve, or is nothing any more, has not changed. */
    void log(Served before) {
        Instant now = clock.instant();
        Map<String, Seen> after = seen(before.bugs());
        List<Change> changes = new ArrayList<>();
        before.seen().forEach((typed, was) -> {
            Seen is = after.get(typed);
            if (is != null) {
                changes.addAll(Differences.between(is.bug(), was.state(), is.state(), true, now));
            }
        });
        log.write(changes);
    }

    private Map<String, Seen> seen(Map<String, BugUrl> bugs) {
        Instant now = clock.instant();
        Map<String, Seen> seen = new TreeMap<>();
        Map<String, String> typedOf = new HashMap<>();
        table.read(bugs, trackers::trackerOf).forEach((typed, gloss) -> {
            // A bug that was typed in two ways is one.
            if (gloss.canBeShown() && typedOf.putIfAbsent(gloss.key(), typed) == null) {
                seen.put(typed, seen(gloss.named(trackers), now));
            }
        });
        return seen;
    }

    private static Seen seen(Gloss gloss, Instant now) {
        // Descriptions are not compared, and take the longest to be made safe.
        DetailsOverride override = gloss.override();
        Gloss brief = new Gloss(
                gloss.bug(),
                gloss.tracker(),
                gloss.stored(),
                override == null ? null : override.withoutDescription(),
                gloss.idInUrl(),
                null);
        ServedDetails served = ServedDetails.of(brief, false, now);
        Side shown = served.shown();
        return new Seen(
                new Change.Bug(
                        served.url(),
                        served.id(),
                        served.tracker(),
                        gloss.bug().system().map(TrackerSystem::name).orElse(served.system())),
                new BugState(
                        shown.status(),
                        shown.resolved(),
                        shown.title(),
                        shown.fields() == null ? null : shown.fields().assignee()));
    }

    private void lockRows(Collection<String> keys) {
        if (keys.isEmpty()) {
            return;
        }
        Sql.on(database, Overrides.UNUSABLE, connection -> DetailsCache.lockedKeys(connection, keys));
    }
}
