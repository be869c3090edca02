package org.bugloss.cache;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.bugloss.database.ConfiguredDataSource;
import org.bugloss.database.InTransaction;
import org.bugloss.database.Sql;
import org.jspecify.annotations.Nullable;

/**
 * What came to the hooks of each system, on all nodes. Every method is one transaction of its own, or part of the caller's. Safe
 * for use by several threads.
 */
@ApplicationScoped
@InTransaction
public class HookAccounts {

    private static final String UNUSABLE = "the accounts of hooks can't be used";

    @Resource(lookup = ConfiguredDataSource.JNDI)
    private DataSource database;

    /**
     * What came to one system's hook.
     *
     * @param lastHook when the last message came that was proved; {@code null} where none did
     * @param refused how many were refused
     * @param missedAt when more was told than is kept bug by bug; {@code null} where that has been made up for
     */
    public record Account(
            @Nullable Instant lastHook,
            long refused,
            @Nullable Instant missedAt) {

        /** Nothing ever came. */
        public static final Account NOTHING = new Account(null, 0, null);

        /** The same with what this adds to it. */
        public Account plus(Account more) {
            return new Account(later(lastHook, more.lastHook), refused + more.refused, later(missedAt, more.missedAt));
        }

        private static @Nullable Instant later(@Nullable Instant one, @Nullable Instant other) {
            return one == null || other != null && other.isAfter(one) ? other : one;
        }

        /** One more was refused. */
        public Account withRefused() {
            return new Account(lastHook, refused + 1, missedAt);
        }

        /** One came. */
        public Account withHook(Instant at) {
            return new Account(later(lastHook, at), refused, missedAt);
        }

        /** More was told than is kept. */
        public Account withMissed(Instant at) {
            return new Account(lastHook, refused, later(missedAt, at));
        }
    }

    /** The accounts of the systems that anything came to, by their names. */
    public Map<String, Account> all() {
        return Sql.on(database, UNUSABLE, HookAccounts::all);
    }

    private static Map<String, Account> all(Connection connection) throws SQLException {
        Map<String, Account> accounts = new HashMap<>();
        try (PreparedStatement select = connection.prepareStatement(
                        "select system_name, last_hook, refused, missed_at from hook_account");
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                accounts.put(rows.getString(1), new Account(instant(rows, 2), rows.getLong(3), instant(rows, 4)));
            }
        }
        return accounts;
    }

    /** Adds to accounts. */
    public void add(Map<String, Account> more) {
        Sql.on(database, UNUSABLE, connection -> {
            try (PreparedStatement update = connection.prepareStatement("update hook_account set"
                            + " last_hook = case when last_hook is null or last_hook < ? then ? else last_hook end,"
                            + " refused = refused + ?, missed_at = coalesce(?, missed_at) where system_name = ?");
                    PreparedStatement insert = connection.prepareStatement(
                            "insert into hook_account (last_hook, refused, missed_at, system_name) values (?, ?, ?, ?)")) {
                for (Map.Entry<String, Account> system : new TreeMap<>(more).entrySet()) {
                    Account account = system.getValue();
                    set(update, 1, account.lastHook());
                    set(update, 2, account.lastHook());
                    update.setLong(3, account.refused());
                    set(update, 4, account.missedAt());
                    update.setString(5, system.getKey());
                    if (update.executeUpdate() == 0) {
                        set(insert, 1, account.lastHook());
                        insert.setLong(2, account.refused());
                        set(insert, 3, account.missedAt());
                        insert.setString(4, system.getKey());
                        insert.executeUpdate();
                    }
                }
            }
            return true;
        });
    }

    /** What was missed until a moment has been made up for. */
    public void madeUpFor(String system, Instant missedAt) {
        Sql.on(database, UNUSABLE, connection -> {
            try (PreparedStatement update = connection.prepareStatement(
                    "update hook_account set missed_at = null where system_name = ? and missed_at <= ?")) {
                update.setString(1, system);
                set(update, 2, missedAt);
                return update.executeUpdate();
            }
        });
    }

    private static void set(PreparedStatement statement, int index, @Nullable Instant time) throws SQLException {
        statement.setObject(index, time == null ? null : time.atOffset(ZoneOffset.UTC), Types.TIMESTAMP_WITH_TIMEZONE);
    }

    private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
