package org.bugloss.trackers;

import java.util.ArrayList;
import java.util.Arrays;
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
 * @param places each system once, with the URL that those which belong to it are under, the longest first
 * @param wellKnown the base URLs of those that everybody knows, configured or not
 */
record Systems(List<Place> places, List<CanonicalUrl> wellKnown) {

    /**
     * @param base URLs under it belong to the system
     * @param system its own base URL may be above, where only a part of it is configured
     */
    record Place(CanonicalUrl base, TrackerSystem system) {

        /** The system as it is configured, or a part of one that everybody knows. */
        static Place of(TrackerSystem system, List<CanonicalUrl> wellKnown) {
            return wellKnown.stream()
                    .filter(root -> root.covers(system.base()))
                    .findFirst()
                    .map(root -> new Place(system.base(), system.withBase(root)))
                    .orElse(new Place(system.base(), system));
        }
    }

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");

    Systems {
        places = places.stream()
                .sorted(Comparator.comparing(
                                (Place place) -> place.base().path().length())
                        .reversed())
                .toList();
    }

    /** Each system once, the one with the longest base URL first. */
    List<TrackerSystem> all() {
        return places.stream().map(Place::system).toList();
    }

    /** The systems of {@code bugloss.systems}. */
    static List<TrackerSystem> configured(Keys keys) {
        List<TrackerSystem> systems = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        for (String name : keys.list("bugloss.systems")) {
            if (!NAME.matcher(name).matches()) {
                throw new WrongConfiguration(
                        "bugloss.systems", name, "a system's name has letters, digits, _ and -, at most 64");
            }
            if (!names.add(name)) {
                throw new WrongConfiguration("bugloss.systems", name, "the name is there twice");
            }
            systems.add(system(keys, name));
        }
        return systems;
    }

    /**
     * The systems that a registry has.
     *
     * @param wellKnown those that everybody knows: where a configured one has the name or the base URL, that one stays alone
     */
    static Systems of(List<Place> configured, List<TrackerSystem> wellKnown, List<CanonicalUrl> roots) {
        Map<String, TrackerSystem> byBase = new LinkedHashMap<>();
        for (Place place : configured) {
            TrackerSystem twin = byBase.putIfAbsent(place.base().key(), place.system());
            if (twin != null) {
                throw new WrongConfiguration(
                        "bugloss.system." + place.system().name() + ".base-url",
                        place.base().key(),
                        "the system " + twin.name() + " has the same base URL");
            }
        }
        List<Place> all = new ArrayList<>(configured);
        for (TrackerSystem candidate : wellKnown) {
            boolean taken = all.stream()
                    .anyMatch(place -> place.system().name().equalsIgnoreCase(candidate.name())
                            || place.base().key().equals(candidate.base().key()));
            if (!taken) {
                all.add(new Place(candidate.base(), candidate));
            }
        }
        return new Systems(all, roots);
    }

    /** The system whose base URL is the longest that covers the URL, or the URL as a well-known system has it. */
    Optional<TrackerSystem> covering(CanonicalUrl url) {
        return covered(url).or(() -> {
            CanonicalUrl plain = plain(url, wellKnown);
            return plain.equals(url) ? Optional.empty() : covered(plain);
        });
    }

    private Optional<TrackerSystem> covered(CanonicalUrl url) {
        return places.stream()
                .filter(place -> place.base().covers(url))
                .findFirst()
                .map(Place::system);
    }

    /** The URL of a well-known system as that writes it: with {@code https:} and without {@code www.}. */
    static CanonicalUrl plain(CanonicalUrl url, List<CanonicalUrl> wellKnown) {
        String origin = url.origin().replaceFirst("^https?://(?:www\\.)?", "https://");
        boolean known = wellKnown.stream().anyMatch(base -> base.origin().equals(origin));
        return known && !origin.equals(url.origin())
                ? CanonicalUrl.parse(origin + url.key().substring(url.origin().length()))
                : url;
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
                keys.optionalSeconds(prefix + "ttl"),
                keys.text(prefix + "markup").map(value -> markup(prefix + "markup", value)));
    }

    private static TrackerSystem.Markup markup(String key, String value) {
        return Arrays.stream(TrackerSystem.Markup.values())
                .filter(markup -> markup.name().equalsIgnoreCase(value))
                .findFirst()
                .orElseThrow(() -> new WrongConfiguration(key, value, "must be markdown or textile"));
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
