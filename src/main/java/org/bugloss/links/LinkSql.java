package org.bugloss.links;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.bugloss.audience.Sight;
import org.bugloss.cache.SearchWords;
import org.bugloss.links.LinkSort.By;
import org.bugloss.links.LinkSort.Cursor;
import org.jspecify.annotations.Nullable;

/**
 * The SQL of lists of link references, by keyset: a page costs the same wherever it is. Plain SQL that H2 and PostgreSQL
 * understand, but for words, which only PostgreSQL has an index of.
 *
 * <p>What is asked of a bug goes by what is served, so there are two kinds of link references: those whose bug has no override in
 * force, and those whose bug has one. A condition that served for both would keep the database from its indexes, so each kind is
 * asked for by itself, and the two are joined. For who may not see everything there is a third kind: those whose bug has an
 * override that is hidden. What is hidden is joined to none of them, so that nothing is found, sorted or counted by it.
 */
final class LinkSql {

    private static final String LINK = "l.id, l.execution_id, l.name, l.url, l.is_defect, l.created_on";

    /** What every URL begins with, in any case. */
    private static final String SCHEME = "http";

    /** How many characters of a URL as it was typed are in PostgreSQL's index of those. */
    private static final int INDEXED = 200;

    private static final String SEARCH = " left join bug_search s on s.url = d.url";

    private final LinkSelection filter;
    private final Sight sight;
    private final boolean indexesWords;
    private final List<String> paused;
    private final OffsetDateTime now;
    private final @Nullable List<Long> among;
    private final int lookedThrough;

    /** A kind of link references, by what is served of their bugs. */
    private enum Kind {
        /** What the source told, be there such or not, be it hidden or not. */
        TOLD,
        /** An override, which may be seen. */
        OVERRIDDEN,
        /** An override that may not be seen. */
        HIDDEN
    }

    /**
     * @param sight what of all bugs may be seen
     * @param indexesWords whether the database has an index of words
     * @param paused the systems whose details are all served as stale, and failing
     * @param among the ids of all link references that can be meant, where that is known
     */
    LinkSql(
            LinkSelection filter,
            Sight sight,
            boolean indexesWords,
            List<String> paused,
            OffsetDateTime now,
            @Nullable List<Long> among) {
        this(filter, sight, indexesWords, paused, now, among, 0);
    }

    private LinkSql(
            LinkSelection filter,
            Sight sight,
            boolean indexesWords,
            List<String> paused,
            OffsetDateTime now,
            @Nullable List<Long> among,
            int lookedThrough) {
        this.filter = filter;
        this.sight = sight;
        this.indexesWords = indexesWords;
        this.paused = paused;
        this.now = now;
        this.among = among;
        this.lookedThrough = lookedThrough;
    }

    /**
     * The same, but pages have only what is meant among the next so many link references of the list: enough for words that many
     * have, and as quick however many link references there are.
     */
    LinkSql lookingThrough(int next) {
        return new LinkSql(filter, sight, indexesWords, paused, now, among, next);
    }

    /** A statement and the values of its parameters. */
    record Statement(String sql, List<Object> values) {}

    /** What is being put together. */
    private static final class Draft {

        private final StringBuilder sql = new StringBuilder();
        private final List<Object> values = new ArrayList<>();

        Draft add(String more, Object... its) {
            sql.append(more);
            values.addAll(List.of(its));
            return this;
        }

        Statement done() {
            return new Statement(sql.toString(), List.copyOf(values));
        }
    }

