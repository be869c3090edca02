package org.bugloss.callers;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import org.bugloss.outbound.OutboundClient;

/** The issuers that are configured, each with what is known of it. Thread-safe. */
public final class Providers {

    private final List<Provider> all;

    /**
     * Asks nobody anything yet.
     *
     * @param threads makes a thread for each time that an issuer is asked; in a server, the container's factory
     * @param patience how long a caller waits for an issuer
     */
    public Providers(
            OidcSettings settings, OutboundClient client, Clock clock, ThreadFactory threads, Duration patience) {
        this.all = settings.issuers().stream()
                .map(issuer -> new Provider(issuer, client, clock, threads, patience))
                .toList();
    }

    /**
     * What an issuer tells of itself.
     *
     * @throws ProviderAway where it can't be had now
     */
    public Metadata metadata(Issuer issuer) {
        return named(issuer.name()).known().metadata();
    }

    Provider named(String name) {
        return all.stream()
                .filter(provider -> provider.issuer().name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Those whose tokens have this in {@code iss}, to the letter. */
    List<Issuer> of(String iss) {
        return all.stream()
                .map(Provider::issuer)
                .filter(issuer -> issuer.url().equals(iss))
                .toList();
    }

    List<String> urls() {
        return all.stream().map(provider -> provider.issuer().url()).distinct().toList();
    }
}
