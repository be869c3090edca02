package org.bugloss.links;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.web.JsonBody;
import org.bugloss.web.Problem;
import org.jspecify.annotations.Nullable;

/**
 * What somebody asks of the list of link references, checked. Immutable.
 *
 * @param embed whether with details
 * @param limit how many link references a page has at most
 * @param after where the page begins; {@code null} for the first
 */
record LinksQuery(LinkSelection selection, boolean embed, int limit, LinkSort sort, LinkSort.@Nullable Cursor after) {

    private static final int USUAL_LIMIT = 100;
    private static final int HIGHEST_LIMIT = 1000;
    private static final Pattern BLANKS = Pattern.compile("\\s+");

    /** As long as the URL that somebody may look for. */
    private static final int LONGEST_SEARCH = 2_048;

    private static final int MOST_TERMS = 10;

    /**
     * @param parameter tells the value of a parameter; {@code null} where it is not given
     * @throws Problem where one is not as it should be
     */
    static LinksQuery read(Function<String, @Nullable String> parameter) {
        return new LinksQuery(
                selection(parameter), embed(parameter), limit(parameter), sort(parameter), after(parameter));
    }

    /**
     * The filters alone.
     *
     * @throws Problem where one is not as it should be
     */
    static LinkSelection selection(Function<String, @Nullable String> parameter) {
        return new LinkSelection(
                flag(parameter, "is_defect"),
                text(parameter, "execution_id").orElse(null),
                text(parameter, "url").map(url -> CanonicalUrl.parse(url).key()).orElse(null),
                text(parameter, "tracker").orElse(null),
                text(parameter, "system").orElse(null),
                flag(parameter, "resolved"),
                flag(parameter, "stale"),
                flag(parameter, "failing"),
                text(parameter, "q").map(LinksQuery::terms).orElse(List.of()));
    }

    private static List<String> terms(String q) {
        List<String> terms = Stream.of(BLANKS.split(q, -1))
                .filter(term -> !term.isEmpty())
                .distinct()
                .toList();
        if (q.length() > LONGEST_SEARCH || terms.size() > MOST_TERMS) {
            throw Problem.badRequest(
                    "q may have at most " + LONGEST_SEARCH + " characters and " + MOST_TERMS + " words");
        }
        return terms;
    }

    private static @Nullable Boolean flag(Function<String, @Nullable String> parameter, String name) {
        return text(parameter, name)
                .map(value -> switch (value) {
                    case "true" -> true;
                    case "false" -> false;
                    default -> throw Problem.badRequest(name + " must be true or false");
                })
                .orElse(null);
    }

    private static boolean embed(Function<String, @Nullable String> parameter) {
        return text(parameter, "embed")
                .map(value -> {
                    if (!value.equals("details")) {
                        throw Problem.badRequest("embed must be details, if it is given");
                    }
                    return true;
                })
                .orElse(false);
    }

    private static int limit(Function<String, @Nullable String> parameter) {
        return text(parameter, "limit")
                .map(value -> {
                    int limit = value.matches("\\d{1,9}") ? Integer.parseInt(value) : 0;
                    if (limit < 1 || limit > HIGHEST_LIMIT) {
                        throw Problem.badRequest("limit must be a whole number from 1 to " + HIGHEST_LIMIT);
                    }
                    return limit;
                })
                .orElse(USUAL_LIMIT);
    }

    private static LinkSort sort(Function<String, @Nullable String> parameter) {
        return checked(() -> text(parameter, "sort").map(LinkSort::parse).orElse(LinkSort.BY_ID));
    }

    private static LinkSort.@Nullable Cursor after(Function<String, @Nullable String> parameter) {
        return text(parameter, "after")
                .map(text -> checked(() -> LinkSort.cursor(text)))
                .orElse(null);
    }

    private static <T> T checked(Supplier<T> reading) {
        try {
            return reading.get();
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(Objects.requireNonNullElse(e.getMessage(), "a parameter can't be read"));
        }
    }

    /** PostgreSQL takes no zero character, and no name or cursor has a control character. */
    private static Optional<String> text(Function<String, @Nullable String> parameter, String name) {
        return Optional.ofNullable(parameter.apply(name)).map(text -> JsonBody.clean(name, text));
    }
}
