package org.bugloss.callers;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Who signed in, in a cookie that only Bugloss can read: no server keeps anything of it, so that it is good on every node that
 * has the key, and it ends by its time alone. What the groups in it may do is looked up in the configuration at each start.
 * Thread-safe.
 */
public final class Sessions {

    /** How long a sign-in lasts, and the groups that it came with. */
    public static final Duration LONGEST = Duration.ofHours(8);

    private static final String KIND = "bugloss-session";

    /** Browsers keep 4,096 bytes of a cookie, its name and attributes included (RFC 6265, 6.1). */
    private static final int LARGEST = 3_700;

    private static final int MOST_REMEMBERED = 4 * 1024 * 1024;

    private static final System.Logger LOG = System.getLogger(Sessions.class.getName());

    private final OidcSettings settings;
    private final Seal seal;
    private final Clock clock;

    /** Those that were opened: a cookie comes with every request. */
    private final Cache<String, Person> opened = Caffeine.newBuilder()
            .maximumWeight(MOST_REMEMBERED)
            .weigher((String sealed, Person person) -> sealed.length())
            .executor(Runnable::run)
            .build();

    public Sessions(OidcSettings settings, Clock clock) {
        this.settings = settings;
        this.seal = new Seal(settings.sessionKeys());
        this.clock = clock;
    }

    /** The value of a cookie for somebody; groups that decide about nothing are left out where there are too many. */
    public String sealed(Person person) {
        Issuer issuer = settings.named(person.issuer()).orElseThrow();
        String all = sealed(issuer, person, person.groups());
        if (all.length() <= LARGEST) {
            return all;
        }
        Set<String> mentioned = settings.mentioned(issuer);
        List<String> groups = new ArrayList<>(
                person.groups().stream().filter(mentioned::contains).toList());
        String fewer = sealed(issuer, person, groups);
        while (fewer.length() > LARGEST) {
            groups.remove(groups.size() - 1);
            fewer = sealed(issuer, person, groups);
            if (fewer.length() <= LARGEST) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "{0} of {1} is in more groups of the configuration than a cookie holds: {2} are kept",
                        person.name(),
                        issuer.name(),
                        groups.size());
            }
        }
        return fewer;
    }

    /** Who has this cookie; empty where it is none of ours, is over, or its issuer is no more what it was. */
    public Optional<Person> holder(String cookie) {
        Instant now = clock.instant();
        Person known = opened.getIfPresent(cookie);
        Optional<Person> person = known == null ? opened(cookie) : Optional.of(known);
        return person.filter(one -> now.isBefore(one.until()));
    }

    /** Seals what else a browser keeps for us. */
    public String seal(String kind, Map<String, Object> members) {
        return seal.seal(kind, members);
    }

    /** The text members of what was sealed for this use. */
    public Optional<Map<String, String>> open(String kind, String sealed) {
        return seal.open(kind, sealed).map(Claims::texts);
    }

    private String sealed(Issuer issuer, Person person, List<String> groups) {
        return seal.seal(
                KIND,
                Map.of(
                        "issuer", issuer.name(),
                        "of", issuer.fingerprint(),
                        "name", person.name(),
                        "groups", groups,
                        "exp", person.until().getEpochSecond()));
    }

    private Optional<Person> opened(String cookie) {
        Optional<Person> person = seal.open(KIND, cookie)
                .flatMap(claims -> claims.text("issuer")
                        .flatMap(settings::named)
                        .filter(issuer -> claims.text("of").equals(Optional.of(issuer.fingerprint())))
                        .map(issuer -> person(issuer, claims)));
        person.ifPresent(one -> opened.put(cookie, one));
        return person;
    }

    private static Person person(Issuer issuer, Claims claims) {
        List<String> groups = claims.values("groups");
        return new Person(
                issuer.name(),
                claims.text("name").orElseThrow(),
                groups,
                issuer.rules().role(groups),
                claims.time("exp").orElseThrow());
    }
}