    /**
     * The next link references, and by what each is sorted.
     *
     * @param after {@code null} for the first page
     * @param valueless whether those are asked for that have nothing to be sorted by; they come last, by id
     */
    Statement page(LinkSort sort, @Nullable Cursor after, boolean valueless, int most) {
        Draft draft = new Draft();
        String way = sort.descending() ? " desc" : "";
        if (sort.by() == By.ID && filter.isOfLinksAlone()) {
            draft.add("select " + LINK + ", null from link_reference l where 1 = 1");
            links(draft);
            key(draft, sort, after, valueless, null);
            return draft.add(" order by l.id" + way + " limit " + most).done();
        }
        String byValue = sort.by() == By.ID || valueless ? "" : "sorted_by" + way + ", ";
        String order = " order by " + byValue + "id" + way + " limit ";
        boolean looking = lookedThrough > 0;
        draft.add("select id, execution_id, name, url, is_defect, created_on, sorted_by from (");
        draft.add(looking ? "select * from (" : "");
        for (Kind kind : kinds()) {
            String value = value(sort.by(), kind);
            draft.add(kind == Kind.TOLD ? "(" : " union all (");
            draft.add("select " + LINK + ", " + (value == null ? "null" : value) + " sorted_by");
            if (looking) {
                draft.add(", (1 = 1");
                filter.terms().forEach(term -> term(draft, term, kind));
                draft.add(") is_meant");
            }
            draft.add(" from link_reference l");
            bugs(draft, kind, !looking, sort.by() != By.ID);
            key(draft, sort, after, valueless, value);
            draft.add(" order by " + byValue + "l.id" + way + " limit " + (looking ? lookedThrough : most) + ")");
        }
        // Of all kinds together: what comes behind the last of one is not known.
        draft.add(looking ? ") each_kind" + order + lookedThrough : "");
        return draft.add(") page" + (looking ? " where is_meant" : "") + order + most)
                .done();
    }

    /** How many of each status there are, how many stale and how many failing. */
    Statement summary() {
        Draft draft = new Draft();
        draft.add("select sum(opened), sum(closed), sum(unclear), sum(aged), sum(failed) from (");
        for (Kind kind : kinds()) {
            String resolved = resolved(kind);
            draft.add(kind == Kind.TOLD ? "" : " union all ");
            draft.add("select count(case when not " + resolved + " then 1 end) opened, count(case when " + resolved
                    + " then 1 end) closed, count(case when (" + resolved
                    + ") is null then 1 end) unclear, count(case when ");
            stale(draft);
            draft.add(" then 1 end) aged, count(case when ");
            failing(draft);
            draft.add(" then 1 end) failed from link_reference l");
            bugs(draft, kind, true, false);
        }
        return draft.add(") counts").done();
    }

    /**
     * The ids of link references that one term can mean, each index asked by itself.
     *
     * @param most of each index
     */
    Statement among(String term, int most) {
        Draft draft = new Draft();
        String end = " limit " + most + ")";
        String ofBug = "(select l.id from bug_search s join link_reference l on l.url_key = s.url where ";
        draft.add("select distinct id from (");
        draft.add(ofBug);
        anyOf(draft, "s.bug_id like ?", cases(term));
        draft.add(end);
        if (canBeginUrl(term)) {
            draft.add(" union all " + ofBug + "s.url like ?" + end, beginning(term));
            // Of URLs that were typed otherwise than their bug's is written, the index has only the beginning: they may
            // be long.
            draft.add(
                    " union all (select l.id from link_reference l where left(l.url, " + INDEXED
                            + ") like ? and l.url like ?" + " and l.url <> l.url_key" + end,
                    beginning(term.substring(0, Math.min(term.length(), INDEXED))),
                    beginning(term));
        }
        draft.add(" union all (select l.id from link_reference l where ");
        anyOf(draft, "l.execution_id like ?", cases(term));
        draft.add(end);
        List<String> words = SearchWords.of(term);
        if (!words.isEmpty()) {
            draft.add(" union all " + ofBug);
            words(draft, words, "s", indexesWords);
            draft.add(end + " union all (select l.id from details_override o join link_reference l"
                    + " on l.url_key = o.url_key where ");
            words(draft, words, "o", false);
            draft.add(end);
        }
        return draft.add(") found").done();
    }

    private List<Kind> kinds() {
        return sight.isOfAll() ? List.of(Kind.TOLD, Kind.OVERRIDDEN) : List.of(Kind.values());
    }

    private void links(Draft draft) {
        if (filter.defect() != null) {
            draft.add(" and l.is_defect = " + filter.defect());
        }
        if (filter.executionId() != null) {
            draft.add(" and l.execution_id = ?", filter.executionId());
        }
        if (filter.key() != null) {
            draft.add(" and l.url_key = ?", filter.key());
        }
        if (among != null) {
            String ids = among.stream().map(String::valueOf).collect(Collectors.joining(", "));
            draft.add(" and l.id in (" + (ids.isEmpty() ? "null" : ids) + ")");
        }
    }

