package org.bugloss.html;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TracWikiTest {

    private static final String BASE = "https://trac.example/env/";

    private static String html(String wiki) {
        return TracWiki.toHtml(wiki, BASE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "'''bold''' ''italic'' '''''both''''' | <b>bold</b> <i>italic</i> <b><i>both</i></b>",
                "'''''both''' italic'' | <b><i>both</i></b><i> italic</i>",
                "**bold** //italic// __under__ ~~gone~~ | <b>bold</b> <i>italic</i> <u>under</u> <del>gone</del>",
                "x^2^ and H,,2,,O | x<sup>2</sup> and H<sub>2</sub>O",
                "`a < b` and {{{'''c'''}}} | <code>a &lt; b</code> and <code>'''c'''</code>",
                "{{{ {a: {b: 1}}}}} | <code> {a: {b: 1}}</code>",
                "'''bold ''both''' italic'' | <b>bold <i>both</i></b><i> italic</i>",
                "it's a ''quote | it's a ''quote",
                "a ` b | a ` b",
                "2 ** 3 and a // b | 2 ** 3 and a // b",
                "see !#12, !WikiStart and !'''this''' | see #12, WikiStart and '''this'''",
                "Done! Really! | Done! Really!",
                "one[[BR]]two | one<br>two",
                "<b>&amp; | &lt;b&gt;&amp;amp;",
                "[[TOC(inline)]] [[RecentChanges(1)]] | [[TOC(inline)]] [[RecentChanges(1)]]",
            })
    void marksInALine(String wiki, String html) {
        assertEquals("<p>" + html + "</p>", html(wiki));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "https://e.example/a?b=1&c. | <a href=\"https://e.example/a?b=1&amp;c\">https://e.example/a?b=1&amp;c</a>.",
                "(http://e.example/x_(y)) | (<a href=\"http://e.example/x_(y))\">http://e.example/x_(y))</a>",
                "[https://e.example/ its label] | <a href=\"https://e.example/\">its label</a>",
                "#12, ticket:34 | <a href=\"https://trac.example/env/ticket/12\">#12</a>, <a href=\"https://trac.example/env/ticket/34\">ticket:34</a>",
                "[ticket:12 that one] | <a href=\"https://trac.example/env/ticket/12\">that one</a>",
                "[wiki:TracGuide] | <a href=\"https://trac.example/env/wiki/TracGuide\">TracGuide</a>",
                "[wiki:\"My Page\" here] | <a href=\"https://trac.example/env/wiki/My Page\">here</a>",
                "[source:/trunk/a.py@12#L3 a.py] | <a href=\"https://trac.example/env/browser/trunk/a.py@12#L3\">a.py</a>",
                "a#12 &#12; [1234] [javascript:alert(1) x] | a#12 &amp;#12; [1234] [javascript:alert(1) x]",
                "C:\\ticket:x arr[i] | C:\\ticket:x arr[i]",
            })
    void linksInALine(String wiki, String html) {
        assertEquals("<p>" + html + "</p>", html(wiki));
    }

    @Test
    void linksAndImagesInDoubleBrackets() {
        assertEquals(
                "<p><a href=\"https://e.example/\">label</a> <img src=\"https://e.example/i.png\""
                        + " alt=\"https://e.example/i.png\"> <em>shot.png</em></p>",
                html("[[https://e.example/|label]] [[Image(https://e.example/i.png, 50%)]] [[Image(shot.png)]]"));
    }

    @Test
    void headingsParagraphsAndRules() {
        assertEquals(
                "<h1>One</h1><h2>Two = 2</h2><p>a<br>b</p><p>c</p><hr><h3>Open</h3>",
                html("= One =\r\n== Two = 2 == #anchor\r\na\r\nb\r\n\r\nc\r\n----\r\n=== Open"));
    }

    @Test
    void listsAreNestedByTheirIndents() {
        assertEquals(
                "<ul><li>one<br>more<ul><li>deep</li></ul></li><li>two</li></ul><ol><li>first</li><li>second</li></ol>"
                        + "<p>end</p>",
                html(" * one\n   more\n   - deep\n * two\n 1. first\n 2. second\nend"));
    }

    @Test
    void codeBlocksAreTakenAsTheyAre() {
        assertEquals(
                "<p>See:</p><pre>if a &lt; b:\n  '''x'''\n{{{\ninner\n}}}</pre><p>end</p>",
                html("See:\n{{{#!python\nif a < b:\n  '''x'''\n{{{\ninner\n}}}\n}}}\nend"));
        assertEquals("<pre>x</pre>", html("{{{\n#!c\nx\n}}}"));
        assertEquals("<pre>no end\n* x</pre>", html("{{{\nno end\n* x"));
        assertEquals("<ul><li>one<pre>code</pre></li><li>two</li></ul>", html(" * one\n   {{{\ncode\n   }}}\n * two"));
    }

    @Test
    void htmlBlocksAreHtmlAndCommentsAreNot() {
        assertEquals(
                "<p>a</p><table><tr><td>x</td></tr></table>",
                html("a\n{{{\n#!html\n<table><tr><td>x</td></tr></table>\n}}}\n{{{#!comment\nnot this\n}}}"));
    }

    @Test
    void whatCouldDoHarmIsGoneOnceSanitised() {
        assertEquals(
                "<b>x</b><p>[[javascript:alert(1)]] <a href=\"https://trac.example/env/ticket/1\""
                        + " rel=\"nofollow noopener noreferrer ugc\">onclick=\"f() &lt;script&gt;</a></p>",
                SafeHtml.sanitise(
                        html("{{{#!html\n<script>f()</script><b onclick=f()>x</b>\n}}}\n"
                                + "[[javascript:alert(1)]] [ticket:1\" onclick=\"f() <script>]"),
                        true));
    }

    @Test
    void tablesQuotesAndDefinitions() {
        assertEquals(
                "<table><tr><th>OS</th><th>fails</th></tr><tr><td>Linux</td><td></td></tr></table>"
                        + "<blockquote>said<br>more</blockquote><blockquote><blockquote>before</blockquote></blockquote>"
                        + "<dl><dt>term</dt><dd>what it is</dd><dd>and more</dd><dt>other</dt></dl>"
                        + "<blockquote>indented</blockquote>",
                html(
                        "||= OS =||= fails =||\n|| Linux || ||\n> said\n> more\n>> before\n term:: what it is\n   and more\n"
                                + " other::\n\n  indented"));
    }

    @Test
    void aNamespaceInATextIsNoDefinition() {
        assertEquals("<blockquote>use std::vector here</blockquote>", html("  use std::vector here"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'''",
                "''",
                "`",
                "{{{",
                "[a",
                "[[",
                "^",
                "!",
                "[http://e.example ",
                "|| ",
                "= ",
                "AaBb",
                "!AaBb",
                " ",
                "a ::",
                "))",
                "http://((",
                " * a\n",
                " > \n",
                "{{{\n",
                "  * ",
                "#1 ",
                "~~,,__"
            })
    void aLongTextOfMarksTakesNoLongerThanAnother(String mark) {
        for (String text : new String[] {
            mark.repeat(100_000),
            mark.repeat(50_000) + "]",
            " x" + mark.repeat(50_000) + "x",
            "= x" + mark.repeat(50_000) + "x"
        }) {
            assertTimeout(Duration.ofSeconds(2), () -> html(text), mark);
        }
    }
}
