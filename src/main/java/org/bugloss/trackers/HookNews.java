package org.bugloss.trackers;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which bugs a hook names. Only a hint: those that Bugloss knows are asked for, all else is forgotten. Immutable; begin with
 * {@link #NONE} and add what there is.
 *
 * @param ids the tracker's own numbers or keys, where one is unique in its system
 * @param urls of pages or of the API, in any spelling that the tracker's URLs have
 * @param parts a URL of any one bug, be there such or not, in each repository or project all of whose bugs are named
 * @param isPrivate whether the tracker says that what it names is private now
 */
public record HookNews(List<String> ids, List<String> urls, List<String> parts, boolean isPrivate) {

    /** Nothing is named. */
    public static final HookNews NONE = new HookNews(List.of(), List.of(), List.of(), false);

    public HookNews {
        ids = List.copyOf(ids);
        urls = List.copyOf(urls);
        parts = List.copyOf(parts);
    }

    /** Also this id. */
    public HookNews withId(String id) {
        return new HookNews(with(ids, id), urls, parts, isPrivate);
    }

    /** Also the bug at this URL. */
    public HookNews withUrl(String url) {
        return new HookNews(ids, with(urls, url), parts, isPrivate);
    }

    /** Also the bugs at those of these URLs that are there. */
    @SafeVarargs
    public final HookNews withUrls(Optional<String>... some) {
        HookNews news = this;
        for (Optional<String> url : some) {
            news = url.map(news::withUrl).orElse(news);
        }
        return news;
    }

    /** Also all bugs of the repository or project that a bug at this URL would be of. */
    public HookNews withAllBeside(String url) {
        return new HookNews(ids, urls, with(parts, url), isPrivate);
    }

    /** The same, of bugs that the tracker says are private now, where it does. */
    public HookNews withPrivate(boolean saysSo) {
        return new HookNews(ids, urls, parts, isPrivate || saysSo);
    }

    /** Whether no bug is named. */
    public boolean isEmpty() {
        return ids.isEmpty() && urls.isEmpty() && parts.isEmpty();
    }

    /** Where a body has a list of {@code urls} or {@code ids}, it is of the form that is taken for every tracker. */
    static Optional<HookNews> ofGeneralForm(Json body) {
        List<String> urls = body.at("urls").texts();
        List<String> ids = body.at("ids").texts();
        return urls.isEmpty() && ids.isEmpty()
                ? Optional.empty()
                : Optional.of(new HookNews(ids, urls, List.of(), false));
    }

    private static List<String> with(List<String> some, String one) {
        List<String> more = new ArrayList<>(some);
        more.add(one);
        return more;
    }
}
