package org.bugloss.callers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.bugloss.configuration.Keys;
import org.bugloss.configuration.WrongConfiguration;

/**
 * The keys {@code bugloss.oidc}, {@code bugloss.oidc.NAME.*}, {@code bugloss.public-url} and
 * {@code bugloss.session.key-file}. Immutable.
 *
 * @param issuers in the order in which they are configured
 * @param publicUrl the address that people use; there where an issuer has a client
 * @param sessionKeys of 32 bytes: the first seals, all open; none where they are to be made up at each start
 * @param audiences who is named as the audience of a system, such as {@code group:corp:qa}
 */
public record OidcSettings(
        List<Issuer> issuers, Optional<PublicUrl> publicUrl, List<byte[]> sessionKeys, Set<String> audiences) {

    private static final int KEY_BYTES = 32;
    private static final int MOST_KEYS = 10;

    /** Reads them, and the file. */
    public static OidcSettings from(Keys keys) {
        List<Issuer> issuers = new ArrayList<>();
        Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        for (String name : keys.list("bugloss.oidc")) {
            Issuer issuer = Issuer.from(keys, name);
            if (!names.add(name)) {
                throw new WrongConfiguration("bugloss.oidc", name, "the name is there twice");
            }
            issuers.add(issuer);
        }
        Optional<PublicUrl> publicUrl = keys.text("bugloss.public-url").map(PublicUrl::parse);
        if (publicUrl.isEmpty()
                && issuers.stream().anyMatch(issuer -> issuer.client().isPresent())) {
            throw new WrongConfiguration(
                    "bugloss.public-url has no value: where an issuer has a client-id, it must be the address that people use, context path included, such as https://bugloss.example/bugloss");
        }
        return new OidcSettings(
                List.copyOf(issuers),
                publicUrl,
                keys.text("bugloss.session.key-file").map(OidcSettings::keys).orElse(List.of()),
                audiences(keys));
    }

    /** What is allowed, and dangerous. */
    public List<String> warnings() {
        return issuers.stream()
                .filter(issuer -> issuer.url().startsWith("http:") && !PublicUrl.isThisMachine(issuer.address()))
                .map(issuer -> "bugloss.oidc." + issuer.name()
                        + ".issuer begins with http: whoever is on the way to it can let in whom he likes")
                .toList();
    }

    /** The issuers where people sign in. */
    public List<Issuer> signIn() {
        return issuers.stream().filter(issuer -> issuer.client().isPresent()).toList();
    }

    /** The issuer of this name. */
    public Optional<Issuer> named(String name) {
        return issuers.stream().filter(issuer -> issuer.name().equals(name)).findFirst();
    }

    /** The groups of an issuer that decide about anything. */
    Set<String> mentioned(Issuer issuer) {
        Set<String> groups = new TreeSet<>(issuer.rules().mentioned());
        String prefix = "group:" + issuer.name() + ":";
        audiences.stream()
                .filter(entry -> entry.startsWith(prefix))
                .forEach(entry -> groups.add(entry.substring(prefix.length())));
        return groups;
    }

    private static Set<String> audiences(Keys keys) {
        Set<String> entries = new TreeSet<>(keys.list("bugloss.pages.readers"));
        for (String system : keys.list("bugloss.systems")) {
            entries.addAll(keys.list("bugloss.system." + system + ".readers"));
            entries.addAll(keys.list("bugloss.system." + system + ".private-readers"));
        }
        return Set.copyOf(entries);
    }

    private static List<byte[]> keys(String file) {
        List<byte[]> keys = new ArrayList<>();
        try (var lines = Files.lines(Path.of(file))) {
            for (String line : lines.limit(MOST_KEYS)
                    .map(String::strip)
                    .filter(one -> !one.isEmpty())
                    .toList()) {
                keys.add(Base64.getDecoder().decode(line));
            }
        } catch (IllegalArgumentException | IOException | java.io.UncheckedIOException e) {
            if (!(e instanceof IllegalArgumentException) || e instanceof InvalidPathException) {
                throw new WrongConfiguration("bugloss.session.key-file", file, "the file can't be read");
            }
            keys.clear();
        }
        if (keys.isEmpty() || keys.stream().anyMatch(key -> key.length != KEY_BYTES)) {
            throw new WrongConfiguration(
                    "bugloss.session.key-file",
                    file,
                    "each line of the file must be 32 bytes in base64, as of: openssl rand -base64 32");
        }
        return List.copyOf(keys);
    }
}
