package org.bugloss.cache;

import java.text.Normalizer;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Texts as they are searched: words in lower case, without what stands between them. */
public final class SearchWords {

    private static final Pattern BETWEEN = Pattern.compile("[^\\p{L}\\p{N}\\p{M}]+");

    /** PostgreSQL takes no word of over 2,046 bytes, and nobody types one as long. */
    private static final int LONGEST_WORD = 60;

    private static final int LONGEST = 4_000;

    private SearchWords() {}

    /** The words of a text, in their order. */
    public static List<String> of(String text) {
        String lower = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        return Stream.of(BETWEEN.split(lower, -1))
                .filter(word -> !word.isEmpty())
                .map(word -> CleanDetails.cut(word, LONGEST_WORD))
                .toList();
    }

    /** The words of a title as a column keeps them, with a space between them. */
    public static String column(String title) {
        String words = of(title).stream().collect(Collectors.joining(" "));
        return CleanDetails.cut(words, LONGEST).strip();
    }

    /** A moment as a column keeps it; {@code null} where it is none that every database takes. */
    public static @Nullable OffsetDateTime column(@Nullable Instant moment) {
        if (moment == null) {
            return null;
        }
        OffsetDateTime time = moment.atOffset(ZoneOffset.UTC);
        return time.getYear() < 1 || time.getYear() > 9999 ? null : time;
    }
}
