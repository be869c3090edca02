package org.bugloss.audit;

import java.util.regex.Pattern;

/**
 * The audit log, the logger {@code org.bugloss.audit}: a line for every write, every refused caller and every refused address. The
 * line says who, from where and what, the logger adds when. No token is ever in it: tokens come in a header, and no header is written.
 */
public final class Audit {

    private static final System.Logger LOG = System.getLogger("org.bugloss.audit");
    private static final int LONGEST = 2500;

    /** Nobody may write a line of his own into the log, or turn one around. */
    private static final Pattern UNSEEN = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}]");

    private Audit() {}

    /**
     * Notes what a request did.
     *
     * @param who the caller's name
     * @param from the address that the caller has
     * @param what the method and the place
     * @param result the status, and where to find what was made
     */
    public static void did(String who, String from, String what, String result) {
        String where = who.equals(from) ? "" : " from " + plain(from);
        LOG.log(System.Logger.Level.INFO, "{0} {1} -> {2}{3}{4}", who, plain(what), plain(result), where, Trail.mark());
    }

    /**
     * Notes that an address was not fetched because it may not be.
     *
     * @param who the name of the caller who wanted it, or what else did
     * @param url what was to be fetched
     * @param why which address, and what is wrong with it
     */
    public static void refused(String who, String url, String why) {
        LOG.log(System.Logger.Level.INFO, "{0} was refused {1}: {2}{3}", who, plain(url), plain(why), Trail.mark());
    }

    private static String plain(String text) {
        String clean = isAscii(text) ? text : UNSEEN.matcher(text).replaceAll("?");
        return clean.length() <= LONGEST ? clean : clean.substring(0, LONGEST);
    }

    /** Whether all can be seen; most lines of a bulk request are so, and the pattern took most of their time. */
    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < ' ' || text.charAt(i) > '~') {
                return false;
            }
        }
        return true;
    }
}
