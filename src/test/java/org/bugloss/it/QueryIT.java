package org.bugloss.it;

import static org.bugloss.it.DetailsIT.assertProblem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.junit.jupiter.api.Test;

/** {@code POST /api/details/query}: many bugs with one request. */
@OnServer
class QueryIT {

    private static final String QUERY = "/api/details/query";

    @ArquillianResource
    Http bugloss;

    @ArquillianResource
    Upstream upstream;

    private JsonObject query(String... urls) {
        JsonArrayBuilder array = Json.createArrayBuilder();
        for (String url : urls) {
            array.add(url);
        }
        Http.Answer answer = bugloss.post(
                QUERY, Json.createObjectBuilder().add("urls", array).build().toString());
        assertEquals(200, answer.status(), answer::toString);
        return answer.json().getJsonObject("details");
    }

    private static int problem(JsonObject details, String url) {
        return details.getJsonObject(url).getJsonObject("problem").getInt("status");
    }

    @Test
    void eachUrlGetsItsDetailsOrItsProblem() {
        upstream.on("/query/good", Route.page("Good", ""));
        String good = upstream.uri("/query/good").toString();
        String again = good + "#comment";
        String gone = upstream.uri("/query/gone").toString();
        JsonObject details = query(good, again, gone, "ftp://x/", "http://10.0.0.1/query", good);
        assertEquals("Good", details.getJsonObject(good).getString("title"));
        assertEquals("Good", details.getJsonObject(again).getString("title"));
        assertEquals(404, problem(details, gone));
        assertEquals(400, problem(details, "ftp://x/"));
        assertEquals(422, problem(details, "http://10.0.0.1/query"));
        assertEquals(5, details.size());
        assertEquals(1, upstream.hits("/query/good"));
    }

    @Test
    void whatIsNotThereByTheDeadlineIsThereOnALaterCall() {
        upstream.on("/query/quick", Route.page("Quick", ""));
        upstream.on("/query/slow", Route.slow(Duration.ofSeconds(8), Route.page("Slow", "")));
        String quick = upstream.uri("/query/quick").toString();
        String slow = upstream.uri("/query/slow").toString();
        Instant asked = Instant.now();
        JsonObject details = query(quick, slow);
        Duration waited = Duration.between(asked, Instant.now());
        assertEquals("Quick", details.getJsonObject(quick).getString("title"));
        assertEquals(202, problem(details, slow));
        assertTrue(waited.compareTo(Duration.ofMillis(4500)) < 0, waited::toString);
        JsonObject later = Until.holds(
                () -> query(slow), answer -> answer.getJsonObject(slow).containsKey("title"), Duration.ofSeconds(20));
        assertEquals("Slow", later.getJsonObject(slow).getString("title"));
        assertEquals(1, upstream.hits("/query/slow"));
    }

    @Test
    void aQueryThatIsWrongIsABadRequest() {
        JsonArrayBuilder many = Json.createArrayBuilder();
        for (int i = 0; i < 501; i++) {
            many.add("http://10.0.0.1/" + i);
        }
        assertProblem(bugloss.post(QUERY, "{}"), 400);
        assertProblem(bugloss.post(QUERY, "{\"urls\": \"http://10.0.0.1/\"}"), 400);
        assertProblem(bugloss.post(QUERY, "{\"urls\": [5]}"), 400);
        assertProblem(bugloss.post(QUERY, "{\"links\": []}"), 400);
        assertProblem(
                bugloss.post(
                        QUERY,
                        Json.createObjectBuilder().add("urls", many).build().toString()),
                400);
        assertEquals(0, query().size());
    }
}
