package org.bugloss.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonBodyTest {

    private static JsonBody body(String json) {
        return JsonBody.read(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void membersAreReadByTheirTypes() {
        JsonBody body = body("""
                {"name": "crash", "is_defect": true, "ttl": 60, "labels": ["a", "b"], "status": null}""");
        assertEquals(Optional.of("crash"), body.text("name", 64));
        assertEquals(Optional.of(true), body.flag("is_defect"));
        assertEquals(Optional.of(60), body.whole("ttl", 1, 100));
        assertEquals(Optional.of(List.of("a", "b")), body.texts("labels", 10, 10));
        assertEquals(Optional.empty(), body.text("status", 10));
        assertTrue(body.isNull("status"));
        assertEquals(Optional.empty(), body.text("absent", 10));
    }

    @Test
    void anUnknownMemberIsNamedWithThoseThereAre() {
        assertEquals(
                "unknown member is_bug; there are name, is_defect",
                refused("{\"is_bug\": 1}", body -> body.only("name", "is_defect")));
    }

    @Test
    void anUnknownMemberOfAnInnerObjectIsNamedByItsPath() {
        assertEquals(
                "unknown member fields.severity; there are priority",
                refused(
                        "{\"fields\": {\"severity\": 1}}",
                        body -> body.object("fields").orElseThrow().only("priority")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "5 | name must be a string",
                "true | name must be a string",
                "[] | name must be a string",
                "{} | name must be a string",
                "\"abcdef\" | name has 6 characters; at most 5 are allowed",
                "\"a\\u0000b\" | name holds a control character or half a surrogate pair",
                "\"a\\ud800b\" | name holds a control character or half a surrogate pair",
            })
    void aStringOfAnotherTypeOrLengthIsRefused(String value, String detail) {
        assertEquals(detail, refused("{\"name\": " + value + "}", body -> body.text("name", 5)));
    }

    @Test
    void charactersAreCountedAsPeopleCountThem() {
        assertEquals(Optional.of("😀😀"), body("{\"name\": \"😀😀\"}").text("name", 2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"true\"", "1", "\"maybe\"", "[]"})
    void aFlagOfAnotherTypeIsRefused(String value) {
        assertEquals(
                "is_defect must be true or false",
                refused("{\"is_defect\": " + value + "}", body -> body.flag("is_defect")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "101", "1.5", "\"5\"", "1e400", "99999999999999999999"})
    void aNumberOfAnotherTypeOrSizeIsRefused(String value) {
        assertEquals(
                "ttl must be a whole number from 1 to 100",
                refused("{\"ttl\": " + value + "}", body -> body.whole("ttl", 1, 100)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "nonsense", "{\"a\":}", "{}{}", "{\"a\":1}x"})
    void whatIsNoJsonIsRefused(String text) {
        assertEquals("the body is no well-formed JSON", refused(text, body -> body.only()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "5", "null", "\"text\""})
    void whatIsNoObjectIsRefused(String text) {
        assertEquals("the body must be a JSON object", refused(text, body -> body.only()));
    }

    @Test
    void deepNestingIsRefused() {
        assertEquals(
                "the body is no well-formed JSON",
                refused("[".repeat(100_000) + "]".repeat(100_000), body -> body.only()));
    }

    @Test
    void bytesThatAreNoUtf8AreRefused() {
        Problem problem = assertThrows(
                Problem.class, () -> JsonBody.parse(new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'}));
        assertEquals("the body is no UTF-8 text", problem.getMessage());
    }

    @Test
    void aBodyOverTheLimitIsRefusedWithoutReadingItAll() {
        long[] read = new long[1];
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                read[0]++;
                return ' ';
            }
        };
        assertEquals(
                413, assertThrows(Problem.class, () -> JsonBody.read(endless)).status());
        assertEquals(JsonBody.MAX_BYTES + 1, read[0]);
    }

    private static String refused(String json, Function<JsonBody, Object> read) {
        Problem problem = assertThrows(Problem.class, () -> read.apply(body(json)));
        assertEquals(400, problem.status());
        return problem.getMessage();
    }
}
