package org.bugloss.details;

import static org.bugloss.cache.TestClock.START;
import static org.bugloss.details.TestGlosses.TTL;
import static org.bugloss.details.TestGlosses.gloss;
import static org.bugloss.details.TestGlosses.override;
import static org.bugloss.details.TestGlosses.stored;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.bugloss.Beans;
import org.bugloss.cache.DetailsSettings;
import org.bugloss.cache.DetailsWriter;
import org.bugloss.cache.StoredDetails;
import org.bugloss.configuration.TestKeys;
import org.bugloss.details.GlossMemory.Remembered;
import org.bugloss.trackers.PausedSystems;
import org.junit.jupiter.api.Test;

class GlossMemoryTest {

    private static final String KEY = "http://bugs.example/1";
    private static final String TYPED = "HTTP://bugs.example:80/1#c2";
    private static final Instant LATER = START.plusSeconds(3600);

    private static final PausedSystems PAUSED = new PausedSystems(TestKeys.keys(), Clock.systemUTC());

    private final GlossMemory memory =
            Beans.filled(new GlossMemory(), DetailsSettings.from(TestKeys.keys()), new DetailsWriter(), PAUSED);

    private Remembered read(String typed, Gloss gloss, Instant at) {
        return memory.remember(typed, gloss, at, memory.stamp(gloss.key()));
    }

    private Remembered read(String title) {
        return read(KEY, gloss(KEY, stored(KEY, title), null), START);
    }

    /** The title that is served while the database is away. */
    private Optional<String> inAnOutage(String typed, Instant now) {
        return memory.recallAnyway(typed, KEY)
                .filter(known -> known.gloss(now).canBeShown())
                .map(known -> known.ready(now).served().shown().title());
    }

    @Test
    void nothingIsRecalledThatWasNeverRead() {
        assertNull(memory.recall(KEY, START));
        assertEquals(Optional.empty(), memory.recallAnyway(KEY, KEY));
    }

    @Test
    void whatWasReadHoldsForASecondAndAHalf() {
        Remembered read = read("Crash");

        assertSame(read, memory.recall(KEY, START));
        assertSame(read, memory.recall(KEY, START.plusMillis(1_499)));
        assertNull(memory.recall(KEY, START.plusMillis(1_500)));
    }

    @Test
    void itIsKnownByTheUrlAsItWasTyped() {
        read("Crash");

        assertNull(memory.recall(TYPED, START));
    }

    @Test
    void whatIsWrittenIsReadAgainWhateverItsSpelling() {
        read("Crash");
        read(TYPED, gloss(TYPED, stored(KEY, "Crash"), null), START);
        read("http://bugs.example/2", gloss("http://bugs.example/2", null, null), START);

        memory.changed(List.of(KEY));

        assertNull(memory.recall(KEY, START));
        assertNull(memory.recall(TYPED, START));
        assertNotNull(memory.recall("http://bugs.example/2", START));
    }

    @Test
    void whatTheWriterStoresIsReadAgain() {
        List<Consumer<Collection<String>>> listeners = new ArrayList<>();
        GlossMemory listening = Beans.filled(
                new GlossMemory(),
                DetailsSettings.from(TestKeys.keys()),
                new DetailsWriter() {
                    @Override
                    public void whenStored(Consumer<Collection<String>> listener) {
                        listeners.add(listener);
                    }
                },
                PAUSED);
        listening.listen();
        listening.remember(KEY, gloss(KEY, null, null), START, listening.stamp(KEY));

        listeners.forEach(listener -> listener.accept(List.of(KEY)));

        assertNull(listening.recall(KEY, START));
    }

    @Test
    void aReadThatBeganBeforeAWriteIsNotServedAfterIt() {
        long stamp = memory.stamp(KEY);
        memory.changed(List.of(KEY));
        Remembered read = memory.remember(KEY, gloss(KEY, stored(KEY, "Before"), null), START, stamp);

        assertNull(memory.recall(KEY, START));
        // Who read it may have it all the same: the write came later than the question.
        assertEquals("Before", read.ready(START).served().shown().title());
    }

