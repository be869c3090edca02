package org.bugloss.html;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bugloss.outbound.FailureReason;

/**
 * Tells an error page that answers 200 from the page that was asked for.
 *
 * <p>Its title is nothing but the words of an error, with or without the site's name beside it, and it shows little
 * text, or little besides what the software of servers says there: an encyclopedia's article on "HTTP 404" is an article,
 * and a bug about an error tells more of it than the error itself does.
 */
final class ErrorPage {

    private static final int MOST_TEXT = 1500;

    /**
     * How many words of its own a page may have that is called like an error of a server: sentences that nobody's software
     * says. Where a page is not found, sites show what else there is.
     */
    private static final int MOST_OWN_WORDS = 40;

    /** The same, where the title is one that only some software has, and a bug may as well. */
    private static final int FEW_OWN_WORDS = 10;

    private static final Pattern STATUS = Pattern.compile("[45]\\d\\d");

    /** The words that titles of error pages are made of. */
    private static final Set<String> WORDS = Set.of(("http https status error errors code page site url document file"
                    + " resource issue bug ticket item project object content the this that a an it is was be we you re"
                    + " your are can could t couldn not no for in on found find exist exists does doesn do don"
                    + " looking requested available unavailable removed deleted gone missing lost oops ooops whoops uh"
                    + " oh sorry something somethings s went wrong happened unexpected internal server application"
                    + " runtime bad gateway timeout time out timed service temporarily temporary under maintenance"
                    + " unauthorized unauthorised forbidden permission denied access too many requests request method"
                    + " allowed or but authorized authorised view see")
            .split(" "));

    /** Those of them that make a number beside them a status. */
    private static final Set<String> TELLING_WORDS = Set.of(("http https status error errors code not found exist sorry"
                    + " oops wrong server gateway unavailable unauthorized unauthorised forbidden denied too gone")
            .split(" "));

    /** What else titles have that servers, what stands before them and what runs in them write by themselves. */
    private static final Set<String> SOFTWARE_WORDS =
            words("backend fetch failed first byte vcl proxy origin upstream host"
                    + " web down up dns resolution ssl handshake invalid certificate connection refused reset closed expired"
                    + " session timed dead link links ve has have had entity large long retrieved satisfied app stopped"
                    + " disabled suspended account authorization required directory cannot due credentials were change"
                    + " wanted rejected caught exception unhandled database establishing connecting mode maintenance site"
                    + " scheduled briefly down offline closed currently unable to connect process complete load encountered"
                    + " an fatal software whitelabel report at by with response responding overloaded unknown busy token"
                    + " csrf verification failed over capacity limit exceeded quota bandwidth origin reachable unreachable"
                    + " traffic no healthy default expected such");

    private static final Set<String> ALL_WORDS =
            Stream.of(WORDS, SOFTWARE_WORDS).flatMap(Set::stream).collect(Collectors.toUnmodifiableSet());

