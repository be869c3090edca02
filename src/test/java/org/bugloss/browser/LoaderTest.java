package org.bugloss.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is asked for, and how often, where all goes wrong: the page is never harmed, and nobody is stormed. */
@InBrowser
class LoaderTest {

    private final Stage stage = new Stage().withEveryState();

    @AfterEach
    void thePageIsUnharmed() {
        assertThat(stage.page.locator("#text")).hasText("That is all.");
        stage.close();
        assertEquals(List.of(), stage.errors);
    }

    @Test
    void theSameBugIsAskedForOnce() {
        stage.withLinks(Collections.nCopies(20, Stage.OPEN).toArray(String[]::new));

        assertThat(stage.page.locator("bug-details button.open")).hasCount(20);
        assertEquals(List.of(1), stage.bugloss.asked);
    }

    @Test
    void whatIsNoWebAddressIsNotAskedFor() {
        stage.withLinks(Stage.OPEN, "mailto:ann@example.org", "javascript:void 0", "https://ann:secret@example.org/1");

        stage.until(Stage.OPEN, "open");
        assertEquals(List.of(1), stage.bugloss.asked);
        assertThat(stage.page.locator("bug-details")).hasCount(1);
    }

    @ParameterizedTest
    @CsvSource({
        "401, the token of this page is not accepted (401).",
        "403, the token of this page is not accepted (403)."
    })
    void aTokenThatIsRefusedIsSentOnceAndThePageIsTold(int status, String warning) {
        stage.bugloss.failing = status;
        stage.attributes += " data-token=\"old\"";
        stage.bugloss.token = "old";
        stage.script = "document.addEventListener('bugloss-token-refused', event => {"
                + " document.title = `refused ${event.detail.status}`; })";
        begin(3);
        stage.pass(Duration.ofMinutes(2));

        assertEquals(1, stage.bugloss.requests.size());
        assertEquals(List.of("Bugloss: " + warning), stage.warnings);
        assertThat(stage.page).hasTitle("refused " + status);
        assertThat(stage.icon(Stage.SHOP + "0")).hasAccessibleName("No details: This page’s token is not accepted.");

        stage.bugloss.failing = 0;
        stage.bugloss.token = "new";
        stage.withModule("/bugloss.js", "({start}) => { start({token: 'new'}); }");
        stage.pass(Duration.ofSeconds(2));
        stage.until(Stage.SHOP + "0", "open");
        assertEquals(List.of("Bearer old", "Bearer new"), stage.bugloss.tokens);
    }

    @ParameterizedTest
    @CsvSource({"500,", "503,", "503, 45", "429, 45"})
    void aServerInTroubleIsAskedSeldomAndThenAgain(int status, String retryAfter) {
        stage.bugloss.failing = status;
        stage.bugloss.retryAfter = retryAfter;
        begin(3);

        stage.pass(Duration.ofSeconds(40));
        int asked = stage.bugloss.requests.size();
        // At once, after 5 seconds and after 30 more; or when it said.
        assertEquals(retryAfter == null ? 3 : 1, asked);
        assertEquals(1, stage.warnings.size(), stage.warnings::toString);

        stage.bugloss.failing = 0;
        stage.pass(Duration.ofSeconds(70));
        stage.until(Stage.SHOP + "0", "open");
        assertEquals(asked + 1, stage.bugloss.requests.size());
    }

    @Test
    void anOriginThatIsNotAllowedIsToldAsOneOfTwoCausesAndAskedThreeTimes() {
        stage.bugloss.allowed = null;
        begin(3);

        stage.pass(Duration.ofMinutes(3));

        assertEquals(
                List.of("Bugloss: " + stage.bugloss.origin()
                        + "/api/ does not answer, or does not list this page’s origin " + stage.site.origin()
                        + " in bugloss.cors.origins."),
                stage.warnings.stream()
                        .filter(text -> text.startsWith("Bugloss"))
                        .toList());
        assertThat(stage.icon(Stage.SHOP + "0")).hasAccessibleName("No details: Bugloss does not answer.");

        stage.bugloss.allowed = stage.site.origin();
        stage.page.evaluate("() => dispatchEvent(new Event('online'))");
        stage.pass(Duration.ofSeconds(7));
        stage.until(Stage.SHOP + "0", "open");
        assertEquals(1, stage.bugloss.asked.size());
    }

    @Test
    void aServerThatIsDownHarmsNothing() {
        begin(3);
        stage.until(Stage.SHOP + "0", "open");
        stage.bugloss.close();

        stage.page.evaluate(
                "() => { const a = document.querySelector('a.bug').cloneNode(true); a.href += '9'; a.id = 'new';"
                        + " document.querySelector('main').append(a); }");
        stage.pass(Duration.ofMinutes(2));

        assertThat(stage.icon(Stage.SHOP + "09")).hasAccessibleName("No details: Bugloss does not answer.");
        assertThat(stage.icon(Stage.SHOP + "0")).hasAccessibleName("open: A bug");
        assertEquals(
                1,
                stage.warnings.stream()
                        .filter(text -> text.startsWith("Bugloss"))
                        .count());
    }

    @Test
    void whatIsLateIsAskedForAgainAlwaysMoreSlowly() {
        stage.bugloss.problem(Stage.SHOP + "1", 202);
        stage.bugloss.problem(Stage.SHOP + "2", 429, "retry_at", FakeBugloss.ago(Duration.ofMinutes(-2)));
        stage.bugloss.bug(Stage.SHOP + "0");
        stage.withClock(Stage.SHOP + "0", Stage.SHOP + "1", Stage.SHOP + "2");

        stage.pass(Duration.ofSeconds(60));

        // At 1, 3, 7, 15, 30 and 60 seconds, and what is told a time when that is there.
        List<Integer> asked = stage.bugloss.asked;
        assertEquals(3, asked.get(0));
        assertTrue(asked.size() >= 6 && asked.size() <= 7, asked::toString);
        assertEquals(Collections.nCopies(asked.size() - 1, 1), asked.subList(1, asked.size()));
        assertEquals(List.of(), stage.warnings);
    }

    @Test
    void aFunctionIsAskedOnceMoreWhereItsTokenJustExpired() {
        stage.attributes = "";
        stage.bugloss.token = "second";
        stage.withLinks(Stage.OPEN);

        stage.withModule(
                "/bugloss.js",
                "({start}) => { let count = 0; start({links: 'a.bug', token: () => ['first', 'second'][count++]}); }");

        stage.until(Stage.OPEN, "open");
        assertEquals(List.of("Bearer first", "Bearer second"), stage.bugloss.tokens);
        assertEquals(List.of(), stage.warnings);
    }

    @Test
    void aProxyOfThePagesOwnNeedsNoTokenThere() {
        stage.site.put(
                "/proxy/details/query",
                "application/json",
                "{\"details\": {\"" + Stage.OPEN + "\": {\"title\": \"Through the proxy\", \"resolved\": true}}}");
        stage.attributes += " data-api=\"/proxy\"";
        stage.policy = stage.policy.replace("connect-src", "connect-src 'self'");
        stage.withLinks(Stage.OPEN);

        stage.until(Stage.OPEN, "resolved");
        assertEquals(List.of(), stage.bugloss.requests);
    }

    private void begin(int links) {
        String[] urls = new String[links];
        for (int i = 0; i < links; i++) {
            urls[i] = Stage.SHOP + i;
            stage.bugloss.bug(urls[i]);
        }
        stage.withClock(urls);
        stage.pass(Duration.ofSeconds(1));
    }
}