    @Test
    void oneReadsAgainWhileTheOthersGetWhatThereIsForAQuarterOfASecond() {
        Remembered read = read("Crash");

        assertNull(memory.recall(KEY, START.plusMillis(1_500)));
        assertSame(read, memory.recall(KEY, START.plusMillis(1_501)));
        assertSame(read, memory.recall(KEY, START.plusMillis(1_749)));
        assertNull(memory.recall(KEY, START.plusMillis(1_750)));
    }

    private List<String> wanted() {
        return memory.wanted().stream().map(Remembered::typed).toList();
    }

    @Test
    void whatIsAskedForWhenItIsNoLongerNewIsWantedOnce() {
        read("Crash");
        memory.recall(KEY, START.plusMillis(999));
        assertEquals(List.of(), wanted());

        memory.recall(KEY, START.plusMillis(1_000));
        memory.recall(KEY, START.plusMillis(1_499));

        assertEquals(List.of(KEY), wanted());
        assertEquals(List.of(), wanted());
    }

    @Test
    void whatNobodyAsksForIsNotWanted() {
        read("Crash");
        memory.recall(KEY, START.plusMillis(1_500));

        assertEquals(List.of(), wanted());
    }

    @Test
    void noMoreIsWantedThanIsReadInTime() {
        for (int i = 0; i < 6_000; i++) {
            String url = "http://bugs.example/" + i;
            read(url, gloss(url, null, null), START);
            memory.recall(url, START.plusMillis(1_000));
        }

        assertEquals(5_000, wanted().size());
    }

    @Test
    void nobodyGetsWhatWasThereBeforeAWriteWhileItIsReadAgain() {
        read("Crash");
        memory.recall(KEY, START.plusMillis(1_500));

        memory.changed(List.of(KEY));

        assertNull(memory.recall(KEY, START.plusMillis(1_501)));
    }

    @Test
    void theAnswerIsMadeAnewOnlyWhereSomethingElseIsRead() {
        ReadyDetails ready = read("Crash").ready(START);

        Remembered same = read(KEY, gloss(KEY, stored(KEY, "Crash"), null), START.plusSeconds(2));
        Remembered other = read(KEY, gloss(KEY, stored(KEY, "Hang"), null), START.plusSeconds(4));

        assertSame(ready, same.ready(START.plusSeconds(2)));
        assertEquals("Hang", other.ready(START.plusSeconds(4)).served().shown().title());
    }

    @Test
    void aReadThatEndsLateDoesNotTakeTheePlaceOfANewerOne() {
        long stamp = memory.stamp(KEY);
        memory.changed(List.of(KEY));
        Remembered newer = read(KEY, gloss(KEY, stored(KEY, "After"), null), START.plusMillis(1));

        memory.remember(KEY, gloss(KEY, stored(KEY, "Before"), null), START, stamp);

        assertSame(newer, memory.recall(KEY, START.plusMillis(2)));
    }

    @Test
    void anOverrideIsReadAtOnceAndSoIsItsEnd() {
        read("Theirs");
        memory.overridden(List.of(KEY));
        assertNull(memory.recall(KEY, START));

        read(KEY, gloss(KEY, stored(KEY, "Theirs"), override(KEY, "Ours", null)), START);
        memory.overridden(List.of(KEY));
        assertNull(memory.recall(KEY, START));
    }

    @Test
    void anAnswerIsMadeOnceAndAnewWhereItIsAnotherByItself() {
        Remembered read =
                read(KEY, gloss(KEY, stored(KEY, "Theirs"), override(KEY, "Ours", START.plusMillis(500))), START);
        ReadyDetails first = read.ready(START);

        assertSame(first, read.ready(START.plusMillis(499)));
        ReadyDetails second = read.ready(START.plusMillis(500));
        assertNotSame(first, second);
        assertEquals("Theirs", second.served().shown().title());
        assertSame(second, read.ready(START.plusMillis(501)));
    }

    @Test
    void inAnOutageTheLastThatWasReadIsServedHoweverOldItIs() {
        read("Old");
        read("New");
        memory.changed(List.of(KEY));

        assertEquals(Optional.of("New"), inAnOutage(KEY, LATER));
    }

