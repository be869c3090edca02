package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class FirstCommentsTest {

    private static final TrackerSystem SYSTEM = TestBugUrls.system("Bugzilla", "https://bugs.example", null, null);

    @Test
    void whatIsRememberedTakesNoMoreThanItsRoom() {
        FirstComments comments = new FirstComments();
        String megabyte = "ä".repeat(512 * 1024);
        for (int number = 0; number < 100; number++) {
            comments.remember(SYSTEM, "" + number, megabyte + number);
        }
        assertTrue(comments.bytes() <= FirstComments.ROOM, comments.bytes() + " bytes");
    }

    @Test
    void manyThatAreEmptyTakeRoomToo() {
        FirstComments comments = new FirstComments();
        for (int number = 0; number < 1_000; number++) {
            comments.remember(SYSTEM, "" + number, "");
        }
        assertTrue(comments.bytes() >= 200_000, comments.bytes() + " bytes");
        assertEquals(Optional.of(""), comments.of(SYSTEM, "7"));
    }
}
