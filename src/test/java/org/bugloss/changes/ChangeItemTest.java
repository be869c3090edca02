package org.bugloss.changes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChangeItemTest {

    private static final Instant AT = Instant.parse("2026-11-22T09:00:00.250Z");

    private static Change change(ChangeKind kind, BugState after, String movedTo) {
        return new Change(
                AT,
                kind,
                new Change.Bug("http://bugs.example/1", "1", "Acme", null),
                new BugState("open", false, "Crash \"when\" saving", "ann"),
                after,
                movedTo);
    }

    @Test
    void anItemIsAsTheContractHasIt() {
        Change change = change(ChangeKind.RESOLVED, new BugState("closed", true, "Crash", null), null);

        assertEquals(
                "{\"id\":\"c11\",\"at\":\"2026-11-22T09:00:00.250Z\",\"kind\":\"resolved\","
                        + "\"url\":\"http://bugs.example/1\",\"bug_id\":\"1\",\"tracker\":\"Acme\",\"system\":null,"
                        + "\"title\":\"Crash\","
                        + "\"before\":{\"status\":\"open\",\"resolved\":false,\"title\":\"Crash \\\"when\\\" saving\","
                        + "\"assignee\":\"ann\"},"
                        + "\"after\":{\"status\":\"closed\",\"resolved\":true,\"title\":\"Crash\",\"assignee\":null},"
                        + "\"executions\":[\"TE-12\"],\"executions_total\":1}",
                new ChangeItem(37, change, new ChangeItem.Executions(List.of("TE-12"), 1)).json());
    }

    @Test
    void whatIsGoneHasTheTitleThatItHad() {
        assertEquals(
                "Crash \"when\" saving",
                change(ChangeKind.GONE, BugState.NOTHING, null).title());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 35, 36, 1_000_000, Long.MAX_VALUE})
    void aCursorIsReadAsThePlaceThatItStandsFor(long place) {
        assertEquals(place, Cursor.place(Cursor.text(place)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "c", "1", "now", "c-1", "cA", "c1 ", "czzzzzzzzzzzzz", "c00000000000001", "c1y2p0ij32e8e8"})
    void whatIsNoCursorIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> Cursor.place(text));
    }
}
