package org.bugloss;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.bugloss.audience.Audience;
import org.bugloss.cache.DetailsSettings;
import org.bugloss.callers.BearerTokens;
import org.bugloss.callers.CodeFlow;
import org.bugloss.callers.Issuer;
import org.bugloss.callers.OidcSettings;
import org.bugloss.callers.Providers;
import org.bugloss.callers.Sessions;
import org.bugloss.changes.ChangeSettings;
import org.bugloss.configuration.Keys;
import org.bugloss.details.LookupLimit;
import org.bugloss.notify.NotifySettings;
import org.bugloss.outbound.AddressGuard;
import org.bugloss.outbound.AllowedTarget;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.Gates;
import org.bugloss.outbound.Lanes;
import org.bugloss.outbound.OutboundClient;
import org.bugloss.outbound.OutboundKeys;
import org.bugloss.outbound.Resolver;
import org.bugloss.refresh.RefreshSettings;
import org.bugloss.trackers.PausedSystems;
import org.bugloss.trackers.TrackerSystem;
import org.bugloss.trackers.Trackers;
import org.bugloss.web.AccessSettings;
import org.bugloss.web.Proxies;

/**
 * Makes the beans that are no classes of the container's: settings from the configuration, the clock, the guarded
 * client. Feature packages know nothing of it.
 */
@ApplicationScoped
public class Wiring {

    /** Fetches that wait for a free lane; more are refused, so that memory stays bounded. */
    private static final int MOST_WAITING = 10_000;

    @Resource
    private ManagedThreadFactory threads;

    @Produces
    @Singleton
    Keys keys() {
        return new Keys();
    }

    /** Milliseconds are what every database keeps, so nothing changes by being stored. */
    @Produces
    @Singleton
    Clock clock() {
        return Clock.tick(Clock.systemUTC(), Duration.ofMillis(1));
    }

    /** Asked several times for each answer: a proxy would take longer than what it finds out. */
    @Produces
    @Singleton
    PausedSystems pausedSystems(Keys keys, Clock clock) {
        return new PausedSystems(keys, clock);
    }

    @Produces
    @Singleton
    DetailsSettings detailsSettings(Keys keys) {
        return DetailsSettings.from(keys);
    }

    @Produces
    @Singleton
    RefreshSettings refreshSettings(Keys keys) {
        return RefreshSettings.from(keys);
    }

    @Produces
    @Singleton
    ChangeSettings changeSettings(Keys keys) {
        return ChangeSettings.from(keys);
    }

    @Produces
    @Singleton
    NotifySettings notifySettings(Keys keys, Trackers trackers) {
        // Also those whose tracker is not enabled: that is no reason to take them out of other settings.
        return NotifySettings.from(
                keys,
                Stream.concat(
                                keys.list("bugloss.systems").stream(),
                                trackers.systems().stream().map(TrackerSystem::name))
                        .distinct()
                        .toList());
    }

    @Produces
    @Singleton
    AccessSettings accessSettings(Keys keys) {
        return AccessSettings.from(keys);
    }

    @Produces
    @Singleton
    Proxies proxies(Keys keys) {
        return Proxies.from(keys);
    }

    @Produces
    @Singleton
    OidcSettings oidcSettings(Keys keys) {
        return OidcSettings.from(keys);
    }

    @Produces
    @Singleton
    Providers providers(OidcSettings settings, OutboundClient client, DetailsSettings details, Clock clock) {
        return new Providers(settings, client, clock, threads, details.deadline());
    }

    @Produces
    @Singleton
    BearerTokens bearerTokens(OidcSettings settings, Providers providers, Clock clock) {
        return new BearerTokens(settings, providers, clock);
    }

    @Produces
    @Singleton
    Sessions sessions(OidcSettings settings, Clock clock) {
        return new Sessions(settings, clock);
    }

    @Produces
    @Singleton
    CodeFlow codeFlow(
            OidcSettings settings, Providers providers, Sessions sessions, OutboundClient client, Clock clock) {
        return new CodeFlow(settings, providers, sessions, client, clock);
    }

    @Produces
    @Singleton
    Audience audience(Keys keys, Trackers trackers) {
        return Audience.from(
                keys, trackers.systems().stream().map(TrackerSystem::name).toList());
    }

    @Produces
    @Singleton
    LookupLimit lookupLimit(Keys keys, Clock clock) {
        return LookupLimit.from(keys, clock);
    }

    /** Proxied, since trackers have the client and the client may reach the trackers' systems. */
    @Produces
    @ApplicationScoped
    OutboundClient outboundClient(
            Keys keys,
            DetailsSettings details,
            RefreshSettings refresh,
            OidcSettings oidc,
            Trackers trackers,
            NotifySettings notify,
            MeterRegistry meters) {
        Stream<CanonicalUrl> systems = trackers.systems().stream()
                .flatMap(system -> Stream.concat(Stream.of(system.base()), system.api().stream()));
        Stream<CanonicalUrl> configured = Stream.of(
                        systems,
                        oidc.issuers().stream().map(Issuer::address),
                        notify.endpoints().stream().map(NotifySettings.Endpoint::url))
                .flatMap(urls -> urls);
        List<AllowedTarget> allowed = Stream.concat(
                        OutboundKeys.allowed(keys).stream(), configured.map(AllowedTarget::of))
                .toList();
        return new OutboundClient(
                OutboundKeys.settings(keys, details.deadline(), refresh.concurrency(), refresh.perHost()),
                new AddressGuard(allowed, OutboundKeys.ports(keys), Resolver.SYSTEM),
                threads,
                meters);
    }

    void close(@Disposes OutboundClient client) {
        client.close();
    }

    @Produces
    @Singleton
    Lanes lanes(RefreshSettings refresh) {
        return new Lanes(threads, refresh.concurrency(), refresh.perHost(), MOST_WAITING);
    }

    @Produces
    @Singleton
    Gates gates(RefreshSettings refresh, DetailsSettings details, PausedSystems paused, Clock clock) {
        return new Gates(clock, refresh.perHost(), details.failureTtl(), details.ttl(), paused::isPaused);
    }

    void close(@Disposes Lanes lanes) {
        lanes.close();
    }

    /**
     * One of our own, never Micrometer's global one, which others may add to. The gauges of the lanes and of the JVM are
     * in it from the start, though nobody may have needed a lane yet. Of the JVM only what listens to nothing: there is
     * nothing to be left behind.
     */
    @Produces
    @Singleton
    PrometheusMeterRegistry meters(Lanes lanes) {
        PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        Stream.of(lanes, new JvmMemoryMetrics(), new JvmThreadMetrics()).forEach(binder -> binder.bindTo(meters));
        return meters;
    }

    void close(@Disposes PrometheusMeterRegistry meters) {
        meters.close();
    }
}
