package org.bugloss.trackers;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.bugloss.configuration.Keys;
import org.bugloss.configuration.WrongConfiguration;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.InvalidUrlException;

/**
 * The systems that the configuration names, and those that everybody knows. Immutable.
 *
 * @param all each system once, the one with the longest base URL first
 */
record Systems(List<TrackerSystem> all) {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");

    Systems {
        all = all.stream()
                .sorted(Comparator.comparing(
                                (TrackerSystem system) -> system.base().path().length())
                        .reversed())
                .toList();
    }

    /** The systems of {@code bugloss.systems}. */
    static List<TrackerSystem> configured(Keys keys) {
        Map<String, TrackerSystem> byBase = new LinkedHashMap<>();
        Set<String> names = new LinkedHashSet<>();
        for (String name : keys.list("bugloss.systems")) {
            if (!NAME.matcher(name).matches()) {
                throw new WrongConfiguration(
                        "bugloss.systems", name, "a system's name has letters, digits, _ and -, at most 64");
            }
            if (!names.add(name)) {
                throw new WrongConfiguration("bugloss.systems", name, "the name is there twice");
            }
            TrackerSystem system = system(keys, name);
            TrackerSystem twin = byBase.putIfAbsent(system.base().key(), system);
            if (twin != null) {
                throw new WrongConfiguration(
                        "bugloss.system." + name + ".base-url",
                        system.base().key(),
                        "the system " + twin.name() + " has the same base URL");
            }
        }
        return List.copyOf(byBase.values());
    }

    /** Adds well-known systems: where a configured one has the name or the base URL, that one stays alone. */
    static Systems of(List<TrackerSystem> configured, List<TrackerSystem> wellKnown) {
        List<TrackerSystem> all = new ArrayList<>(configured);
        for (TrackerSystem candidate : wellKnown) {
            boolean taken = all.stream()
                    .anyMatch(system -> system.name().equalsIgnoreCase(candidate.name())
                            || system.base().key().equals(candidate.base().key()));
            if (!taken) {
                all.add(candidate);
            }
        }
        return new Systems(all);
    }

    /** The system whose base URL is the longest that covers the URL. */
    Optional<TrackerSystem> covering(CanonicalUrl url) {
        return all.stream().filter(system -> system.base().covers(url)).findFirst();
    }

    private static TrackerSystem system(Keys keys, String name) {
        String prefix = "bugloss.system." + name + ".";
        String tracker = keys.text(prefix + "tracker")
                .orElseThrow(() -> new WrongConfiguration(prefix + "tracker has no value: name the system's tracker"));
        CanonicalUrl base = url(keys, prefix + "base-url")
                .orElseThrow(
                        () -> new WrongConfiguration(prefix + "base-url has no value: give the system's base URL"));
        return new TrackerSystem(
                name,
                tracker,
                base,
                url(keys, prefix + "api-url"),
                new TrackerSystem.Credentials(
                        keys.text(prefix + "username").orElse(null),
                        keys.secret(prefix + "password").orElse(null)),
                keys.optionalSeconds(prefix + "ttl"));
    }

    private static Optional<CanonicalUrl> url(Keys keys, String key) {
        return keys.text(key).map(value -> {
            CanonicalUrl url;
            try {
                url = CanonicalUrl.parse(value).withoutFragment();
            } catch (InvalidUrlException e) {
                // The value is not shown: somebody may have put a password into it.
                throw new WrongConfiguration(key + " is no URL that Bugloss can use: " + e.getMessage());
            }
            if (url.query().isPresent()) {
                throw new WrongConfiguration(key, value, "must be without a query");
            }
            return url;
        });
    }
}