    /**
     * The rest of a statement behind {@code from link_reference l}.
     *
     * @param bySort whether the order goes by what is said of the bugs
     */
    private void bugs(Draft draft, Kind kind, boolean withTerms, boolean bySort) {
        joined(draft, kind, bySort);
        draft.add(" where ");
        switch (kind) {
            case TOLD -> notOverridden(draft);
            case OVERRIDDEN -> {
                inForce(draft, "o");
                draft.add(" and not exists (select 1 from details_override n where n.url_key = o.url_key and ");
                inForce(draft, "n");
                draft.add(" and (n.created_at > o.created_at or n.created_at = o.created_at and n.url > o.url))");
            }
            case HIDDEN -> {
                draft.add("not ");
                notOverridden(draft.add("(")).add(")");
                draft.add(" and not exists (select 1 from bug_details v where v.url = l.url_key");
                visible(draft, "v");
                draft.add(")");
            }
        }
        links(draft);
        // Which system a URL is of, it shows itself.
        String told = sight.isOfAll() ? "d" : "t";
        if (filter.tracker() != null) {
            draft.add(" and lower(" + told + ".tracker) = ?", filter.tracker().toLowerCase(Locale.ROOT));
        }
        if (filter.system() != null) {
            draft.add(" and " + told + ".system_name = ?", filter.system());
        }
        if (filter.resolved() != null) {
            draft.add(" and " + resolved(kind) + " = " + filter.resolved());
        }
        if (filter.stale() != null) {
            draft.add(filter.stale() ? " and " : " and not ");
            stale(draft);
        }
        if (filter.failing() != null) {
            draft.add(filter.failing() ? " and " : " and not ");
            failing(draft);
        }
        if (withTerms) {
            filter.terms().forEach(term -> term(draft, term, kind));
        }
    }

    private void joined(Draft draft, Kind kind, boolean bySort) {
        if (kind == Kind.OVERRIDDEN) {
            draft.add(" join details_override o on o.url_key = l.url_key");
        }
        if (sight.isOfAll()) {
            // Each link reference has both rows. Only where that is said are the indexes asked for those without a
            // value: else all are read to find the last few, or none.
            String join = bySort && kind == Kind.TOLD ? " join" : " left join";
            draft.add(join + " bug_details d on d.url = l.url_key" + join + " bug_search s on s.url = l.url_key");
            return;
        }
        if (filter.tracker() != null || filter.system() != null) {
            draft.add(" join bug_details t on t.url = l.url_key");
        }
        draft.add((kind == Kind.OVERRIDDEN ? "" : " left") + " join bug_details d on d.url = l.url_key");
        if (kind == Kind.HIDDEN) {
            draft.add(" and 1 = 0");
        } else {
            visible(draft, "d");
        }
        draft.add(SEARCH);
    }

    /** Whether a row of details may be seen: as {@link org.bugloss.audience.Audience#mayRead} has it. */
    private void visible(Draft draft, String details) {
        String system = details + ".system_name";
        if (!sight.pages()) {
            draft.add(" and ");
            oneOf(draft, system, sight.shown());
        } else if (!sight.hidden().isEmpty()) {
            draft.add(" and (" + system + " is null or not ");
            oneOf(draft, system, sight.hidden());
            draft.add(")");
        }
        if (!sight.publicOnly().isEmpty()) {
            draft.add(" and (" + details + ".confidential = false or " + system + " is null or not ");
            oneOf(draft, system, sight.publicOnly());
            draft.add(")");
        }
    }

    /** Never unknown, so that it can be denied. */
    private void stale(Draft draft) {
        draft.add("(d.fetched_at is not null and (d.expires_at <= ?", now);
        if (!paused.isEmpty()) {
            draft.add(" or d.system_name is not null and ");
            oneOf(draft, "d.system_name", paused);
        }
        draft.add("))");
    }

    /** The same. */
    private void failing(Draft draft) {
        draft.add("(d.failure_reason is not null");
        if (!paused.isEmpty()) {
            draft.add(" or d.system_name is not null and ");
            oneOf(draft, "d.system_name", paused);
        }
        draft.add(")");
    }

