package org.bugloss.feed;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.WriteListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.bugloss.cache.TestClock;
import org.bugloss.changes.BugState;
import org.bugloss.changes.Change;
import org.bugloss.changes.ChangeFeed;
import org.bugloss.changes.ChangeItem;
import org.bugloss.changes.ChangeKind;
import org.bugloss.changes.ChangeReader;
import org.bugloss.changes.ChangeSelection;
import org.bugloss.changes.ChangeSight;
import org.bugloss.changes.RecentChanges.Remembered;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EventStreamTest {

    private static final String BEGIN = "retry: 5000\nid: c0\n\n";

    private final TestClock clock = new TestClock();
    private final Connection connection = new Connection();
    private final Feed feed = new Feed();
    private boolean completed;
    private boolean completedWithin;
    private boolean left;
    private Instant until = Instant.MAX;
    private EventStream stream;

    /** Takes so many writes and flushes, and then no more until it is ready again. */
    private static final class Connection extends ServletOutputStream {

        private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
        private int takes = Integer.MAX_VALUE;
        private boolean broken;

        @Override
        public boolean isReady() {
            return takes > 0;
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            // The test calls it.
        }

        @Override
        public void write(int one) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void write(byte[] bytes) throws IOException {
            take();
            sent.write(bytes);
        }

        @Override
        public void flush() throws IOException {
            take();
        }

        private void take() throws IOException {
            if (broken) {
                throw new IOException("Broken pipe");
            }
            assertTrue(takes-- > 0, "it was not ready");
        }

        String text() {
            return sent.toString(StandardCharsets.UTF_8);
        }
    }

    private static final class Feed extends ChangeFeed {

        private final List<Remembered> all = new ArrayList<>();
        private long floor;

        @Override
        public void join(Listener listener) {
            // Tests say when there is news.
        }

        @Override
        public void leave(Listener listener) {
            // So there is nobody to leave.
        }

        @Override
        public long top() {
            return all.size();
        }

        @Override
        public Optional<List<Remembered>> behind(long place, int most) {
            return place < floor
                    ? Optional.empty()
                    : Optional.of(all.subList((int) place, (int) Math.min(all.size(), place + most)));
        }
    }

    /** As the table has it, where the feed does not remember it any more. */
    private final class Reader extends ChangeReader {

        @Override
        public Page page(ChangeSelection selection, ChangeSight sight, long after, int limit) {
            List<ChangeItem> items = feed.all.stream()
                    .map(Remembered::item)
                    .filter(item -> item.place() > after && selection.mayHave(item.change()))
                    .limit(limit)
                    .toList();
            return new Page(items, feed.all.size(), false);
        }
    }

    @BeforeEach
    void begin() throws IOException {
        open(ChangeSelection.ALL);
    }

    private void open(ChangeSelection selection) throws IOException {
        ServletResponse response = (ServletResponse) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {ServletResponse.class},
                (proxy, method, arguments) -> connection);
        AsyncContext context = (AsyncContext) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {AsyncContext.class}, (proxy, method, arguments) -> {
                    completed |= method.getName().equals("complete");
                    completedWithin |= completed && Thread.holdsLock(stream);
                    return method.getName().equals("getResponse") ? response : null;
                });
        stream = new EventStream(
                context,
                feed,
                new EventStream.Asked(selection, ChangeSight.ALL, new Reader()),
                0,
                Runnable::run,
                clock,
                until);
        stream.open(() -> left = true);
    }

    private void happens(ChangeKind kind, int times) {
        for (int i = 0; i < times; i++) {
            long place = feed.all.size() + 1L;
            feed.all.add(Remembered.of(new ChangeItem(
                    place,
                    new Change(
                            START,
                            kind,
                            new Change.Bug("http://bugs.example/" + place, "" + place, "Acme", null),
                            BugState.NOTHING,
                            BugState.NOTHING,
                            null),
                    new ChangeItem.Executions(List.of(), 0))));
        }
        stream.news();
    }

    private String event(int place, String kind) {
        return "id: c" + place + "\nevent: " + kind + "\ndata: "
                + feed.all.get(place - 1).item().json() + "\n\n";
    }

    @Test
    void nothingIsWrittenBeforeTheServerSaysThatItMayBe() {
        happens(ChangeKind.RESOLVED, 1);
        assertEquals("", connection.text());

        stream.onWritePossible();

        assertEquals(BEGIN + event(1, "resolved"), connection.text());
    }

    @Test
    void whatIsNotWantedIsNotSentButTheHeartbeatTellsOfItsPlace() throws IOException {
        open(new ChangeSelection(Set.of(ChangeKind.RESOLVED), Set.of(), Set.of(), Set.of()));
        stream.onWritePossible();
        happens(ChangeKind.TITLE, 2);
        assertEquals(BEGIN, connection.text());

        clock.advance(Duration.ofSeconds(15));
        stream.tick();
        clock.advance(Duration.ofSeconds(14));
        stream.tick();
        clock.advance(Duration.ofSeconds(1));
        stream.tick();

        assertEquals(BEGIN + ":\nid: c2\n\n" + ":\n\n", connection.text());
    }

    @Test
    void aClientThatDoesNotReadHoldsNothingUpAndIsLetGo() {
        connection.takes = 3;
        stream.onWritePossible();
        happens(ChangeKind.RESOLVED, 1_000);
        String sent = connection.text();
        assertTrue(sent.length() < 20_000, "no more than a chunk is on its way");

        clock.advance(Duration.ofSeconds(30));
        stream.tick();
        assertFalse(completed);
        clock.advance(Duration.ofSeconds(1));
        stream.tick();

        assertTrue(completed && left);
    }

    /** Payara keeps megabytes for a client that does not read, and says meanwhile that it takes more. */
    @Test
    void aStreamEndsBehindHalfAMegabyteAndItsClientComesAtOnce() {
        stream.onWritePossible();
        happens(ChangeKind.RESOLVED, 1_000);
        assertFalse(completed, "a thousand changes are told without a break");

        happens(ChangeKind.RESOLVED, 2_000);

        assertTrue(completed && left);
        String sent = connection.text();
        assertTrue(sent.endsWith("\n\nretry: 200\n\n"), "it ends with when to come again");
        assertTrue(sent.length() < 600_000, sent.length() + " bytes");
        assertTrue(sent.startsWith(BEGIN + event(1, "resolved")));
    }

    /** What completes a stream takes the server's locks, and who holds those may just say something to the stream. */
    @Test
    void aStreamThatATickEndsIsNotHeldMeanwhile() {
        happens(ChangeKind.RESOLVED, 3_000);
        connection.takes = 1;
        stream.onWritePossible();
        connection.takes = Integer.MAX_VALUE;

        stream.tick();

        assertTrue(completed);
        assertFalse(completedWithin);
    }

    @Test
    void aClientThatReadsSlowlyGetsAllInOrder() {
        connection.takes = 1;
        stream.onWritePossible();
        happens(ChangeKind.RESOLVED, 200);
        for (int i = 0; i < 100; i++) {
            connection.takes = 1;
            stream.onWritePossible();
        }

        StringBuilder expected = new StringBuilder(BEGIN);
        IntStream.rangeClosed(1, 200)
                .forEach(place -> expected.append("id: c")
                        .append(Integer.toString(place, 36))
                        .append("\nevent: resolved\ndata: ")
                        .append(feed.all.get(place - 1).item().json())
                        .append("\n\n"));
        assertEquals(expected.toString(), connection.text());
    }

    @Test
    void whatIsNotRememberedAnyMoreIsReadFromTheTable() {
        happens(ChangeKind.RESOLVED, 3);
        feed.floor = 2;

        stream.onWritePossible();

        assertEquals(BEGIN + event(1, "resolved") + event(2, "resolved") + event(3, "resolved"), connection.text());
    }

    @Test
    void aClientThatIsGoneIsFoundOutByTheHeartbeat() {
        stream.onWritePossible();
        connection.broken = true;
        clock.advance(Duration.ofSeconds(15));

        stream.tick();

        assertTrue(completed && left);
    }

    @Test
    void aStreamEndsAfterAQuarterOfAnHour() {
        stream.onWritePossible();
        for (int i = 0; i < 60; i++) {
            assertFalse(completed);
            clock.advance(Duration.ofSeconds(15));
            stream.tick();
        }

        assertTrue(completed && left);
    }

    @Test
    void aStreamEndsWithWhatProvedItsClient() throws IOException {
        until = START.plusSeconds(60);
        open(ChangeSelection.ALL);
        stream.onWritePossible();
        clock.advance(Duration.ofSeconds(59));
        stream.tick();
        assertFalse(completed);

        clock.advance(Duration.ofSeconds(1));
        stream.tick();

        assertTrue(completed && left);
    }
}
