package org.bugloss.trackers;

import java.lang.reflect.InvocationTargetException;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.bugloss.configuration.Keys;
import org.bugloss.configuration.WrongConfiguration;

/**
 * Which of the trackers in the WAR {@code EXTERNAL_BUG_TRACKERS} enables. Those that it does not name are never started.
 * Immutable.
 *
 * @param known all that there are, in alphabetical order
 * @param enabled each once, in the order of the configuration; {@code *} has the alphabetical one
 */
record Selection(List<NamedTracker> known, List<NamedTracker> enabled) {

    static final String KEY = "EXTERNAL_BUG_TRACKERS";

    private static final System.Logger LOG = System.getLogger(Selection.class.getName());
    private static final String ALL_BUILT_IN = "*";
    private static final String NONE = "none";

    /** Causes of causes may form a ring. */
    private static final int MAX_CAUSES = 20;

    private static final int LONGEST_REASON = 500;

    /**
     * Reads the selection, and starts the trackers that it enables.
     *
     * @throws WrongConfiguration where it names a tracker that there is not, where one can't start, and where two have one
     *     name
     */
    static Selection of(List<NamedTracker> all, Keys keys) {
        List<NamedTracker> known = all.stream()
                .sorted(Comparator.comparing(NamedTracker::name, String.CASE_INSENSITIVE_ORDER))
                .toList();
        refuseTwins(known);
        List<String> words = keys.list(KEY).isEmpty() ? List.of(ALL_BUILT_IN) : keys.list(KEY);
        Set<NamedTracker> enabled = new LinkedHashSet<>();
        if (!words.stream().allMatch(NONE::equalsIgnoreCase)) {
            words.forEach(word -> enabled.addAll(meant(word, words, known)));
        }
        enabled.forEach(tracker -> start(tracker, words));
        return new Selection(known, List.copyOf(enabled));
    }

    private static List<NamedTracker> meant(String word, List<String> words, List<NamedTracker> known) {
        if (word.equals(ALL_BUILT_IN)) {
            return known.stream().filter(NamedTracker::isBuiltIn).toList();
        }
        List<NamedTracker> meant =
                known.stream().filter(tracker -> tracker.is(word)).toList();
        if (meant.isEmpty()) {
            throw wrong(
                    words,
                    "there is no tracker " + word + "; there are " + names(known)
                            + ", * for every built-in one, or none alone");
        }
        return meant;
    }

    /** A container makes a bean at the first call only; here that is while the deployment can still be stopped. */
    private static void start(NamedTracker tracker, List<String> words) {
        try {
            tracker.tracker().publicSystems();
        } catch (RuntimeException | LinkageError e) {
            WrongConfiguration wrong = wrong(words, "the tracker " + tracker + " can't start: " + reason(e));
            wrong.initCause(e);
            throw wrong;
        }
    }

    private static WrongConfiguration wrong(List<String> words, String why) {
        return new WrongConfiguration(KEY, String.join(",", words), why);
    }

    /** What the tracker's own code threw, with what that says of its causes, without what the container wraps around it. */
    private static String reason(Throwable thrown) {
        Throwable own = thrown;
        Throwable last = thrown;
        for (int i = 0; last.getCause() != null && i < MAX_CAUSES; i++) {
            own = last instanceof InvocationTargetException ? last.getCause() : own;
            last = last.getCause();
        }
        String reason = own == thrown ? last.toString() : own == last ? own.toString() : own + " (" + last + ")";
        String line = reason.replaceAll("\\p{Cntrl}+", " ");
        return line.length() <= LONGEST_REASON ? line : line.substring(0, LONGEST_REASON) + "...";
    }

    private static void refuseTwins(List<NamedTracker> known) {
        TreeMap<String, NamedTracker> byName = new TreeMap<>();
        for (NamedTracker tracker : known) {
            NamedTracker twin = byName.put(tracker.name().toLowerCase(Locale.ROOT), tracker);
            if (twin != null) {
                throw new WrongConfiguration("two trackers are called " + tracker.name() + ": "
                        + twin.type().getName() + " and " + tracker.type().getName()
                        + "; give one of them another name with @Named");
            }
        }
    }

    /** The tracker that is called so, enabled or not. */
    Optional<NamedTracker> find(String nameOrClass) {
        return known.stream().filter(tracker -> tracker.is(nameOrClass)).findFirst();
    }

    /** The names of all that there are, for a message. */
    String names() {
        return names(known);
    }

    private static String names(List<NamedTracker> trackers) {
        return trackers.stream().map(NamedTracker::name).collect(Collectors.joining(", "));
    }

    /** One line in the log, for who wonders why an extension is not asked. */
    void tellWhatIsNotEnabled() {
        String others = known.stream()
                .filter(tracker -> !enabled.contains(tracker))
                .map(NamedTracker::toString)
                .collect(Collectors.joining(", "));
        if (!others.isEmpty()) {
            LOG.log(System.Logger.Level.INFO, KEY + " does not enable these trackers of the WAR: " + others);
        }
    }
}
