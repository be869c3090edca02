package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/**
 * Every way by which something gets out of Bugloss, and what it tells of a bug to whom: before and after the bug became
 * confidential. {@link ExitsTest} sees to it that none is missing.
 */
final class Exits {

    /** What titles, statuses and the like of the bug have in them, and nothing else has. */
    static final String WORD = "Leaking";

    /** Of the only link reference to the bug. */
    static final String EXECUTION = "TE-EXITS";

    private static final String JSON = "application/json";
    private static final String LINES = "application/x-ndjson";
    private static final String TOLD = "execution_id=" + EXECUTION;

    /** Who asks, by the token. */
    enum Role {
        /** One of {@code readers} and of {@code private-readers}. */
        CONFIDANT,
        /** One of {@code readers}. */
        INSIDER,
        /** An editor who is neither. */
        OUTSIDER
    }

    /** Whether an answer tells of the bug. */
    private record Question(String name, BiFunction<Http, String[], Http.Answer> ask, Predicate<Http.Answer> tells) {}

    private final String url;
    private final Map<String, List<Question>> exits = new TreeMap<>();

    /** @param url of the bug */
    Exits(String url) {
        this.url = url;
        String asked = "?url=" + Http.encoded(url);
        add("GET /details", get("/api/details" + asked));
        add("POST /details/refresh", post("/api/details/refresh" + asked, ""));
        add("POST /details/query", post("/api/details/query", "{\"urls\": [\"" + url + "\"]}"));
        add("POST /details/query", post("/api/details/query", "{\"urls\": [\"" + url + "\"], \"brief\": true}"));
        add("PUT /details", this::override);
        add("GET /details/badge", get("/api/details/badge" + asked));
        add("POST /trackers/check", post("/api/trackers/check" + asked, ""));
        String list = "/api/link-references?" + TOLD;
        add("GET /link-references", get(list + "&embed=details"));
        for (String filter : List.of(
                "resolved=false", "q=" + WORD.toLowerCase(java.util.Locale.ROOT), "sort=updated&resolved=false")) {
            add("GET /link-references " + filter, get(list + "&" + filter), Exits::hasItems);
        }
        add("GET /link-references ndjson", get(list + "&embed=details", "Accept", LINES));
        add(
                "GET /link-references/summary",
                get("/api/link-references/summary?" + TOLD),
                answer -> answer.json().getInt("open") == 1);
        add("GET /changes", get("/api/changes?limit=1000"));
        add("GET /changes ndjson", get("/api/changes", "Accept", LINES));
        tellNothing(
                "DELETE /details",
                "POST /details/overrides ndjson",
                "POST /link-references",
                "POST /link-references ndjson",
                "GET /link-references/{id}",
                "PATCH /link-references/{id}",
                "DELETE /link-references/{id}",
                // But for the texts of failures, which are for who may see what is confidential: see AccessIT.
                "GET /trackers",
                "PATCH /trackers/{name}",
                "GET /me",
                "GET /metrics");
    }

    /** The methods and paths of all exits. */
    static List<String> names() {
        return new Exits("http://bugs.example/1").exits.keySet().stream().toList();
    }

    /** Asks at every exit, and tells where the wrong ones are told of the bug. */
    void check(Http bugloss, Map<Role, String[]> callers, List<Role> told) {
        List<String> wrong = new ArrayList<>();
        exits.forEach((name, questions) -> questions.forEach(question -> callers.forEach((role, caller) -> {
            Http.Answer answer = question.ask().apply(bugloss, caller);
            if (answer.status() != 200 || question.tells().test(answer) != told.contains(role)) {
                wrong.add(question.name() + " for " + role + ": " + answer);
            }
            if (!told.contains(role) && answer.body().contains(WORD)) {
                wrong.add(question.name() + " tells " + role + ": " + answer);
            }
        })));
        assertEquals(List.of(), wrong);
    }

    private Http.Answer override(Http bugloss, String[] caller) {
        String asked = "/api/details?url=" + Http.encoded(url);
        Http.Answer answer = bugloss.put(asked, "{\"title\": \"" + WORD + " ours\"}", caller);
        bugloss.delete(asked, caller);
        return answer;
    }

    private static boolean hasItems(Http.Answer answer) {
        return !answer.json().getJsonArray("items").isEmpty();
    }

    private static BiFunction<Http, String[], Http.Answer> get(String path, String... headers) {
        return (bugloss, caller) -> bugloss.get(path, both(headers, caller));
    }

    private static BiFunction<Http, String[], Http.Answer> post(String path, String body) {
        return (bugloss, caller) -> bugloss.post(path, body, both(new String[] {"Accept", JSON}, caller));
    }

    private static String[] both(String[] some, String[] others) {
        List<String> both = new ArrayList<>(List.of(some));
        both.addAll(List.of(others));
        return both.toArray(String[]::new);
    }

    private void add(String name, BiFunction<Http, String[], Http.Answer> ask) {
        add(name, ask, answer -> answer.body().contains(WORD));
    }

    private void add(String name, BiFunction<Http, String[], Http.Answer> ask, Predicate<Http.Answer> tells) {
        // A filter is another question at the same exit.
        String exit = name.replaceFirst(" \\S+=.*", "");
        exits.computeIfAbsent(exit, first -> new ArrayList<>()).add(new Question(name, ask, tells));
    }

    private void tellNothing(String... names) {
        Map<String, List<Question>> none = new LinkedHashMap<>();
        for (String name : names) {
            none.put(name, List.of());
        }
        exits.putAll(none);
    }
}
