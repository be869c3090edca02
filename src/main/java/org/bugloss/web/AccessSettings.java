package org.bugloss.web;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bugloss.callers.Role;
import org.bugloss.configuration.Keys;
import org.bugloss.configuration.WrongConfiguration;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.InvalidUrlException;

/**
 * Who may call: the keys {@code bugloss.anonymous}, {@code bugloss.tokens}, {@code bugloss.cors.origins} and
 * {@code bugloss.badges}. Immutable.
 *
 * @param anonymous what a caller without a token may do
 * @param tokens the tokens that are known, by their hashes
 * @param origins whose pages may call
 * @param badgesForEveryone whether strangers see status badges
 */
public record AccessSettings(Role anonymous, List<Token> tokens, Set<String> origins, boolean badgesForEveryone) {

    private static final Pattern ENTRY = Pattern.compile("([A-Za-z0-9._-]{1,64}):([A-Za-z]{1,20}):([0-9A-Fa-f]{64})");

    /**
     * A token's holder.
     *
     * @param name for the log
     * @param role what it may do
     * @param sha256 the hash of the token: the token itself is nowhere
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared but in constant time
    record Token(String name, Role role, byte[] sha256) {

        @Override
        public String toString() {
            return "Token[" + name + ", " + role + "]";
        }
    }

    /** @throws WrongConfiguration where a value is not allowed; it never shows a token's hash */
    public static AccessSettings from(Keys keys) {
        return new AccessSettings(
                role("bugloss.anonymous", keys.text("bugloss.anonymous").orElse("none")),
                tokens(keys.list("bugloss.tokens")),
                origins(keys.list("bugloss.cors.origins")),
                badgesForEveryone(keys.text("bugloss.badges").orElse("callers")));
    }

    /** Whether a stranger, or the holder of a token, may do anything. */
    public boolean letsAnybodyIn() {
        return anonymous != Role.NONE || tokens.stream().anyMatch(token -> token.role() != Role.NONE);
    }

    /** How many tokens there are, and what a stranger may do, for the log. */
    public String summary() {
        return tokens.size() + (tokens.size() == 1 ? " token" : " tokens") + ", strangers may "
                + switch (anonymous) {
                    case NONE -> "do nothing";
                    case READER -> "read";
                    case EDITOR -> "read and write";
                };
    }

    /** Whose token this is. Takes the same time whichever token it is, or none. */
    Optional<Token> holder(String token) {
        byte[] hash = sha256(token);
        Token holder = null;
        for (Token known : tokens) {
            if (MessageDigest.isEqual(known.sha256(), hash)) {
                holder = known;
            }
        }
        return Optional.ofNullable(holder);
    }

    private static List<Token> tokens(List<String> entries) {
        List<Token> tokens = new ArrayList<>();
        Set<String> names = new TreeSet<>();
        for (int i = 0; i < entries.size(); i++) {
            Matcher entry = ENTRY.matcher(entries.get(i));
            if (!entry.matches()) {
                throw new WrongConfiguration(
                        "bugloss.tokens: entry " + (i + 1)
                                + " must be name:role:sha256hex, with 64 hexadecimal digits, and a name of letters, digits, . _ -");
            }
            if (!names.add(entry.group(1))) {
                throw new WrongConfiguration("bugloss.tokens: the name " + entry.group(1) + " is there twice");
            }
            Role role = role("bugloss.tokens, role of " + entry.group(1), entry.group(2));
            tokens.add(new Token(
                    entry.group(1), role, HexFormat.of().parseHex(entry.group(3).toLowerCase(Locale.ROOT))));
        }
        return List.copyOf(tokens);
    }

    private static Role role(String key, String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "none" -> Role.NONE;
            case "reader" -> Role.READER;
            case "editor" -> Role.EDITOR;
            default -> throw new WrongConfiguration(key, value, "must be none, reader or editor");
        };
    }

    private static boolean badgesForEveryone(String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "callers" -> false;
            case "everyone" -> true;
            default -> throw new WrongConfiguration("bugloss.badges", value, "must be callers or everyone");
        };
    }

    private static Set<String> origins(List<String> values) {
        Set<String> origins = new TreeSet<>();
        for (String value : values) {
            try {
                CanonicalUrl url = CanonicalUrl.parse(value);
                if (!url.path().equals("/") || url.query().isPresent() || value.endsWith("/")) {
                    throw new InvalidUrlException("it must end behind the host or the port");
                }
                origins.add(url.origin());
            } catch (InvalidUrlException e) {
                throw new WrongConfiguration(
                        "bugloss.cors.origins",
                        value,
                        "must be origins such as https://tests.example: " + e.getMessage());
            }
        }
        return Set.copyOf(origins);
    }

    private static byte[] sha256(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
