package org.bugloss.details;

import static org.bugloss.cache.TestClock.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.bugloss.trackers.BugFields;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class BadgeTest {

    private static ServedDetails details(String id, String status, Boolean resolved, boolean stale) {
        Side shown = new Side("Crash", "", "", status, resolved, null, BugFields.NONE);
        return new ServedDetails(
                "http://bugs.example/1",
                id,
                shown,
                "Acme",
                null,
                false,
                null,
                null,
                "tracker",
                null,
                START,
                START,
                stale,
                null,
                false);
    }

    private static Element picture(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)))
                .getDocumentElement();
    }

    private static List<String> texts(Element picture) {
        NodeList texts = picture.getElementsByTagName("text");
        return IntStream.range(0, texts.getLength())
                .mapToObj(i -> texts.item(i).getTextContent())
                .toList();
    }

    @Test
    void itShowsIdAndStatusAndSaysThemToWhoCannotSee() throws Exception {
        Element picture = picture(Badge.of(details("ABC-1", "In review", false, false), ""));
        assertEquals(List.of("ABC-1", "In review"), texts(picture));
        assertEquals("img", picture.getAttribute("role"));
        assertEquals("ABC-1: In review", picture.getAttribute("aria-label"));
        assertEquals(
                "ABC-1: In review",
                picture.getElementsByTagName("title").item(0).getTextContent());
    }

    @Test
    void whatIsNotKnownIsLeftOut() throws Exception {
        assertEquals(
                "open", picture(Badge.of(details(null, null, false, false), "")).getAttribute("aria-label"));
        assertEquals(
                "7: resolved",
                picture(Badge.of(details(null, null, true, false), "7")).getAttribute("aria-label"));
        assertEquals(
                "7: unknown",
                picture(Badge.of(details(null, null, null, false), "7")).getAttribute("aria-label"));
        assertEquals("7", picture(Badge.neutral("7")).getAttribute("aria-label"));
        assertEquals("bug", picture(Badge.neutral("")).getAttribute("aria-label"));
    }

    @Test
    void openAndResolvedDifferByShapeToo() {
        String open = Badge.of(details("1", "x", false, false), "");
        String resolved = Badge.of(details("1", "x", true, false), "");
        assertFalse(open.replaceAll("#[0-9a-f]{6}", "").equals(resolved.replaceAll("#[0-9a-f]{6}", "")));
    }

    @Test
    void whatIsStaleSaysSo() throws Exception {
        String label = picture(Badge.of(details("1", "open", false, true), "")).getAttribute("aria-label");
        assertEquals("1: open (not confirmed lately)", label);
    }

    @Test
    void whatATrackerSaysIsTextWhateverItIs() throws Exception {
        String hostile = "<script>x</script>\"'&\u0000" + "y".repeat(100);
        Element picture = picture(Badge.of(details("1", hostile, false, false), ""));
        assertEquals(0, picture.getElementsByTagName("script").getLength());
        assertTrue(texts(picture).get(1).startsWith("<script>x</script>\"'&y"), texts(picture)::toString);
        assertTrue(texts(picture).get(1).length() <= 32);
    }
}
