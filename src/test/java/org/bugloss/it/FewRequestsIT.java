package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.junit.jupiter.api.Test;

/** What has not changed is not asked for in full: pages by their tags, the bugs of a system by one question. */
@OnServer
class FewRequestsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String REPOSITORY = "/gitea/api/v1/repos/few/requests/issues";

    @ArquillianResource
    Http bugloss;

    @ArquillianResource
    Upstream upstream;

    private void record(URI url) {
        bugloss.post("/api/link-references", "{\"url\": \"" + url + "\", \"is_defect\": true}");
    }

    private JsonObject details(URI url) {
        return Http.eventually(
                        () -> bugloss.get("/api/details?url=" + Http.encoded(url)), answer -> answer.status() == 200)
                .json();
    }

    private Instant fetchedAt(URI url) {
        return Instant.parse(details(url).getString("fetched_at"));
    }

    private void untilFetchedAfter(Instant moment, URI url) {
        assertTrue(
                Until.holds(() -> fetchedAt(url), at -> at.isAfter(moment), PATIENCE)
                        .isAfter(moment),
                url.toString());
    }

    @Test
    void aPageThatDidNotChangeIsRenewedWithoutBeingSentAgain() {
        AtomicReference<String> tag = new AtomicReference<>("\"one\"");
        upstream.on("/quick/tagged", (request, connection) -> {
            boolean same = request.header("If-None-Match").equals(java.util.Optional.of(tag.get()));
            Route answer = same
                    ? Route.status(304, "ETag: " + tag.get())
                    : Route.body(
                            200,
                            "text/html",
                            Route.openGraph("Tagged " + tag.get().charAt(1), "").getBytes(StandardCharsets.UTF_8),
                            "ETag: " + tag.get());
            answer.answer(request, connection);
        });
        URI url = upstream.uri("/quick/tagged");
        record(url);
        Instant first = fetchedAt(url);
        untilFetchedAfter(first.plusSeconds(2), url);
        assertEquals("Tagged o", details(url).getString("title"));
        List<Upstream.Request> asked = upstream.requests("/quick/tagged");
        assertTrue(asked.size() >= 3, asked::toString);
        assertTrue(asked.get(0).header("If-None-Match").isEmpty());
        for (Upstream.Request again : asked.subList(1, asked.size())) {
            assertEquals("\"one\"", again.header("If-None-Match").orElse("none"));
        }

        tag.set("\"two\"");
        assertEquals("Tagged t", Until.holds(() -> details(url).getString("title"), "Tagged t"::equals, PATIENCE));
    }

    @Test
    void oneQuestionRenewsAllBugsOfARepositoryAndOnlyWhatChangedIsFetched() {
        AtomicReference<String> changes = new AtomicReference<>("[]");
        upstream.on(
                REPOSITORY,
                (request, connection) -> Route.body(
                                200,
                                "application/json",
                                changes.get().getBytes(StandardCharsets.UTF_8),
                                "X-Total-Count: " + (changes.get().equals("[]") ? 0 : 1))
                        .answer(request, connection));
        List<URI> urls = IntStream.rangeClosed(1, 6)
                .mapToObj(i -> {
                    issue(i, "Issue " + i);
                    return upstream.uri("/gitea/few/requests/issues/" + i);
                })
                .toList();
        urls.forEach(this::record);
        // Nobody asks: who gets stale details has them fetched.
        hitsOnceThereAre(REPOSITORY, 3);
        for (int i = 1; i <= 6; i++) {
            assertEquals(1, upstream.hits(REPOSITORY + "/" + i), "requests for issue " + i);
        }
        assertTrue(upstream.hits(REPOSITORY) >= 3, "questions about what changed: " + upstream.hits(REPOSITORY));

        issue(3, "Issue 3 is new");
        changes.set("[{\"number\": 3}]");
        hitsOnceThereAre(REPOSITORY + "/3", 2);
        assertEquals(1, upstream.hits(REPOSITORY + "/4"));
        assertEquals(
                "Issue 3 is new",
                Until.holds(() -> details(urls.get(2)).getString("title"), "Issue 3 is new"::equals, PATIENCE));
    }

    private void hitsOnceThereAre(String path, int wanted) {
        Until.holds(() -> upstream.hits(path), hits -> hits >= wanted, PATIENCE);
    }

    private void issue(int number, String title) {
        upstream.on(
                REPOSITORY + "/" + number,
                Route.json("{\"number\": " + number + ", \"title\": \"" + title
                        + "\", \"body\": \"\", \"state\": \"open\", \"labels\": [], \"assignees\": null}"));
    }
}
