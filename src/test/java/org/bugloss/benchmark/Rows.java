package org.bugloss.benchmark;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.Map;
import org.bugloss.database.DatabaseSettings;

/**
 * The tables of the server that is measured, by SQL: what REST would record in an hour is there in seconds, and due at
 * once. Close it.
 */
final class Rows implements AutoCloseable {

    /** Among so many hosts are the pages of {@link #fill}. */
    private static final int HOSTS = 50;

    /** What the pages of one host are refreshed under. */
    private static final String HOST_LANE = "'//' || split_part(url, '/', 3)";

    /** When bug number {@code i} was last changed. */
    private static final String UPDATED = "(timestamptz '2026-11-01 10:00:00Z' - i * interval '1 minute')";

    private final Connection connection;

    /** @param database the configuration that the server got */
    Rows(Map<String, String> database) {
        try {
            connection = DriverManager.getConnection(
                    database.get(DatabaseSettings.URL), database.get(DatabaseSettings.USER), "");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Deletes all. */
    void clear() {
        execute("TRUNCATE link_reference, bug_details, bug_search, bug_change");
    }

    /**
     * Records defects of which nothing is known yet. They are due at once, and all at the same moment.
     *
     * @param url SQL that makes the URL of number {@code i}
     * @param tracker who tells of them
     * @param system the name of their system; {@code null} for pages, which are refreshed host by host
     */
    void record(int number, String url, String tracker, String system) {
        execute("INSERT INTO bug_details (url, tracker, system_name, asked_at, due_at, lane)"
                + " SELECT url, '" + tracker + "', " + (system == null ? "NULL" : "'" + system + "'")
                + ", now(), now(), "
                + (system == null ? HOST_LANE : "'" + system + "'")
                + " FROM (SELECT " + url + " AS url FROM generate_series(1, " + number + ") i) u;"
                + "INSERT INTO link_reference (id, url, is_defect, url_key, natural_key)"
                + " SELECT nextval('link_reference_ids'), url, true, url,"
                + " encode(sha256(convert_to(url, 'UTF8')), 'hex') FROM bug_details");
    }

    /**
     * Records defects, pages of {@value #HOSTS} hosts, whose details are known and fresh for hours. Some of each host,
     * scattered among the others, are chosen for {@link #makeChosenDue}.
     */
    void fill(int references, int chosen) {
        int every = references / chosen;
        execute(
                "INSERT INTO bug_details (url, tracker, bug_id, title, description, excerpt, status, resolved, site_name,"
                        + " fields, from_open_graph, fetched_at, read_at, expires_at, asked_at, due_at, lane, fingerprint)"
                        + " SELECT url, 'OpenGraph', i::text, 'Crash when saving ' || md5(i::text),"
                        + " '<p>' || repeat(md5(i::text) || ' ', 30) || '</p>', repeat(md5(i::text) || ' ', 8), 'open', false,"
                        + " 'Tracker', '{\"assignee\":null,\"labels\":[]}', true, now(), now(), at, now(), at, "
                        + HOST_LANE
                        + ", encode(sha256(convert_to(url, 'UTF8')), 'hex')"
                        + " FROM (SELECT i, 'http://tracker-' || i / " + every + " % " + HOSTS
                        + " || '.example/bugs/' || i AS url,"
                        + " now() + interval '1 hour' + random() * interval '1 day' AS at"
                        + " FROM generate_series(1, " + references + ") i) r");
        execute("INSERT INTO link_reference (id, execution_id, name, url, is_defect, url_key, natural_key)"
                + " SELECT nextval('link_reference_ids'), 'TE-' || bug_id::int % 1000, 'crash', url, true, url, fingerprint"
                + " FROM bug_details");
        execute("CREATE TABLE chosen AS SELECT url FROM bug_details WHERE bug_id::int % " + every + " = 0");
        // At a moment of its own choice it would spoil a comparison.
        execute("ALTER TABLE bug_details SET (autovacuum_enabled = false)");
        execute("VACUUM ANALYZE");
    }

    /**
     * Records references, 200 in an execution, to bugs whose details are known and fresh for hours, and were asked for since.
     * Details are as long as most are: 0.7 KB of JSON.
     *
     * @param bugs what the URLs of the bugs begin with, before their numbers from 0 up
     */
    void fillReads(String bugs, int references, int details) {
        execute(
                "INSERT INTO bug_details (url, tracker, bug_id, title, description, excerpt, status, resolved, site_name,"
                        + " fields, from_open_graph, fetched_at, read_at, expires_at, asked_at, due_at, lane, fingerprint)"
                        + " SELECT url, 'OpenGraph', i::text, 'Crash when saving ' || md5(i::text),"
                        + " '<p>' || repeat(md5(i::text) || ' ', 4) || '</p>', repeat(md5(i::text) || ' ', 4),"
                        + " CASE i % 3 WHEN 0 THEN 'closed' ELSE 'open' END, i % 3 = 0, 'Tracker',"
                        + " '{\"assignee\":\"ann\",\"resolution\":null,\"priority\":null,\"type\":\"bug\",\"labels\":[\"ui\"],"
                        + "\"updated\":\"' || to_char(" + UPDATED
                        + " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
                        + " || '\"}',"
                        + " true, at, at, now() + interval '1 day', now(), now() + interval '1 day', " + HOST_LANE + ","
                        + " md5(i::text) || md5(i::text)"
                        + " FROM (SELECT i, '" + bugs + "'::text || i AS url,"
                        + " now() - interval '1 hour' - i * interval '1 millisecond' AS at"
                        + " FROM generate_series(0, " + (details - 1) + ") i) r");
        execute("INSERT INTO bug_search (url, bug_id, search_title, updated_at, resolved)"
                + " SELECT url, bug_id, lower(title), " + UPDATED + ", resolved"
                + " FROM (SELECT *, bug_id::int AS i FROM bug_details) d");
        execute("INSERT INTO link_reference (id, execution_id, name, url, is_defect, url_key, natural_key)"
                + " SELECT nextval('link_reference_ids'), 'TE-' || i / 200, 'crash', url, true, url,"
                + " md5(i::text) || md5(i::text)"
                + " FROM (SELECT i, '" + bugs + "' || i % " + details + " AS url"
                + " FROM generate_series(0, " + (references - 1) + ") i) r");
        execute("ALTER TABLE bug_details SET (autovacuum_enabled = false)");
        execute("VACUUM ANALYZE");
    }

    /** Has all details told by a system, none of them as confidential. */
    void giveTo(String system, String tracker) {
        execute("UPDATE bug_details SET system_name = '" + system + "', tracker = '" + tracker + "', lane = '" + system
                + "', from_open_graph = false, confidential = false");
        execute("VACUUM ANALYZE");
    }

    /** Lets details of {@link #fillReads} expire, one after the other, evenly spread over a time from now on. */
    void expireWithin(Duration time, int many) {
        execute("UPDATE bug_details d SET expires_at = r.at, due_at = r.at FROM (SELECT url, now() + interval '"
                + time.toSeconds() + " s' * random() AS at FROM bug_details ORDER BY url DESC LIMIT " + many
                + ") r WHERE r.url = d.url");
    }

    /**
     * The cursor of a page that a list of link references would give, had somebody asked for all the pages before.
     *
     * @param sort as the parameter of that name
     * @param before how many link references come before that page
     */
    String cursor(String sort, int before) {
        String order = sort.startsWith("-") ? " DESC" : "";
        String value = switch (sort.replace("-", "")) {
            case "updated" -> "s.updated_at";
            case "fetched" -> "d.fetched_at";
            default -> null;
        };
        String text = one(
                "SELECT 'after:' || "
                        + (value == null
                                ? ""
                                : "to_char(" + value
                                        + " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') || ',' || ")
                        + "l.id FROM link_reference l JOIN bug_details d ON d.url = l.url_key"
                        + " JOIN bug_search s ON s.url = l.url_key ORDER BY "
                        + (value == null ? "" : value + order + ", ") + "l.id" + order
                        + " OFFSET " + (before - 1) + " LIMIT 1",
                String.class);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Makes the chosen of {@link #fill} due, at different moments of the last minutes, and sweeps up after the last time. */
    void makeChosenDue() {
        execute(
                "UPDATE bug_details d SET due_at = now() - random() * interval '5 minutes', claimed_by = NULL FROM chosen c"
                        + " WHERE c.url = d.url");
        execute("VACUUM (INDEX_CLEANUP ON) bug_details");
    }

    /** Makes all details too old and due, at the same moment. */
    void expire() {
        execute("UPDATE bug_details SET expires_at = now(), due_at = now(), claimed_by = NULL");
    }

    /** Whether there are details that are not fresh. */
    boolean hasStale() {
        return one(
                "SELECT EXISTS (SELECT FROM bug_details WHERE expires_at IS NULL OR expires_at <= now())",
                Boolean.class);
    }

    /** How many details there are, with such a title. */
    int count(String titleLike) {
        return one("SELECT count(*)::int FROM bug_details WHERE title LIKE '" + titleLike + "'", Integer.class);
    }

    /** What went wrong, in a line, for whoever must find out why something took too long. */
    String failures() {
        return String.valueOf(one(
                "SELECT string_agg(of, '; ') FROM (SELECT count(*) || ' x ' || coalesce(failure_message, 'not fetched') of"
                        + " FROM bug_details WHERE expires_at IS NULL OR expires_at <= now() GROUP BY failure_message) f",
                String.class));
    }

    /** When the last of the details was stored: the end of the transaction that did it. */
    Instant lastStored() {
        return one("SELECT max(pg_xact_commit_timestamp(xmin)) FROM bug_details", OffsetDateTime.class)
                .toInstant();
    }

    /** One transaction. */
    void execute(String sql) {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    <T> T one(String sql, Class<T> type) {
        try (Statement statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getObject(1, type);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
