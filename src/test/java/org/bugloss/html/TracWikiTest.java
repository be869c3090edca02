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
        return TracWiki.toHtml(wiki, BASE, "7");
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
                "[source:/trunk/a.py@12#L3 a.py] | <a href=\"https://trac.example/env/browser/trunk/a.py?rev=12#L3\">a.py</a>",
                "[source:trunk/a.c@12 s] | <a href=\"https://trac.example/env/browser/trunk/a.c?rev=12\">s</a>",
                "[source:trunk/a.c@12:3-5,9#L3 s] | <a href=\"https://trac.example/env/browser/trunk/a.c?rev=12&amp;marks=3-5,9#L3\">s</a>",
                "[browser:trunk s] | <a href=\"https://trac.example/env/browser/trunk\">s</a>",
                "[attachment:x.txt a] | <a href=\"https://trac.example/env/attachment/ticket/7/x.txt\">a</a>",
                "[attachment:\"x y.txt\" a] | <a href=\"https://trac.example/env/attachment/ticket/7/x y.txt\">a</a>",
                "[attachment:x.txt:ticket:1 o] | <a href=\"https://trac.example/env/attachment/ticket/1/x.txt\">o</a>",
                "[attachment:x.txt:wiki:My/Page o] | <a href=\"https://trac.example/env/attachment/wiki/My/Page/x.txt\">o</a>",
                "[attachment:ticket:1:x.txt o] | <a href=\"https://trac.example/env/attachment/ticket/1/x.txt\">o</a>",
                "[raw-attachment:x.png] | <a href=\"https://trac.example/env/raw-attachment/ticket/7/x.png\">raw-attachment:x.png</a>",
                "see attachment:x.txt. | see <a href=\"https://trac.example/env/attachment/ticket/7/x.txt\">attachment:x.txt</a>.",
                "[comment:3 c] | <a href=\"https://trac.example/env/ticket/7#comment:3\">c</a>",
                "[comment:3:ticket:12 c] | <a href=\"https://trac.example/env/ticket/12#comment:3\">c</a>",
                "[comment:ticket:12:3 c] | <a href=\"https://trac.example/env/ticket/12#comment:3\">c</a>",
                "comment:4, comment:description | <a href=\"https://trac.example/env/ticket/7#comment:4\">comment:4</a>,"
                        + " <a href=\"https://trac.example/env/ticket/7#comment:description\">comment:description</a>",
                "[comment:x c] comment: none | [comment:x c] comment: none",
                "[ticket:12#comment:3 c] | <a href=\"https://trac.example/env/ticket/12#comment:3\">c</a>",
                "[ticket:1-3,7 some] | <a href=\"https://trac.example/env/query?id=1-3,7\">some</a>",
                "[ticket:x t] [bug:5 b] issue:6 | [ticket:x t] <a href=\"https://trac.example/env/ticket/5\">b</a>"
                        + " <a href=\"https://trac.example/env/ticket/6\">issue:6</a>",
                "[query:?status=new&owner=me mine] | <a href=\"https://trac.example/env/query?status=new&amp;owner=me\">mine</a>",
                "[query:status=new q] | <a href=\"https://trac.example/env/query?status=new&amp;order=priority\">q</a>",
                "[query:status!=closed&order=id q] | <a href=\"https://trac.example/env/query?status=!closed&amp;order=id\">q</a>",
                "[query:\"summary~=a b\" q] | <a href=\"https://trac.example/env/query?summary=~a+b&amp;order=priority\">q</a>",
                "[WikiStart the label] | <a href=\"https://trac.example/env/wiki/WikiStart\">the label</a>",
                "[TracDev/ApiDocs#Top \"a label\"] | <a href=\"https://trac.example/env/wiki/TracDev/ApiDocs#Top\">a label</a>",
                "[\"my page\"] [\"my page\" l] | <a href=\"https://trac.example/env/wiki/my page\">my page</a>"
                        + " <a href=\"https://trac.example/env/wiki/my page\">l</a>",
                "[Error in main] [WikiStart] [] [ x] | [Error in main] [WikiStart] [] [ x]",
                "[[My Page]] [[ -f x ]] [[1,2],[3]] | <a href=\"https://trac.example/env/wiki/My Page\">My Page</a> [[ -f x ]] [[1,2],[3]]",
                "[[TOC]] [[PageOutline]] [[Foo(x)]] | [[TOC]] [[PageOutline]] [[Foo(x)]]",
                "[/wiki/X x] [#comment:2 c] | <a href=\"https://trac.example/env/wiki/X\">x</a>"
                        + " <a href=\"https://trac.example/env/ticket/7#comment:2\">c</a>",
                "![ticket:1 x] !ticket:1 !comment:3 | [ticket:1 x] ticket:1 comment:3",
                "https://e.example/x\u00a0y | <a href=\"https://e.example/x\">https://e.example/x</a>\u00a0y",
                "a[[br()]]b[[Br(clear)]]c[[BR]]d | a<br>b<br>c<br>d",
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
    void aLinkInDoubleBracketsIsAPageOfTheWiki() {
        assertEquals(
                "<p><a href=\"https://trac.example/env/wiki/Page\">label</a>"
                        + " <a href=\"https://trac.example/env/wiki/My Page\">the label</a>"
                        + " <a href=\"https://trac.example/env/ticket/3\">t</a>"
                        + " <a href=\"https://trac.example/env/query?status=new&amp;status=assigned&amp;order=priority\">q</a></p>",
                html("[[Page|label]] [[My Page | the label]] [[ticket:3|t]] [query:status=new|assigned q]"));
    }

    @Test
    void marksGoOnOverTheLinesOfAParagraphOrItem() {
        assertEquals(
                "<p><b>bold<br>over</b> lines <i>and<br>italic</i></p><p>a '''b</p><p>c''' d</p>",
                html("'''bold\nover''' lines ''and\nitalic''\n\na '''b\n\nc''' d"));
        assertEquals(
                "<ul><li><b>bold<br>over</b></li><li>not '''this</li><li>nor''' this</li></ul>",
                html(" * '''bold\n   over'''\n * not '''this\n * nor''' this"));
    }

    @Test
    void codeAndLinksEndWithTheirLine() {
        assertEquals(
                "<p>`a<br>b` [ticket:1<br>c] [[BR<br>]]</p>"
                        .replace("ticket:1", "<a href=\"https://trac.example/env/ticket/1\">ticket:1</a>"),
                html("`a\nb` [ticket:1\nc] [[BR\n]]"));
    }

    @Test
    void anOrderedListKeepsTheNumberThatItBeginsWith() {
        assertEquals(
                "<ol start=\"3\"><li>c</li><li>d<ol start=\"2\"><li>b</li></ol></li></ol><ol><li>i</li><li>ii</li></ol>"
                        + "<ol><li>a</li></ol>",
                html(" 3. c\n 4. d\n    b. b\n\n i. i\n ii. ii\n\n 1. a"));
    }

    @Test
    void itemsAreContinuedByLinesThatAreNotLeftOfThem() {
        assertEquals(
                "<ul><li>one<br>same<br>more<br>far</li><li>two</li></ul><p>end</p>",
                html(" * one\n same\n   more\n      far\n * two\nend"));
        assertEquals(
                "<ul><li>one<ul><li>deep<br>more</li></ul><br>up</li></ul>",
                html(" * one\n    * deep\n      more\n   up"));
        assertEquals("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", html(" * a\n    * b\n  * c"));
        assertEquals(
                "<ol><li>a<pre>x\n y</pre><br>b</li><li>c</li></ol>",
                html(" 1. a\n    {{{\n    x\n     y\n    }}}\n    b\n 2. c"));
    }

    @Test
    void theFirstLineOfAScriptIsCodeAndNoProcessor() {
        assertEquals("<pre>#!/bin/sh\necho</pre>", html("{{{\n#!/bin/sh\necho\n}}}"));
        assertEquals("<pre>#!/usr/bin/env python\nx</pre>", html("{{{#!/usr/bin/env python\nx\n}}}"));
        assertEquals("<pre>x</pre><pre>y</pre>", html("{{{#!text/x-python\nx\n}}}\n{{{ #!sh args=\"1\"\ny\n}}}"));
    }

    @Test
    void aDivisionIsNoCode() {
        assertEquals(
                "<p>a</p><h2>Title</h2><p><b>x</b></p><pre>code</pre><p>b</p>",
                html("a\n{{{#!div class=\"box\"\n== Title ==\n'''x'''\n{{{\ncode\n}}}\n}}}\nb"));
        assertEquals("<p><i>x</i></p>", html("{{{\n#!span style=\"color: red\"\n''x''\n}}}"));
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
                "<b>x</b><p>[[javascript:alert(1)]] <a href=\"https://trac.example/env/attachment/ticket/7/1%22\""
                        + " rel=\"nofollow noopener noreferrer ugc\">onclick=\"f() &lt;script&gt;</a></p>",
                SafeHtml.sanitise(
                        html("{{{#!html\n<script>f()</script><b onclick=f()>x</b>\n}}}\n"
                                + "[[javascript:alert(1)]] [attachment:1\" onclick=\"f() <script>]"),
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
                "~~,,__",
                "'''a\n",
                "[\n",
                "`\n",
                "![",
                "[[a",
                "[[a|",
                "[[br(",
                "comment:",
                "source:",
                "query:a=",
                "[query:a=b|c&",
                "attachment:\"",
                "[attachment:",
                "AbCd/",
                "[AbCd",
                "{{{#!div\n",
                "{{{#!div\n}}}\n",
                " 3. a\n",
                " * a\n   * b\n",
                " * a\n  b\n",
                "\n'''",
                "[source:a@1:"
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
