package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CsvTest {

    @Test
    void valuesAreQuotedWhereTheyHoldCommasQuotesOrLineBreaks() {
        assertEquals(
                List.of(
                        Map.of("id", "1", "summary", "a, \"b\"", "text", "one\r\ntwo"),
                        Map.of("id", "2", "summary", "", "text", "plain \" here")),
                Csv.rows("\uFEFFid,Summary,TEXT\r\n1,\"a, \"\"b\"\"\",\"one\r\ntwo\"\r\n2,,\"plain \"\" here\"\r\n"));
    }

    @Test
    void shortRowsAndEmptyLinesAreNoError() {
        assertEquals(List.of(Map.of("id", "1")), Csv.rows("id,summary\n\n1\n\n"));
        assertEquals(List.of(Map.of("id", "1", "summary", "b")), Csv.rows("id,summary\n1,b,c"));
        assertEquals(List.of(Map.of("id", "1", "summary", "no end\n")), Csv.rows("id,summary\n1,\"no end\n"));
        assertEquals(List.of(), Csv.rows("id,summary"));
        assertEquals(List.of(), Csv.rows(""));
    }
}
