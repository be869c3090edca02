package org.bugloss.html;

import static org.bugloss.html.AllowList.assertSafe;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JiraMarkupTest {

    @ParameterizedTest
    @CsvSource(delimiterString = " => ", quoteCharacter = '`', textBlock = """
            a *strong* word => <p>a <strong>strong</strong> word</p>
            an _emphasised_ word => <p>an <em>emphasised</em> word</p>
            *_both_* => <p><strong><em>both</em></strong></p>
            -gone- and +new+ => <p><del>gone</del> and <ins>new</ins></p>
            x^2^ a^b => <p>x^2^ a^b</p>
            x ^2^ ~i~ => <p>x <sup>2</sup> <sub>i</sub></p>
            in{*}side{*}word => <p>in<strong>side</strong>word</p>
            {{code *x*}} => <p><code>code <strong>x</strong></code></p>
            ??cited?? => <p><em>cited</em></p>
            snake_case_name 2*3*4 => <p>snake_case_name 2*3*4</p>
            a * b * c - d - e => <p>a * b * c - d - e</p>
            *a *b* => <p><strong>a *b</strong></p>
            \\*not strong\\* => <p>*not strong*</p>
            C:\\temp\\x => <p>C:\\temp\\x</p>
            one\\\\two => <p>one<br>two</p>
            <b> & "x" => <p>&lt;b&gt; &amp; &quot;x&quot;</p>
            {color:#ff0000}red{color} {unknown} => <p>red {unknown}</p>
            h1. Title *x* => <h1>Title <strong>x</strong></h1>
            h7. no heading => <p>h7. no heading</p>
            bq. said => <blockquote>said</blockquote>
            ---- => <hr>
            [Site|https://a.example/?a=b&c] => <p><a href="https://a.example/?a=b&amp;c">Site</a></p>
            [https://a.example/x_y_z] => <p><a href="https://a.example/x_y_z">https://a.example/x_y_z</a></p>
            see https://a.example/x. => <p>see <a href="https://a.example/x">https://a.example/x</a>.</p>
            [~ann] and [^log.txt] => <p>@ann and log.txt</p>
            [text|#anchor] [x|javascript:alert(1)] => <p>text x</p>
            int[] a = b[0]; => <p>int[] a = b[0];</p>
            [a [b|https://c.example] => <p>[a <a href="https://c.example">b</a></p>
            !shot.png|thumbnail! Great! Really! => <p>shot.png Great! Really!</p>
            !https://a.example/i.png|width=3! => <p><img src="https://a.example/i.png" alt=""></p>
            `:-) (!) 😀` => <p>:-) (!) 😀</p>
            """)
    void aLineIsRendered(String markup, String html) {
        assertEquals(html, JiraMarkup.toHtml(markup));
    }

    @Test
    void linesOfAParagraphAreBrokenAndBlankLinesPartParagraphs() {
        assertEquals("<p>a<br>b</p><p>c</p>", JiraMarkup.toHtml("a\r\nb\r\n \r\n\r\nc\r\n"));
    }

    @Test
    void listsAreNested() {
        assertEquals(
                "<p>Steps:</p><ol><li>one<br>more</li><li>two<ul><li>a</li><li>b</li></ul></li><li>three</li></ol>"
                        + "<ul><li>dash</li></ul><p>end</p>",
                JiraMarkup.toHtml("Steps:\n# one\nmore\n# two\n#* a\n#* b\n# three\n- dash\n\nend")
                        .replace("<p>Steps:</p><p></p>", "<p>Steps:</p>"));
    }

    @Test
    void tablesHaveHeadingsAndLinksInCells() {
        assertEquals(
                "<table><tbody><tr><th>Browser</th><th>Works</th></tr>"
                        + "<tr><td><a href=\"https://a.example\">Fire|fox</a></td><td>no</td></tr>"
                        + "<tr><td>Other</td><td></td></tr></tbody></table><p>end</p>",
                JiraMarkup.toHtml("||Browser||Works||\n|[Firefox|https://a.example]|no|\n|Other| |\nend")
                        .replace("Firefox", "Fire|fox"));
    }

    @Test
    void codeIsLiteralWhereverItStands() {
        assertEquals(
                "<p>Run</p><pre>if (a *b* < c) {\n    [x|y];\n}</pre><p>then</p><pre>h1. no {code} title</pre>"
                        .replace("< c", "&lt; c"),
                JiraMarkup.toHtml("Run {code:java|title=A.java}\nif (a *b* < c) {\n    [x|y];\n}\n{code}\nthen\n"
                        + "{noformat}h1. no {code} title{noformat}"));
    }

    @Test
    void codeWithoutAnEndIsText() {
        assertEquals("<p>a {code}<br>b</p>", JiraMarkup.toHtml("a {code}b"));
    }

    @Test
    void quotesAndPanelsHoldBlocks() {
        assertEquals(
                "<blockquote><p>said</p><ul><li>x</li></ul></blockquote>"
                        + "<blockquote><p><strong>Note</strong></p><p>text</p></blockquote>",
                JiraMarkup.toHtml("{quote}said\n\n* x{quote}\n{panel:title=Note|borderColor=#ccc}text{panel}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*a ", "_a _", "*_-+^~", "{{", "{*}", "[", "[a|", "[]", "]", "!", "!a", "{code}", "{quote}",
                        "{panel:x}",
                "|", "||", "|[", "# ", "*#*#*# x\n", "h1. ", "??", "\\", "http://", "\n", "-", "{color", "- x\n", "a*"
            })
    void noTextTakesLongOrBecomesUnsafe(String part) {
        String html = assertTimeout(Duration.ofSeconds(5), () -> JiraMarkup.toHtml(part.repeat(20_000)));
        assertSafe(SafeHtml.sanitise(html, false), false);
    }
}
