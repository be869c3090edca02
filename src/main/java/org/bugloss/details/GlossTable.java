package org.bugloss.details;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.bugloss.cache.StoredDetails;
import org.bugloss.database.ConfiguredDataSource;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.InvalidUrlException;
import org.bugloss.trackers.BugUrl;

/**
 * Reads what the tables know of bugs, details and overrides in one statement. Outside a transaction that statement is all that
 * goes to the database, so nothing here begins one. Safe for use by several threads.
 */
@ApplicationScoped
public class GlossTable {

    /** With more parameters PostgreSQL takes longer to plan a statement than to carry it out. */
    private static final int MOST_AT_ONCE = 500;

    private static final int[] SIZES = {1, 2, 4, 8, 16, 64, 256, MOST_AT_ONCE};

    /** Which arm of the union a row is of. */
    private static final int DETAILS = 0;

    private static final int DETAILS_COLUMNS = StoredDetails.COLUMNS.split(",").length;
    private static final String NO_OVERRIDE = nulls(
            "varchar",
            "varchar",
            "varchar",
            "varchar",
            "boolean",
            "varchar",
            "varchar",
            "timestamp with time zone",
            "timestamp with time zone",
            "varchar",
            "varchar");
    private static final String NO_DETAILS = nulls(
            "varchar",
            "varchar",
            "varchar",
            "varchar",
            "varchar",
            "varchar",
            "varchar",
            "varchar",
            "boolean",
            "varchar",
            "varchar",
            "varchar",
            "varchar",
            "boolean",
            "timestamp with time zone",
            "timestamp with time zone",
            "varchar",
            "varchar",
            "timestamp with time zone",
            "timestamp with time zone",
            "timestamp with time zone",
            "boolean");

    @Resource(lookup = ConfiguredDataSource.JNDI)
    private DataSource database;

    @Inject
    private Clock clock;

    /** At most one for each pair of the few numbers that {@link #padded} gives. */
    private final Map<Sizes, String> statements = new ConcurrentHashMap<>();

    private record Sizes(int keys, int forms) {}

    /** For the container, which gives it its database. */
    public GlossTable() {}

    GlossTable(DataSource database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * What is cached of bugs, and the overrides in force, by canonical keys. A script may have stored an override under the
     * canonical key, or under a URL as somebody typed it: one that is asked for, or one of a link reference. Of several for one
     * bug the newest wins.
     *
     * @param bugs by the URLs that are asked for, as they were typed
     * @param trackerOf names the tracker that is the one to ask
     * @return a gloss for each, by the same URLs
     * @throws IllegalStateException where the database does not answer; {@link org.bugloss.database.DatabaseAway} tells
     */
    public Map<String, Gloss> read(Map<String, BugUrl> bugs, Function<BugUrl, String> trackerOf) {
        Map<String, StoredDetails> rows = new HashMap<>();
        Map<String, DetailsOverride> overrides = new HashMap<>();
        List<String> typed = List.copyOf(bugs.keySet());
        try (Connection connection = database.getConnection()) {
            for (int from = 0; from < typed.size(); from += MOST_AT_ONCE) {
                List<String> some = typed.subList(from, Math.min(from + MOST_AT_ONCE, typed.size()));
                read(connection, some, bugs, rows, overrides);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the details can't be read: " + e.getMessage(), e);
        }
        Map<String, Gloss> glosses = new LinkedHashMap<>();
        bugs.forEach((url, bug) -> {
            String key = bug.url().key();
            glosses.put(url, new Gloss(bug, trackerOf.apply(bug), rows.get(key), overrides.get(key)));
        });
        return glosses;
    }

    private void read(
            Connection connection,
            List<String> typed,
            Map<String, BugUrl> bugs,
            Map<String, StoredDetails> rows,
            Map<String, DetailsOverride> overrides)
            throws SQLException {
        Set<String> keys = typed.stream()
                .map(url -> Objects.requireNonNull(bugs.get(url)).url().key())
                .collect(Collectors.toSet());
        Set<String> forms = new LinkedHashSet<>(keys);
        forms.addAll(typed);
        Instant now = clock.instant();
        try (PreparedStatement select = connection.prepareStatement(statements.computeIfAbsent(
                new Sizes(padded(keys.size()), padded(forms.size())), sizes -> sql(sizes.keys(), sizes.forms())))) {
            int parameter = 1;
            for (Collection<String> values : List.of(keys, forms, keys)) {
                parameter = set(select, parameter, values);
            }
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    if (row.getInt(1) == DETAILS) {
                        StoredDetails stored = StoredDetails.read(row, 1);
                        rows.put(stored.url(), stored);
                    } else {
                        DetailsOverride override = DetailsOverride.read(row, 1 + DETAILS_COLUMNS);
                        if (override.isActive(now)) {
                            keyOf(override)
                                    .filter(keys::contains)
                                    .ifPresent(key -> overrides.merge(key, override, DetailsOverride::newer));
                        }
                    }
                }
            }
        }
    }

    /**
     * A union, since with {@code or} both databases would read all overrides from end to end.
     *
     * @param keys how many parameters the canonical keys have, twice
     * @param forms how many those have together with the URLs as they were typed
     */
    static String sql(int keys, int forms) {
        return "select " + DETAILS + ", " + StoredDetails.COLUMNS + ", " + NO_OVERRIDE
                + " from bug_details d where d.url in " + parameters(keys)
                + " union all select 1, " + NO_DETAILS + ", " + DetailsOverride.COLUMNS
                + " from details_override o where o.url in " + parameters(forms)
                + " union all select 1, " + NO_DETAILS + ", " + DetailsOverride.COLUMNS
                + " from link_reference l join details_override o on o.url = l.url where l.url_key in "
                + parameters(keys)
                + " and l.url <> l.url_key";
    }

    /** Few different numbers of parameters are few different statements, which drivers and databases keep prepared. */
    static int padded(int count) {
        for (int size : SIZES) {
            if (size >= count) {
                return size;
            }
        }
        return 2 * MOST_AT_ONCE;
    }

    private static int set(PreparedStatement statement, int first, Collection<String> values) throws SQLException {
        List<String> padded = new ArrayList<>(values);
        while (padded.size() < padded(values.size())) {
            padded.add(padded.get(0));
        }
        int parameter = first;
        for (String value : padded) {
            statement.setString(parameter++, value);
        }
        return parameter;
    }

    private static String parameters(int count) {
        return "(?" + ", ?".repeat(count - 1) + ")";
    }

    private static String nulls(String... types) {
        return Stream.of(types).map(type -> "cast(null as " + type + ")").collect(Collectors.joining(", "));
    }

    /** A script may have written anything where the URL belongs. */
    private static Optional<String> keyOf(DetailsOverride override) {
        try {
            return Optional.of(CanonicalUrl.parse(override.url()).key());
        } catch (InvalidUrlException e) {
            return Optional.empty();
        }
    }
}
