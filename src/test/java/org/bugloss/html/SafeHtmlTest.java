package org.bugloss.html;

import static org.bugloss.html.AllowList.assertSafe;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.time.Duration;
import org.jsoup.Jsoup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafeHtmlTest {

    private static final String REL = " rel=\"nofollow noopener noreferrer ugc\"";

    // sanitise

    @Test
    void listed_tags_stay_and_lose_their_attributes() {
        String html =
                "<h1 class=x>H</h1><p style='color:red' onclick=f() id=i data-x=1>A <b>b</b> <code>c</code><br>d</p>"
                        + "<ul><li>1</li></ul><pre>x\n  y</pre><hr><blockquote><p>q</p></blockquote>"
                        + "<details open><summary>S</summary>t</details><dl><dt>k</dt><dd>v</dd></dl>";

        assertEquals(
                "<h1>H</h1><p>A <b>b</b> <code>c</code><br>d</p>"
                        + "<ul><li>1</li></ul><pre>x\n  y</pre><hr><blockquote><p>q</p></blockquote>"
                        + "<details><summary>S</summary>t</details><dl><dt>k</dt><dd>v</dd></dl>",
                SafeHtml.sanitise(html, false));
    }

    @Test
    void other_tags_give_way_to_what_is_in_them() {
        assertEquals(
                "a <b>c</b> d", SafeHtml.sanitise("a <span class=x><b>c</b></span> <font color=red>d</font>", false));
    }

    @Test
    void blocks_that_give_way_leave_a_line_break_where_lines_met() {
        assertEquals(
                "one<br>two<br>three<p>four</p>five",
                SafeHtml.sanitise(
                        "<div><div>one</div><div>two</div></div><section>three<div><p>four</p></div></section>five",
                        false));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<script>x</script>",
                "<style>x</style>",
                "<iframe>x</iframe>",
                "<svg><text>x</text></svg>",
                "<math><mtext>x</mtext></math>",
                "<template>x</template>",
                "<noscript>x</noscript>",
                "<object>x</object>",
                "<textarea>x</textarea>",
                "<title>x</title>",
                "<!-- x -->",
                "<![CDATA[x]]>",
                "<?x x?>"
            })
    void what_is_no_text_to_be_read_goes_with_its_tags(String html) {
        assertEquals("ab", SafeHtml.sanitise("a" + html + "b", true));
    }

    @Test
    void links_lead_to_the_web_and_lend_it_nothing() {
        assertEquals(
                "<a href=\"https://e.example/?a=1&amp;b=%222%22\"" + REL + ">l</a> m n o",
                SafeHtml.sanitise(
                        "<a href='https://e.example/?a=1&b=\"2\"' target=_blank onclick=f()>l</a> <a href=ftp://e.example>m</a>"
                                + " <a>n</a> <a href=/relative>o</a>",
                        false));
    }

    @Test
    void relative_links_are_resolved_where_it_is_known_against_what() {
        URI base = URI.create("https://e.example/a/b?c");

        assertEquals(
                "<a href=\"https://e.example/a/d\"" + REL + ">1</a><a href=\"https://o.example/x\"" + REL + ">2</a>"
                        + "<a href=\"https://e.example/a/b?q\"" + REL + ">3</a><a href=\"https://e.example/a/b?c#f\""
                        + REL
                        + ">4</a>5",
                SafeHtml.sanitise(
                        "<a href=d>1</a><a href=//o.example/x>2</a><a href='?q'>3</a><a href='#f'>4</a>"
                                + "<a href=javascript:f()>5</a>",
                        false,
                        base));
    }

    @Test
    void images_stay_only_where_they_are_wanted() {
        String html = "<p><img src=https://e.example/i.png alt='A &quot;cat&quot;' onerror=f() width=9><img src=i.png>"
                + "<img src=data:image/png;base64,AA alt=data></p>";

        assertEquals("<p>A \"cat\"data</p>", SafeHtml.sanitise(html, false));
        assertEquals(
                "<p><img src=\"https://e.example/i.png\" alt=\"A &quot;cat&quot;\">data</p>",
                SafeHtml.sanitise(html, true));
    }

    @Test
    void cells_span_where_the_span_is_a_number() {
        assertEquals(
                "<table><tbody><tr><td colspan=\"2\" rowspan=\"3\">a</td><th>b</th></tr></tbody></table>",
                SafeHtml.sanitise(
                        "<table width=9><tr><td rowspan=3 colspan=2 align=left>a<th colspan='9999' rowspan=x>b",
                        false));
    }

    @Test
    void an_ordered_list_keeps_the_number_that_it_begins_with() {
        assertEquals(
                "<ol start=\"3\"><li>c</li></ol>",
                SafeHtml.sanitise("<ol start=' 3 ' type=a reversed><li>c</ol>", false));
        assertEquals("<ol start=\"0\"><li>c</li></ol>", SafeHtml.sanitise("<ol start=0><li value=7>c</ol>", false));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "-1", "1e3", "1.5", "9999999999", "3 onclick=f()", "\"><script>"})
    void what_is_no_small_number_begins_no_list(String start) {
        assertEquals("<ol><li>c</li></ol>", SafeHtml.sanitise("<ol start='" + start + "'><li>c</ol>", false));
        assertEquals("<ul><li>c</li></ul>", SafeHtml.sanitise("<ul start=3><li>c</ul>", false));
    }

    @Test
    void boxes_of_tasks_stay_as_symbols_and_other_fields_go() {
        assertEquals(
                "<ul><li>☑ done</li><li>☐ open</li><li>☐ close by</li></ul>a  b",
                SafeHtml.sanitise(
                        "<ul><li><input type=checkbox checked disabled> done<li><input type=CHECKBOX disabled> open"
                                + "<li><label><input type=checkbox><span>close by</span></label></ul>"
                                + "a <input type=text value=x> <input>b",
                        false));
    }

    @Test
    void tags_that_were_left_open_are_closed() {
        assertEquals("<p>a <b>b <i>c</i></b></p>", SafeHtml.sanitise("<p>a <b>b <i>c", false));
    }

    @Test
    void what_the_parser_moves_is_where_it_belongs_after_one_sanitising() {
        for (String html : new String[] {
            "<table><caption>c</caption><tr><td>x",
            "<p><svg><p>x</p></svg>y",
            "<p><object><p>x</p></object>",
            "<a href=http://a.example>a<div><a href=http://b.example>b",
            "<pre>\n\n\n\n\n\n\n\n\n\n\nx</pre>",
            "<b><table><b>x</table>",
            "<h1><h2>x",
            "<li><button><li>x",
            "<p><marquee><p>x",
            "<ul>x<table>y<ul>z",
            "<table><tr><td><table><caption><p>a<form><table>b",
            "<dd><address><dd>x"
        }) {
            assertSafe(SafeHtml.sanitise(html, true), true);
        }
    }

    @Test
    void what_is_out_of_place_moves_and_keeps_its_tags() {
        assertEquals(
                "<b>c</b><table><tbody><tr><td>x</td></tr></tbody></table>",
                SafeHtml.sanitise("<table><caption><b>c</b></caption><tr><td>x", false));
    }

    @Test
    void control_characters_go() {
        assertEquals("<p>a\nb\tc</p>", SafeHtml.sanitise("<p>a\u0000\u0007\r\nb\tc\u202E\uFEFF\uD800</p>", false));
    }

    @Test
    void what_is_too_long_is_cut_at_a_safe_point_and_closed() {
        String html = "<ul>" + "<li>&lt;😀 <b>x</b>".repeat(50_000);

        String safe = SafeHtml.sanitise(html, false);

        assertTrue(safe.length() > 99_900 && safe.endsWith("</li>…</ul>"), safe.substring(99_800));
        assertSafe(safe, false);
    }

    @Test
    void a_hundred_thousand_nested_tags_take_little_time_and_are_flattened() {
        for (String tag : new String[] {
            "<b>",
            "<i><b>",
            "<div>",
            "<blockquote>",
            "<ul><li>",
            "<table><tr><td>",
            "<a href=http://a.example>",
            "<svg>",
            "<font size=1><p>",
            "<p>",
            "<details>",
            "<em x=%d>",
            "<button>",
            "<h1>",
            "<select><option>",
            "</p>",
            "</x>",
            "<table>",
            "<template>",
            "<pre>\n",
            "<math><mi>",
            "<form>",
            "<ruby><rt>",
            "<b><p><i>",
            "<a href=http://a.example><table>"
        }) {
            StringBuilder html = new StringBuilder();
            for (int i = 0; i < 100_000; i++) {
                html.append(tag.replace("%d", "" + i));
            }
            assertTimeout(
                    Duration.ofSeconds(30),
                    () -> assertSafe(SafeHtml.sanitise(html.append("x").toString(), false), false),
                    tag);
        }
    }

    // fromPlainText

    @Test
    void plain_text_of_one_paragraph_is_just_escaped() {
        assertEquals("a &lt;b&gt; &amp;amp; \"c\"<br>d...", SafeHtml.fromPlainText("\n\na <b> &amp; \"c\"\r\nd...\n"));
    }

    @Test
    void plain_text_is_escaped_and_keeps_its_paragraphs_and_lines() {
        assertEquals(
                "<p>a &lt;b&gt; &amp;amp; \"c\"<br>d</p><p>e</p>",
                SafeHtml.fromPlainText("\n\na <b> &amp; \"c\"\r\nd\n \n\n\ne\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "\n\n",
                "a",
                "a < b && c > d",
                "<script>alert(1)</script>",
                "x\ry",
                "&lt;",
                "a\tb",
                "  é 😀 漢字  "
            })
    void text_out_equals_text_in(String text) {
        String html = SafeHtml.fromPlainText(text);

        assertEquals(
                SafeHtml.plainText(text),
                SafeHtml.plainText(Jsoup.parseBodyFragment(html).text()));
        assertSafe(html, false);
    }

    @Test
    void plain_text_that_is_too_long_is_cut_between_entities() {
        for (String unit : new String[] {"&", "<\n", "😀", "a\n\n", "word ", "x".repeat(333) + "\n\n"}) {
            String html = SafeHtml.fromPlainText(unit.repeat(200_000));

            assertTrue(html.endsWith("…") || html.endsWith("…</p>"), unit);
            assertSafe(html, false);
        }
    }

    // fromMarkdown

    @Test
    void markdown_becomes_html_as_on_github() {
        assertEquals("""
                <h1>Crash</h1>
                <p>On <strong>save</strong>, <del>not</del> <em>open</em>:<br>
                see <a href="https://e.example/x"%1$s>https://e.example/x</a> and <a href="https://e.example/7"%1$s>#7</a>.</p>
                <pre><code>a &lt; b
                </code></pre>
                <table>
                <thead>
                <tr>
                <th>k</th>
                <th>v</th>
                </tr>
                </thead>
                <tbody>
                <tr>
                <td>1</td>
                <td><code>2</code></td>
                </tr>
                </tbody>
                </table>
                <ul>
                <li>one</li>
                </ul>
                <p><img src="https://e.example/i.png" alt="shot"></p>
                """.formatted(REL), SafeHtml.fromMarkdown("""
                        # Crash
                        On **save**, ~~not~~ *open*:
                        see https://e.example/x and [#7](https://e.example/7).
                        ```java
                        a < b
                        ```
                        | k | v |
                        |:--|---|
                        | 1 | `2` |

                        - one

                        ![shot](https://e.example/i.png)
                        """));
    }

    @Test
    void html_in_markdown_is_sanitised() {
        assertEquals(
                "<p>a <b>b</b> </p>\n<p>c</p>\n",
                SafeHtml.fromMarkdown("a <b onclick=f()>b</b> <script>f()</script>\n\n<p class=x>c</p>\n"));
        assertEquals("<p>x</p>\n", SafeHtml.fromMarkdown("[x](javascript:f\\(\\))"));
    }

    @Test
    void tasks_in_markdown_are_ticked_or_not() {
        assertEquals("""
                <ul>
                <li>☑ done</li>
                <li>☑ <strong>also</strong>
                <ol>
                <li>☐ open</li>
                <li>☐ <a href="https://e.example/"%1$s>link</a></li>
                </ol>
                </li>
                <li>[x]not</li>
                <li>[ ]</li>
                <li>[y] nor</li>
                <li>x [x] nor</li>
                <li><code>[x] nor</code></li>
                </ul>
                <p>[ ] no item</p>
                """.formatted(REL), SafeHtml.fromMarkdown("""
                        - [x] done
                        - [X] **also**
                          1. [ ] open
                          2. [ ] [link](https://e.example/)
                        - [x]not
                        - [ ]
                        - [y] nor
                        - x [x] nor
                        - `[x] nor`

                        [ ] no item
                        """));
        assertEquals("""
                <ul>
                <li>
                <p>☐ far</p>
                </li>
                <li>
                <p>☑ apart</p>
                </li>
                </ul>
                """, SafeHtml.fromMarkdown("* [ ] far\n\n* [x] apart"));
    }

    @Test
    void an_ordered_list_in_markdown_keeps_its_number() {
        assertEquals("""
                <ol start="3">
                <li>c</li>
                <li>d</li>
                </ol>
                <ol start="0">
                <li>z</li>
                </ol>
                <ol>
                <li>a</li>
                </ol>
                """, SafeHtml.fromMarkdown("3. c\n4. d\n\n0) z\n\n1. a"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://e.example/x",
                "(https://e.example/x)",
                "see: https://e.example/x, or",
                "\"https://e.example/x\"",
                "**https://e.example/x** x",
                "_https://e.example/x_",
                "~https://e.example/x~",
                "看https://e.example/x",
                "a\u00a0https://e.example/x\u00a0b",
                "| a |\n|---|\n| https://e.example/x |",
                "url=<https://e.example/x>",
                "url=[https://e.example/x](https://e.example/x)",
            })
    void a_bare_address_is_a_link(String markdown) {
        String html = SafeHtml.fromMarkdown(markdown);
        assertTrue(html.contains("<a href=\"https://e.example/x\"" + REL + ">https://e.example/x</a>"), () -> html);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "url=https://e.example/x",
                "run?target=https://e.example/x",
                "?a=1&amp;u=https://e.example/x",
                "web.archive.example/web/2020/https://e.example/x",
                "xhttps://e.example/x",
                "git+https://e.example/x",
                "user@https://e.example/x",
                "www=www.e.example",
            })
    void an_address_in_the_midst_of_a_word_is_no_link(String markdown) {
        assertEquals("<p>" + markdown + "</p>\n", SafeHtml.fromMarkdown(markdown));
    }

    @Test
    void relative_links_in_markdown_are_resolved() {
        assertEquals(
                "<p><a href=\"https://e.example/a/c\"" + REL + ">x</a></p>\n",
                SafeHtml.fromMarkdown("[x](c)", URI.create("https://e.example/a/b")));
    }

    @Test
    void markdown_that_is_made_to_be_slow_is_not() {
        for (String unit : new String[] {
            ">",
            "> ",
            "- ",
            "*a ",
            "**a _b ",
            "[",
            "![",
            "[a](",
            "`",
            "``a`",
            "<",
            "<a ",
            "<!--",
            "&",
            "~~a ",
            "http://a",
            "a|",
            "|-",
            "[a]: b\n",
            "```\n",
            "\\",
            "1. ",
            "#",
            "* * ",
            "![[]()",
            "a**b",
            "- [x] a\n",
            "=https://a",
            "www.a=",
            "[ ] "
        }) {
            assertTimeout(
                    Duration.ofSeconds(30),
                    () -> assertSafe(SafeHtml.fromMarkdown(unit.repeat(30_000 / unit.length())), true),
                    unit);
            assertTimeout(
                    Duration.ofSeconds(30),
                    () -> assertSafe(
                            SafeHtml.fromMarkdown("| a | b |\n|---|---|\n" + (unit + "\n").repeat(2_000)), true),
                    unit);
        }
    }

    // excerpt

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "<p>One.</p><p>Two<br>three</p> | One. Two three",
                "<ul><li>a</li><li>b</li></ul> | a b",
                "<table><tr><td>a</td><td>b</td></tr></table> | a b",
                "a &lt;b&gt; &amp;amp; c | a <b> &amp; c",
                "<script>x</script>y | y",
                "'' | ''",
            })
    void an_excerpt_is_the_text_of_a_fragment_on_one_line(String html, String excerpt) {
        assertEquals(excerpt, SafeHtml.excerpt(html));
    }

    @Test
    void an_excerpt_ends_with_a_word() {
        assertEquals("x".repeat(280), SafeHtml.excerpt("x".repeat(280)));
        assertEquals("x".repeat(279) + "…", SafeHtml.excerpt("x".repeat(281)));
        assertEquals("words ".repeat(46).strip() + "…", SafeHtml.excerpt("<p>" + "words ".repeat(100)));
        assertEquals("x".repeat(279) + "…", SafeHtml.excerpt("x".repeat(279) + " y"));
    }

    @Test
    void an_excerpt_counts_characters_and_never_halves_one() {
        assertEquals("😀".repeat(280), SafeHtml.excerpt("😀".repeat(280)));
        assertEquals("😀".repeat(279) + "…", SafeHtml.excerpt("😀".repeat(281)));
        assertEquals("x" + "😀".repeat(278) + "…", SafeHtml.excerpt("x" + "😀".repeat(500)));
    }

    // plainText

    @ParameterizedTest
    @CsvSource({
        "'  a \t\n b  ', 'a b'",
        "'a\u00A0\u3000b', 'a b'",
        "'a\u0000b\u0007\u0085c', 'ab c'",
        "'\u202Eevil\u202C', evil",
        "'\u2066a\u2069', a",
        "'<b>&amp;</b>', '<b>&amp;</b>'",
        "'\uFEFFx', x",
        "'👩‍👩‍👧 é', '👩‍👩‍👧 é'",
        "'', ''",
        "' \n', ''"
    })
    void plain_text_is_one_line_of_what_can_be_seen(String text, String plain) {
        assertEquals(plain, SafeHtml.plainText(text));
    }

    @Test
    void lone_surrogates_go_and_pairs_stay() {
        assertEquals("a😀b", SafeHtml.plainText("\uDE00a\uD83D\uDE00b\uD83D"));
    }
}
