package org.bugloss.outbound;

/**
 * A text is not a URL that Bugloss accepts. The message is one clause for the person who typed it ("only http and https
 * URLs are accepted, not ftp"); it never repeats user info or the whole text.
 */
public final class InvalidUrlException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    public InvalidUrlException(String message) {
        super(message);
    }
}
