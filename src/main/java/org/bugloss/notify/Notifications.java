package org.bugloss.notify;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.bugloss.changes.ChangeFeed;
import org.bugloss.changes.ChangeItem;
import org.bugloss.changes.ChangeReader;
import org.bugloss.changes.CursorTooOld;
import org.bugloss.database.DatabaseAway;
import org.bugloss.database.DatabaseWatch;
import org.bugloss.database.Retried;
import org.bugloss.feed.ChangeAudience;
import org.bugloss.outbound.OutboundClient;

/** Sends changes to the endpoints of {@code bugloss.notify}, to each in order. Safe for use by several threads and nodes. */
@ApplicationScoped
public class Notifications implements ChangeFeed.Listener {

    private static final System.Logger LOG = System.getLogger(Notifications.class.getName());

    private static final int MOST_THREADS = 4;
    private static final int MOST_WAITING = 1_000;
    private static final int READ_AT_ONCE = 50;

    /** Longer than a message can take. */
    private static final Duration LEASE = Duration.ofSeconds(60);

    @Inject
    private NotifySettings settings;

    @Inject
    private EndpointTable table;

    @Inject
    private ChangeReader reader;

    @Inject
    private ChangeFeed feed;

    @Inject
    private ChangeAudience audience;

    @Inject
    private OutboundClient client;

    @Inject
    private DatabaseWatch database;

    @Inject
    private MeterRegistry meters;

    @Inject
    private Clock clock;

    @Resource
    private ManagedThreadFactory threads;

    /** The names of the endpoints that this node is at, and of a look for some that want something. */
    private final Set<String> busy = ConcurrentHashMap.newKeySet();

    private ThreadPoolExecutor pool;

    @PostConstruct
    void makeThreads() {
        pool = new ThreadPoolExecutor(
                MOST_THREADS, MOST_THREADS, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(MOST_WAITING), threads);
        pool.allowCoreThreadTimeOut(true);
    }

    @PreDestroy
    void end() {
        feed.leave(this);
        pool.shutdownNow();
    }

    /** To be called once, at deployment. */
    public void begin() {
        if (!settings.endpoints().isEmpty()) {
            feed.join(this);
        }
    }

    @Override
    public void news() {
        run("", this::look);
    }

    /** For what is to be tried again, and what another node has left. */
    @Override
    public void tick() {
        news();
    }

    /** Sends a message that says nothing of a bug; where it arrives, the endpoint goes on from where it stood. */
    CompletableFuture<Delivery.Result> test(NotifySettings.Endpoint endpoint) {
        return CompletableFuture.supplyAsync(
                () -> {
                    Delivery.Result result = send(endpoint, Message.test(endpoint.name(), clock.instant()));
                    if (result.arrived()) {
                        table.goOn(endpoint.name(), clock.instant());
                    }
                    return result;
                },
                pool);
    }

    private void look() {
        if (database.isAway()) {
            return;
        }
        Map<String, EndpointTable.State> states = table.all();
        long last = feed.top();
        Instant now = clock.instant();
        for (NotifySettings.Endpoint endpoint : settings.endpoints()) {
            EndpointTable.State state = states.get(endpoint.name());
            if (state == null && last >= 0) {
                // One that is new is not sent what was before.
                Retried.onConflict(() -> table.begin(endpoint.name(), last));
            } else if (state != null && state.wants(last, now)) {
                run(endpoint.name(), () -> serve(endpoint));
            }
        }
    }

    private void run(String name, Runnable work) {
        if (!busy.add(name)) {
            return;
        }
        try {
            pool.execute(() -> {
                try {
                    work.run();
                } catch (RuntimeException e) {
                    // The next second tries again.
                    if (!DatabaseAway.isBehind(e)) {
                        LOG.log(System.Logger.Level.WARNING, "Changes could not be sent out", e);
                    }
                } finally {
                    busy.remove(name);
                }
            });
        } catch (RejectedExecutionException e) {
            busy.remove(name);
        }
    }

    private void serve(NotifySettings.Endpoint endpoint) {
        Instant now = clock.instant();
        Optional<EndpointTable.State> claimed = table.claim(endpoint.name(), now, now.plus(LEASE));
        if (claimed.isEmpty()) {
            return;
        }
        try {
            EndpointTable.State state = claimed.get();
            // Another node may have been at it since this one looked.
            if (state.wants(Long.MAX_VALUE, now)) {
                sendAll(endpoint, state);
            }
        } finally {
            table.release(endpoint.name());
        }
    }

    private void sendAll(NotifySettings.Endpoint endpoint, EndpointTable.State begun) {
        EndpointTable.State state = begun;
        long place = state.place();
        boolean more = true;
        while (more && !Thread.currentThread().isInterrupted()) {
            ChangeReader.Page page;
            try {
                page = reader.page(endpoint.selection(), audience.ofEndpoint(endpoint.name()), place, READ_AT_ONCE);
            } catch (CursorTooOld e) {
                place = reader.extent().forgotten();
                LOG.log(
                        System.Logger.Level.WARNING,
                        "bugloss.notify.{0} has missed changes: they are older than bugloss.changes.keep",
                        endpoint.name());
                continue;
            }
            for (ChangeItem item : page.items()) {
                Delivery.Result result = send(endpoint, Message.of(item));
                Instant now = clock.instant();
                if (!result.arrived()) {
                    failed(endpoint, state, result, now);
                    return;
                }
                if (!table.sent(endpoint.name(), item.place(), now, now.plus(LEASE))) {
                    return;
                }
            }
            place = page.next();
            more = page.more()
                    && table.passed(endpoint.name(), place, clock.instant().plus(LEASE));
            if (!page.more()) {
                table.passed(endpoint.name(), place, clock.instant().plus(LEASE));
            }
        }
    }

    private void failed(
            NotifySettings.Endpoint endpoint, EndpointTable.State state, Delivery.Result result, Instant now) {
        String why = String.valueOf(result.failure());
        Instant since = state.failingSince();
        boolean first = since == null;
        Instant retryAt = result.gone()
                ? null
                : Backoff.next(state.failures() + 1, since == null ? now : since, result.notBefore(), now);
        table.failed(endpoint.name(), why, now, retryAt);
        if (retryAt == null) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "Nothing more is sent to bugloss.notify.{0} until a test arrives: {1}",
                    endpoint.name(),
                    why);
        } else if (first) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "bugloss.notify.{0} fails, and is tried again for three days: {1}",
                    endpoint.name(),
                    why);
        }
    }

    private Delivery.Result send(NotifySettings.Endpoint endpoint, Message message) {
        Delivery.Result result = new Delivery(client, clock).send(endpoint, message);
        Counter.builder("bugloss.notify.messages")
                .description("Messages that were sent to endpoints")
                .tag("endpoint", endpoint.name())
                .tag("outcome", result.arrived() ? "arrived" : "failed")
                .register(meters)
                .increment();
        return result;
    }
}
