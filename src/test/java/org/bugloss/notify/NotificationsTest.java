package org.bugloss.notify;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.StringReader;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.bugloss.Beans;
import org.bugloss.DaemonThreads;
import org.bugloss.cache.TestClock;
import org.bugloss.changes.BugState;
import org.bugloss.changes.Change;
import org.bugloss.changes.ChangeFeed;
import org.bugloss.changes.ChangeKind;
import org.bugloss.changes.ChangeReader;
import org.bugloss.changes.ChangeSight;
import org.bugloss.changes.TestChanges;
import org.bugloss.configuration.TestKeys;
import org.bugloss.database.DatabaseWatch;
import org.bugloss.database.TestTables;
import org.bugloss.feed.ChangeAudience;
import org.bugloss.it.Until;
import org.bugloss.outbound.AddressGuard;
import org.bugloss.outbound.AllowedTarget;
import org.bugloss.outbound.OutboundClient;
import org.bugloss.outbound.OutboundSettings;
import org.bugloss.outbound.Resolver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NotificationsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final byte[] KEY = "a key of twenty-four bytes".getBytes(StandardCharsets.UTF_8);

    private final TestClock clock = new TestClock();
    private final DataSource database = TestTables.inMemory();
    private final ChangeReader reader = TestChanges.reader(database);
    private final List<Received> received = new CopyOnWriteArrayList<>();
    private final AtomicInteger status = new AtomicInteger(204);
    private final List<AutoCloseable> closing = new ArrayList<>();
    private volatile String retryAfter;
    private HttpServer server;
    private NotifySettings settings;
    private EndpointTable table;
    private Notifications node;

    private record Received(String id, String timestamp, String signature, String body) {

        JsonObject json() {
            return Json.createReader(new StringReader(body)).readObject();
        }

        String bug() {
            return json().getJsonObject("data").getString("bug_id");
        }
    }

    /** A feed that never looks by itself. */
    private final class Feed extends ChangeFeed {

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
            return reader.extent().last();
        }
    }

    private static final class Everybody extends ChangeAudience {

        @Override
        public ChangeSight ofEndpoint(String name) {
            return ChangeSight.ALL;
        }
    }

    private static final class Here extends DatabaseWatch {

        @Override
        public boolean isAway() {
            return false;
        }
    }

    @BeforeEach
    void begin() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        server.createContext("/hook", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            received.add(new Received(
                    exchange.getRequestHeaders().getFirst("webhook-id"),
                    exchange.getRequestHeaders().getFirst("webhook-timestamp"),
                    exchange.getRequestHeaders().getFirst("webhook-signature"),
                    new String(body, StandardCharsets.UTF_8)));
            if (retryAfter != null) {
                exchange.getResponseHeaders().set("Retry-After", retryAfter);
            }
            exchange.getResponseHeaders().set("Location", "/elsewhere");
            exchange.sendResponseHeaders(status.get(), -1);
            exchange.close();
        });
        server.createContext("/elsewhere", exchange -> {
            received.add(new Received("redirected", null, null, null));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
        String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/hook?secret=x";
        settings = NotifySettings.from(
                TestKeys.keys(
                        "bugloss.notify",
                        "chat",
                        "bugloss.notify.chat.url",
                        url,
                        "bugloss.notify.chat.secret",
                        "whsec_" + Base64.getEncoder().encodeToString(KEY)),
                List.of());
        table = endpoints();
        node = node(table);
        begun("chat");
    }

    private void begun(String endpoint) {
        assertTrue(Until.holds(
                        () -> {
                            node.news();
                            return table.all();
                        },
                        all -> all.containsKey(endpoint),
                        PATIENCE)
                .containsKey(endpoint));
    }

    @AfterEach
    void end() throws Exception {
        for (AutoCloseable one : closing) {
            one.close();
        }
        server.stop(0);
    }

    private EndpointTable endpoints() {
        return Beans.filled(new EndpointTable(), TestTables.transactional(database));
    }

    private Notifications node(EndpointTable endpoints) {
        DaemonThreads threads = new DaemonThreads("notifications-test");
        OutboundClient client = new OutboundClient(
                OutboundSettings.standard("Bugloss/test"),
                new AddressGuard(
                        settings.endpoints().stream()
                                .map(NotifySettings.Endpoint::url)
                                .map(AllowedTarget::of)
                                .toList(),
                        AddressGuard.WEB_PORTS,
                        Resolver.SYSTEM),
                threads);
        Notifications made = Beans.filled(
                new Notifications(),
                settings,
                endpoints,
                reader,
                new Feed(),
                new Everybody(),
                client,
                new Here(),
                new SimpleMeterRegistry(),
                clock,
                threads);
        made.makeThreads();
        closing.add(made::end);
        closing.add(client);
        return made;
    }

    private void write(ChangeKind kind, String... bugs) {
        TestChanges.log(database)
                .write(Stream.of(bugs)
                        .map(id -> new Change(
                                START,
                                kind,
                                new Change.Bug("http://bugs.example/" + id, id, "Acme", null),
                                new BugState("open", false, "Crash", null),
                                new BugState("closed", true, "Crash", null),
                                null))
                        .toList());
    }

    private EndpointTable.State state() {
        return table.all().get("chat");
    }

    private void isTold(int messages) {
        Until.holds(
                () -> {
                    node.news();
                    return received.size();
                },
                size -> size >= messages,
                PATIENCE);
        assertEquals(messages, received.size());
    }

    /** What came of the last message is noted by then. */
    private void noted(Predicate<EndpointTable.State> wanted) {
        assertTrue(wanted.test(Until.holds(this::state, wanted, PATIENCE)), () -> state().toString());
    }

    private List<String> bugs() {
        return received.stream().map(Received::bug).toList();
    }

    @Test
    void whatIsWantedIsSentInOrderAsStandardWebhooksAndSigned() {
        write(ChangeKind.RESOLVED, "1");
        write(ChangeKind.TITLE, "not wanted");
        write(ChangeKind.REOPENED, "2");

        isTold(2);

        assertEquals(List.of("1", "2"), bugs());
        Received first = received.get(0);
        assertEquals("bug.resolved", first.json().getString("type"));
        assertEquals(START.toString(), first.json().getString("timestamp"));
        assertEquals(first.id(), first.json().getJsonObject("data").getString("id"));
        assertEquals(
                new Signature(KEY)
                        .headers(first.id(), Instant.ofEpochSecond(Long.parseLong(first.timestamp())), first.body())
                        .get("webhook-signature"),
                first.signature());
        noted(state -> state.place() == 3 && state.lastSuccess() != null);
    }

    @Test
    void whatWaitsIsCountedAsFarAsItIsWanted() {
        node.end();
        write(ChangeKind.RESOLVED, "1", "2");
        write(ChangeKind.TITLE, "not wanted");
        // Whoever reads sees to it that they have places.
        assertEquals(3, reader.extent().last());

        assertEquals(2, table.pending(settings.endpoints().get(0).selection(), 0));
        assertEquals(1, table.pending(settings.endpoints().get(0).selection(), 1));
    }

    @Test
    void anEndpointThatIsNewIsNotSentWhatWasBefore() {
        node.end();
        write(ChangeKind.RESOLVED, "before");
        settings = NotifySettings.from(
                TestKeys.keys(
                        "bugloss.notify",
                        "late",
                        "bugloss.notify.late.url",
                        settings.endpoints().get(0).url().uri().toString(),
                        "bugloss.notify.late.secret",
                        "whsec_" + Base64.getEncoder().encodeToString(KEY)),
                List.of());
        node = node(table);
        begun("late");
        write(ChangeKind.RESOLVED, "after");

        isTold(1);

        assertEquals(List.of("after"), bugs());
    }

    @Test
    void whatFailsIsTriedAgainWithTheSameIdAndWhatFollowsWaitsBehindIt() {
        status.set(500);
        write(ChangeKind.RESOLVED, "1", "2");
        isTold(1);
        noted(state -> state.failures() == 1);
        assertEquals("127.0.0.1 answers with status 500", state().failure());
        assertEquals(START, state().failingSince());

        node.news();
        clock.advance(Duration.ofSeconds(6));
        isTold(2);
        noted(state -> state.failures() == 2);
        status.set(200);
        clock.advance(Duration.ofSeconds(12));
        isTold(4);

        assertEquals(List.of("1", "1", "1", "2"), bugs());
        assertEquals(received.get(0).id(), received.get(2).id());
        assertEquals(received.get(0).body(), received.get(2).body());
        noted(state -> state.failures() == 0 && state.failingSince() == null && state.retryAt() == null);
    }

    @Test
    void anEndpointThatSendsOnElsewhereHasNotTakenIt() {
        status.set(307);
        write(ChangeKind.RESOLVED, "1");

        isTold(1);

        noted(state -> "127.0.0.1 answers with status 307".equals(state.failure()));
    }

    @Test
    void anEndpointThatAsksToWaitIsWaitedFor() {
        status.set(503);
        retryAfter = "600";
        write(ChangeKind.RESOLVED, "1");

        isTold(1);

        noted(state -> START.plusSeconds(600).equals(state.retryAt()));
    }

    @Test
    void anEndpointThatIsGoneIsStoppedAndGoesOnFromWhereItStoodOnceATestArrives() throws Exception {
        status.set(410);
        write(ChangeKind.RESOLVED, "1");
        isTold(1);
        noted(state -> state.stoppedAt() != null);
        clock.advance(Duration.ofDays(1));
        node.news();
        assertFalse(
                node.test(settings.endpoints().get(0)).get(1, TimeUnit.MINUTES).arrived());
        assertNotNull(state().stoppedAt());

        status.set(200);
        assertTrue(
                node.test(settings.endpoints().get(0)).get(1, TimeUnit.MINUTES).arrived());
        assertNull(state().stoppedAt());
        isTold(4);

        assertEquals("bugloss.test", received.get(2).json().getString("type"));
        assertEquals(received.get(0).id(), received.get(3).id());
    }

    @Test
    void afterThreeDaysNothingMoreIsTried() {
        status.set(500);
        write(ChangeKind.RESOLVED, "1");
        isTold(1);
        noted(state -> state.failures() == 1);
        clock.advance(Duration.ofDays(3));
        isTold(2);

        noted(state -> state.stoppedAt() != null);
    }

    @Test
    void ofSeveralNodesOneSendsAndAnotherGoesOnWhenItsLeaseHasEnded() {
        EndpointTable others = endpoints();
        assertTrue(others.claim("chat", START, START.plusSeconds(60)).isPresent());
        write(ChangeKind.RESOLVED, "1");
        assertTrue(table.claim("chat", START, START.plusSeconds(60)).isEmpty());
        node.news();

        clock.advance(Duration.ofSeconds(61));
        isTold(1);

        assertEquals(List.of("1"), bugs());
        assertFalse(others.sent("chat", 1, START, START.plusSeconds(60)), "it lost its lease");
    }

    @Test
    void whatArrivedButCouldNotBeNotedComesTwiceAndNothingIsLostOrOutOfOrder() {
        // It may be looking still, and would send what the other one shall.
        node.end();
        node = node(Beans.filled(new EndpointTable(), notNoting(new AtomicInteger(2))));
        write(ChangeKind.RESOLVED, "1", "2", "3");

        isTold(5);

        assertEquals(List.of("1", "1", "1", "2", "3"), bugs());
        assertEquals(
                List.of("c1", "c1", "c1", "c2", "c3"),
                received.stream().map(Received::id).toList());
    }

    /** The database, which is away so many times when it shall be noted that a message arrived. */
    private DataSource notNoting(AtomicInteger times) {
        DataSource there = TestTables.transactional(database);
        return (DataSource) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                    Connection connection = there.getConnection();
                    return Proxy.newProxyInstance(
                            getClass().getClassLoader(), new Class<?>[] {Connection.class}, (same, called, with) -> {
                                if (called.getName().equals("prepareStatement")
                                        && String.valueOf(with[0]).contains("last_success = ?, failing_since")
                                        && times.getAndDecrement() > 0) {
                                    throw new SQLException("the database is away", "08006");
                                }
                                return called.invoke(connection, with);
                            });
                });
    }
}
