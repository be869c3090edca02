package org.bugloss.links;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import java.util.TreeSet;
import org.bugloss.openapi.OpenApi;
import org.junit.jupiter.api.Test;

class LinksQueryTest {

    private final Set<String> read = new TreeSet<>();

    private String nothing(String name) {
        read.add(name);
        return null;
    }

    @Test
    void whatIsReadIsWhatIsDescribed() {
        LinksQuery.read(this::nothing);

        assertEquals(OpenApi.ofBuild().operation("GET /link-references").parameters("query"), read);
    }

    @Test
    void aSummaryReadsTheFilters() {
        LinksQuery.selection(this::nothing);

        assertEquals(OpenApi.ofBuild().operation("GET /link-references/summary").parameters("query"), read);
    }
}
