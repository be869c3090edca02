package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.Freshness;
import org.bugloss.outbound.OutboundRequest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MantisTest {

    private static final String BASE = "https://bugs.example/mantis";
    private static final TrackerSystem ANONYMOUS = TestBugUrls.system("Mantis", BASE, null, null);
    private static final TrackerSystem NAMED = TestBugUrls.system("Mantis", BASE, null, "bob&co", "to<ken");
    private static final TrackerSystem TOKEN = TestBugUrls.system("Mantis", BASE, null, "token");

    private static final String SELECT =
            "?select=id,summary,description,status,resolution,handler,priority,severity,category,tags,view_state,updated_at";
    private static final String ISSUE_API = BASE + "/api/rest/issues/12" + SELECT;
    private static final String ME = BASE + "/api/rest/users/me";
    private static final String SOAP = BASE + "/api/soap/mantisconnect.php";

    private static final Map<String, String> XML = Map.of("Content-Type", "text/xml; charset=utf-8");
    private static final Map<String, String> HTML = Map.of("Content-Type", "text/html; charset=UTF-8");

    private static final BugDetails DETAILS_OF_12 = BugDetails.of("12", "Menu <b> & co")
            .withDescription("<p>Does not *open*.</p><p>See &lt;here&gt;</p>")
            .withStatus("zugewiesen")
            .withResolved(false)
            .withConfidential(false)
            .withFields(BugFields.NONE
                    .withAssignee("Ann Ewing")
                    .withPriority("hoch")
                    .withType("Oberfläche")
                    .withLabels(List.of("ui", "easy"))
                    .withUpdated(Instant.parse("2026-11-01T09:00:00Z")));

    private static final BugDetails DETAILS_OF_14 = BugDetails.of("14", "Done")
            .withStatus("erledigt")
            .withResolved(true)
            .withFields(BugFields.NONE.withUpdated(Instant.parse("2025-01-02T03:04:05Z")));

    private static final String REST_12 = """
            {"issues": [{"id": 12, "summary": "Menu <b> & co", "description": "Does not *open*.\\r\\n\\r\\nSee <here>",
              "status": {"id": 50, "name": "assigned", "label": "zugewiesen", "color": "#c2dfff"},
              "resolution": {"id": 10, "name": "open", "label": "offen"},
              "handler": {"id": 7, "name": "ann", "real_name": "Ann Ewing", "email": "ann@bugs.example"},
              "priority": {"id": 40, "name": "high", "label": "hoch"},
              "severity": {"id": 50, "name": "minor", "label": "kleiner Fehler"},
              "category": {"id": 3, "name": "Oberfläche"}, "tags": [{"id": 1, "name": "ui"}, {"id": 2, "name": "easy"}],
              "view_state": {"id": 10, "name": "public", "label": "öffentlich"},
              "updated_at": "2026-11-01T10:00:00+01:00"}]}""";

    private static final String SOAP_12 = """
            <item xsi:type="ns1:IssueData"><id xsi:type="xsd:integer">12</id>
             <view_state xsi:type="ns1:ObjectRef"><id xsi:type="xsd:integer">10</id>
               <name xsi:type="xsd:string">öffentlich</name></view_state>
             <last_updated xsi:type="xsd:dateTime">2026-11-01T10:00:00+01:00</last_updated>
             <project xsi:type="ns1:ObjectRef"><id xsi:type="xsd:integer">1</id><name>Kiwi</name></project>
             <category xsi:type="xsd:string">Oberfläche</category>
             <priority xsi:type="ns1:ObjectRef"><id xsi:type="xsd:integer">40</id><name>hoch</name></priority>
             <severity xsi:type="ns1:ObjectRef"><id xsi:type="xsd:integer">50</id><name>kleiner Fehler</name></severity>
             <status xsi:type="ns1:ObjectRef"><id xsi:type="xsd:integer">50</id><name>zugewiesen</name></status>
             <reporter id="ref1" xsi:type="ns1:AccountData"><id xsi:type="xsd:integer">7</id><name>ann</name>
               <real_name>Ann Ewing</real_name><email>ann@bugs.example</email></reporter>
             <summary xsi:type="xsd:string">Menu &lt;b&gt; &amp; co</summary>
             <handler href="#ref1"/>
             <resolution xsi:type="ns1:ObjectRef"><id xsi:type="xsd:integer">10</id><name>offen</name></resolution>
             <description xsi:type="xsd:string">Does not *open*.

            See &lt;here&gt;</description>
             <attachments SOAP-ENC:arrayType="ns1:AttachmentData[0]" xsi:type="SOAP-ENC:Array"/>
             <notes SOAP-ENC:arrayType="ns1:IssueNoteData[1]" xsi:type="SOAP-ENC:Array">
               <item xsi:type="ns1:IssueNoteData"><id>99</id><text>Me too</text></item></notes>
             <tags SOAP-ENC:arrayType="ns1:ObjectRef[2]" xsi:type="SOAP-ENC:Array">
               <item xsi:type="ns1:ObjectRef"><id>1</id><name>ui</name></item>
               <item xsi:type="ns1:ObjectRef"><id>2</id><name>easy</name></item></tags>
            </item>""";

    private static final String SOAP_14 = """
            <item xsi:type="ns1:IssueData"><id xsi:type="xsd:integer">14</id>
             <last_updated xsi:type="xsd:dateTime">2025-01-02T03:04:05Z</last_updated>
             <category xsi:type="xsd:string"/>
             <priority xsi:type="ns1:ObjectRef"><id xsi:type="xsd:integer">10</id><name>keine</name></priority>
             <status xsi:type="ns1:ObjectRef"><id xsi:type="xsd:integer">80</id><name>erledigt</name></status>
             <summary xsi:type="xsd:string">Done</summary><handler xsi:nil="true" xsi:type="ns1:AccountData"/>
             <description xsi:type="xsd:string"/></item>""";

    private final RecordedAnswers answers = new RecordedAnswers();
    private final Mantis mantis = new Mantis();

    @BeforeEach
    void connect() {
        mantis.client = answers;
    }

    private static BugUrl url(String path, TrackerSystem system) {
        return TestBugUrls.of(BASE + path, system);
    }

    private static BugUrl url(String path) {
        return url(path, ANONYMOUS);
    }

    private static List<BugUrl> three(TrackerSystem system) {
        return IntStream.of(12, 13, 14)
                .mapToObj(id -> url("/view.php?id=" + id, system))
                .toList();
    }

    private static String envelope(String body) {
        return """
                <?xml version="1.0" encoding="UTF-8"?>
                <SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" \
                xmlns:ns1="http://futureware.biz/mantisconnect" xmlns:xsd="http://www.w3.org/2001/XMLSchema" \
                xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
                xmlns:SOAP-ENC="http://schemas.xmlsoap.org/soap/encoding/" \
                SOAP-ENV:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><SOAP-ENV:Body>%s</SOAP-ENV:Body>\
                </SOAP-ENV:Envelope>""".formatted(body);
    }

    private static String issues(String... items) {
        return envelope("<ns1:mc_issues_getResponse><return SOAP-ENC:arrayType=\"ns1:IssueData[" + items.length
                + "]\" xsi:type=\"SOAP-ENC:Array\">" + String.join("", items)
                + "</return></ns1:mc_issues_getResponse>");
    }

    private static String fault(String text) {
        return envelope("<SOAP-ENV:Fault><faultcode>SOAP-ENV:Client</faultcode><faultactor></faultactor><faultstring>"
                + text + "</faultstring><detail></detail></SOAP-ENV:Fault>");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/view.php?id=12",
                "/view.php?id=0000012",
                "/view.php?id=12#c34",
                "/view.php?id=12/",
                "/view.php?nbn=1&id=12",
                "/bug_view_page.php?bug_id=12",
                "/bug_view_advanced_page.php?bug_id=0000012#bugnotes",
                "/bug_update_page.php?bug_id=12",
                "/bug_change_status_page.php?id=12&new_status=80",
                "/api/rest/issues/12",
                "/api/rest/index.php/issues/12/",
            })
    void everyShapeThatPeoplePasteGivesTheNumber(String path) {
        assertEquals(Optional.of("12"), mantis.bugId(url(path)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/view.php",
                "/view.php?id=",
                "/view.php?id=0",
                "/view.php?id=a12",
                "/view_all_bug_page.php?filter=12",
                "/view_user_page.php?id=12",
                "/bug_report_page.php?m_id=12",
                "/my_view_page.php",
                "/changelog_page.php?version_id=12",
                "/api/rest/projects/12",
            })
    void whatIsNoIssueIsNone(String path) {
        assertEquals(Optional.empty(), mantis.bugId(url(path)));
    }

    @Test
    void theApiUrlIsTheBaseUrl() {
        assertEquals(BASE, mantis.apiUrl(ANONYMOUS));
    }

    @Test
    void anOpenIssueIsToldWholeWithLabelsAndPlainText() {
        answers.give(ISSUE_API, 200, REST_12);
        assertEquals(Optional.of(DETAILS_OF_12), mantis.details(url("/view.php?id=12")));
    }

    @Test
    void aResolvedIssueOfAnOlderServerHasNamesOnly() {
        answers.give(ISSUE_API, 200, """
                {"issues": [{"id": 12, "summary": "Done", "description": "", "status": {"id": 90, "name": "closed"},
                  "handler": {"id": 7, "name": "ann"}, "priority": {"id": 10, "name": "none"}, "category": null,
                  "updated_at": "2025-01-02T03:04:05-05:00"}]}""");
        assertEquals(
                Optional.of(BugDetails.of("12", "Done")
                        .withStatus("closed")
                        .withResolved(true)
                        .withFields(
                                BugFields.NONE.withAssignee("ann").withUpdated(Instant.parse("2025-01-02T08:04:05Z")))),
                mantis.details(url("/view.php?id=12")));
    }

    @Test
    void aMissingIssueIsA404WithJsonOrWithNothing() {
        answers.give(ISSUE_API, 404, """
                {"message": "Issue #12 not found", "code": 1100, "localized": "Eintrag 12 nicht gefunden."}""");
        assertEquals(Optional.empty(), mantis.details(url("/view.php?id=12")));
        answers.give(ISSUE_API, 404, "", HTML);
        assertEquals(Optional.empty(), mantis.details(url("/view.php?id=12")));
        assertEquals(2, answers.requests().size());
    }

    @Test
    void aWebServerThatDoesNotRewriteIsAskedAtTheScriptItself() {
        answers.give(ISSUE_API, 404, "<html><h1>Not Found</h1></html>", HTML);
        answers.give(BASE + "/api/rest/index.php/issues/12" + SELECT, 200, REST_12);
        assertEquals(Optional.of(DETAILS_OF_12), mantis.details(url("/view.php?id=12")));
        answers.give(BASE + "/api/rest/index.php/issues/12" + SELECT, 404, "<html>Page Not Found</html>", HTML);
        assertEquals(FailureReason.UNEXPECTED_ANSWER, failure().reason());
    }

    @Test
    void theTokenIsSentBareAndNothingIsSentWithoutOne() {
        answers.give(ISSUE_API, 404, "{}");
        mantis.details(url("/view.php?id=12", ANONYMOUS));
        mantis.details(url("/view.php?id=12", TOKEN));
        mantis.details(url("/view.php?id=12", NAMED));
        assertEquals(
                List.of(Map.of(), Map.of("Authorization", "token"), Map.of("Authorization", "to<ken")),
                answers.requests().stream().map(OutboundRequest::credentials).toList());
    }

    @ParameterizedTest
    @CsvSource({"401, unauthorized", "403, forbidden", "429, rate_limited", "500, http_500", "503, http_503"})
    void whatWentWrongIsToldApart(int status, String reason) {
        answers.give(ISSUE_API, status, "{\"message\": \"Access denied\", \"code\": 13}");
        assertEquals(reason, failure().reason().word());
    }

    @Test
    void aRateLimitOfAProxySaysUntilWhen() {
        answers.give(ISSUE_API, 429, "", Map.of("Retry-After", "Sun, 22 Nov 2099 12:00:00 GMT"));
        assertEquals(
                Optional.of(Instant.parse("2099-11-22T12:00:00Z")), failure().retryAt());
    }

    @Test
    void aWebPageWhereTheApiWasExpectedIsAFailure() {
        answers.give(ISSUE_API, 200, "<html><title>Login</title>", HTML);
        assertEquals(FailureReason.UNEXPECTED_ANSWER, failure().reason());
    }

    @Test
    void aBatchIsOneSoapRequestThatLeavesOutWhatIsMissingOrPrivate() {
        answers.give(SOAP, 200, issues(SOAP_12, SOAP_14), XML);
        List<BugUrl> urls = three(NAMED);
        assertEquals(
                Map.of(
                        urls.get(0), new Answer.Found(DETAILS_OF_12),
                        urls.get(2), new Answer.Found(DETAILS_OF_14)),
                mantis.askAll(urls, mantis.api(urls.get(0))));
        assertEquals(1, answers.requests().size());
        String body = answers.requests().get(0).body();
        assertTrue(
                body.contains("<m:mc_issues_get><username i:type=\"s:string\">bob&amp;co</username>"
                        + "<password i:type=\"s:string\">to&lt;ken</password>"
                        + "<issue_ids i:type=\"c:Array\" c:arrayType=\"s:integer[3]\">"
                        + "<item>12</item><item>13</item><item>14</item></issue_ids></m:mc_issues_get>"),
                body);
        assertEquals(
                "text/xml; charset=utf-8", answers.requests().get(0).headers().get("Content-Type"));
    }

    @Test
    void theNameOfTheUserWhoseTokenItIsIsAskedForOnce() {
        answers.give(ME, 200, "{\"id\": 7, \"name\": \"ann\", \"real_name\": \"Ann Ewing\", \"language\": \"german\"}");
        answers.give(SOAP, 200, issues(SOAP_12), XML);
        List<BugUrl> urls = three(TOKEN);
        mantis.askAll(urls, mantis.api(urls.get(0)));
        mantis.askAll(urls, mantis.api(urls.get(0)));
        assertEquals(
                List.of(ME, SOAP, SOAP),
                answers.requests().stream()
                        .map(request -> request.uri().toString())
                        .toList());
        assertTrue(answers.requests().get(1).body().contains(">ann</username>"));
    }

    @Test
    void anEmptyBatchAnswersForNone() {
        answers.give(SOAP, 200, issues(), XML);
        List<BugUrl> urls = three(NAMED);
        assertEquals(Map.of(), mantis.askAll(urls, mantis.api(urls.get(0))));
    }

    @Test
    void aWrongTokenFailsTheWholeBatchAtOnce() {
        answers.give(SOAP, 500, fault("Access denied"), XML);
        assertEquals(FailureReason.UNAUTHORIZED, batchFailure(NAMED).reason());
        assertEquals(1, answers.requests().size());
        answers.give(ME, 401, "{\"message\": \"API token not found\"}");
        assertEquals(FailureReason.UNAUTHORIZED, batchFailure(TOKEN).reason());
        assertEquals(2, answers.requests().size());
    }

    @ParameterizedTest
    @CsvSource({"403, forbidden", "429, rate_limited", "502, http_502", "503, http_503"})
    void aRefusedBatchFailsAtOnce(int status, String reason) {
        answers.give(SOAP, status, "no", HTML);
        assertEquals(reason, batchFailure(NAMED).reason().word());
        assertEquals(1, answers.requests().size());
    }

    @Test
    void anotherFaultIsAFailureOfTheServer() {
        answers.give(SOAP, 500, fault("Error Type: SYSTEM NOTICE"), XML);
        assertEquals("http_500", batchFailure(NAMED).reason().word());
    }

    @Test
    void aServerWithoutThisSoapIsAskedOneByOne() {
        answers.give(ISSUE_API, 200, REST_12);
        answers.give(BASE + "/api/rest/issues/13" + SELECT, 404, "{}");
        answers.give(BASE + "/api/rest/issues/14" + SELECT, 403, "{}");
        List<BugUrl> urls = three(NAMED);
        for (String[] answer : new String[][] {
            {"500", fault("Procedure 'mc_issues_get' not present"), "text/xml"},
            {"200", "<html>PHP's SOAP extension is not installed</html>", "text/html"},
            {"404", "<html>Not Found</html>", "text/html"}
        }) {
            answers.give(SOAP, Integer.parseInt(answer[0]), answer[1], Map.of("Content-Type", answer[2]));
            Map<BugUrl, Answer> batch = mantis.askAll(urls, mantis.api(urls.get(0)));
            assertEquals(new Answer.Found(DETAILS_OF_12), batch.get(urls.get(0)));
            assertEquals(new Answer.NoSuchBug(), batch.get(urls.get(1)));
            assertEquals(
                    FailureReason.FORBIDDEN,
                    ((Answer.Failed) batch.get(urls.get(2))).failure().reason());
        }
    }

    @Test
    void anonymouslyThereAreNoBatches() {
        assertEquals(1, mantis.batchSize(ANONYMOUS));
        assertEquals(50, mantis.batchSize(TOKEN));
    }

    @Test
    void entitiesOfTheAnswerAreNotResolved() {
        answers.give(
                SOAP,
                200,
                "<!DOCTYPE e [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>"
                        + issues(SOAP_12).replaceFirst("<\\?xml[^>]*>\\s*", "").replace("Done", "&x;"),
                XML);
        assertEquals(FailureReason.UNEXPECTED_ANSWER, batchFailure(NAMED).reason());
        answers.give(SOAP, 200, envelope("<a>".repeat(100_000)), XML);
        assertEquals(FailureReason.UNEXPECTED_ANSWER, batchFailure(NAMED).reason());
        assertFalse(batchFailure(NAMED).getMessage().contains("token"));
    }

    @Test
    void aSubclassThatOverridesDetailsKeepsTheBatch() {
        class Extended extends Mantis {
            @Override
            public Optional<BugDetails> details(BugUrl url) {
                return super.details(url).map(details -> details.withTitle("EXTENDED: " + details.title()));
            }
        }
        Extended extended = new Extended();
        extended.client = answers;
        TrackerSystem system = TestBugUrls.system("Extended", BASE, null, "token");
        List<BugUrl> urls = IntStream.rangeClosed(1, 120)
                .mapToObj(id -> TestBugUrls.of(BASE + "/view.php?id=" + id, system))
                .toList();
        answers.give(ME, 200, "{\"name\": \"ann\"}");
        // More than was asked for does no harm.
        answers.give(
                SOAP,
                200,
                issues(IntStream.rangeClosed(1, 120)
                        .mapToObj(id -> "<item><id>" + id + "</id><summary>Bug " + id + "</summary></item>")
                        .collect(Collectors.joining())),
                XML);
        List<String> titles = TestBugUrls.refreshed(extended, urls).values().stream()
                .map(answer -> ((Answer.Found) answer).details().title())
                .toList();
        assertEquals(120, titles.size());
        assertEquals("EXTENDED: Bug 120", titles.get(119));
        assertEquals(4, answers.requests().size());
    }

    @Test
    void anIssueThatDidNotChangeIsNotReadAgainByATagWithoutQuotesAndThoughNothingMayBeKept() {
        String hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        Map<String, String> headers =
                Map.of("ETag", hash, "Cache-Control", "no-store, no-cache, must-revalidate, max-age=0");
        answers.then(ISSUE_API, 200, REST_12, headers);
        answers.then(ISSUE_API, 304, "", headers);
        BugUrl url = url("/view.php?id=12");
        Freshness freshness = mantis.details(url).orElseThrow().freshness();
        assertEquals(new Freshness(hash, null, null), freshness);
        NotModified same = assertThrows(
                NotModified.class, () -> mantis.details(url.withCached(new BugUrl.Cached(freshness, true))));
        assertEquals(freshness, same.freshness());
        assertEquals(hash, answers.requests().get(1).headers().get("If-None-Match"));
    }

    // What changed

    private static final String CHANGES = BASE + "/api/rest/issues?page_size=100&page=1&select=id,updated_at,sticky";

    private static String updated(int id, String time, boolean sticky) {
        return "{\"id\": " + id + ", \"updated_at\": \"" + time + "\", \"sticky\": " + sticky + "}";
    }

    private static String listed(String... issues) {
        return "{\"issues\": [" + String.join(",", issues) + "]}";
    }

    @Test
    void whatChangedIsAtTheTopOfTheListAmongThoseThatAreSticky() {
        answers.give(CHANGES, 200, listed(updated(12, "2026-11-22T09:59:59+01:00", false)));
        answers.then(
                CHANGES,
                200,
                listed(
                        updated(3, "2020-01-01T00:00:00Z", true),
                        updated(14, "2026-11-22T10:00:00+01:00", false),
                        updated(12, "2026-11-22T09:59:59+01:00", false)));
        assertEquals(Optional.of(Set.of()), TestBugUrls.changed(mantis, three(TOKEN)));
        assertEquals(Optional.of(Set.of("14")), TestBugUrls.changed(mantis, three(TOKEN)));
        assertEquals(List.of("GET " + CHANGES, "GET " + CHANGES), answers.asked());
    }

    @Test
    void aLongListHasAllThatChangedOnlyWhereItGoesOnWithWhatDidNot() {
        String changed = IntStream.rangeClosed(1, 50)
                .mapToObj(id -> updated(id, "2026-11-22T09:30:00Z", false))
                .collect(Collectors.joining(","));
        answers.give(CHANGES, 200, listed(changed));
        answers.then(CHANGES, 200, listed(changed, updated(60, "2026-11-22T08:00:00Z", true)));
        answers.then(CHANGES, 200, listed(changed, "{\"id\": 60, \"updated_at\": \"2026-11-22T08:00:00Z\"}"));
        answers.then(CHANGES, 200, listed(changed, updated(60, "2026-11-22T08:00:00Z", false)));
        assertEquals(Optional.empty(), TestBugUrls.changed(mantis, three(TOKEN)));
        assertEquals(Optional.empty(), TestBugUrls.changed(mantis, three(TOKEN)));
        assertEquals(Optional.empty(), TestBugUrls.changed(mantis, three(TOKEN)));
        assertEquals(50, TestBugUrls.changed(mantis, three(TOKEN)).orElseThrow().size());
    }

    @Test
    void onlyWhoHasATokenIsToldWhatChanged() {
        assertTrue(mantis.tellsChanges(TOKEN));
        assertFalse(mantis.tellsChanges(ANONYMOUS));
    }

    private FetchException failure() {
        BugUrl url = url("/view.php?id=12");
        return assertThrows(FetchException.class, () -> mantis.ask(url, mantis.api(url)));
    }

    private FetchException batchFailure(TrackerSystem system) {
        List<BugUrl> urls = three(system);
        return assertThrows(FetchException.class, () -> mantis.askAll(urls, mantis.api(urls.get(0))));
    }
}
