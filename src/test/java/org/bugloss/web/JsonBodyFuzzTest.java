package org.bugloss.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever a caller sends, it is read or it is a bad request. */
class JsonBodyFuzzTest {

    @Property(tries = 2000, seed = "20261122")
    void anyBytesAreReadOrRefused(@ForAll byte[] bytes) {
        readOrRefuse(bytes);
    }

    @Property(tries = 5000, seed = "20261122")
    void anyPiecesOfJsonAreReadOrRefused(@ForAll("pieces") List<String> pieces) {
        readOrRefuse(String.join("", pieces).getBytes(StandardCharsets.UTF_8));
        readOrRefuse(("{\"name\": \"x\"" + String.join("", pieces) + "}").getBytes(StandardCharsets.UTF_8));
    }

    private static void readOrRefuse(byte[] bytes) {
        for (int member = 0; member < 5; member++) {
            try {
                JsonBody body = JsonBody.parse(bytes);
                switch (member) {
                    case 0 -> body.text("name", 10);
                    case 1 -> body.flag("flag");
                    case 2 -> body.whole("ttl", 1, 1000);
                    case 3 -> body.texts("labels", 3, 10);
                    default -> body.object("fields").ifPresent(fields -> fields.only("name"));
                }
            } catch (Problem refused) {
                assertEquals(400, refused.status());
                assertFalse(refused.document().toString().contains("\\u0000"), "says a control character again");
            }
        }
    }

    @Provide
    Arbitrary<List<String>> pieces() {
        return Arbitraries.of(
                        "{",
                        "}",
                        "[",
                        "]",
                        ",",
                        ":",
                        "\"",
                        "\\",
                        ", \"name\": ",
                        ", \"flag\": ",
                        ", \"ttl\": ",
                        ", \"labels\": ",
                        ", \"fields\": ",
                        "\"\\u0000\"",
                        "\"\\ud800\"",
                        "\"x\"",
                        "[\"a\", 1]",
                        "{\"name\": 1}",
                        "true",
                        "null",
                        "1",
                        "-0.0",
                        "1.5",
                        "1e400",
                        "1E99999999999",
                        "1e-2147483648",
                        "9".repeat(2000),
                        "\u0000",
                        "\uFEFF",
                        "\u00e9",
                        "NaN",
                        "\n",
                        "{\"a\":".repeat(2000))
                .list()
                .ofMaxSize(12);
    }
}
