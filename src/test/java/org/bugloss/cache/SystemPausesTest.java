package org.bugloss.cache;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;
import org.bugloss.Beans;
import org.bugloss.configuration.TestKeys;
import org.bugloss.database.DatabaseSettings;
import org.bugloss.database.PostgreSql;
import org.bugloss.database.TestTables;
import org.bugloss.trackers.PausedSystems;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgreSql.class)
class SystemPausesTest {

    @Test
    void whatIsPausedIsSoOnEveryNodeUntilItIsEndedInH2() {
        check(TestTables.inMemory());
    }

    @Test
    void whatIsPausedIsSoOnEveryNodeUntilItIsEndedInPostgreSql(DatabaseSettings settings) {
        check(TestTables.migrated(settings));
    }

    private static void check(DataSource database) {
        SystemPauses here = pauses(database, paused());
        PausedSystems elsewhere = paused();
        SystemPauses there = pauses(database, elsewhere);

        here.pause("hub", START);
        here.pause("hub", START.plusSeconds(5));
        here.pause("lab", START.plusSeconds(7));

        assertEquals(Map.of("hub", START, "lab", START.plusSeconds(7)), there.read());
        assertEquals(Set.of("hub", "lab"), elsewhere.names());
        here.end("hub");
        here.end("hub");
        there.read();
        assertEquals(Set.of("lab"), elsewhere.names());
    }

    private static PausedSystems paused() {
        return new PausedSystems(TestKeys.keys(), new TestClock());
    }

    private static SystemPauses pauses(DataSource database, PausedSystems paused) {
        return Beans.filled(new SystemPauses(), TestTables.transactional(database), paused);
    }
}
