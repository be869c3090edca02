package org.bugloss.trackers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Comma-separated values, as RFC 4180 has them: quoted where they hold commas, quotes or line breaks. */
final class Csv {

    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private Csv() {}

    /**
     * The rows of a table whose first row names its columns.
     *
     * @return each row's values by the names of their columns in lower case; no row for an empty line
     */
    static List<Map<String, String>> rows(String text) {
        List<List<String>> lines =
                lines(text.startsWith(BYTE_ORDER_MARK) ? text.substring(BYTE_ORDER_MARK.length()) : text);
        List<Map<String, String>> rows = new ArrayList<>();
        for (List<String> values : lines.subList(Math.min(1, lines.size()), lines.size())) {
            Map<String, String> row = new LinkedHashMap<>();
            for (int i = 0; i < Math.min(lines.get(0).size(), values.size()); i++) {
                row.put(lines.get(0).get(i).toLowerCase(Locale.ROOT), values.get(i));
            }
            rows.add(row);
        }
        return rows;
    }

    private static List<List<String>> lines(String text) {
        List<List<String>> lines = new ArrayList<>();
        List<String> line = new ArrayList<>();
        StringBuilder value = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted) {
                boolean doubled = c == '"' && text.startsWith("\"\"", i);
                quoted = c != '"' || doubled;
                i += doubled ? 1 : 0;
                if (quoted) {
                    value.append(c);
                }
            } else if (c == '"') {
                quoted = true;
            } else if (c == ',' || c == '\n') {
                line.add(value.toString());
                value.setLength(0);
                if (c == '\n') {
                    add(line, lines);
                    line = new ArrayList<>();
                }
            } else if (c != '\r') {
                value.append(c);
            }
        }
        line.add(value.toString());
        add(line, lines);
        return lines;
    }

    private static void add(List<String> line, List<List<String>> lines) {
        if (line.size() > 1 || !line.get(0).isEmpty()) {
            lines.add(line);
        }
    }
}
