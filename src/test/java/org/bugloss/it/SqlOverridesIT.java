package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.bugloss.database.PostgreSql;
import org.bugloss.scripts.Markdown;
import org.junit.jupiter.api.Test;

/** Overrides that a script writes into the table, on PostgreSQL: the embedded H2 file is locked by the server. */
class SqlOverridesIT {

    @Test
    void whatAScriptWroteIsServedForEveryFormOfTheUrlAndSanitised() throws SQLException {
        assumeTrue(Suite.current().database() == Suite.Database.POSTGRESQL, "only on PostgreSQL");
        Map<String, String> database = PostgreSql.emptyDatabase();
        ServerProcess.Builder builder = ServerProcess.configured();
        database.forEach(builder::with);
        try (ServerProcess server = builder.start()) {
            Http bugloss = server.http();
            String typed = "HTTP://10.0.0.7:80/a/../Bug?id=1#c2";
            bugloss.post("/api/link-references", "{\"url\": \"" + typed + "\", \"is_defect\": true}");
            sql(database, """
                    insert into details_override (url, title, description, resolved, fields, expires_at)
                    values ('%s', 'By <b>SQL', '<p onclick="x()">See<script>x()</script></p>', true, 'no JSON',
                            'infinity')""".formatted(typed));
            for (String form : new String[] {typed, "http://10.0.0.7/Bug?id=1", "http://10.0.0.7/Bug?id=1#c9"}) {
                Http.Answer answer = within2Seconds(
                        () -> bugloss.get("/api/details?url=" + Http.encoded(form)), got -> got.status() == 200);
                assertEquals(200, answer.status(), answer::toString);
                JsonObject json = answer.json();
                assertEquals("By <b>SQL", json.getString("title"));
                assertEquals("<p>See</p>", json.getString("description"));
                assertEquals("override", json.getString("source"));
                assertTrue(json.getBoolean("resolved"));
                assertEquals(JsonValue.NULL, json.getJsonObject("fields").get("priority"));
            }
            assertEquals(
                    1,
                    within2Seconds(
                            () -> bugloss.get("/api/link-references/summary")
                                    .json()
                                    .getInt("resolved"),
                            resolved -> resolved == 1));

            sql(database, "insert into details_override (url, title) values ('http://10.0.0.8/', 'Only a title')");
            JsonObject json = bugloss.get("/api/details?url=http://10.0.0.8").json();
            assertEquals("Only a title", json.getString("title"));
            assertEquals(JsonValue.NULL, json.get("expires_at"));

            sql(database, Markdown.of("src/site/markdown/overrides.md").block("sql"));
            json = bugloss.get("/api/details?url=https://github.com/kiwitcms/Kiwi/issues/117")
                    .json();
            assertEquals("Known since 4.1", json.getString("title"));
            assertEquals("parked", json.getString("status"));

            sql(database, "delete from details_override");
            assertEquals(
                    422,
                    within2Seconds(
                            () -> bugloss.get("/api/details?url=http://10.0.0.8/")
                                    .status(),
                            status -> status == 422));
        }
    }

    /** What a script writes is served within two seconds. */
    private static <T> T within2Seconds(Supplier<T> look, Predicate<T> wanted) {
        return Until.holds(look, wanted, Duration.ofSeconds(2));
    }

    private static void sql(Map<String, String> database, String statement) throws SQLException {
        try (var connection = DriverManager.getConnection(
                        database.get("bugloss.db.url"),
                        database.get("bugloss.db.user"),
                        database.get("bugloss.db.password"));
                var sql = connection.createStatement()) {
            sql.executeUpdate(statement);
        }
    }
}
