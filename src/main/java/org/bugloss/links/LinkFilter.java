package org.bugloss.links;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which link references are meant; a {@code null} component means any.
 *
 * @param key the canonical key of the URL
 * @param tracker the name of the tracker, case ignored
 * @param resolved what the override says, else what the tracker said
 */
record LinkFilter(
        @Nullable Boolean defect,
        @Nullable String executionId,
        @Nullable String key,
        @Nullable String tracker,
        @Nullable Boolean resolved) {

    /** An override in force, under either form of the URL. */
    private static final String OVERRIDE = "select 1 from details_override o where (o.url = l.url_key or o.url = l.url)"
            + " and (o.expires_at is null or o.expires_at > current_timestamp)";

    private static final String DETAILS = "select 1 from bug_details d where d.url = l.url_key";

    /**
     * The SQL behind {@code where} on {@code link_reference l}, the same for H2 and PostgreSQL. Not in the query language
     * of Jakarta Persistence: EclipseLink writes the values of such nested conditions into the SQL, booleans as numbers,
     * which H2 refuses.
     *
     * @param values the values of the parameters are added to it, beginning with {@code ?1}
     */
    String condition(long after, List<Object> values) {
        List<String> conditions = new ArrayList<>();
        conditions.add("l.id > " + parameter(after, values));
        if (defect != null) {
            conditions.add("l.is_defect = " + defect);
        }
        if (executionId != null) {
            conditions.add("l.execution_id = " + parameter(executionId, values));
        }
        if (key != null) {
            conditions.add("l.url_key = " + parameter(key, values));
        }
        if (tracker != null) {
            conditions.add("exists (" + DETAILS + " and lower(d.tracker) = "
                    + parameter(tracker.toLowerCase(Locale.ROOT), values) + ")");
        }
        if (resolved != null) {
            conditions.add("(exists (" + OVERRIDE + " and o.resolved = " + resolved + ") or exists (" + DETAILS
                    + " and d.resolved = " + resolved + ") and not exists (" + OVERRIDE
                    + " and (o.resolved is not null or o.blanks like '%resolved%')))");
        }
        return String.join(" and ", conditions);
    }

    private static String parameter(Object value, List<Object> values) {
        values.add(value);
        return "?" + values.size();
    }
}
