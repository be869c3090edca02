package org.bugloss.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;

import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.bugloss.Beans;
import org.bugloss.database.DatabaseWatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AskedNotesTest {

    /** What these tests expect to go wrong is seen by their assertions. */
    private static final Logger LOG = Logger.getLogger(AskedNotes.class.getName());

    private final Cache cache = new Cache();
    private final Watch watch = new Watch();
    private final AskedNotes notes = Beans.filled(new AskedNotes(), cache, watch, noScheduler());

    private static final class Cache extends DetailsCache {

        private final List<List<String>> asked = new ArrayList<>();
        private final List<RuntimeException> faults = new ArrayList<>();

        @Override
        public void asked(Collection<String> keys) {
            if (!faults.isEmpty()) {
                throw faults.remove(0);
            }
            asked.add(List.copyOf(keys));
        }
    }

    private static final class Watch extends DatabaseWatch {

        private boolean away;

        @Override
        public boolean isAway() {
            return away;
        }
    }

    /** The tests write by hand. */
    private static ManagedScheduledExecutorService noScheduler() {
        return (ManagedScheduledExecutorService) Proxy.newProxyInstance(
                AskedNotesTest.class.getClassLoader(),
                new Class<?>[] {ManagedScheduledExecutorService.class},
                (self, method, arguments) -> {
                    throw new UnsupportedOperationException(method.toString());
                });
    }

    @BeforeEach
    void begin() {
        LOG.setLevel(Level.OFF);
    }

    @AfterEach
    void end() {
        LOG.setLevel(null);
    }

    @Test
    void whatIsAskedForOftenIsNotedOnceInTheOrderOfTheKeys() {
        List.of("http://b/", "http://a/", "http://b/").forEach(notes::note);

        notes.write();
        notes.write();

        assertEquals(List.of(List.of("http://a/", "http://b/")), cache.asked);
    }

    @Test
    void manyAreNotedByFiveHundred() {
        IntStream.range(0, 1_100).forEach(i -> notes.note("http://bugs.example/" + i));

        notes.write();

        assertEquals(
                List.of(500, 500, 100), cache.asked.stream().map(List::size).toList());
    }

    @Test
    void soManyWaitAndNoMore() {
        IntStream.range(0, 30_000).forEach(i -> notes.note("http://bugs.example/" + i));

        notes.write();

        assertEquals(20_000, cache.asked.stream().mapToInt(List::size).sum());
    }

    @Test
    void inAnOutageTheyWait() {
        watch.away = true;
        notes.note("http://a/");
        notes.write();
        assertEquals(List.of(), cache.asked);

        watch.away = false;
        notes.write();
        assertEquals(List.of(List.of("http://a/")), cache.asked);
    }

    @Test
    void aConflictIsTriedAgain() {
        cache.faults.add(new IllegalStateException(new SQLException("deadlock", "40P01")));
        notes.note("http://a/");

        notes.write();

        assertEquals(List.of(List.of("http://a/")), cache.asked);
    }

    @Test
    void aFailureDoesNotStopWhatComesLater() {
        cache.faults.add(new IllegalStateException("broken"));
        notes.note("http://a/");
        notes.write();

        notes.note("http://b/");
        notes.write();

        assertEquals(List.of(List.of("http://b/")), cache.asked);
    }
}
