package org.bugloss.outbound;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An http or https URL in the one form that serves as a key: scheme and host in lower case, the default port dropped, dot
 * segments resolved, the fragment dropped unless it routes. ASCII only, and at most {@value #LONGEST} characters.
 *
 * <p>A fragment routes where it, and not the path, says which bug is meant: one that begins with {@code #/} or {@code #!},
 * as in applications of one page (Polarion, Rally), or, behind a path that ends in {@code /_workitems}, one with an
 * {@code id=} (Team Foundation Server). It is part of the key and of no request.
 *
 * <p>A typed text is read once, here, strictly; whatever is compared, judged or sent afterwards is made from the result.
 * What people paste is repaired where there is one way to read it: letters outside ASCII and characters that RFC 3986
 * allows nowhere ({@code |}, <code>^</code>, {@code "}, <code>`</code>, brackets and braces …) are percent-encoded as
 * UTF-8, as browsers do; number forms of IPv4 addresses ({@code 127.1}, {@code 0x7f.1}) are read by the rules of the WHATWG
 * URL standard and become dotted; one dot behind the host is dropped. What has two readings is refused: white space and
 * control characters inside, backslashes, user info, {@code %} without two hexadecimal digits, percent-encoded hosts.
 * Percent-encoding that is there stays as it was typed.
 *
 * <p>Immutable; equal where the keys are equal.
 */
public final class CanonicalUrl implements Comparable<CanonicalUrl> {

    /** How many characters a URL may have, as it was typed and in its canonical form. */
    public static final int LONGEST = 2048;

    /** For what nobody types: queries for many bugs at once, and sign-in pages, whose addresses hold whole documents. */
    private static final int LONGEST_SENT = 8192;

    private static final int LONGEST_SCHEME_NAMED = 32;

    /** {@code pchar} of RFC 3986, 3.3, but for letters, digits and percent-encoding; {@code /} and {@code ?} by place. */
    private static final String PATH_MARKS = "-._~!$&'()*+,;=:@/";

    private static final String QUERY_MARKS = PATH_MARKS + "?";

    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private final String scheme;
    private final Host host;
    private final int port;
    private final String path;
    private final @Nullable String query;
    private final @Nullable String fragment;
    private final String sent;
    private final String key;

    private CanonicalUrl(
            String scheme, Host host, int port, String path, @Nullable String query, @Nullable String fragment) {
        this.scheme = scheme;
        this.host = host;
        this.port = port;
        this.path = path;
        this.query = query;
        this.fragment = fragment;
        this.sent = origin() + path + (query == null ? "" : "?" + query);
        this.key = fragment == null ? sent : sent + "#" + fragment;
    }

    /**
     * Reads a URL that somebody typed. Spaces, tabs and line ends around it do not matter.
     *
     * @throws InvalidUrlException where it is refused; the message says why
     */
    public static CanonicalUrl parse(String typed) {
        return parse(typed, LONGEST);
    }

    /** The URL of a request, which may be longer than a typed one: up to 8,192 characters. */
    static CanonicalUrl of(URI uri) {
        return parse(uri.toString(), LONGEST_SENT);
    }

    private static CanonicalUrl parse(String typed, int longest) {
        if (typed == null || typed.isBlank()) {
            throw new InvalidUrlException("there is no URL");
        }
        if (typed.length() > longest) {
            throw tooLong(longest);
        }
        String text = trim(typed);
        refuseCharacters(text);
        int colon = schemeLength(text);
        if (colon < 0) {
            throw new InvalidUrlException("a URL starts with http:// or https://");
        }
        String scheme = text.substring(0, colon).toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw new InvalidUrlException("only http and https URLs are accepted, not "
                    + scheme.substring(0, Math.min(scheme.length(), LONGEST_SCHEME_NAMED)));
        }
        if (!text.startsWith("//", colon + 1)) {
            throw new InvalidUrlException("the URL has no host: a URL starts with http:// or https://");
        }
        int end = text.length();
        int hash = indexOrEnd(text, '#', colon, end);
        int question = indexOrEnd(text, '?', colon, hash);
        int slash = indexOrEnd(text, '/', colon + 3, question);
        String authority = text.substring(colon + 3, slash);
        if (authority.indexOf('@') >= 0) {
            throw new InvalidUrlException("a URL may not hold a user name or a password");
        }
        int hostLength = hostLength(authority);
        int port = port(authority, hostLength, scheme);
        Host host = Host.parse(authority.substring(0, hostLength));
        String path = withoutDotSegments(encode(text.substring(slash, question), PATH_MARKS, false));
        CanonicalUrl url = new CanonicalUrl(
                scheme,
                host,
                port,
                path,
                question == hash ? null : encode(text.substring(question + 1, hash), QUERY_MARKS, false),
                hash == end || !routes(path, text, hash + 1)
                        ? null
                        : encode(text.substring(hash + 1), QUERY_MARKS, true));
        if (url.key.length() > longest) {
            throw tooLong(longest);
        }
        return url;
    }

    /**
     * The URL that a reference stands for on this page (RFC 3986, 5.2), as in a {@code Location} header. Such a URL may be
     * longer than a typed one: up to 8,192 characters.
     *
     * @throws InvalidUrlException where the result is refused, as by {@link #parse(String)}
     */
    public CanonicalUrl resolve(String reference) {
        String text = trim(reference);
        if (schemeLength(text) >= 0) {
            return parse(text, LONGEST_SENT);
        }
        String base;
        if (text.startsWith("//")) {
            base = scheme + ":";
        } else if (text.startsWith("/")) {
            base = origin();
        } else if (text.startsWith("?")) {
            base = origin() + path;
        } else if (text.isEmpty() || text.startsWith("#")) {
            base = sent;
        } else {
            base = origin() + path.substring(0, path.lastIndexOf('/') + 1);
        }
        return parse(base + text, LONGEST_SENT);
    }

    /** The canonical URL: what details are cached under. */
    public String key() {
        return key;
    }

    /** What is asked for: the same as {@link #key()} without the fragment, which no request has. */
    public URI uri() {
        return URI.create(sent);
    }

    /** {@code http} or {@code https}. */
    public String scheme() {
        return scheme;
    }

    /** An ASCII name in lower case or an address; an IPv6 address without brackets. */
    public String host() {
        return host.text();
    }

    /** The effective port: the scheme's default where the URL has none. */
    public int port() {
        return port;
    }

    /** Starts with {@code /}; percent-encoding as it was typed. */
    public String path() {
        return path;
    }

    /** What stands behind {@code ?}, percent-encoding as it was typed; may be empty. */
    public Optional<String> query() {
        return Optional.ofNullable(query);
    }

    /** What stands behind {@code #}, where it routes. */
    public Optional<String> fragment() {
        return Optional.ofNullable(fragment);
    }

    /** This URL as one that others lie under: what a fragment routes to is not under it. */
    public CanonicalUrl withoutFragment() {
        return fragment == null ? this : new CanonicalUrl(scheme, host, port, path, query, null);
    }

    /** Scheme, host and port, as they stand in the key, without a slash behind them. */
    public String origin() {
        return scheme + "://" + host.inUrl() + (hasDefaultPort() ? "" : ":" + port);
    }

    /**
     * Whether a URL lies under this one: same scheme, host and effective port, and this path is a prefix that ends at a
     * segment. {@code http://h/bugs} covers {@code /bugs}, {@code /bugs/} and {@code /bugs/1}, and not {@code /bugs-old/1};
     * a slash behind the base makes no difference. Queries do not matter.
     */
    public boolean covers(CanonicalUrl url) {
        String prefix = path;
        while (prefix.endsWith("/")) {
            prefix = prefix.substring(0, prefix.length() - 1);
        }
        return origin().equals(url.origin())
                && url.path.startsWith(prefix)
                && (url.path.length() == prefix.length() || url.path.charAt(prefix.length()) == '/');
    }

    @Override
    public int compareTo(CanonicalUrl other) {
        return key.compareTo(other.key);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CanonicalUrl url && key.equals(url.key);
    }

    @Override
    public int hashCode() {
        return key.hashCode();
    }

    /** The key. */
    @Override
    public String toString() {
        return key;
    }

    boolean hasDefaultPort() {
        return port == defaultPort(scheme);
    }

    /** Whether the host is an address, so that no name has to be looked up. */
    boolean hasAddress() {
        return host.bytes().isPresent();
    }

    Host parsedHost() {
        return host;
    }

    private static InvalidUrlException tooLong(int longest) {
        return new InvalidUrlException(String.format(Locale.ROOT, "the URL is longer than %,d characters", longest));
    }

    private static String trim(String typed) {
        int from = 0;
        int to = typed.length();
        while (from < to && isAround(typed.charAt(from))) {
            from++;
        }
        while (to > from && isAround(typed.charAt(to - 1))) {
            to--;
        }
        return typed.substring(from, to);
    }

    private static boolean isAround(char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
    }

    private static void refuseCharacters(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c)) {
                throw new InvalidUrlException(
                        String.format("there is a control character in the URL: U+%04X", (int) c));
            }
            if (Character.isWhitespace(c) || Character.isSpaceChar(c)) {
                throw new InvalidUrlException("there is white space in the URL");
            }
            if (c == '\\') {
                throw new InvalidUrlException("there is a backslash in the URL");
            }
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new InvalidUrlException("there is half a character (a lone surrogate) in the URL");
            }
        }
    }

    /** The length of the scheme that a URL begins with (RFC 3986, 3.1); -1 where it begins with none. */
    private static int schemeLength(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == ':') {
                return i == 0 ? -1 : i;
            }
            if (!isLetter(c) && (i == 0 || !isDigit(c) && c != '+' && c != '-' && c != '.')) {
                return -1;
            }
        }
        return -1;
    }

    private static int indexOrEnd(String text, char c, int from, int end) {
        int index = text.indexOf(c, from);
        return index < 0 || index > end ? end : index;
    }

    /** How much of an authority is the host: what is before the colon, outside brackets. */
    private static int hostLength(String authority) {
        int end = authority.startsWith("[") ? authority.indexOf(']') + 1 : authority.indexOf(':');
        int length = end < 0 ? authority.length() : end;
        boolean readable =
                length > 0 && authority.charAt(0) == '[' || authority.indexOf('[') < 0 && authority.indexOf(']') < 0;
        if (!readable || length < authority.length() && authority.charAt(length) != ':') {
            throw unreadableAuthority();
        }
        return length;
    }

    private static int port(String authority, int hostLength, String scheme) {
        if (authority.length() <= hostLength + 1) {
            return defaultPort(scheme);
        }
        int port = 0;
        for (int i = hostLength + 1; i < authority.length(); i++) {
            if (!isDigit(authority.charAt(i))) {
                throw unreadableAuthority();
            }
            port = Math.min(port * 10 + authority.charAt(i) - '0', 65536);
        }
        if (port < 1 || port > 65535) {
            throw new InvalidUrlException("the port of the URL is not one from 1 to 65535");
        }
        return port;
    }

    private static InvalidUrlException unreadableAuthority() {
        return new InvalidUrlException("the host and port of the URL cannot be read");
    }

    /** Whether what stands behind {@code #} from this index on says which bug is meant. */
    private static boolean routes(String path, String text, int start) {
        return text.startsWith("/", start)
                || text.startsWith("!", start)
                || path.endsWith("/_workitems") && (text.startsWith("id=", start) || text.indexOf("&id=", start) >= 0);
    }

    private static int defaultPort(String scheme) {
        return scheme.equals("https") ? 443 : 80;
    }

    /** @param repair whether a percent sign that encodes nothing becomes one that is encoded, or is refused */
    private static String encode(String part, String marks, boolean repair) {
        int plain = 0;
        while (plain < part.length() && isPlain(part.charAt(plain), marks)) {
            plain++;
        }
        if (plain == part.length()) {
            return part;
        }
        StringBuilder encoded = new StringBuilder(part.length() + 16).append(part, 0, plain);
        for (int i = plain; i < part.length(); ) {
            int c = part.codePointAt(i);
            boolean encodes = c == '%'
                    && i + 2 < part.length()
                    && isHexDigit(part.charAt(i + 1))
                    && isHexDigit(part.charAt(i + 2));
            if (c == '%' && !encodes && !repair) {
                throw new InvalidUrlException("there is a % in the URL without two hexadecimal digits behind it");
            }
            if (encodes || isPlain(c, marks)) {
                encoded.append((char) c);
            } else {
                for (byte octet : Character.toString(c).getBytes(StandardCharsets.UTF_8)) {
                    encoded.append('%').append(HEX.toHexDigits(octet));
                }
            }
            i += Character.charCount(c);
        }
        return encoded.toString();
    }

    /** RFC 3986, 5.2.4, with {@code %2e} read as the dot that it stands for, as browsers and most servers read it. */
    private static String withoutDotSegments(String path) {
        if (path.isEmpty()) {
            return "/";
        }
        if (!path.contains("/.") && !path.contains("/%2")) {
            return path;
        }
        Deque<String> kept = new ArrayDeque<>();
        String[] segments = path.substring(1).split("/", -1);
        for (int i = 0; i < segments.length; i++) {
            String plain = segments[i].replace("%2e", ".").replace("%2E", ".");
            if (!plain.equals(".") && !plain.equals("..")) {
                kept.addLast(segments[i]);
                continue;
            }
            if (plain.equals("..")) {
                kept.pollLast();
            }
            if (i == segments.length - 1) {
                kept.addLast(""); // what is left ends in a slash
            }
        }
        return "/" + String.join("/", kept);
    }

    private static boolean isPlain(int c, String marks) {
        return isLetter(c) || isDigit(c) || c < 0x80 && marks.indexOf(c) >= 0;
    }

    private static boolean isLetter(int c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isHexDigit(int c) {
        return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F';
    }
}
