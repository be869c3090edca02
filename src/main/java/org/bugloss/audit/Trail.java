package org.bugloss.audit;

import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The id that follows a request through the log: whatever is done for it is written with it, on whatever thread. An id belongs to a
 * thread for as long as that works for the request, and whoever hands work to another thread hands the id on.
 */
public final class Trail {

    /** Long enough for a UUID and for the ids of proxies, and nothing that could end or forge a line. */
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{6,64}");

    /** Texts alone, of a class of the JVM's, which keeps no deployment from ending. */
    private static final ThreadLocal<String> HERE = new ThreadLocal<>();

    /** The numbers that have 12 digits to the base 36. */
    private static final long FIRST = (long) Math.pow(Character.MAX_RADIX, 11);

    private static final long BEHIND_LAST = FIRST * Character.MAX_RADIX;

    private Trail() {}

    /** An id as somebody gave it; empty where that can't be one. */
    public static Optional<String> given(@Nullable String id) {
        return id == null || !ID.matcher(id).matches() ? Optional.empty() : Optional.of(id);
    }

    /** A new id: 12 letters and digits, so that those of a month differ. */
    public static String fresh() {
        return Long.toString(ThreadLocalRandom.current().nextLong(FIRST, BEHIND_LAST), Character.MAX_RADIX);
    }

    /** The id of what this thread works for; a fresh one where that is for nobody in particular. */
    public static String id() {
        String id = HERE.get();
        return id == null ? fresh() : id;
    }

    /** What a line ends with that is written for whom this thread works: nothing, where that is nobody in particular. */
    public static String mark() {
        String id = HERE.get();
        return id == null ? "" : mark(id);
    }

    /** What a line ends with that is written for whoever has the id. */
    public static String mark(String id) {
        return " [" + id + "]";
    }

    /** Has something done, on this thread, for whoever has the id. */
    public static void follow(String id, Runnable work) {
        String before = enter(id);
        try {
            work.run();
        } finally {
            leave(before);
        }
    }

    /**
     * This thread works for whoever has the id, until it is to {@link #leave}.
     *
     * @return whom it worked for before
     */
    public static @Nullable String enter(String id) {
        String before = HERE.get();
        HERE.set(id);
        return before;
    }

    /** @param before what {@link #enter} returned */
    public static void leave(@Nullable String before) {
        if (before == null) {
            HERE.remove();
        } else {
            HERE.set(before);
        }
    }
}
