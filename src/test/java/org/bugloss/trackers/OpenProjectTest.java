package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenProjectTest {

    private static final TrackerSystem ACME =
            TestBugUrls.system("OpenProject", "https://acme.openproject.com", null, null);
    private static final String API = "https://acme.openproject.com/api/v3";
    private static final String PACKAGE_API = API + "/work_packages/12";
    private static final Map<String, String> HAL = Map.of("Content-Type", "application/hal+json; charset=utf-8");
    private static final Instant UPDATED = Instant.parse("2026-11-01T10:00:00.123Z");
    private static final String STATUSES = """
            {"_type": "Collection", "total": 3, "count": 3, "_embedded": {"elements": [
              {"_type": "Status", "id": 1, "name": "New", "isClosed": false, "color": "#1098AD", "isDefault": true,
               "_links": {"self": {"href": "/api/v3/statuses/1", "title": "New"}}},
              {"_type": "Status", "id": 7, "name": "In progress", "isClosed": false,
               "_links": {"self": {"href": "/api/v3/statuses/7", "title": "In progress"}}},
              {"_type": "Status", "id": 14, "name": "Rejected", "isClosed": true,
               "_links": {"self": {"href": "/api/v3/statuses/14", "title": "Rejected"}}}]},
             "_links": {"self": {"href": "/api/v3/statuses"}}}""";

    private final RecordedAnswers answers = new RecordedAnswers();
    private final OpenProject openProject = new OpenProject();

    /** Overrides {@code details(url)} only, as an extension does. */
    static class Extended extends OpenProject {

        @Override
        public Optional<BugDetails> details(BugUrl url) {
            return super.details(url).map(details -> details.withTitle("EXTENDED: " + details.title()));
        }
    }

    @BeforeEach
    void connect() {
        openProject.client = answers;
    }

    private static BugUrl url(String path) {
        return TestBugUrls.of("https://acme.openproject.com" + path, ACME);
    }

    private static String query(int page, String... ids) {
        String filters = "[{\"id\":{\"operator\":\"=\",\"values\":[\"" + String.join("\",\"", ids) + "\"]}}]";
        return API + "/queries/default?valid_subset=true&showHierarchies=false&pageSize=100&offset=" + page
                + "&filters=" + URLEncoder.encode(filters, StandardCharsets.UTF_8);
    }

    /** As OpenProject 16 answers, with much that Bugloss does not need; answers of many have no embedded status. */
    private static String workPackage(int id, int status, String statusName, String embedded) {
        return """
                {"derivedStartDate": null, "spentTime": "PT0S", "_type": "WorkPackage", "id": %1$d, "lockVersion": 6,
                 "subject": "Bug %1$d", "description": {"format": "markdown", "raw": "", "html": ""},
                 "scheduleManually": false, "startDate": null, "percentageDone": null,
                 "createdAt": "2024-05-07T08:10:00.000Z", "updatedAt": "2026-11-01T10:00:00.123Z",
                 %4$s "_links": {"self": {"href": "/api/v3/work_packages/%1$d", "title": "Bug %1$d"},
                  "type": {"href": "/api/v3/types/7", "title": "Bug"},
                  "priority": {"href": "/api/v3/priorities/8", "title": "Normal"},
                  "project": {"href": "/api/v3/projects/14", "title": "Acme"},
                  "status": {"href": "/api/v3/statuses/%2$d", "title": "%3$s"}, "category": {"href": null},
                  "responsible": {"href": null}, "assignee": {"href": null}, "version": {"href": null},
                  "watch": {"href": "/api/v3/work_packages/%1$d/watchers", "method": "post"},
                  "parent": {"href": null, "title": null}, "customActions": []}}""".formatted(id, status, statusName, embedded);
    }

    private static String isClosed(boolean closed) {
        return "\"_embedded\": {\"attachments\": {\"total\": 0}, \"status\": {\"_type\": \"Status\", \"isClosed\": "
                + closed + "}},";
    }

    private static String results(int total, Integer... ids) {
        return """
                {"_type": "Query", "id": null, "name": "default", "filters": [{"_type": "IdQueryFilter", "name": "ID"}],
                 "_embedded": {"results": {"_type": "WorkPackageCollection", "total": %d, "count": %d, "pageSize": 100,
                  "offset": 1, "_embedded": {"elements": [%s]}}}}""".formatted(
                        total,
                        ids.length,
                        Arrays.stream(ids)
                                .map(id -> workPackage(id, 7, "In progress", ""))
                                .collect(Collectors.joining(",")));
    }

    private static BugDetails bare(int id) {
        return BugDetails.of("" + id, "Bug " + id)
                .withStatus("In progress")
                .withResolved(false)
                .withFields(
                        BugFields.NONE.withPriority("Normal").withType("Bug").withUpdated(UPDATED));
    }

    private static Answer found(int id) {
        return new Answer.Found(bare(id));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/work_packages/12",
                "/work_packages/12/",
                "/work_packages/12/activity",
                "/work_packages/12/activity#activity-3",
                "/work_packages/12/overview?query_id=5",
                "/work_packages/0012",
                "/wp/12",
                "/projects/acme/work_packages/12/overview",
                "/projects/acme/work_packages/details/12/overview",
                "/work_packages/details/12/activity",
                "/projects/acme/boards/3/details/12/overview",
                "/notifications/details/12/activity",
                "/projects/acme/calendars/3/details/12",
                "/api/v3/work_packages/12",
            })
    void everyShapeThatPeoplePasteGivesTheNumber(String path) {
        assertEquals(Optional.of("12"), openProject.bugId(url(path)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/work_packages",
                "/work_packages/new",
                "/work_packages?query_id=12",
                "/work_packages/12abc",
                "/work_packages/0",
                "/projects/12",
                "/projects/acme/boards/12",
                "/projects/acme/wiki/12",
                "/meetings/12",
                "/news/12",
            })
    void whatIsNoWorkPackageIsNone(String path) {
        assertEquals(Optional.empty(), openProject.bugId(url(path)));
    }

    @ParameterizedTest
    @CsvSource({
        "https://acme.openproject.com, https://acme.openproject.com/api/v3",
        "https://acme.example/openproject/, https://acme.example/openproject/api/v3",
    })
    void theApiUrlFollowsFromTheBaseUrl(String base, String api) {
        assertEquals(api, openProject.apiUrl(TestBugUrls.system("OpenProject", base, null, null)));
    }

    @Test
    void anOpenWorkPackageIsToldWhole() {
        answers.give(PACKAGE_API, 200, """
                {"_type": "WorkPackage", "id": 12, "subject": "Crash & <burn>", "description": {"format": "markdown",
                  "raw": "It **crashes**", "html": "<p class=\\"op-uc-p\\">It <strong>crashes</strong></p>"},
                 "updatedAt": "2026-11-01T10:00:00.123Z", "_embedded": {"status": {"isClosed": false}},
                 "_links": {"type": {"title": "Bug"}, "priority": {"title": "Immediate"}, "status": {"title": "In progress"},
                  "assignee": {"href": "/api/v3/users/5", "title": "Ann Other"},
                  "labels": [{"href": "/api/v3/labels/1", "title": "ui"}, {"href": "/api/v3/labels/2", "title": "easy"}]}}""", HAL);
        assertEquals(
                Optional.of(BugDetails.of("12", "Crash & <burn>")
                        .withDescription("<p class=\"op-uc-p\">It <strong>crashes</strong></p>")
                        .withStatus("In progress")
                        .withResolved(false)
                        .withFields(BugFields.NONE
                                .withAssignee("Ann Other")
                                .withPriority("Immediate")
                                .withType("Bug")
                                .withLabels(List.of("ui", "easy"))
                                .withUpdated(UPDATED))),
                openProject.details(url("/projects/acme/work_packages/12/activity#activity-3")));
        assertEquals(1, answers.requests().size());
    }

    @Test
    void aClosedStatusIsResolvedWhateverItsName() {
        answers.give(PACKAGE_API, 200, workPackage(12, 14, "Rejected", isClosed(true)), HAL);
        assertEquals(
                Optional.of(bare(12).withStatus("Rejected").withResolved(true)),
                openProject.details(url("/work_packages/12")));
    }

    @Test
    void whereTheAnswerDoesNotSayWhetherAStatusIsClosedTheListOfThemDoes() {
        answers.give(PACKAGE_API, 200, workPackage(12, 14, "Rejected", ""), HAL);
        answers.give(API + "/statuses", 200, STATUSES, HAL);
        assertEquals(
                Optional.of(bare(12).withStatus("Rejected").withResolved(true)),
                openProject.details(url("/work_packages/12")));
    }

    @Test
    void withoutTheListItIsUnknownWhetherAStatusIsClosed() {
        answers.give(PACKAGE_API, 200, workPackage(12, 7, "In progress", ""), HAL);
        answers.give(API + "/statuses", 403, "{}", HAL);
        assertEquals(Optional.of(bare(12).withResolved(null)), openProject.details(url("/work_packages/12")));
    }

    @Test
    void nullsAndMarkdownWithoutHtmlAreNoError() {
        answers.give(PACKAGE_API, 200, """
                {"id": 12, "subject": "Bug 12", "description": {"raw": "*old*", "html": null}, "updatedAt": null,
                 "_embedded": {"status": {"isClosed": true}}, "_links": {"status": null, "labels": {"href": null}}}""", HAL);
        assertEquals(
                Optional.of(BugDetails.of("12", "Bug 12")
                        .withDescription("<p><em>old</em></p>\n")
                        .withResolved(true)),
                openProject.details(url("/work_packages/12")));
    }

    @Test
    void aWorkPackageThatIsNotThereOrPrivateIsNone() {
        answers.give(PACKAGE_API, 404, """
                {"_type":"Error","errorIdentifier":"urn:openproject-org:api:v3:errors:NotFound",
                 "message":"The requested resource could not be found."}""", HAL);
        assertEquals(Optional.empty(), openProject.details(url("/work_packages/12")));
    }

    @Test
    void aTokenIsThePasswordOfTheUserApikey() {
        assertEquals(
                Map.of("Authorization", "Basic YXBpa2V5OjAxMjNhYmNk"),
                openProject.authentication(new TrackerSystem.Credentials(null, "0123abcd")));
        assertEquals(
                Map.of("Authorization", "Basic YW5uOnNlY3JldA=="),
                openProject.authentication(new TrackerSystem.Credentials("ann", "secret")));
        answers.give(PACKAGE_API, 404, "{}", HAL);
        openProject.details(url("/work_packages/12"));
        assertEquals(Map.of(), answers.requests().get(0).credentials());
    }

    @ParameterizedTest
    @CsvSource({
        "401, unauthorized, Unauthenticated",
        "403, forbidden, MissingPermission",
        "429, rate_limited, RateLimited",
        "500, http_500, InternalServerError",
    })
    void whatWentWrongIsToldApart(int status, String reason, String error) {
        answers.give(
                PACKAGE_API,
                status,
                "{\"_type\":\"Error\",\"errorIdentifier\":\"urn:openproject-org:api:v3:errors:" + error + "\"}",
                HAL);
        assertEquals(reason, failure().reason().word());
    }

    @Test
    void aRateLimitSaysUntilWhen() {
        answers.give(PACKAGE_API, 429, "", Map.of("Retry-After", "Sun, 22 Nov 2026 17:00:00 GMT"));
        assertEquals(
                Optional.of(Instant.parse("2026-11-22T17:00:00Z")), failure().retryAt());
    }

    @Test
    void aWebPageWhereTheApiWasExpectedIsAFailure() {
        answers.give(PACKAGE_API, 200, "<!doctype html><title>Sign in", Map.of("Content-Type", "text/html"));
        assertEquals(FailureReason.UNEXPECTED_ANSWER, failure().reason());
    }

    @Test
    void manyAreAskedForInOneQueryAndAMissingOneAffectsNoOther() {
        answers.give(query(1, "12", "404", "7"), 200, results(2, 7, 12), HAL);
        answers.give(API + "/statuses", 200, STATUSES, HAL);
        List<BugUrl> urls = List.of(
                url("/work_packages/12"),
                url("/wp/404"),
                url("/projects/acme/work_packages/7/activity"),
                url("/work_packages/details/12/overview"));
        Map<BugUrl, Answer> expected = Map.of(
                urls.get(0), found(12),
                urls.get(1), new Answer.NoSuchBug(),
                urls.get(2), found(7),
                urls.get(3), found(12));
        assertEquals(expected, TestBugUrls.refreshed(openProject, urls));
        assertEquals(List.of("GET " + query(1, "12", "404", "7"), "GET " + API + "/statuses"), answers.asked());
        assertEquals(expected, TestBugUrls.refreshed(openProject, urls));
        assertEquals(3, answers.requests().size(), "the statuses are known by then");
    }

    @Test
    void aHundredFitIntoAQueryAndTheStatusesAreAskedForOnce() {
        for (int from = 1001; from <= 1201; from += 100) {
            Integer[] ids = IntStream.range(from, from + 100).boxed().toArray(Integer[]::new);
            answers.give(
                    query(1, Arrays.stream(ids).map(String::valueOf).toArray(String[]::new)),
                    200,
                    results(100, ids),
                    HAL);
        }
        answers.give(API + "/statuses", 200, STATUSES, HAL);
        List<BugUrl> urls =
                IntStream.range(1001, 1301).mapToObj(id -> url("/wp/" + id)).toList();
        Map<BugUrl, Answer> refreshed = TestBugUrls.refreshed(openProject, urls);
        assertEquals(found(1001), refreshed.get(urls.get(0)));
        assertEquals(found(1300), refreshed.get(urls.get(299)));
        assertEquals(4, answers.requests().size());
    }

    @Test
    void smallerPagesThanWereAskedForAreReadOnUntilAllAreThere() {
        answers.give(query(1, "12", "13", "14", "15"), 200, results(3, 12, 13), HAL);
        answers.give(query(2, "12", "13", "14", "15"), 200, results(3, 14), HAL);
        answers.give(API + "/statuses", 200, STATUSES, HAL);
        List<BugUrl> urls = List.of(url("/wp/12"), url("/wp/13"), url("/wp/14"), url("/wp/15"));
        assertEquals(
                Map.of(
                        urls.get(0), found(12),
                        urls.get(1), found(13),
                        urls.get(2), found(14),
                        urls.get(3), new Answer.NoSuchBug()),
                TestBugUrls.refreshed(openProject, urls));
        assertEquals(3, answers.requests().size());
    }

    @Test
    void whereNoneOfThemIsThereTheFilterIsDroppedAndStrangersAreLeftAlone() {
        answers.give(query(1, "404", "405"), 200, results(8000, 1, 2, 3), HAL);
        List<BugUrl> urls = List.of(url("/wp/404"), url("/wp/405"));
        assertEquals(
                Map.of(urls.get(0), new Answer.NoSuchBug(), urls.get(1), new Answer.NoSuchBug()),
                TestBugUrls.refreshed(openProject, urls));
        assertEquals(1, answers.requests().size());
    }

    @Test
    void aWorkPackageOfAnotherShapeFailsAndNoOther() {
        answers.give(
                query(1, "12", "13"),
                200,
                results(2, 12, 13).replace("\"subject\": \"Bug 12\"", "\"subject\": null"),
                HAL);
        answers.give(API + "/statuses", 200, STATUSES, HAL);
        Map<BugUrl, Answer> refreshed =
                openProject.askAll(List.of(url("/wp/12"), url("/wp/13")), openProject.api(url("/")));
        assertEquals(
                FailureReason.UNEXPECTED_ANSWER,
                ((Answer.Failed) refreshed.get(url("/wp/12"))).failure().reason());
        assertEquals(found(13), refreshed.get(url("/wp/13")));
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 404, 414})
    void aVersionWithoutTheQueryIsAskedOneByOne(int status) {
        answers.give(query(1, "12", "13"), status, "{\"_type\":\"Error\"}", HAL);
        answers.give(PACKAGE_API, 200, workPackage(12, 7, "In progress", isClosed(false)), HAL);
        answers.give(API + "/work_packages/13", 404, "{}", HAL);
        List<BugUrl> urls = List.of(url("/wp/12"), url("/wp/13"));
        assertEquals(
                Map.of(urls.get(0), found(12), urls.get(1), new Answer.NoSuchBug()),
                TestBugUrls.refreshed(openProject, urls));
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 429, 500})
    void aQueryThatFailsIsNotFollowedByOthers(int status) {
        answers.give(query(1, "12", "13"), status, "{}", HAL);
        assertThrows(
                FetchException.class,
                () -> openProject.askAll(List.of(url("/wp/12"), url("/wp/13")), openProject.api(url("/"))));
        assertEquals(1, answers.requests().size());
    }

    @Test
    void aSubclassThatOverridesDetailsKeepsTheBatch() {
        Extended extended = new Extended();
        extended.client = answers;
        answers.give(query(1, "12", "13"), 200, results(2, 12, 13), HAL);
        answers.give(API + "/statuses", 200, STATUSES, HAL);
        List<BugUrl> urls = List.of(url("/wp/12"), url("/wp/13"));
        assertEquals(
                Map.of(
                        urls.get(0), new Answer.Found(bare(12).withTitle("EXTENDED: Bug 12")),
                        urls.get(1), new Answer.Found(bare(13).withTitle("EXTENDED: Bug 13"))),
                TestBugUrls.refreshed(extended, urls));
        assertEquals(2, answers.requests().size());
    }

    // What changed

    private static String changes(String... ids) {
        String ofIds = ids.length == 0
                ? ""
                : "{\"id\":{\"operator\":\"=\",\"values\":[\"" + String.join("\",\"", ids) + "\"]}},";
        String filters =
                "[" + ofIds + "{\"updatedAt\":{\"operator\":\"<>d\",\"values\":[\"2026-11-22T09:00:00Z\",\"\"]}}]";
        return API + "/queries/default?valid_subset=true&showHierarchies=false&pageSize=100&offset=1&filters="
                + URLEncoder.encode(filters, StandardCharsets.UTF_8);
    }

    @Test
    void whatChangedIsTheQueryForTheIdsWithATime() {
        List<BugUrl> urls = List.of(url("/wp/12"), url("/work_packages/13"));
        answers.give(changes("12", "13"), 200, results(0), HAL);
        answers.then(changes("12", "13"), 200, results(1, 13), HAL);
        assertEquals(Optional.of(Set.of()), TestBugUrls.changed(openProject, urls));
        assertEquals(Optional.of(Set.of("13")), TestBugUrls.changed(openProject, urls));
        assertEquals(2, answers.requests().size());
    }

    @Test
    void whatChangedAmongMoreThanAUrlHoldsIsAQueryForAll() {
        List<BugUrl> urls = IntStream.range(100_000, 100_500)
                .mapToObj(id -> url("/wp/" + id))
                .toList();
        answers.give(changes(), 200, results(2, 7, 100_001), HAL);
        assertEquals(Optional.of(Set.of("7", "100001")), TestBugUrls.changed(openProject, urls));
    }

    @Test
    void moreChangesThanAPageAreNotTold() {
        answers.give(changes("12"), 200, results(3, 12, 13), HAL);
        assertEquals(Optional.empty(), TestBugUrls.changed(openProject, List.of(url("/wp/12"))));
    }

    private FetchException failure() {
        return assertThrows(FetchException.class, () -> openProject.ask(url("/wp/12"), openProject.api(url("/wp/12"))));
    }

    // Identifiers of projects, from 17.5 on

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/work_packages/OP-382",
                "/work_packages/op-382",
                "/wp/OP-382",
                "/projects/op/work_packages/OP-382/activity",
                "/projects/op/work_packages/details/OP-382/overview",
                "/notifications/details/OP-382/activity",
                "/api/v3/work_packages/OP-382"
            })
    void anIdentifierIsAnIdAndNotItsNumber(String path) {
        assertEquals(Optional.of("OP-382"), openProject.bugId(url(path)));
    }

    private static String named(int number, String displayId) {
        return workPackage(number, 7, "In progress", "\"displayId\": \"" + displayId + "\", " + isClosed(false));
    }

    private static Answer foundAs(int number, String displayId, String movedTo) {
        return new Answer.Found(bare(number).withId(displayId).withMovedTo(movedTo));
    }

    @Test
    void aWorkPackageIsAskedForAndToldByItsIdentifier() {
        answers.give(API + "/work_packages/OP-382", 200, named(12, "OP-382"), HAL);
        assertEquals(Optional.of(bare(12).withId("OP-382")), openProject.details(url("/work_packages/OP-382")));
        answers.give(API + "/work_packages/12", 200, named(12, "OP-382"), HAL);
        assertEquals(Optional.of(bare(12).withId("OP-382")), openProject.details(url("/work_packages/12")));
    }

    @Test
    void manyAreMatchedByNumberAndByIdentifierAndWhatAFilterDoesNotKnowIsAskedForAlone() {
        String list = results(2, 13).replaceFirst("\\[\\{\"derived", "[" + named(12, "OP-382") + ", {\"derived");
        answers.give(query(1, "13", "OLD-1", "OP-382"), 200, list, HAL);
        answers.give(API + "/work_packages/OLD-1", 200, named(99, "OP-7"), HAL);
        answers.give(API + "/statuses", 200, STATUSES, HAL);
        List<BugUrl> urls = List.of(url("/wp/OP-382"), url("/wp/OLD-1"), url("/wp/13"));
        List<Answer> expected = List.of(
                foundAs(12, "OP-382", null),
                foundAs(99, "OP-7", "https://acme.openproject.com/work_packages/OP-7"),
                found(13));
        assertEquals(
                expected, List.copyOf(TestBugUrls.refreshed(openProject, urls).values()));
        assertEquals(3, answers.asked().size());

        String again = results(3, 13)
                .replaceFirst("\\[\\{\"derived", "[" + named(12, "OP-382") + "," + named(99, "OP-7") + ", {\"derived");
        answers.give(query(1, "12", "13", "99"), 200, again, HAL);
        assertEquals(
                expected, List.copyOf(TestBugUrls.refreshed(openProject, urls).values()));
        assertEquals(4, answers.asked().size());
    }
}
