package org.bugloss.callers;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.OutboundClient;
import org.jspecify.annotations.Nullable;

/**
 * What one issuer tells of itself and its keys: asked for when somebody first needs it, and kept.
 *
 * <p>However many callers need it, one request asks, on a thread of its own; who waits does so for a bounded time, and few
 * do. What is {@link #FRESH} old is asked for again behind the answer, so that a key which the issuer took back ends here
 * too. Where the issuer does not answer, what is known stays. Thread-safe.
 */
final class Provider {

    /** After how long what is known is asked for again, while it is in use. */
    static final Duration FRESH = Duration.ofMinutes(5);

    /** A key that nobody knows may be new: it is looked for at most this often, whatever strangers send. */
    static final Duration BETWEEN_UNKNOWN_KEYS = Duration.ofSeconds(30);

    /** How long an issuer is left alone after a failure: while nothing of it is known, and else. */
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

    private static final Duration AFTER_LATER_FAILURE = Duration.ofSeconds(30);

    /** Requests that may wait for one issuer at once; threads of the server are needed for others too. */
    private static final int MOST_WAITING = 16;

    private static final System.Logger LOG = System.getLogger(Provider.class.getName());

    /** What is known of it, and since when. */
    record Known(Metadata metadata, Keyring keys, Instant since) {}

    private final Issuer issuer;
    private final OutboundClient client;
    private final Clock clock;
    private final ThreadFactory threads;
    private final Duration patience;
    private final Semaphore waiting = new Semaphore(MOST_WAITING);

    private volatile @Nullable Known known;
    private CompletableFuture<Known> last = CompletableFuture.failedFuture(new IllegalStateException("nobody asked"));
    private Instant restsUntil = Instant.EPOCH;
    private Instant noUnknownKeyBefore = Instant.EPOCH;
    private boolean isAway;

    /** @param patience how long a caller waits */
    Provider(Issuer issuer, OutboundClient client, Clock clock, ThreadFactory threads, Duration patience) {
        this.issuer = issuer;
        this.client = client;
        this.clock = clock;
        this.threads = threads;
        this.patience = patience;
    }

    Issuer issuer() {
        return issuer;
    }

    /** @throws ProviderAway where nothing is known, and it can't be had now */
    Known known() {
        Known now = known;
        if (now == null) {
            return awaited(asked());
        }
        if (now.since().plus(FRESH).isBefore(clock.instant())) {
            asked();
        }
        return now;
    }

    /**
     * What is known after another look, for a key that was not in what was seen; the same where somebody looked a moment ago.
     *
     * @throws ProviderAway where it can't be had now
     */
    Known newer(Known seen) {
        CompletableFuture<Known> looked;
        synchronized (this) {
            Known now = known;
            if (now != null && !now.equals(seen)) {
                return now;
            }
            Instant instant = clock.instant();
            if (last.isDone() && instant.isBefore(noUnknownKeyBefore)) {
                if (!last.isCompletedExceptionally()) {
                    return seen;
                }
                looked = last; // it may be a good key: nobody knows
            } else {
                if (last.isDone()) {
                    noUnknownKeyBefore = instant.plus(BETWEEN_UNKNOWN_KEYS);
                }
                looked = asked();
            }
        }
        return awaited(looked);
    }

    private synchronized CompletableFuture<Known> asked() {
        if (last.isDone() && !clock.instant().isBefore(restsUntil)) {
            CompletableFuture<Known> next = new CompletableFuture<>();
            last = next;
            try {
                threads.newThread(() -> ask(next)).start();
            } catch (RuntimeException | Error e) {
                // Else everybody would wait for it for ever.
                failed("no thread can be had", next);
            }
        }
        return last;
    }

    private void ask(CompletableFuture<Known> answer) {
        try {
            Metadata metadata = Metadata.of(issuer, Json.at(issuer.discovery(), client));
            Keyring keys = Keyring.of(Json.at(metadata.jwksUri(), client));
            answered(new Known(metadata, keys, clock.instant()), answer);
        } catch (FetchException e) {
            failed(String.valueOf(e.getMessage()), answer);
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.ERROR, "Unforeseen failure of " + issuer.discovery(), e);
            failed("something went wrong that nobody foresaw", answer);
        }
    }

    private synchronized void answered(Known now, CompletableFuture<Known> answer) {
        known = now;
        restsUntil = Instant.EPOCH;
        if (isAway) {
            LOG.log(System.Logger.Level.INFO, "The issuer {0} answers again.", issuer.name());
        }
        isAway = false;
        answer.complete(now);
    }

    private synchronized void failed(String why, CompletableFuture<Known> answer) {
        restsUntil = clock.instant().plus(known == null ? AFTER_FAILURE : AFTER_LATER_FAILURE);
        if (!isAway) {
            LOG.log(System.Logger.Level.WARNING, "The issuer {0} can''t be asked: {1}", issuer.name(), why);
        }
        isAway = true;
        answer.completeExceptionally(away(why, AFTER_FAILURE));
    }

    private Known awaited(CompletableFuture<Known> answer) {
        if (answer.isDone()) {
            return result(answer, Duration.ZERO);
        }
        if (!waiting.tryAcquire()) {
            throw away("many are waiting for it", Duration.ofSeconds(1));
        }
        try {
            return result(answer, patience);
        } finally {
            waiting.release();
        }
    }

    private Known result(CompletableFuture<Known> answer, Duration within) {
        try {
            return answer.get(within.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw away("it did not answer within " + within.toSeconds() + " s", AFTER_FAILURE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw away("waiting for it was interrupted", AFTER_FAILURE);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ProviderAway away) {
                throw away;
            }
            throw new IllegalStateException("asking " + issuer.name(), e.getCause());
        }
    }

    private ProviderAway away(String why, Duration retryAfter) {
        return new ProviderAway("the issuer " + issuer.name() + " can't be asked for its keys now: " + why, retryAfter);
    }
}
