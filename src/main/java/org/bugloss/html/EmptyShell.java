package org.bugloss.html;

import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jsoup.select.Evaluator;
import org.jsoup.select.QueryParser;

/**
 * Tells the empty page of an application that scripts fill from a page that tells of a bug: it has the application's name
 * for a title, no description and no text, whatever bug was asked for.
 */
final class EmptyShell {

    /** A title with as many words that name neither software nor the site is about something. */
    private static final int TELLING = 3;

    /** A shorter word is in most addresses by accident. */
    private static final int SHORTEST_IN_ADDRESS = 4;

    /** What the software is called whose pages are known to be such. */
    private static final Set<String> SOFTWARE =
            words("jira openproject youtrack redmine gitlab github gitea forgejo codeberg"
                    + " bugzilla mantis mantisbt trac launchpad azure devops tfs kiwi tcms linear taiga huly clickup asana"
                    + " phabricator phorge tuleap sentry polarion rally trello airtable basecamp wrike kanboard vikunja leantime"
                    + " zammad zendesk freshdesk servicenow jetbrains atlassian react vite vue angular svelte nuxt");

    /** What stands beside such names, and what applications are called that have none. */
    private static final Set<String> GENERIC =
            words("plane shortcut monday notion backlog hub space cloud software server"
                    + " services service management desk work items item issue issues bug bugs defect defects tracker tracking ticket"
                    + " tickets project projects board boards task tasks dashboard home app application apps web webapp client portal"
                    + " welcome to the a an my our of for and by com system tool platform ember next create js ts typescript starter"
                    + " loading please wait index untitled document page site website default online beta admin ui frontend spa browse"
                    + " view details detail test tests testing");

    /** What shells show until a script has run, or where none does. */
    private static final Set<String> PROSE =
            words("loading please wait one moment a while we you need to enable enabled"
                    + " javascript js script scripts run this app application your browser is not supported disabled must be turn on in"
                    + " order for the it page site works work without doesn t properly requires required and starting up just sorry but"
                    + " continue use using with have has been");

    /** The one description that says nothing: of the starter of React. */
    private static final String NO_DESCRIPTION = "Web site created using create-react-app";

    private static final Evaluator LOADED_SCRIPT = QueryParser.parse("script[src]");

    private EmptyShell() {}

    /** Whether a page, read to its end, is a shell. */
    static boolean recognised(ParsedPage page) {
        String description = page.metadata().description();
        String title = page.metadata().title();
        return (description == null || description.equals(NO_DESCRIPTION))
                && title.equals(page.tags().documentTitle())
                && !page.tags().describeThePage()
                && (isNamed(page) || page.elements().first(LOADED_SCRIPT).isPresent() && !tells(title, page.uri()))
                && showsNothing(page);
    }

    /** Whether a page has nothing but names of software for a title, so that without more it can't be a bug. */
    static boolean isNamed(ParsedPage page) {
        List<String> words = ParsedPage.words(page.metadata().title());
        return words.stream().anyMatch(SOFTWARE::contains) && words.stream().allMatch(EmptyShell::isGeneric);
    }

    private static boolean showsNothing(ParsedPage page) {
        Set<String> expected = new HashSet<>(PROSE);
        expected.addAll(ParsedPage.words(page.metadata().title()));
        return expected.containsAll(ParsedPage.words(page.shownText()));
    }

    private static boolean tells(String title, URI address) {
        Set<String> site = new HashSet<>(ParsedPage.words(String.valueOf(address.getHost())));
        List<String> telling = ParsedPage.words(title).stream()
                .filter(word -> !isGeneric(word) && !site.contains(word))
                .toList();
        String behindHost = (address.getRawPath() + "?" + address.getRawQuery()).toLowerCase(Locale.ROOT);
        Set<String> inAddress = new HashSet<>(ParsedPage.words(behindHost));
        return telling.size() >= TELLING
                || telling.stream().anyMatch(word -> inAddress.contains(word) && isOfOneBug(word));
    }

    private static boolean isOfOneBug(String word) {
        return word.length() >= SHORTEST_IN_ADDRESS || word.chars().anyMatch(Character::isDigit);
    }

    private static boolean isGeneric(String word) {
        return SOFTWARE.contains(word) || GENERIC.contains(word);
    }

    private static Set<String> words(String text) {
        return new HashSet<>(List.of(text.split(" ")));
    }
}
