package org.bugloss.html;

import static org.bugloss.html.AllowList.assertSafe;
import static org.junit.jupiter.api.Assertions.assertEquals;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.StringReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AtlassianDocumentTest {

    private static JsonValue json(String text) {
        try (JsonReader reader = Json.createReader(new StringReader(text))) {
            return reader.readValue();
        }
    }

    private static String html(String content) {
        return AtlassianDocument.toHtml(json("{\"type\": \"doc\", \"version\": 1, \"content\": [" + content + "]}"));
    }

    @Test
    void marksWrapTheirText() {
        assertEquals(
                "<p>a &lt;b&gt; <em><strong>x</strong></em><br><a href=\"https://a.example/?q=&quot;&amp;r\">link</a>"
                        + " <code>y</code><sub>2</sub>red</p>",
                html("""
                        {"type": "paragraph", "content": [
                          {"type": "text", "text": "a <b> "},
                          {"type": "text", "text": "x", "marks": [{"type": "strong"}, {"type": "em"}]},
                          {"type": "hardBreak"},
                          {"type": "text", "text": "link", "marks": [{"type": "link",
                            "attrs": {"href": "https://a.example/?q=\\"&r"}}]},
                          {"type": "text", "text": " "},
                          {"type": "text", "text": "y", "marks": [{"type": "code"}]},
                          {"type": "text", "text": "2", "marks": [{"type": "subsup", "attrs": {"type": "sub"}}]},
                          {"type": "text", "text": "red", "marks": [{"type": "textColor", "attrs": {"color": "#f00"}}]}
                        ]}"""));
    }

    @Test
    void blocksAreNested() {
        assertEquals(
                "<h2>T</h2><ul><li><p>one</p><ol><li><p>deep</p></li></ol></li></ul><hr>"
                        + "<blockquote><p>note</p></blockquote><pre><code>a &lt; b\n  c</code></pre>"
                        + "<ul><li>☑ done</li><li>☐ open</li></ul><details><summary>More</summary><p>x</p></details>",
                html("""
                        {"type": "heading", "attrs": {"level": 2}, "content": [{"type": "text", "text": "T"}]},
                        {"type": "bulletList", "content": [{"type": "listItem", "content": [
                          {"type": "paragraph", "content": [{"type": "text", "text": "one"}]},
                          {"type": "orderedList", "attrs": {"order": 1}, "content": [{"type": "listItem", "content": [
                            {"type": "paragraph", "content": [{"type": "text", "text": "deep"}]}]}]}]}]},
                        {"type": "rule"},
                        {"type": "panel", "attrs": {"panelType": "info"}, "content": [
                          {"type": "paragraph", "content": [{"type": "text", "text": "note"}]}]},
                        {"type": "codeBlock", "attrs": {"language": "java"}, "content": [
                          {"type": "text", "text": "a < b\\n  c"}]},
                        {"type": "taskList", "attrs": {"localId": "x"}, "content": [
                          {"type": "taskItem", "attrs": {"localId": "y", "state": "DONE"}, "content": [
                            {"type": "text", "text": "done"}]},
                          {"type": "taskItem", "attrs": {"state": "TODO"}, "content": [
                            {"type": "text", "text": "open"}]}]},
                        {"type": "expand", "attrs": {"title": "More"}, "content": [
                          {"type": "paragraph", "content": [{"type": "text", "text": "x"}]}]}"""));
    }

    @Test
    void tablesKeepTheirSpans() {
        assertEquals(
                "<table><tbody><tr><th colspan=\"2\"><p>h</p></th></tr><tr><td><p>a</p></td><td></td></tr></tbody></table>",
                html("""
                        {"type": "table", "attrs": {"isNumberColumnEnabled": false, "layout": "default"}, "content": [
                          {"type": "tableRow", "content": [{"type": "tableHeader", "attrs": {"colspan": 2, "rowspan": 1},
                            "content": [{"type": "paragraph", "content": [{"type": "text", "text": "h"}]}]}]},
                          {"type": "tableRow", "content": [
                            {"type": "tableCell", "attrs": {}, "content": [
                              {"type": "paragraph", "content": [{"type": "text", "text": "a"}]}]},
                            {"type": "tableCell"}]}]}"""));
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " => ", quoteCharacter = '`', textBlock = """
            {"type": "mention", "attrs": {"id": "1", "text": "@Ann <A>"}} => @Ann &lt;A&gt;
            {"type": "emoji", "attrs": {"shortName": ":grin:", "text": "😀"}} => 😀
            {"type": "emoji", "attrs": {"shortName": ":custom:"}} => :custom:
            {"type": "date", "attrs": {"timestamp": "1582152559000"}} => 2020-02-19
            {"type": "date", "attrs": {"timestamp": "soon"}} => ``
            {"type": "status", "attrs": {"text": "IN PROGRESS", "color": "blue"}} => IN PROGRESS
            {"type": "inlineCard", "attrs": {"url": "https://a.example/"}} => <a href="https://a.example/">https://a.example/</a>
            {"type": "inlineCard", "attrs": {"data": {}}} => ``
            {"type": "mediaSingle", "content": [{"type": "media", "attrs": {"type": "file", "id": "u-u-i-d", "alt": "shot.png"}}]} => shot.png
            {"type": "media", "attrs": {"type": "external", "url": "https://a.example/i.png"}} => <img src="https://a.example/i.png" alt="">
            {"type": "heading", "attrs": {"level": 99}, "content": [{"type": "text", "text": "x"}]} => <h6>x</h6>
            {"type": "someNewNode", "content": [{"type": "text", "text": "inside"}]} => inside
            {"type": "orderedList", "attrs": {"order": 3}, "content": [{"type": "listItem"}]} => <ol start="3"><li></li></ol>
            {"type": "orderedList", "attrs": {"order": 0}} => <ol start="0"></ol>
            {"type": "orderedList", "attrs": {"order": -3}} => <ol></ol>
            {"type": "orderedList", "attrs": {"order": "3"}} => <ol></ol>
            {"type": "orderedList"} => <ol></ol>
            {"type": "extension", "attrs": {"extensionKey": "toc", "parameters": {}}} => ``
            """)
    void aNodeIsRendered(String node, String html) {
        assertEquals(html, html(node));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "[]",
                "5",
                "true",
                "{}",
                "{\"type\": 5}",
                "{\"type\": \"doc\", \"content\": {}}",
                "{\"type\": \"doc\", \"content\": [null, 5, \"x\", [], {\"type\": \"text\"}, {\"type\": \"text\", \"text\": null,"
                        + " \"marks\": [null, 5, {\"type\": null}]}]}",
            })
    void whatIsNoDocumentIsEmpty(String document) {
        assertEquals("", AtlassianDocument.toHtml(json(document)));
        assertEquals("", AtlassianDocument.toHtml(null));
    }

    @Test
    void aStringIsPlainText() {
        assertEquals("a &lt;b&gt;<br>c", AtlassianDocument.toHtml(Json.createValue("a <b>\nc")));
    }

    @Test
    void nestingWithoutEndIsCut() {
        JsonObject node =
                Json.createObjectBuilder().add("type", "text").add("text", "x").build();
        for (int depth = 0; depth < 2000; depth++) {
            JsonArray content = Json.createArrayBuilder().add(node).build();
            node = Json.createObjectBuilder()
                    .add("type", "blockquote")
                    .add("content", content)
                    .build();
        }
        assertSafe(SafeHtml.sanitise(AtlassianDocument.toHtml(node), false), false);
    }
}