    @Test
    void inAnOutageWhatHasYetToExpireIsFreshAndEverythingElseIsStale() {
        read("Crash");
        Remembered known = memory.recallAnyway(KEY, KEY).orElseThrow();

        ReadyDetails fresh = known.ready(LATER.minusSeconds(60));
        assertEquals(Duration.ofSeconds(60), fresh.fresh(LATER.minusSeconds(60)));
        ReadyDetails stale = known.ready(LATER);
        assertTrue(stale.isStale());
        assertTrue(stale.served().stale());
        assertEquals(Duration.ZERO, stale.fresh(LATER));
    }

    @Test
    void inAnOutageABugIsServedWhateverSpellingItWasAskedForBy() {
        read(TYPED, gloss(TYPED, stored(KEY, "Crash"), null), START);

        assertEquals(Optional.of("Crash"), inAnOutage(TYPED, LATER));
        assertEquals(Optional.of("Crash"), inAnOutage(KEY, LATER));
        assertEquals(Optional.of("Crash"), inAnOutage("http://BUGS.example/1", LATER));
    }

    @Test
    void inAnOutageAnOverrideThatHasEndedShowsWhatIsBeneath() {
        Instant end = START.plus(TTL);
        read(KEY, gloss(KEY, stored(KEY, "Theirs"), override(KEY, "Ours", end)), START);

        assertEquals(Optional.of("Ours"), inAnOutage(KEY, end.minusMillis(1)));
        assertEquals(Optional.of("Theirs"), inAnOutage(KEY, end));
    }

    @Test
    void inAnOutageAnOverrideThatHasEndedWithNothingBeneathIsNothing() {
        read(KEY, gloss(KEY, null, override(KEY, "Ours", LATER)), START);

        assertEquals(Optional.empty(), inAnOutage(KEY, LATER));
    }

    @Test
    void inAnOutageWhatAnOverrideReplacedIsForgottenUnderEverySpelling() {
        read("Theirs");
        read(TYPED, gloss(TYPED, stored(KEY, "Theirs"), null), START);

        memory.overridden(List.of(KEY));

        assertEquals(Optional.empty(), inAnOutage(KEY, START));
        assertEquals(Optional.empty(), inAnOutage(TYPED, START));
    }

    @Test
    void inAnOutageAReadThatBeganBeforeAnOverrideIsNotServed() {
        long stamp = memory.stamp(KEY);
        memory.overridden(List.of(KEY));
        memory.remember(KEY, gloss(KEY, stored(KEY, "Theirs"), null), START, stamp);

        assertEquals(Optional.empty(), inAnOutage(KEY, START));
    }

    @Test
    void memoryIsBoundedByWhatTheTextsTake() {
        String description = "x".repeat(200_000);
        for (int i = 0; i < 1_000; i++) {
            String url = "http://bugs.example/" + i;
            StoredDetails large = new StoredDetails(
                    url,
                    "Acme",
                    null,
                    "1",
                    "Large",
                    description,
                    "",
                    null,
                    null,
                    null,
                    null,
                    "{}",
                    null,
                    false,
                    START,
                    LATER,
                    null,
                    null,
                    null,
                    null,
                    START,
                    false);
            read(url, gloss(url, large, null), START);
        }

        long kept = IntStream.range(0, 1_000)
                .filter(i -> memory.recall("http://bugs.example/" + i, START) != null)
                .count();
        long most = Math.min(128L << 20, Math.max(8L << 20, Runtime.getRuntime().maxMemory() / 8)) / 400_000;
        assertTrue(kept > 0 && kept <= most, () -> kept + " of 400 kB each");
    }

    @Test
    void overridesWeighToo() {
        String description = "x".repeat(1_000_000);
        for (int i = 0; i < 400; i++) {
            String url = "http://bugs.example/" + i;
            DetailsOverride large =
                    new DetailsOverride(url, "Ours", description, null, null, null, null, START, null, Set.of(), null);
            read(url, gloss(url, null, large), START);
        }

        long kept = IntStream.range(0, 400)
                .filter(i -> memory.recall("http://bugs.example/" + i, START) != null)
                .count();
        assertTrue(kept > 0 && kept <= 64, () -> kept + " of 2 MB each");
    }
}
