package org.bugloss.callers;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bugloss.configuration.WrongConfiguration;

/**
 * One pair of {@code .require}: {@code claim:value}.
 *
 * @param claim its name or the path to it
 * @param value all of the value, or how it begins
 * @param isPrefix whether it is how the value begins: {@code refs/heads/*}
 */
record Requirement(String claim, String value, boolean isPrefix) {

    /** The name of a claim may be a URL; what is behind the first colon else is the value, colons and all. */
    private static final Pattern PAIR = Pattern.compile("((?:https?://)?[^:*]+):([^*]*?)(\\**)");

    static Requirement parse(String key, String pair) {
        Matcher matcher = PAIR.matcher(pair);
        if (!matcher.matches() || matcher.group(2).isEmpty() && matcher.group(3).isEmpty()) {
            throw new WrongConfiguration(
                    key,
                    pair,
                    "must be pairs of a claim and its value, such as repository:acme/shop,ref:refs/heads/*, with * at the end of a value only");
        }
        return new Requirement(
                matcher.group(1).strip(),
                matcher.group(2).strip(),
                !matcher.group(3).isEmpty());
    }

    /** Whether it leaves nothing out. */
    boolean isOpen() {
        return value.isEmpty();
    }

    /** Whether the claim is there with such a value; one of them, where it is a list. */
    boolean holds(Claims claims) {
        return claims.values(claim).stream().anyMatch(one -> isPrefix ? one.startsWith(value) : one.equals(value));
    }
}
