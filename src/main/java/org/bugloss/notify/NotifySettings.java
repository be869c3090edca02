package org.bugloss.notify;

import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bugloss.changes.ChangeKind;
import org.bugloss.changes.ChangeSelection;
import org.bugloss.configuration.Keys;
import org.bugloss.configuration.WrongConfiguration;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.InvalidUrlException;

/** The keys {@code bugloss.notify.*}: who is sent changes. Immutable. */
public record NotifySettings(List<Endpoint> endpoints) {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final String PREFIX = "whsec_";

    /** As Standard Webhooks has it. */
    private static final int SHORTEST_KEY = 24;

    private static final int LONGEST_KEY = 64;

    /**
     * Somebody who is sent changes.
     *
     * @param url where to: a secret, of which only the host may be told
     * @param signature signs what is sent
     * @param selection what is sent
     */
    public record Endpoint(String name, CanonicalUrl url, Signature signature, ChangeSelection selection) {

        @Override
        public String toString() {
            return "Endpoint[" + name + ", " + url.host() + "]";
        }
    }

    /**
     * @param systems the names that {@code .systems} may have
     * @throws WrongConfiguration where a value is not allowed; it never shows a URL or a secret
     */
    public static NotifySettings from(Keys keys, Collection<String> systems) {
        List<Endpoint> endpoints = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        for (String name : keys.list("bugloss.notify")) {
            if (!NAME.matcher(name).matches()) {
                throw new WrongConfiguration(
                        "bugloss.notify", name, "a name has letters, digits, _ and -, at most 64 of them");
            }
            if (!names.add(name)) {
                throw new WrongConfiguration("bugloss.notify", name, "the name is there twice");
            }
            endpoints.add(endpoint(keys, "bugloss.notify." + name, name, systems));
        }
        return new NotifySettings(List.copyOf(endpoints));
    }

    private static Endpoint endpoint(Keys keys, String prefix, String name, Collection<String> systems) {
        List<String> kinds = keys.list(prefix + ".kinds");
        return new Endpoint(
                name,
                url(prefix + ".url", keys),
                new Signature(key(prefix + ".secret", keys)),
                new ChangeSelection(
                        kinds.isEmpty()
                                ? Set.of(ChangeKind.RESOLVED, ChangeKind.REOPENED)
                                : kinds(prefix + ".kinds", kinds),
                        systems(prefix + ".systems", keys, systems),
                        Set.of(),
                        Set.of()));
    }

    private static CanonicalUrl url(String key, Keys keys) {
        String url =
                keys.secret(key).orElseThrow(() -> new WrongConfiguration(key + " or " + key + "-file must be given"));
        try {
            return CanonicalUrl.parse(url.strip());
        } catch (InvalidUrlException e) {
            throw new WrongConfiguration(key + " is no http or https URL that may be sent to");
        }
    }

    private static byte[] key(String key, Keys keys) {
        String secret = keys.secret(key)
                .orElseThrow(() -> new WrongConfiguration(key + " or " + key + "-file must be given"))
                .strip();
        try {
            if (secret.startsWith(PREFIX)) {
                byte[] bytes = Base64.getDecoder().decode(secret.substring(PREFIX.length()));
                if (bytes.length >= SHORTEST_KEY && bytes.length <= LONGEST_KEY) {
                    return bytes;
                }
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw new WrongConfiguration(key + " must be " + PREFIX + " and " + SHORTEST_KEY + " to " + LONGEST_KEY
                + " random bytes in base64, as of: echo " + PREFIX + "$(openssl rand -base64 32)");
    }

    private static Set<ChangeKind> kinds(String key, List<String> words) {
        return words.stream()
                .map(word -> ChangeKind.of(word)
                        .orElseThrow(() -> new WrongConfiguration(
                                key,
                                word,
                                "must be of "
                                        + Stream.of(ChangeKind.values())
                                                .map(ChangeKind::word)
                                                .collect(Collectors.joining(", ")))))
                .collect(Collectors.toSet());
    }

    private static Set<String> systems(String key, Keys keys, Collection<String> known) {
        Set<String> systems = new LinkedHashSet<>(keys.list(key));
        systems.stream().filter(system -> !known.contains(system)).findFirst().ifPresent(unknown -> {
            throw new WrongConfiguration(key, unknown, "there are the systems " + String.join(", ", known));
        });
        return systems;
    }
}
