package org.bugloss.details;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bugloss.outbound.CanonicalUrl;
import org.junit.jupiter.api.Test;

class RecentDetailsTest {

    private static final CanonicalUrl URL = CanonicalUrl.parse("http://bugs.example/1");
    private static final Instant LATER = START.plusSeconds(60);

    private final RecentDetails recent = new RecentDetails();

    private static JsonObject json(String title) {
        return Json.createObjectBuilder()
                .add("title", title)
                .add("stale", false)
                .build();
    }

    private static RecentDetails.Answer answer(String title) {
        return new RecentDetails.Answer(json(title), LATER, null, null);
    }

    private Optional<String> titleAt(Instant now) {
        return recent.recall(URL, now).map(details -> details.json().getString("title"));
    }

    @Test
    void nothingIsRecalledThatWasNeverAnswered() {
        assertEquals(Optional.empty(), titleAt(START));
    }

    @Test
    void theLastAnswerIsRecalledForEverySpellingOfTheUrl() {
        recent.remember(URL, answer("Old"));
        recent.remember(CanonicalUrl.parse("HTTP://bugs.example:80/1#c2"), answer("New"));

        assertEquals(Optional.of("New"), titleAt(START));
    }

    @Test
    void whatHasYetToExpireIsFreshAndEverythingElseIsStale() {
        recent.remember(URL, answer("Crash"));

        ServedDetails fresh = recent.recall(URL, START).orElseThrow();
        assertFalse(fresh.json().getBoolean("stale"));
        assertEquals(Duration.ofSeconds(60), fresh.fresh());
        ServedDetails stale = recent.recall(URL, LATER).orElseThrow();
        assertTrue(stale.json().getBoolean("stale"));
        assertEquals(Duration.ZERO, stale.fresh());
    }

    @Test
    void anOverrideThatHasEndedShowsWhatIsBeneath() {
        recent.remember(URL, new RecentDetails.Answer(json("Ours"), LATER, LATER, answer("Theirs")));

        assertEquals(Optional.of("Ours"), titleAt(START));
        assertEquals(Optional.of("Theirs"), titleAt(LATER));
    }

    @Test
    void anOverrideThatHasEndedWithNothingBeneathIsNothing() {
        recent.remember(URL, new RecentDetails.Answer(json("Ours"), LATER, LATER, null));

        assertEquals(Optional.empty(), titleAt(LATER));
    }

    @Test
    void whatNoLongerHoldsIsForgotten() {
        recent.remember(URL, answer("Crash"));

        recent.forget(URL);

        assertEquals(Optional.empty(), titleAt(START));
    }

    @Test
    void memoryIsBoundedByWhatTheDescriptionsTake() {
        String description = "x".repeat(200_000);
        for (int i = 0; i < 200; i++) {
            recent.remember(
                    CanonicalUrl.parse("http://bugs.example/" + i),
                    new RecentDetails.Answer(
                            Json.createObjectBuilder()
                                    .add("description", description)
                                    .build(),
                            LATER,
                            null,
                            null));
        }

        long kept = IntStream.range(0, 200)
                .filter(i -> recent.recall(CanonicalUrl.parse("http://bugs.example/" + i), START)
                        .isPresent())
                .count();
        assertTrue(kept > 0 && kept <= 20, () -> kept + " of 400 kB each");
    }
}
