package org.bugloss.configuration;

/**
 * A configuration value that Bugloss can't run with. The message is one line for the administrator: the key, the value
 * (never a secret), what is allowed.
 */
public final class WrongConfiguration extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    public WrongConfiguration(String key, String value, String allowed) {
        this(key + "=" + shown(value) + ": " + allowed);
    }

    public WrongConfiguration(String message) {
        super(message);
    }

    /** A value as a log line may show it: on one line, of bounded length. */
    static String shown(String value) {
        String line = value.replaceAll("\\p{Cntrl}", "?");
        return line.length() <= 200 ? line : line.substring(0, 200) + "...";
    }
}
