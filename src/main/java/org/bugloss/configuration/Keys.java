package org.bugloss.configuration;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;

/**
 * Typed, strict access to the configuration. Every method throws {@link WrongConfiguration} for a value that is not of
 * its type. Safe for use by several threads.
 */
public final class Keys {

    private static final String LIST_OF_KEYS = "META-INF/microprofile-config.properties";
    private static final Pattern SYSTEM_KEY = Pattern.compile(
            "bugloss\\.system\\.(.+)\\.(tracker|base-url|api-url|username|password|password-file|ttl|markup|paused"
                    + "|hook-secret|hook-secret-file|readers|private-readers)");

    /** What the keys of an issuer end in: {@code bugloss.oidc.NAME.issuer}. */
    private static final List<String> OF_ISSUERS = List.of(
            "issuer",
            "audience",
            "client-id",
            "client-secret",
            "client-secret-file",
            "name-claim",
            "groups-claim",
            "readers",
            "editors",
            "require");

    /** Ten years: longer times are typing errors, and far from what a database's time stamp can hold. */
    private static final int MOST_SECONDS = 315_360_000;

    /** More than one while it is changed, not a list of guesses. */
    private static final int MOST_SECRETS = 10;

    /** What reads like a key of ours, and is written like none: neither {@code bugloss.…} nor {@code BUGLOSS_…}. */
    private static final Pattern LOOKS_ALIKE = Pattern.compile("(?!bugloss\\.|BUGLOSS_)(?i:bugloss)[._-].+");

    private final Config config;

    /** The configuration of the application, whatever thread asks. */
    public Keys() {
        // The class loader is named because a pool's thread may have another one, and then another configuration.
        this(ConfigProvider.getConfig(Keys.class.getClassLoader()));
    }

    public Keys(Config config) {
        this.config = config;
    }

    /** The trimmed value; empty where the key is absent or blank. */
    public Optional<String> text(String key) {
        return config.getOptionalValue(key, String.class).map(String::strip).filter(value -> !value.isEmpty());
    }

    /** The values between commas, trimmed, without empty ones. */
    public List<String> list(String key) {
        return text(key).stream()
                .flatMap(value -> Arrays.stream(value.split(",")))
                .map(String::strip)
                .filter(value -> !value.isEmpty())
                .toList();
    }

