package org.bugloss.html;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.bugloss.outbound.FailureReason;

/**
 * Tells an error page that answers 200 from the page that was asked for.
 *
 * <p>Its title is nothing but the words of an error, with or without the site's name beside it, and it shows little
 * text: an encyclopedia's article on "HTTP 404" is an article.
 */
final class ErrorPage {

    private static final int MOST_TEXT = 1500;

    private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}\\p{N}]+");
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

    /** Whether a page may be an error by its titles, so that it takes its body to know. */
    static boolean suspected(ParsedPage page) {
        return page.titles().stream().anyMatch(title -> reasonIn(title).isPresent());
    }

    /** The reason that a page, read to its end, gives by being an error page, if it is one. */
    static Optional<FailureReason> recognised(ParsedPage page) {
        Optional<FailureReason> reason = page.titles().stream()
                .flatMap(title -> reasonIn(title).stream())
                .findFirst();
        return reason.isPresent() && page.shownCharacters() < MOST_TEXT ? reason : Optional.empty();
    }

    private static Optional<FailureReason> reasonIn(String title) {
        Optional<FailureReason> whole = reasonOfWords(title);
        List<String> parts = ParsedPage.parts(title);
        if (whole.isPresent() || parts.size() != 2) {
            return whole;
        }
        // "#404 - Crash" is a bug, and so is whatever stands beside a bare number.
        return parts.stream()
                .filter(part ->
                        !STATUS.matcher(NO_WORD.matcher(part).replaceAll("")).matches())
                .flatMap(part -> reasonOfWords(part).stream())
                .findFirst();
    }

    private static Optional<FailureReason> reasonOfWords(String title) {
        if (title.length() > 100) {
            return Optional.empty();
        }
        List<String> words =
                NO_WORD.splitAsStream(title).filter(word -> !word.isEmpty()).toList();
        String text = String.join(" ", words);
        if (TITLES.containsKey(text)) {
            return Optional.of(TITLES.get(text));
        }
        List<String> codes =
                words.stream().filter(word -> STATUS.matcher(word).matches()).toList();
        if (codes.size() > 1 || !words.stream().allMatch(word -> WORDS.contains(word) || codes.contains(word))) {
            return Optional.empty();
        }
        // Alone or beside "bug" it may be the number of a bug; beside a word of error it is a status.
        boolean status = words.stream().anyMatch(TELLING_WORDS::contains);
        return codes.stream()
                .filter(code -> status)
                .map(code -> FailureReason.ofStatus(Integer.parseInt(code)))
                .findFirst()
                .or(() -> PHRASES.stream()
                        .filter(phrase -> text.contains(phrase.getKey()))
                        .map(Map.Entry::getValue)
                        .findFirst());
    }
}
