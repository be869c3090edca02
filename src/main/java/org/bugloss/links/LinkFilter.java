package org.bugloss.links;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which link references are meant; a {@code null} component means any.
 *
 * @param key the canonical key of the URL
 * @param tracker the name of the tracker, case ignored
 * @param resolved what the override says, else what the tracker said
 */
record LinkFilter(Boolean defect, String executionId, String key, String tracker, Boolean resolved) {

    private static final String OVERRIDDEN =
            "exists (select o.url from DetailsOverride o where (o.url = l.key or o.url = l.url)"
                    + " and (o.expiresAt is null or o.expiresAt > :now)";

    /**
     * The conditions on {@code LinkReference l}, in the query language of Jakarta Persistence; none is always true.
     * Without a condition such as {@code 1 = 1}: EclipseLink then writes all values into the SQL, booleans as numbers.
     */
    List<String> conditions() {
        List<String> conditions = new ArrayList<>();
        if (defect != null) {
            conditions.add("l.defect = :defect");
        }
        if (executionId != null) {
            conditions.add("l.executionId = :executionId");
        }
        if (key != null) {
            conditions.add("l.key = :key");
        }
        if (tracker != null) {
            conditions.add(
                    "exists (select d.url from CachedDetails d where d.url = l.key and lower(d.tracker) = :tracker)");
        }
        if (resolved != null) {
            conditions.add(
                    "(" + OVERRIDDEN + " and o.resolved = :resolved) or (not " + OVERRIDDEN
                            + " and (o.resolved is not null or o.blanks like '%resolved%'))"
                            + " and exists (select d.url from CachedDetails d where d.url = l.key and d.resolved = :resolved)))");
        }
        return conditions;
    }

    /** The parameters of the condition. */
    Map<String, Object> parameters(java.time.OffsetDateTime now) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        put(parameters, "defect", defect);
        put(parameters, "executionId", executionId);
        put(parameters, "key", key);
        put(parameters, "tracker", tracker == null ? null : tracker.toLowerCase(java.util.Locale.ROOT));
        put(parameters, "resolved", resolved);
        put(parameters, "now", resolved == null ? null : now);
        return parameters;
    }

    private static void put(Map<String, Object> parameters, String name, Object value) {
        if (value != null) {
            parameters.put(name, value);
        }
    }
}
