package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TracTest {

    private static final TrackerSystem ACME = TestBugUrls.system("Trac", "https://trac.example/acme", null, null);
    private static final String BOM = "\uFEFF";

    /** As Trac 1.2 and later name the columns. */
    private static final String HEADER =
            BOM + "id,Summary,Status,Resolution,Owner,Priority,Type,Keywords,Modified,Description\r\n";

    private static final Map<String, String> CSV =
            Map.of("Content-Type", "text/csv;charset=utf-8", "Content-Disposition", "attachment; filename=query.csv");
    private static final Map<String, String> HTML = Map.of("Content-Type", "text/html;charset=utf-8");

    private final RecordedAnswers answers = new RecordedAnswers();
    private final Trac trac = new Trac();

    /** Overrides {@code details(url)} only, as an extension does. */
    static class Extended extends Trac {

        @Override
        public Optional<BugDetails> details(BugUrl url) {
            return super.details(url).map(details -> details.withTitle("EXTENDED: " + details.title()));
        }
    }

    @BeforeEach
    void connect() {
        trac.client = answers;
    }

    private static BugUrl url(String path) {
        return TestBugUrls.of("https://trac.example/acme" + path, ACME);
    }

    private static String query(String ids) {
        return "https://trac.example/acme/query?id=" + ids + "&format=csv&max=0&order=id&col=id&col=summary&col=status"
                + "&col=resolution&col=owner&col=priority&col=type&col=keywords&col=changetime&col=description";
    }

    private static String row(int id) {
        return id + ",Bug " + id + ",new,,ann,major,defect,,\"Nov 1, 2026, 11:00:00 AM\",\r\n";
    }

    private static BugDetails bare(int id) {
        return BugDetails.of("" + id, "Bug " + id)
                .withStatus("new")
                .withResolved(false)
                .withFields(
                        BugFields.NONE.withAssignee("ann").withPriority("major").withType("defect"));
    }

    private static Answer found(int id) {
        return new Answer.Found(bare(id));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/ticket/12",
                "/ticket/12/",
                "/ticket/12#comment:3",
                "/ticket/12?cnum_edit=3#comment:3",
                "/ticket/12?version=2",
                "/ticket/12?format=csv",
                "/ticket/0012",
                "/intertrac/ticket:12",
                "/intertrac/ticket%3A12",
                "/intertrac/%2312",
            })
    void everyShapeThatPeoplePasteGivesTheNumber(String path) {
        assertEquals(Optional.of("12"), trac.bugId(url(path)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/wiki/ticket/12",
                "/newticket",
                "/ticket",
                "/ticket/12abc",
                "/ticket/0",
                "/report/12",
                "/changeset/12",
                "/query?id=12",
                "/milestone/12",
                "/attachment/ticket/12/a.png",
                "/intertrac/wiki:12",
            })
    void whatIsNoTicketIsNone(String path) {
        assertEquals(Optional.empty(), trac.bugId(url(path)));
    }

    @Test
    void theQueryIsBelowTheEnvironment() {
        assertEquals(
                "https://trac.example/acme/",
                trac.apiUrl(TestBugUrls.system("Trac", "https://trac.example/acme/", null, null)));
    }

    @Test
    void anOpenTicketIsToldWhole() {
        answers.give(
                query("12"),
                200,
                HEADER
                        + "12,\"Crash, \"\"burn\"\" & <die>\",accepted,,ann@…,blocker,enhancement,\"ui, needs-info  easy\","
                        + "2026-11-01T11:00:00+01:00,\"= Steps =\r\n * '''one''', see #7\r\n{{{\r\nif a < b:\r\n}}}\r\n\"\r\n",
                CSV);
        assertEquals(
                Optional.of(BugDetails.of("12", "Crash, \"burn\" & <die>")
                        .withDescription(
                                "<h1>Steps</h1><ul><li><b>one</b>, see"
                                        + " <a href=\"https://trac.example/acme/ticket/7\">#7</a></li></ul><pre>if a &lt; b:</pre>")
                        .withStatus("accepted")
                        .withResolved(false)
                        .withFields(BugFields.NONE
                                .withAssignee("ann@…")
                                .withPriority("blocker")
                                .withType("enhancement")
                                .withLabels(List.of("ui", "needs-info", "easy"))
                                .withUpdated(Instant.parse("2026-11-01T10:00:00Z")))),
                trac.details(url("/ticket/12#comment:3")));
    }

    @Test
    void aClosedTicketIsWordedWithItsResolution() {
        answers.give(
                query("12"),
                200,
                HEADER + "12,Bug 12,closed,worksforme,ann,major,defect,,\"Nov 1, 2026, 11:00:00 AM\",\r\n",
                CSV);
        assertEquals(
                Optional.of(bare(12).withStatus("closed: worksforme")
                        .withResolved(true)
                        .withFields(bare(12).fields().withResolution("worksforme"))),
                trac.details(url("/ticket/12")));
    }

    @Test
    void anEnvironmentWithoutPrioritiesAndAnOldOnesNamesAreUnderstood() {
        answers.give(
                query("12"),
                200,
                "id,summary,status,owner,type,keywords,changetime,description\r\n"
                        + "12,Bug 12,new,ann,defect,--,2026-11-01 11:00:00,\r\n",
                Map.of("Content-Type", "text/plain;charset=utf-8"));
        assertEquals(
                Optional.of(
                        bare(12).withFields(BugFields.NONE.withAssignee("ann").withType("defect"))),
                trac.details(url("/ticket/12")));
    }

    @Test
    void aTicketThatIsNotThereOrPrivateIsNone() {
        answers.give(query("12"), 200, HEADER, CSV);
        assertEquals(Optional.empty(), trac.details(url("/ticket/12")));
    }

    @Test
    void aUserHasAPasswordAndATokenIsTheSessionsCookie() {
        assertEquals(
                Map.of("Authorization", "Basic YW5uOnNlY3JldA=="),
                trac.authentication(new TrackerSystem.Credentials("ann", "secret")));
        assertEquals(
                Map.of("Cookie", "trac_auth=0123abcd"),
                trac.authentication(new TrackerSystem.Credentials(null, "0123abcd")));
        answers.give(query("12"), 200, HEADER, CSV);
        trac.details(url("/ticket/12"));
        assertEquals(Map.of(), answers.requests().get(0).credentials());
        assertEquals("en", answers.requests().get(0).headers().get("Accept-Language"));
    }

    @ParameterizedTest
    @CsvSource({"401, unauthorized", "403, forbidden", "429, rate_limited", "500, http_500", "503, http_503"})
    void whatWentWrongIsToldApart(int status, String reason) {
        answers.give(
                query("12"), status, "<!DOCTYPE html><title>Error: TICKET_VIEW privileges are required</title>", HTML);
        assertEquals(reason, failure().reason().word());
    }

    @Test
    void aRateLimitSaysUntilWhen() {
        answers.give(query("12"), 429, "", Map.of("Retry-After", "Sun, 22 Nov 2026 17:00:00 GMT"));
        assertEquals(
                Optional.of(Instant.parse("2026-11-22T17:00:00Z")), failure().retryAt());
    }

    @Test
    void aWebPageWhereTheTableWasExpectedIsAFailure() {
        answers.give(query("12"), 200, "<!DOCTYPE html><title>Login – Acme</title>", HTML);
        assertEquals(FailureReason.UNEXPECTED_ANSWER, failure().reason());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "a,b\n1,2\n", "{\"id\": 12}", "identifier"})
    void anAnswerOfAnotherShapeIsAFailure(String body) {
        answers.give(query("12"), 200, body, CSV);
        assertEquals(FailureReason.UNEXPECTED_ANSWER, failure().reason());
    }

    @Test
    void manyAreAskedForInOneQueryAndAMissingOneAffectsNoOther() {
        answers.give(query("12,404,7"), 200, HEADER + row(7) + row(12), CSV);
        List<BugUrl> urls = List.of(url("/ticket/12"), url("/ticket/404"), url("/ticket/7"), url("/ticket/0012?a=b"));
        assertEquals(
                Map.of(
                        urls.get(0), found(12),
                        urls.get(1), new Answer.NoSuchBug(),
                        urls.get(2), found(7),
                        urls.get(3), found(12)),
                TestBugUrls.refreshed(trac, urls));
        assertEquals(List.of("GET " + query("12,404,7")), answers.asked());
    }

    @Test
    void aTicketOfAnotherShapeFailsAndNoOther() {
        answers.give(query("12,7"), 200, HEADER + row(7) + "12\r\nstray\r\n", CSV);
        Map<BugUrl, Answer> refreshed = trac.askAll(List.of(url("/ticket/12"), url("/ticket/7")), trac.api(url("/")));
        assertEquals(
                FailureReason.UNEXPECTED_ANSWER,
                ((Answer.Failed) refreshed.get(url("/ticket/12"))).failure().reason());
        assertEquals(found(7), refreshed.get(url("/ticket/7")));
    }

    @Test
    void twoHundredFitIntoAQuery() {
        for (int from = 1001; from <= 1400; from += 200) {
            List<Integer> ids = IntStream.rangeClosed(from, from + 199).boxed().toList();
            answers.give(
                    query(ids.stream().map(String::valueOf).collect(Collectors.joining(","))),
                    200,
                    HEADER + ids.stream().map(TracTest::row).collect(Collectors.joining()),
                    CSV);
        }
        List<BugUrl> urls = IntStream.rangeClosed(1001, 1400)
                .mapToObj(id -> url("/ticket/" + id))
                .toList();
        Map<BugUrl, Answer> refreshed = TestBugUrls.refreshed(trac, urls);
        assertEquals(found(1001), refreshed.get(urls.get(0)));
        assertEquals(found(1400), refreshed.get(urls.get(399)));
        assertEquals(2, answers.requests().size());
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 429, 500})
    void aQueryThatFailsIsNotFollowedByOthers(int status) {
        answers.give(query("12,13"), status, "", HTML);
        assertThrows(
                FetchException.class,
                () -> trac.askAll(List.of(url("/ticket/12"), url("/ticket/13")), trac.api(url("/"))));
        assertEquals(1, answers.requests().size());
    }

    @Test
    void aSubclassThatOverridesDetailsKeepsTheBatch() {
        Extended extended = new Extended();
        extended.client = answers;
        answers.give(query("12,13"), 200, HEADER + row(12) + row(13), CSV);
        List<BugUrl> urls = List.of(url("/ticket/12"), url("/ticket/13"));
        assertEquals(
                Map.of(
                        urls.get(0), new Answer.Found(bare(12).withTitle("EXTENDED: Bug 12")),
                        urls.get(1), new Answer.Found(bare(13).withTitle("EXTENDED: Bug 13"))),
                TestBugUrls.refreshed(extended, urls));
        assertEquals(1, answers.requests().size());
    }

    private FetchException failure() {
        return assertThrows(FetchException.class, () -> trac.ask(url("/ticket/12"), trac.api(url("/ticket/12"))));
    }
}