    /** {@code true} or {@code false}, case ignored, and nothing else. */
    public boolean flag(String key) {
        String value = required(key);
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new WrongConfiguration(key, value, "must be true or false");
        };
    }

    /** A whole number within bounds, both included. */
    public int whole(String key, int least, int most) {
        return whole(key, required(key), least, most);
    }

    /** Whole seconds, at least {@code least}. */
    public Duration seconds(String key, int least) {
        return Duration.ofSeconds(whole(key, least, MOST_SECONDS));
    }

    /** Whole seconds from 1 up; empty where the key is absent. */
    public Optional<Duration> optionalSeconds(String key) {
        return text(key).map(value -> Duration.ofSeconds(whole(key, value, 1, MOST_SECONDS)));
    }

    /** A secret: the value of {@code key}, or the first line of the file that {@code key-file} names. Never both. */
    public Optional<String> secret(String key) {
        Optional<String> direct = config.getOptionalValue(key, String.class).filter(value -> !value.isEmpty());
        Optional<String> file = text(key + "-file");
        if (direct.isPresent() && file.isPresent()) {
            throw new WrongConfiguration(key + " and " + key + "-file are both given: give one of them");
        }
        return direct.or(() -> file.map(path -> firstLine(key + "-file", path)));
    }

    /**
     * Secrets: the value of {@code key}, or the lines of the file that {@code key-file} names, without empty ones. Never both. What
     * is read from a file is read anew with every call.
     *
     * @return none where neither is given
     */
    public List<String> secrets(String key) {
        Optional<String> direct = config.getOptionalValue(key, String.class).filter(value -> !value.isEmpty());
        Optional<String> file = text(key + "-file");
        if (direct.isPresent() && file.isPresent()) {
            throw new WrongConfiguration(key + " and " + key + "-file are both given: give one of them");
        }
        if (direct.filter(String::isBlank).isPresent()) {
            throw new WrongConfiguration(key + " is blank: anybody could guess it");
        }
        return direct.map(List::of)
                .orElseGet(() -> file.map(path -> lines(key + "-file", path)).orElse(List.of()));
    }

    private static List<String> lines(String key, String path) {
        try (var all = Files.lines(Path.of(path))) {
            List<String> lines =
                    all.filter(line -> !line.isBlank()).limit(MOST_SECRETS + 1).toList();
            if (lines.isEmpty() || lines.size() > MOST_SECRETS) {
                throw new WrongConfiguration(
                        key, path, "the file must have a secret a line, from 1 to " + MOST_SECRETS + " of them");
            }
            return lines;
        } catch (UncheckedIOException | MalformedInputException e) {
            throw new WrongConfiguration(key, path, "the file is no UTF-8 text");
        } catch (IOException | InvalidPathException e) {
            throw new WrongConfiguration(key, path, "the file can't be read");
        }
    }

    /**
     * Names that begin like Bugloss' keys, in whatever case, and are none: misspelt ones. An environment variable is judged by
     * its own forms ({@code BUGLOSS_DETAILS_TTL}, {@code bugloss_details_ttl}).
     *
     * @param systems the names of the systems that are configured
     */
    public Set<String> unknown(List<String> systems) {
        Set<String> known = new TreeSet<>();
        Properties listed = new Properties();
        try (InputStream in = Keys.class.getClassLoader().getResourceAsStream(LIST_OF_KEYS)) {
            listed.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        known.addAll(listed.stringPropertyNames());
        for (String system : systems) {
            for (String part : List.of(
                    "tracker",
                    "base-url",
                    "api-url",
                    "username",
                    "password",
                    "password-file",
                    "ttl",
                    "markup",
                    "paused",
                    "hook-secret",
                    "hook-secret-file",
                    "readers",
                    "private-readers")) {
                known.add("bugloss.system." + system + "." + part);
            }
        }
        for (String issuer : list("bugloss.oidc")) {
            OF_ISSUERS.forEach(part -> known.add("bugloss.oidc." + issuer + "." + part));
        }
        for (String endpoint : list("bugloss.notify")) {
            for (String part : List.of("url", "url-file", "secret", "secret-file", "kinds", "systems")) {
                known.add("bugloss.notify." + endpoint + "." + part);
            }
        }
        Set<String> variables = new TreeSet<>();
        known.forEach(key -> variables.add(asVariable(key)));
        Set<String> names = new TreeSet<>();
        config.getPropertyNames().forEach(names::add);
        Set<String> unknown = new TreeSet<>();
        for (String name : names) {
            // Some servers also list a variable under the key that they guess from it: bugloss.system.ghe.base.url.
            boolean guessed = names.contains(asVariable(name)) && variables.contains(asVariable(name));
            if (name.startsWith("bugloss.") && !known.contains(name) && !guessed
                    || name.startsWith("BUGLOSS_") && !variables.contains(name)
                    || LOOKS_ALIKE.matcher(name).matches() && !isVariable(name, known)) {
                unknown.add(name);
            }
        }
        return unknown;
    }

    /** The name of the system that a key such as {@code bugloss.system.NAME.tracker} speaks of, if it is such a key. */
    public static Optional<String> systemOf(String key) {
        var matcher = SYSTEM_KEY.matcher(key);
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    /** MicroProfile Config also takes a variable in the case of the key. */
    private static boolean isVariable(String name, Set<String> known) {
        return known.stream()
                .anyMatch(key -> key.replaceAll("[^A-Za-z0-9]", "_").equals(name));
    }

    private String required(String key) {
        return text(key).orElseThrow(() -> new WrongConfiguration(key + " has no value"));
    }

    private static int whole(String key, String value, int least, int most) {
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below, as for a number out of bounds
        }
        throw new WrongConfiguration(key, value, "must be a whole number from " + least + " to " + most);
    }

    private static String firstLine(String key, String path) {
        try (var lines = Files.lines(Path.of(path))) {
            return lines.findFirst()
                    .filter(line -> !line.isBlank())
                    .orElseThrow(() -> new WrongConfiguration(key, path, "the file's first line is empty"));
        } catch (UncheckedIOException | MalformedInputException e) {
            throw new WrongConfiguration(key, path, "the file is no UTF-8 text");
        } catch (IOException | InvalidPathException e) {
            throw new WrongConfiguration(key, path, "the file can't be read");
        }
    }

    private static String asVariable(String key) {
        return key.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
    }
}
