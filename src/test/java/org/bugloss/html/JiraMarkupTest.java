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
            `:-) :( 😀` => <p>:-) :( 😀</p>
            h3.*Text* => <h3><strong>Text</strong></h3>
            h3.Steps to reproduce: => <h3>Steps to reproduce:</h3>
            h1.steps => <h1>steps</h1>
            h2.{color:red}Red{color} => <h2>Red</h2>
            h4.[docs|https://a.example/d] => <h4><a href="https://a.example/d">docs</a></h4>
            ` h5.\u00a0Indented` => <h5>Indented</h5>
            bq.said => <blockquote>said</blockquote>
            h2.db.example is down => <p>h2.db.example is down</p>
            h2.version=1.4 => <p>h2.version=1.4</p>
            h1. => <p>h1.</p>
            see h3.*Text* => <p>see h3.<strong>Text</strong></p>
            https://a.example/x\u00a0and => <p><a href="https://a.example/x">https://a.example/x</a>\u00a0and</p>
            https://a.example/x.\u00a0And => <p><a href="https://a.example/x">https://a.example/x</a>.\u00a0And</p>
            https://a.example/x\u200b\u3000y => <p><a href="https://a.example/x">https://a.example/x</a>\u200b\u3000y</p>
            [Site|https://a.example/\u00a0] => <p><a href="https://a.example/">Site</a></p>
            [Site|\u00a0https://a.example/ |smart-link] => <p><a href="https://a.example/">Site</a></p>
            [https://a.example/x\u00a0] => <p><a href="https://a.example/x">https://a.example/x</a></p>
            [https://a.example/x|https://a.example/x|smart-link] => <p><a href="https://a.example/x">https://a.example/x</a></p>
            [see *https://b.example*|https://a.example/x] => <p><a href="https://a.example/x">see <strong>https://b.example</strong></a></p>
            (/) done, (x) failed => <p>✅ done, ❌ failed</p>
            (!)(?) (+) (-) (i) => <p>⚠️❓ ➕ ➖ ℹ️</p>
            (on) (off) (*) (*r) (y) (n) (flag) (flagoff) => <p>💡 🔅 ⭐ ⭐ 👍 👎 🚩 🏳️</p>
            (/)Done *(x)* ((!)) => <p>✅Done <strong>❌</strong> (⚠️)</p>
            f(x) isOn(on) count(*) values(?) the (n)th => <p>f(x) isOn(on) count(*) values(?) the (n)th</p>
            \\(x) \\(/) (X) (z) (/ ) (oN) => <p>(x) (/) (X) (z) (/ ) (oN)</p>
            (*) one *two* (*) => <p>⭐ one <strong>two</strong> ⭐</p>
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
    void anOrderedListGoesOnAfterCodeBelowAnItem() {
        assertEquals(
                "<ol><li>one<pre>a *b*</pre></li><li>two<ul><li>deep<pre>c</pre>and more</li></ul></li><li>three</li></ol>"
                        + "<pre>d</pre><ol><li>one</li></ol>",
                JiraMarkup.toHtml(
                        "# one\n{code:java}\na *b*\n{code} \n# two\n#* deep\n{noformat}c{noformat}\nand more\n# three"
                                + "\n\n{code}d{code}\n# one"));
    }

    @Test
    void aSymbolTellsInATableWhatWorks() {
        assertEquals(
                "<table><tbody><tr><td>Linux</td><td>✅</td></tr><tr><td>Windows</td><td>❌</td></tr></tbody></table>",
                JiraMarkup.toHtml("|Linux|(/)|\n|Windows| (x) |"));
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
                "*a ",
                "_a _",
                "*_-+^~",
                "{{",
                "{*}",
                "[",
                "[a|",
                "[]",
                "]",
                "!",
                "!a",
                "{code}",
                "{quote}",
                "{panel:x}",
                "|",
                "||",
                "|[",
                "# ",
                "*#*#*# x\n",
                "h1. ",
                "??",
                "\\",
                "http://",
                "\n",
                "-",
                "{color",
                "- x\n",
                "a*",
                "(",
                "(x",
                "(*",
                "\\(x)",
                "h3.",
                "h3.*",
                "h1.a-",
                "h1.a\n",
                "{code}x{code}",
                "{code}x{code}\n",
                "# a\n{code}x{code}\n",
                "https://a.example/\u00a0",
                "[https://a.example/\u00a0]",
                "[a|\u00a0",
                "\u00a0"
            })
    void noTextTakesLongOrBecomesUnsafe(String part) {
        String html = assertTimeout(Duration.ofSeconds(5), () -> JiraMarkup.toHtml(part.repeat(20_000)));
        assertSafe(SafeHtml.sanitise(html, false), false);
    }
}
