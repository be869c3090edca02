package org.bugloss.html;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.time.Clock;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmptyShellTest {

    private static final String BUNDLE = "<body><div id=root></div><script src=/main.js></script>";

    private final PageReader reader = new PageReader(Clock.systemUTC());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Jira",
                "OpenProject",
                "YouTrack",
                "Jira Software",
                "Azure DevOps Services",
                "Redmine",
                "Taiga",
                "Linear",
                "Issue Tracker",
                "React App",
                "Vite + React + TS",
                "Acme Hub",
                "Bugs Example",
                "Loading",
                "Dashboard | Plane",
            })
    void the_shell_of_an_application_is_no_bug(String title) {
        for (String body : new String[] {
            BUNDLE,
            BUNDLE + "<noscript>You need to enable JavaScript to run this app.</noscript>",
            BUNDLE + "<p>Loading…</p>",
            BUNDLE + "<header>Acme Corporation</header><nav>Home Projects Issues</nav><footer>Imprint</footer>",
            BUNDLE + "<h1>" + title + "</h1>",
        }) {
            FetchException failure = assertThrows(
                    FetchException.class,
                    () -> reader.read(PageResponse.URL, PageResponse.of("<title>" + title + "</title>" + body)));
            // "Loading" is known for an error page as well.
            assertEquals(FailureReason.UNEXPECTED_ANSWER, failure.reason());
        }
    }

    @Test
    void the_message_names_the_title() {
        FetchException failure = assertThrows(
                FetchException.class,
                () -> reader.read(PageResponse.URL, PageResponse.of("<title>YouTrack</title><yt-app></yt-app>")));
        assertEquals("bugs.example answered with an empty page that a script fills: YouTrack", failure.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[ABC-7] - Jira",
                "Issue 7 - Jira",
                "Crash on save",
                "Crash on save · Jira",
                "Show",
                "7",
            })
    void a_title_that_tells_of_the_bug_is_its_title(String title) throws IOException {
        assertEquals(new PageMetadata(title, null, null, null), read("<title>" + title + "</title>" + BUNDLE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<p>It crashes on save.</p>" + BUNDLE,
                "<meta property=og:title content=Jira>" + BUNDLE,
                "<script type=application/ld+json>{\"@type\": \"Article\", \"headline\": \"x\"}</script>" + BUNDLE,
            })
    void a_page_that_has_more_than_a_title_is_a_page(String body) throws IOException {
        assertEquals("Jira", read("<title>Jira</title>" + body).title());
    }

    @Test
    void a_page_with_a_description_is_a_page_but_for_that_of_a_starter() throws IOException {
        assertEquals(
                "Tasks",
                read("<title>Jira</title><meta name=description content=Tasks>" + BUNDLE)
                        .description());
        assertThrows(
                FetchException.class,
                () -> read(
                        "<title>React App</title><meta name=description content='Web site created using create-react-app'>"
                                + BUNDLE));
    }

    @Test
    void a_short_title_on_a_page_without_a_bundle_is_one() throws IOException {
        assertEquals(
                "Crash", read("<title>Crash</title><script>var a = 1</script>").title());
    }

    private PageMetadata read(String html) throws IOException {
        return reader.read(PageResponse.URL, PageResponse.of(html));
    }
}