    private static void oneOf(Draft draft, String column, List<String> names) {
        draft.add("(1 = 0");
        names.forEach(name -> draft.add(" or " + column + " = ?", name));
        draft.add(")");
    }

    private Draft notOverridden(Draft draft) {
        draft.add("not exists (select 1 from details_override o where o.url_key = l.url_key and ");
        inForce(draft, "o");
        return draft.add(")");
    }

    private void inForce(Draft draft, String override) {
        draft.add("(" + override + ".expires_at is null or " + override + ".expires_at > ?)", now);
    }

    private static String resolved(Kind kind) {
        return kind == Kind.OVERRIDDEN
                ? "(case when o.resolved is not null then o.resolved when o.blanks like '%resolved%' then null"
                        + " else s.resolved end)"
                : "s.resolved";
    }

    private static @Nullable String value(By by, Kind kind) {
        boolean overridden = kind == Kind.OVERRIDDEN;
        return switch (by) {
            case ID -> null;
            case UPDATED ->
                overridden
                        ? "(case when o.fields is not null or o.blanks like '%fields%' then o.updated_at"
                                + " else s.updated_at end)"
                        : "s.updated_at";
            case FETCHED -> overridden ? "coalesce(d.fetched_at, o.created_at)" : "d.fetched_at";
        };
    }

    private static void key(
            Draft draft, LinkSort sort, @Nullable Cursor after, boolean valueless, @Nullable String value) {
        String beyond = sort.descending() ? " < ?" : " > ?";
        if (value == null || valueless) {
            if (value != null) {
                draft.add(" and " + value + " is null");
            }
            if (after != null && after.value() == null) {
                draft.add(" and l.id" + beyond, after.id());
            }
            return;
        }
        draft.add(" and " + value + " is not null");
        if (after != null && after.value() != null) {
            // The first condition is what the index is for.
            draft.add(" and " + value + (sort.descending() ? " <= ?" : " >= ?"), after.value());
            draft.add(" and (" + value + beyond + " or l.id" + beyond + ")", after.value(), after.id());
        }
    }

    private void term(Draft draft, String term, Kind kind) {
        boolean overridden = kind == Kind.OVERRIDDEN;
        String beginning = beginning(term);
        draft.add(" and (l.url like ? or l.url_key like ? or ", beginning, beginning);
        anyOf(draft, "l.execution_id like ?", cases(term));
        draft.add(" or ");
        anyOf(draft, "s.bug_id like ?", cases(term));
        List<String> words = SearchWords.of(term);
        if (!words.isEmpty()) {
            draft.add(" or ");
            words(draft, words, overridden ? "o" : "s", indexesWords && !overridden);
        }
        draft.add(")");
    }

    private static void words(Draft draft, List<String> words, String table, boolean indexed) {
        if (indexed) {
            // Words have letters and digits only: nothing in them means anything to tsquery.
            String query = words.stream().map(word -> "'" + word + "':*").collect(Collectors.joining(" & "));
            draft.add(table + ".title_words @@ cast(? as tsquery)", query);
            return;
        }
        draft.add("(");
        for (int i = 0; i < words.size(); i++) {
            draft.add(
                    (i == 0 ? "" : " and ") + "(" + table + ".search_title like ? or " + table
                            + ".search_title like ?)",
                    beginning(words.get(i)),
                    "% " + beginning(words.get(i)));
        }
        draft.add(")");
    }

    private static void anyOf(Draft draft, String condition, List<String> beginnings) {
        draft.add("(" + String.join(" or ", java.util.Collections.nCopies(beginnings.size(), condition)) + ")");
        draft.values.addAll(beginnings);
    }

    /** Nothing else does, and URLs as they were typed have no index of beginnings: all would be read for each word. */
    private static boolean canBeginUrl(String term) {
        return term.regionMatches(true, 0, SCHEME, 0, Math.min(term.length(), SCHEME.length()));
    }

    /** People type ids of either case. */
    private static List<String> cases(String term) {
        return List.of(term, term.toUpperCase(Locale.ROOT), term.toLowerCase(Locale.ROOT)).stream()
                .distinct()
                .map(LinkSql::beginning)
                .toList();
    }

    /** Both databases take a backslash before what would else stand for anything. */
    private static String beginning(String text) {
        return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%";
    }
}