    /** In the order in which they are looked for, in titles that have such words. */
    private static final List<Map.Entry<String, FailureReason>> SOFTWARE_PHRASES = List.of(
            Map.entry("dead link", FailureReason.NOT_FOUND),
            Map.entry("no such", FailureReason.NOT_FOUND),
            Map.entry("whitelabel error page", FailureReason.ofStatus(500)),
            Map.entry("session expired", FailureReason.UNAUTHORIZED),
            Map.entry("session has expired", FailureReason.UNAUTHORIZED),
            Map.entry("session is expired", FailureReason.UNAUTHORIZED),
            Map.entry("session timed out", FailureReason.UNAUTHORIZED),
            Map.entry("session has timed out", FailureReason.UNAUTHORIZED),
            Map.entry("session timeout", FailureReason.UNAUTHORIZED),
            Map.entry("session time out", FailureReason.UNAUTHORIZED),
            Map.entry("page expired", FailureReason.UNAUTHORIZED),
            Map.entry("page has expired", FailureReason.UNAUTHORIZED),
            Map.entry("authorization required", FailureReason.UNAUTHORIZED),
            Map.entry("csrf verification failed", FailureReason.FORBIDDEN),
            Map.entry("account suspended", FailureReason.FORBIDDEN),
            Map.entry("limit exceeded", FailureReason.RATE_LIMITED),
            Map.entry("quota exceeded", FailureReason.RATE_LIMITED),
            Map.entry("fetch failed", FailureReason.ofStatus(503)),
            Map.entry("first byte timeout", FailureReason.ofStatus(503)),
            Map.entry("proxy error", FailureReason.ofStatus(502)),
            Map.entry("server is down", FailureReason.ofStatus(503)),
            Map.entry("site is down", FailureReason.ofStatus(503)),
            Map.entry("app is stopped", FailureReason.ofStatus(503)),
            Map.entry("maintenance mode", FailureReason.ofStatus(503)),
            Map.entry("scheduled maintenance", FailureReason.ofStatus(503)),
            Map.entry("site maintenance", FailureReason.ofStatus(503)),
            Map.entry("down for maintenance", FailureReason.ofStatus(503)),
            Map.entry("over capacity", FailureReason.ofStatus(503)),
            Map.entry("unavailable", FailureReason.ofStatus(503)),
            Map.entry("error establishing a database connection", FailureReason.ofStatus(500)),
            Map.entry("database error", FailureReason.ofStatus(500)),
            Map.entry("exception caught", FailureReason.ofStatus(500)),
            Map.entry("unhandled exception", FailureReason.ofStatus(500)),
            Map.entry("fatal error", FailureReason.ofStatus(500)),
            Map.entry("software error", FailureReason.ofStatus(500)),
            Map.entry("error report", FailureReason.ofStatus(500)),
            Map.entry("not be retrieved", FailureReason.ofStatus(502)),
            Map.entry("not be satisfied", FailureReason.FORBIDDEN),
            Map.entry("error", FailureReason.UNEXPECTED_ANSWER));

    /** What such pages say below their titles, besides the words of titles. */
    private static final Set<String> SOFTWARE_PROSE =
            words("and as from go back home homepage main previous return go click"
                    + " here please try again later reload refresh moment minute minutes few seconds contact administrator"
                    + " webmaster support team help search browser if think think would like let know us let our out more"
                    + " may might must could should so which when where while what how all any been before after also other"
                    + " some these than then they will use using used used moved mistyped address typed name changed log"
                    + " login logged sign signed in into because inactivity security reasons continue start over"
                    + " explicit mapping fallback seeing type status message path trace id request ray utc mon tue wed thu fri"
                    + " sat sun jan feb mar apr may jun jul aug sep oct nov dec gmt cet est edt pst pdt"
                    + " guru meditation xid varnish cache hit miss"
                    + " received handle get post head reason reading remote apache nginx openresty tengine port ubuntu debian"
                    + " centos unix win64 openssl php tomcat jetty iis powered by running encountered misconfiguration"
                    + " unable complete inform time this occurred actions performed just additional information log logs"
                    + " your ip performance cloudflare cloudfront visitor visitors working network origin website owner"
                    + " operations resolve issue protection generated squid host failed nor neither either valid following"
                    + " dashboard system dashboards jira atlassian view current date local server signature version"
                    + " description root cause exception");

    private static final Pattern WHITELABEL_STATUS = Pattern.compile("status=([45]\\d\\d)");

    /** The software names itself, and what is of no word. */
    private static final Map<Pattern, FailureReason> SOFTWARE_TITLES = Map.of(
            Pattern.compile("apache tomcat/\\S+ - error report"),
            FailureReason.ofStatus(500),
            Pattern.compile("page not found at /\\S*"),
            FailureReason.NOT_FOUND,
            Pattern.compile("[a-z]+(?:error|exception|doesnotexist) at /\\S*"),
            FailureReason.ofStatus(500),
            Pattern.compile("application error #?1100"),
            FailureReason.NOT_FOUND,
            Pattern.compile("(?:whoops, )?gitlab is (?:not responding|currently unavailable).{0,10}"),
            FailureReason.ofStatus(502),
            Pattern.compile(
                    "welcome to (?:nginx|openresty|caddy).?|apache2? (?:\\S+ )?default page.*|iis windows server"
                            + "|(?:http server )?test page (?:for the|powered by) .{1,60}"),
            FailureReason.UNEXPECTED_ANSWER);

