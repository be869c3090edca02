package org.bugloss.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.sql.DataSource;
import org.bugloss.Beans;
import org.bugloss.database.TestTables;
import org.junit.jupiter.api.Test;

class ConfidentialBugsTest {

    private final DataSource database = TestTables.inMemory();
    private final DetailsWriter writer = new DetailsWriter();
    private final ConfidentialBugs bugs = Beans.filled(new ConfidentialBugs(), database, writer);

    @Test
    void whatATrackerCallsPrivateIsHiddenUntilItIsWrittenAgainWhateverIsToldOfIt() throws SQLException {
        List<Collection<String>> told = new ArrayList<>();
        writer.whenStored(told::add);
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            for (int bug = 1; bug <= 3; bug++) {
                statement.executeUpdate(
                        "insert into bug_details (url, tracker, asked_at, confidential, fingerprint) values"
                                + " ('http://b/" + bug + "', 'Acme', current_timestamp, false, 'f')");
            }
            MadePrivate some = new MadePrivate(List.of("http://b/3", "http://b/1"));

            bugs.hide(some);
            bugs.tell(some);
            bugs.hide(new MadePrivate(List.of()));

            List<String> rows = new ArrayList<>();
            try (ResultSet row =
                    statement.executeQuery("select confidential, fingerprint from bug_details order by url")) {
                while (row.next()) {
                    String fingerprint = row.getString(2);
                    rows.add(row.getBoolean(1) + " " + (fingerprint == null ? null : fingerprint.strip()));
                }
            }
            assertEquals(List.of("true null", "false f", "true null"), rows);
            assertEquals(List.of(List.of("http://b/3", "http://b/1")), told);
        }
    }
}
