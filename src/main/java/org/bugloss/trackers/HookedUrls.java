package org.bugloss.trackers;

import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.InvalidUrlException;

/** What hooks call bugs, before it is asked which of them are known. */
final class HookedUrls {

    /** As long as an id that is stored, of characters that each database takes. */
    private static final Pattern ID = Pattern.compile("[^\\p{Cc}\\p{Cs}]{1,300}");

    private HookedUrls() {}

    static boolean isId(String id) {
        return ID.matcher(id).matches();
    }

    /**
     * A URL as it was sent, and the same path in a system: people may reach a tracker under another name than it has itself.
     *
     * @return without what is no URL
     */
    static Stream<CanonicalUrl> of(TrackerSystem system, String typed) {
        CanonicalUrl url;
        try {
            url = CanonicalUrl.parse(typed);
        } catch (InvalidUrlException e) {
            return Stream.empty();
        }
        CanonicalUrl base = system.base();
        if (base.covers(url)) {
            return Stream.of(url);
        }
        String rest = url.key().substring(url.origin().length());
        String folder = base.path().replaceFirst("/+$", "");
        try {
            return Stream.of(
                    url, CanonicalUrl.parse(base.origin() + (rest.startsWith(folder + "/") ? "" : folder) + rest));
        } catch (InvalidUrlException e) {
            return Stream.of(url);
        }
    }
}