    /** In the order in which they are looked for. */
    private static final List<Map.Entry<String, FailureReason>> PHRASES = List.of(
            Map.entry("not found", FailureReason.NOT_FOUND),
            Map.entry("not be found", FailureReason.NOT_FOUND),
            Map.entry("not exist", FailureReason.NOT_FOUND),
            Map.entry("t exist", FailureReason.NOT_FOUND),
            Map.entry("page missing", FailureReason.NOT_FOUND),
            Map.entry("can t find", FailureReason.NOT_FOUND),
            Map.entry("couldn t find", FailureReason.NOT_FOUND),
            Map.entry("unauthorized", FailureReason.UNAUTHORIZED),
            Map.entry("unauthorised", FailureReason.UNAUTHORIZED),
            Map.entry("forbidden", FailureReason.FORBIDDEN),
            Map.entry("not authorized", FailureReason.FORBIDDEN),
            Map.entry("not authorised", FailureReason.FORBIDDEN),
            Map.entry("permission denied", FailureReason.FORBIDDEN),
            Map.entry("access denied", FailureReason.FORBIDDEN),
            Map.entry("too many requests", FailureReason.RATE_LIMITED),
            Map.entry("internal server error", FailureReason.ofStatus(500)),
            Map.entry("something went wrong", FailureReason.ofStatus(500)),
            Map.entry("application error", FailureReason.ofStatus(500)),
            Map.entry("server error", FailureReason.ofStatus(500)),
            Map.entry("bad gateway", FailureReason.ofStatus(502)),
            Map.entry("service unavailable", FailureReason.ofStatus(503)),
            Map.entry("temporarily unavailable", FailureReason.ofStatus(503)),
            Map.entry("under maintenance", FailureReason.ofStatus(503)),
            Map.entry("gateway timeout", FailureReason.ofStatus(504)),
            Map.entry("gateway time out", FailureReason.ofStatus(504)),
            Map.entry("oops", FailureReason.UNEXPECTED_ANSWER),
            Map.entry("error", FailureReason.UNEXPECTED_ANSWER));

    /** Titles of other languages and of Bugzilla, and of pages that only lead on. */
    private static final Map<String, FailureReason> TITLES = Map.ofEntries(
            Map.entry("404", FailureReason.NOT_FOUND),
            Map.entry("redirecting", FailureReason.UNEXPECTED_ANSWER),
            Map.entry("loading", FailureReason.UNEXPECTED_ANSWER),
            Map.entry("invalid bug id", FailureReason.NOT_FOUND),
            Map.entry("seite nicht gefunden", FailureReason.NOT_FOUND),
            Map.entry("page introuvable", FailureReason.NOT_FOUND),
            Map.entry("page non trouvée", FailureReason.NOT_FOUND),
            Map.entry("página no encontrada", FailureReason.NOT_FOUND),
            Map.entry("página não encontrada", FailureReason.NOT_FOUND),
            Map.entry("pagina non trovata", FailureReason.NOT_FOUND),
            Map.entry("pagina niet gevonden", FailureReason.NOT_FOUND),
            Map.entry("nie znaleziono strony", FailureReason.NOT_FOUND),
            Map.entry("страница не найдена", FailureReason.NOT_FOUND),
            Map.entry("ページが見つかりません", FailureReason.NOT_FOUND),
            Map.entry("页面不存在", FailureReason.NOT_FOUND));

    private ErrorPage() {}

    /** @param ofSoftware whether it takes a closer look, since bugs may be called so as well */
    private record Found(FailureReason reason, boolean ofSoftware) {}

    /** Whether a page may be an error by its titles, so that it takes its body to know. */
    static boolean suspected(ParsedPage page) {
        return page.titles().stream().anyMatch(title -> reasonIn(title).isPresent());
    }

