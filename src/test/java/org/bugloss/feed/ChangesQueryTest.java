package org.bugloss.feed;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import java.util.TreeSet;
import org.bugloss.openapi.OpenApi;
import org.junit.jupiter.api.Test;

class ChangesQueryTest {

    @Test
    void whatIsReadIsWhatIsDescribed() {
        Set<String> read = new TreeSet<>();

        ChangesQuery.read(name -> {
            read.add(name);
            return null;
        });

        assertEquals(OpenApi.ofBuild().operation("GET /changes").parameters("query"), read);
    }
}
