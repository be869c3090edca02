package org.bugloss.outbound;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NoRouteToHostException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.HttpRoute;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.net.URIAuthority;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.bugloss.audit.Trail;

/**
 * The one way out: every request that Bugloss sends goes through here.
 *
 * <p>A name is looked up once for every hop, {@link AddressGuard} judges what it resolves to, and the connection is made
 * to an address that was judged, so that a name which changes between the check and the connection gains nothing.
 * Redirects are followed by hand, at most {@value #MOST_REDIRECTS}, each through the same check. Nothing is kept from one
 * exchange to the next but open connections: no cookies, no sign-in, no cache. Cookies are kept within an exchange, each
 * for the origin that set it, since some servers redirect until theirs comes back. No proxy is taken from the environment.
 *
 * <p>Everything is bounded: the time of an exchange as a whole, whatever the server does; the number, the length and the
 * size of what it sends; connections, look-ups and threads.
 *
 * <p>Through a configured proxy, the proxy looks names up. The guard still judges what it can: addresses, ports, and
 * names that this machine can resolve. A name that only the proxy knows is left to the proxy's own rules.
 *
 * <p>Thread-safe. An exchange runs on the caller's thread.
 */
public class OutboundClient implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(OutboundClient.class.getName());

    /** As many as a tracker behind a sign-on needs; browsers stop at 20. */
    static final int MOST_REDIRECTS = 5;

    private static final int MOST_HEADERS = 100;
    private static final int LONGEST_LINE = 16 * 1024;

    /** How long a connection that is not used stays open; most servers close it after 5 to 75 s themselves. */
    private static final TimeValue IDLE = TimeValue.ofSeconds(15);

    private static final int MOST_LOOKUPS_WAITING = 1000;

    private static final String ROUTE = "org.bugloss.outbound.route";

    private static final String ACCEPT = "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8";

    private final OutboundSettings settings;
    private final AddressGuard guard;
    private final ScheduledExecutorService watchdog;
    private final ExecutorService lookups;
    private final PoolingHttpClientConnectionManager connections;
    private final CloseableHttpClient client;
    private final Traffic traffic;

    /** For the proxy of a CDI container only: such a client sends nothing. */
    @SuppressWarnings("NullAway")
    protected OutboundClient() {
        settings = null;
        guard = null;
        watchdog = null;
        lookups = null;
        connections = null;
        client = null;
        traffic = null;
    }

    /** One that nobody sees the meters of. */
    public OutboundClient(OutboundSettings settings, AddressGuard guard, ThreadFactory threads) {
        this(settings, guard, threads, new SimpleMeterRegistry());
    }

    /**
     * @param threads makes one thread that watches the deadlines and, while names are looked up, at most
     *     {@link OutboundSettings#concurrency()} more: a look-up cannot be interrupted, only left behind. In a server, the
     *     container's {@code ManagedThreadFactory}
     * @param meters gets {@code bugloss.outbound.requests}, by their outcome, and the timer {@code bugloss.outbound}
     * @throws IllegalArgumentException where the truststore cannot be used: one line, no password
     */
    public OutboundClient(OutboundSettings settings, AddressGuard guard, ThreadFactory threads, MeterRegistry meters) {
        this.settings = settings;
        this.guard = guard;
        this.traffic = new Traffic(meters);
        this.connections = connections(settings);
        this.client = client(settings, connections, traffic);
        ScheduledThreadPoolExecutor alarms = new ScheduledThreadPoolExecutor(1, threads);
        alarms.setRemoveOnCancelPolicy(true);
        alarms.scheduleWithFixedDelay(this::closeIdle, IDLE.getDuration(), IDLE.getDuration(), TimeUnit.SECONDS);
        this.watchdog = alarms;
        ThreadPoolExecutor lookingUp = new ThreadPoolExecutor(
                settings.concurrency(),
                settings.concurrency(),
                30,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MOST_LOOKUPS_WAITING),
                threads);
        lookingUp.allowCoreThreadTimeOut(true);
        this.lookups = lookingUp;
    }

    /**
     * Sends a request, follows redirects unless the request does not, and hands the last answer to a reader, whatever its status.
     *
     * <p>Headers go along redirects, credentials only while they stay on the origin of the request's URI; once left, they
     * are not sent again. A {@code POST} becomes a {@code GET} at 301, 302 and 303, as in browsers. What the reader leaves
     * of the body is not read.
     *
     * @return what the reader made of the answer
     * @throws FetchException where there is no answer, or where it broke off while it was read. Its reason is
     *     {@code address_not_allowed}, {@code dns}, {@code connect}, {@code tls}, {@code timeout}, {@code redirects} or
     *     {@code unexpected_answer}; an {@link IOException} of the reader's own is the last. The reader's unchecked
     *     exceptions are passed on as they are
     */
    public <T> T exchange(OutboundRequest request, Exchange.Reader<T> reader) {
        return traffic.timed(() -> followed(request, reader));
    }

    /**
     * How many requests the current thread has sent through this client so far, each redirect that was followed being
     * one. The difference of two calls around a piece of work is what that work has cost. What was never sent, for want
     * of an address or a connection, does not count.
     */
    public long sentHere() {
        return traffic.sentHere();
    }

    /** Ends what is under way and closes all connections. */
    @Override
    public void close() {
        watchdog.shutdownNow();
        lookups.shutdownNow();
        client.close(CloseMode.IMMEDIATE);
    }

    /** What is thrown here would end the timer for good, and be seen by nobody. */
    private void closeIdle() {
        try {
            connections.closeIdle(IDLE);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "Idle connections could not be closed", e);
        }
    }

    private <T> T followed(OutboundRequest request, Exchange.Reader<T> reader) {
        try (Deadline deadline = startDeadline()) {
            CanonicalUrl url = first(request);
            String origin = url.origin();
            boolean withCredentials = true;
            boolean withBody = request.body() != null;
            Set<String> seen = new HashSet<>();
            Cookies cookies = new Cookies();
            for (int redirects = 0; ; redirects++) {
                String host = url.host();
                String cookie = cookies.header(url);
                if (!seen.add(withBody + " " + url.uri() + " " + cookie)) {
                    throw new FetchException(FailureReason.REDIRECTS, host + " redirects in a circle");
                }
                long begin = System.nanoTime();
                OutboundResponse response = send(request, url, withCredentials, withBody, cookie, deadline);
                try (response) {
                    Optional<CanonicalUrl> next =
                            request.followsRedirects() ? response.redirectsTo() : Optional.empty();
                    if (next.isEmpty()) {
                        return read(response, url, reader, deadline);
                    }
                    withBody &= response.status() >= 307;
                    if (withBody && !next.get().origin().equals(origin)) {
                        throw new FetchException(
                                FailureReason.REDIRECTS,
                                host + " redirects what is sent to it to "
                                        + next.get().origin() + ", and it is for " + origin
                                        + " alone: if that is the right place, the base-url must say so");
                    }
                    cookies.take(url, response);
                    url = next.get();
                } catch (LeadsOn page) {
                    withBody = false;
                    cookies.take(url, response);
                    url = page.to();
                } finally {
                    count(response, deadline, begin);
                }
                if (redirects == MOST_REDIRECTS) {
                    throw new FetchException(
                            FailureReason.REDIRECTS,
                            host + " redirects on and on: " + MOST_REDIRECTS + " redirects are followed");
                }
                withCredentials &= url.origin().equals(origin);
            }
        }
    }

    private Deadline startDeadline() {
        try {
            return new Deadline(settings.exchangeTimeout(), settings.patience(), watchdog);
        } catch (RejectedExecutionException e) {
            throw new FetchException(FailureReason.CONNECT, "nothing is sent any more: Bugloss is shutting down", e);
        }
    }

    private static CanonicalUrl first(OutboundRequest request) {
        try {
            return CanonicalUrl.of(request.uri());
        } catch (InvalidUrlException e) {
            throw new FetchException(FailureReason.ADDRESS_NOT_ALLOWED, String.valueOf(e.getMessage()), e);
        }
    }

    private static <T> T read(OutboundResponse answer, CanonicalUrl url, Exchange.Reader<T> reader, Deadline deadline) {
        try {
            T value = reader.read(answer);
            IOException failure = answer.failure();
            if (failure == null) {
                return value;
            }
            throw failure;
        } catch (IOException e) {
            throw Diagnosis.of(Objects.requireNonNullElse(answer.failure(), e), url.host(), deadline);
        } catch (RuntimeException e) {
            // Parsers wrap what they get from the stream, each in an exception of its own.
            IOException failure = answer.failure();
            if (failure != null && !(e instanceof FetchException)) {
                throw Diagnosis.of(failure, url.host(), deadline);
            }
            throw e;
        }
    }

    /** One request counts once: by its answer, once that has been read, or by why there is none. */
    private void count(OutboundResponse answer, Deadline deadline, long begin) {
        IOException failure = answer.failure();
        if (failure == null) {
            traffic.answered(answer.status());
            log(answer.uri(), String.valueOf(answer.status()), begin);
        } else {
            FetchException why = Diagnosis.of(failure, answer.uri().getHost(), deadline);
            traffic.failed(why.reason());
            log(answer.uri(), why.reason().word(), begin);
        }
    }

    /** The origin alone: the secret of a chat room is in its path, that of an extension may be in the query. */
    private static void log(URI uri, String outcome, long begin) {
        LOG.log(
                System.Logger.Level.DEBUG,
                () -> uri.getScheme() + "://" + uri.getRawAuthority() + " -> " + outcome + " in "
                        + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin) + " ms" + Trail.mark());
    }

    private OutboundResponse send(
            OutboundRequest request,
            CanonicalUrl url,
            boolean withCredentials,
            boolean withBody,
            String cookie,
            Deadline deadline) {
        long begin = System.nanoTime();
        try {
            return sendToFirstReachable(request, url, withCredentials, withBody, cookie, deadline);
        } catch (FetchException e) {
            traffic.failed(e.reason());
            log(url.uri(), e.reason().word(), begin);
            throw e;
        }
    }

    private OutboundResponse sendToFirstReachable(
            OutboundRequest request,
            CanonicalUrl url,
            boolean withCredentials,
            boolean withBody,
            String cookie,
            Deadline deadline) {
        IOException refused = new UnknownHostException(url.host());
        for (HttpRoute route : routes(url, deadline)) {
            HttpUriRequestBase message = message(request, url, withCredentials, withBody, cookie);
            message.setConfig(RequestConfig.custom()
                    .setConnectionRequestTimeout(
                            Timeout.of(Math.max(1, deadline.remainingNanos()), TimeUnit.NANOSECONDS))
                    .setResponseTimeout(timeout(settings.firstByteTimeout()))
                    .setAuthenticationEnabled(false)
                    .setProtocolUpgradeEnabled(false)
                    .build());
            HttpClientContext context = HttpClientContext.create();
            context.setAttribute(ROUTE, route);
            deadline.watch(message);
            try {
                OutboundResponse answer = new OutboundResponse(
                        url,
                        message,
                        client.executeOpen(route.getTargetHost(), message, context),
                        request.maxBytes(),
                        deadline);
                if (route.isTunnelled() && context.getSSLSession() == null) {
                    answer.close();
                    throw new FetchException(
                            FailureReason.CONNECT,
                            "the proxy does not connect to " + url.host() + ": it answers with status "
                                    + answer.status());
                }
                return answer;
            } catch (ConnectException | ConnectTimeoutException | NoRouteToHostException e) {
                refused = e; // the next address may do
            } catch (IOException e) {
                throw Diagnosis.of(e, url.host(), deadline);
            } catch (FetchException e) {
                throw e;
            } catch (RuntimeException e) {
                // What the library says of a pool that is closed is an IllegalStateException; of a request that the
                // deadline cancelled between two of its steps, whatever the next step stumbles over.
                if (e instanceof IllegalStateException || deadline.passed()) {
                    throw Diagnosis.of((IOException) new InterruptedIOException().initCause(e), url.host(), deadline);
                }
                throw e;
            }
        }
        throw Diagnosis.of(refused, url.host(), deadline);
    }

    private HttpUriRequestBase message(
            OutboundRequest request, CanonicalUrl url, boolean withCredentials, boolean withBody, String cookie) {
        HttpUriRequestBase message = new HttpUriRequestBase(withBody ? "POST" : "GET", url.uri());
        // The library's own reading of the URI knows no underscores in host names.
        message.setScheme(url.scheme());
        message.setAuthority(new URIAuthority(url.host(), url.hasDefaultPort() ? -1 : url.port()));
        message.setHeader(HttpHeaders.ACCEPT, ACCEPT);
        message.setHeader(HttpHeaders.ACCEPT_ENCODING, "gzip, deflate");
        message.setHeader(HttpHeaders.ACCEPT_LANGUAGE, settings.language());
        request.headers().forEach((name, value) -> {
            if (withBody || !name.toLowerCase(Locale.ROOT).startsWith("content-")) {
                message.setHeader(name, value);
            }
        });
        if (withCredentials) {
            request.credentials().forEach(message::setHeader);
        }
        if (!cookie.isEmpty() && !message.containsHeader(HttpHeaders.COOKIE)) {
            message.setHeader(HttpHeaders.COOKIE, cookie);
        }
        String body = request.body();
        if (withBody && body != null) {
            message.setEntity(new ByteArrayEntity(body.getBytes(StandardCharsets.UTF_8), null));
        }
        return message;
    }

    /** The ways to a URL, one for each address, in the order in which they are to be tried. At least one. */
    private List<HttpRoute> routes(CanonicalUrl url, Deadline deadline) {
        boolean secure = url.scheme().equals("https");
        CanonicalUrl proxy = settings.proxy();
        if (proxy == null) {
            return lookUp(url, () -> guard.check(url.host(), url.port()), deadline).stream()
                    .map(address -> new HttpHost(url.scheme(), address, url.host(), url.port()))
                    .map(target -> new HttpRoute(target, null, secure))
                    .toList();
        }
        lookUp(url, () -> checkForProxy(url), deadline);
        HttpHost target = new HttpHost(url.scheme(), url.host(), url.port());
        return lookUp(proxy, () -> guard.addresses(proxy.host()), deadline).stream()
                .map(address -> new HttpHost("http", address, proxy.host(), proxy.port()))
                .map(address -> new HttpRoute(target, null, address, secure))
                .toList();
    }

    private List<InetAddress> checkForProxy(CanonicalUrl url) {
        try {
            return guard.check(url.host(), url.port());
        } catch (FetchException e) {
            if (e.reason().equals(FailureReason.DNS)) {
                return List.of(); // behind a proxy, names of the outside are often known to it alone
            }
            throw e;
        }
    }

    private List<InetAddress> lookUp(CanonicalUrl url, Supplier<List<InetAddress>> lookup, Deadline deadline) {
        if (url.hasAddress()) {
            return lookup.get(); // does not block, and should not wait for names that do
        }
        String host = url.host();
        Future<List<InetAddress>> addresses;
        try {
            addresses = lookups.submit(lookup::get);
        } catch (RejectedExecutionException e) {
            throw new FetchException(FailureReason.DNS, "too many names are being looked up to look up " + host, e);
        }
        try {
            return addresses.get(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new FetchException(
                    FailureReason.TIMEOUT, host + " could not be looked up within " + Diagnosis.seconds(deadline), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FetchException(FailureReason.CONNECT, "the request to " + host + " was interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof FetchException failure) {
                throw failure;
            }
            throw new IllegalStateException("looking up " + host, e.getCause());
        } finally {
            addresses.cancel(true);
        }
    }

    private static CloseableHttpClient client(
            OutboundSettings settings, PoolingHttpClientConnectionManager connections, Traffic traffic) {
        return HttpClients.custom()
                .setConnectionManager(connections)
                .setRoutePlanner((target, context) -> (HttpRoute) context.getAttribute(ROUTE))
                .setKeepAliveStrategy((response, context) -> IDLE)
                .setUserAgent(settings.userAgent())
                // Runs when there is a connection to send on, on the thread that sends.
                .addRequestInterceptorLast((request, entity, context) -> traffic.sent())
                .disableAuthCaching()
                .disableAutomaticRetries()
                .disableConnectionState()
                .disableContentCompression() // Body decompresses, within limits
                .disableCookieManagement()
                .disableRedirectHandling()
                .build();
    }

    private static PoolingHttpClientConnectionManager connections(OutboundSettings settings) {
        Http1Config limits = Http1Config.custom()
                .setMaxHeaderCount(MOST_HEADERS)
                .setMaxLineLength(LONGEST_LINE)
                .build();
        return PoolingHttpClientConnectionManagerBuilder.create()
                .setConnectionFactory(ManagedHttpClientConnectionFactory.builder()
                        .http1Config(limits)
                        .build())
                .setDefaultConnectionConfig(ConnectionConfig.custom()
                        .setConnectTimeout(timeout(settings.connectTimeout()))
                        .setSocketTimeout(timeout(settings.firstByteTimeout()))
                        .setValidateAfterInactivity(TimeValue.ZERO_MILLISECONDS)
                        .build())
                .setDnsResolver(new NoLookup())
                .setMaxConnTotal(settings.concurrency())
                .setMaxConnPerRoute(settings.perHost())
                .setPoolConcurrencyPolicy(PoolConcurrencyPolicy.STRICT)
                .setTlsSocketStrategy(new DefaultClientTlsStrategy(
                        Trust.context(settings.truststore(), settings.truststorePassword())))
                .build();
    }

    private static Timeout timeout(Duration duration) {
        return Timeout.of(duration);
    }

    /** The library is given addresses, never names. Should it ever ask for one, it must not get an unchecked answer. */
    private static final class NoLookup implements DnsResolver {

        @Override
        public InetAddress[] resolve(String host) throws UnknownHostException {
            throw new UnknownHostException(host + " was not checked");
        }

        @Override
        public String resolveCanonicalHostname(String host) throws UnknownHostException {
            throw new UnknownHostException(host + " was not checked");
        }
    }
}