    /** The reason that a page, read to its end, gives by being an error page, if it is one. */
    static Optional<FailureReason> recognised(ParsedPage page) {
        Optional<Found> found = page.titles().stream()
                .flatMap(title -> reasonIn(title).stream())
                .findFirst();
        if (found.isEmpty()) {
            return Optional.empty();
        }
        String shown = page.shownText();
        FailureReason reason = found.get().reason();
        int most = found.get().ofSoftware()
                ? FEW_OWN_WORDS
                : reason.equals(FailureReason.NOT_FOUND) ? Integer.MAX_VALUE : MOST_OWN_WORDS;
        if (shown.length() >= MOST_TEXT || ownWords(page, shown) > most) {
            return Optional.empty();
        }
        Matcher status = WHITELABEL_STATUS.matcher(shown);
        return Optional.of(
                shown.contains("explicit mapping for /error") && status.find()
                        ? FailureReason.ofStatus(Integer.parseInt(status.group(1)))
                        : reason);
    }

    /** The words that a page says which servers do not say by themselves; numbers are none. */
    private static long ownWords(ParsedPage page, String shown) {
        String description = page.metadata().description();
        Set<String> site = new HashSet<>(ParsedPage.words(page.metadata().title()));
        site.addAll(ParsedPage.words(page.host()));
        return ParsedPage.words(shown + (description == null ? "" : " " + description)).stream()
                .filter(word -> !WORDS.contains(word)
                        && !SOFTWARE_WORDS.contains(word)
                        && !SOFTWARE_PROSE.contains(word)
                        && !site.contains(word)
                        && !Character.isDigit(word.charAt(0)))
                .count();
    }

    private static Set<String> words(String text) {
        return Set.copyOf(List.of(text.split(" ")));
    }

    private static Optional<Found> reasonIn(String title) {
        Optional<Found> whole = reasonOfWords(title);
        List<String> parts = ParsedPage.parts(title);
        if (whole.isPresent() || parts.size() < 2) {
            return whole;
        }
        if (parts.size() > 2) {
            String last = parts.get(parts.size() - 1);
            String first = parts.get(0);
            return reasonOfWords(title.substring(0, title.lastIndexOf(last)))
                    .or(() -> reasonOfWords(title.substring(title.indexOf(first) + first.length())))
                    .filter(Found::ofSoftware);
        }
        // "#404 - Crash" is a bug, and so is whatever stands beside a bare number.
        return parts.stream()
                .filter(part ->
                        !STATUS.matcher(String.join("", ParsedPage.words(part))).matches())
                .flatMap(part -> reasonOfWords(part).stream())
                .findFirst();
    }

    private static Optional<Found> reasonOfWords(String title) {
        if (title.length() > 100) {
            return Optional.empty();
        }
        List<String> words = ParsedPage.words(title);
        String text = String.join(" ", words);
        if (TITLES.containsKey(text)) {
            return Optional.of(new Found(TITLES.get(text), false));
        }
        Optional<FailureReason> plain = reason(words, text, WORDS, PHRASES);
        if (plain.isPresent()) {
            return plain.map(reason -> new Found(reason, false));
        }
        return SOFTWARE_TITLES.entrySet().stream()
                .filter(software -> software.getKey().matcher(title.strip()).matches())
                .map(Map.Entry::getValue)
                .findFirst()
                .or(() -> reason(words, text, ALL_WORDS, SOFTWARE_PHRASES))
                .map(reason -> new Found(reason, true));
    }

    private static Optional<FailureReason> reason(
            List<String> words, String text, Set<String> known, List<Map.Entry<String, FailureReason>> phrases) {
        List<String> codes =
                words.stream().filter(word -> STATUS.matcher(word).matches()).toList();
        if (codes.size() > 1 || !words.stream().allMatch(word -> known.contains(word) || codes.contains(word))) {
            return Optional.empty();
        }
        // Alone or beside "bug" it may be the number of a bug; beside a word of error it is a status.
        boolean status = words.stream().anyMatch(TELLING_WORDS::contains);
        return codes.stream()
                .filter(code -> status)
                .map(code -> FailureReason.ofStatus(Integer.parseInt(code)))
                .findFirst()
                .or(() -> phrases.stream()
                        .filter(phrase -> text.contains(phrase.getKey()))
                        .map(Map.Entry::getValue)
                        .findFirst());
    }
}
