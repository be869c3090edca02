package org.bugloss.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The table that the benchmark prints: what was measured, what must hold, and whether it does. */
final class Ratios {

    private static final String LINE = "%-74s %10s  %-10s  %s%n";

    private final String title;
    private final List<String> lines = new ArrayList<>();
    private final List<String> broken = new ArrayList<>();

    Ratios(String title) {
        this.title = title;
    }

    /** A figure that must not be larger. */
    void atMost(String what, double measured, double limit) {
        add(what, measured, "<= " + figure(limit), measured <= limit);
    }

    /** A figure that must not be smaller. */
    void atLeast(String what, double measured, double limit) {
        add(what, measured, ">= " + figure(limit), measured >= limit);
    }

    /** A figure that had better be so, too. */
    void aim(String what, double measured, String aim) {
        lines.add(LINE.formatted(what, figure(measured), "aim " + aim, ""));
    }

    /** A figure that tells something about the others. */
    void control(String what, double measured) {
        lines.add(LINE.formatted(what, figure(measured), "", ""));
    }

    private void add(String what, double measured, String limit, boolean holds) {
        String line = LINE.formatted(what, figure(measured), limit, holds ? "yes" : "NO");
        lines.add(line);
        if (!holds) {
            broken.add(line);
        }
    }

    /** The lines of what does not hold, since this was last asked. */
    List<String> broken() {
        List<String> since = List.copyOf(broken);
        broken.clear();
        return since;
    }

    private static String figure(double value) {
        return value == Math.rint(value) && value >= 4
                ? String.format(Locale.ROOT, "%,.0f", value)
                : String.format(Locale.ROOT, "%.2f", value);
    }

    @Override
    public String toString() {
        return "\n" + title + "\n\n" + LINE.formatted("", "measured", "must be", "holds") + String.join("", lines);
    }
}
