package org.bugloss.html;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextileTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '¦',
            value = {
                "*strong* and **bold** ¦ <strong>strong</strong> and <b>bold</b>",
                "_em_ __i__ ??cited?? ¦ <em>em</em> <i>i</i> <i>cited</i>",
                "-gone- +new+ x ^2^ H ~2~ ¦ <del>gone</del> <ins>new</ins> x <sup>2</sup> H <sub>2</sub>",
                "*very _deep_ in* ¦ <strong>very <em>deep</em> in</strong>",
                "run @make <all>@ now ¦ run <code>make &lt;all&gt;</code> now",
                "<code>a*b*c</code> ¦ <code>a*b*c</code>",
                "%{color:red}red% and *{x:y}styled* ¦ red and <strong>styled</strong>",
                "(*yes*), no ¦ (<strong>yes</strong>), no",
                "snake_case_name 2*3*4 a-b-c ¦ snake_case_name 2*3*4 a-b-c",
                "a - b - c, 50% of 60%, --flag --other ¦ a - b - c, 50% of 60%, --flag --other",
                "ann@x.example and bob@y.example ¦ ann@x.example and bob@y.example",
                "* alone, _ and \"quotes\": none ¦ * alone, _ and \"quotes\": none",
                "\"the *docs*\":https://x.example/a?b=1&c=2. ¦ <a href=\"https://x.example/a?b=1&amp;c=2\">the"
                        + " <strong>docs</strong></a>.",
                "\"https://x.example/\":https://x.example/ ¦ <a href=\"https://x.example/\">https://x.example/</a>",
                "https://x.example/a\u00a0and ¦ <a href=\"https://x.example/a\">https://x.example/a</a>\u00a0and",
                "(see https://x.example/a_b_c). ¦ (see <a href=\"https://x.example/a_b_c\">https://x.example/a_b_c</a>).",
                "!https://x.example/i.png(a shot)! ¦ <img src=\"https://x.example/i.png\" alt=\"a shot\">",
                "!attached.png! Great! Really! ¦ !attached.png! Great! Really!",
                "\"bad\":javascript:alert(1) ¦ \"bad\":javascript:alert(1)",
                "<script>alert(1)</script> & co ¦ &lt;script&gt;alert(1)&lt;/script&gt; &amp; co",
                "#12, [[Wiki]] and {{toc}} ¦ #12, [[Wiki]] and {{toc}}",
            })
    void aLineIsRendered(String textile, String html) {
        // A word in front, since * and # begin lists.
        assertEquals("<p>x " + html + "</p>\n", Textile.toHtml("x " + textile));
    }

    @Test
    void blocksAreRendered() {
        assertEquals("""
                <h2>Steps</h2>
                <p>First line<br>
                second line</p>
                <p>Red</p>
                <blockquote><p>Said<br>
                he</p></blockquote>
                <blockquote><p>quoted<br>
                again</p>
                </blockquote>
                <p>answer</p>
                <hr>
                <p>end</p>
                """, Textile.toHtml("""
                h2(#steps). Steps
                First line\r
                second line

                p{color:red}. Red

                bq. Said
                he

                > quoted
                > > again
                answer
                ---
                end"""));
    }

    @Test
    void listsAreNestedAsTheirMarksAre() {
        assertEquals("""
                <p>To do:</p>
                <ul>
                <li>one<ol>
                <li>first</li>
                <li>second</li>
                </ol>
                </li>
                <li>two<br>
                goes on</li>
                </ul>
                <ol>
                <li>other</li>
                </ol>
                <p>text</p>
                """, Textile.toHtml("To do:\n* one\n*# first\n*# second\n* two\n  goes on\n# other\n\ntext"));
    }

    @Test
    void anOrderedListKeepsTheNumberThatItBeginsWith() {
        assertEquals("""
                <ol start="5">
                <li>five</li>
                <li>six</li>
                </ol>
                """, Textile.toHtml("#5 five\n# six"));
    }

    @Test
    void anIssueAtTheBeginningOfALineIsNoList() {
        assertEquals("<p>#5 is the same</p>\n", Textile.toHtml("#5 is the same"));
        assertEquals("<p>#5 one<br>\n#6 two</p>\n", Textile.toHtml("#5 one\n#6 two"));
    }

    @Test
    void anOrderedListGoesOnAfterCodeBelowAnItem() {
        assertEquals("""
                <ol>
                <li>one<pre>a *b*</pre>
                </li>
                <li>two</li>
                </ol>
                <pre>c</pre>
                <ol>
                <li>again</li>
                </ol>
                """, Textile.toHtml("# one\n<pre>\na *b*\n</pre>\n# two\n\n<pre>c</pre>\n# again"));
    }

    @Test
    void tablesAreRendered() {
        assertEquals("""
                <table>
                <tr><th>Name</th><th colspan="2">Value</th></tr>
                <tr><td>a</td><td><strong>1</strong></td><td></td></tr>
                </table>
                <p>after</p>
                """, Textile.toHtml("|_. Name |_\\2. Value |\n| a | *1* ||\nafter"));
    }

    @Test
    void whatIsPreformattedStaysAsItIs() {
        assertEquals("""
                <p>Before</p>
                <pre>def x():
                  *args &lt;b&gt;

                # no list</pre>
                <p>after</p>
                <pre>one *line*</pre>
                """, Textile.toHtml("""
                Before <pre><code class="python">
                def x():
                  *args <b>

                # no list
                </code></pre> after
                bc. one *line*"""));
        assertEquals("<pre>no end *here*</pre>\n", Textile.toHtml("<pre>no end *here*"));
        assertEquals("<p>&lt;prefix&gt;</p>\n", Textile.toHtml("<prefix>"));
    }

    @Test
    void nothingGivesNothing() {
        assertEquals("", Textile.toHtml(""));
        assertEquals("", Textile.toHtml("\n\r\n \n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*", "_a", "*a ", "\"", "\"a\":", "@", "@a ", "!", "!a", "<pre", "<pre>", "<code>", "%{", "%{a}b ", "|",
                        "||",
                "> ", ">", "h1", "h1(", "p<", "p{", "* *", "*#", "#* a\n", "* a\n** b\n", "\n", "- ", "http://", "?? ",
                        "((", "*_",
                "*a _b -c +d ", " -a-a", "<", "[", "(a)", "{a}", "=", "^", "#5 a\n", "#5 a\n# b\n",
                        "# a\n<pre>x</pre>\n", "<pre>x</pre>", "\"http://a\":http://b ",
            })
    void whateverIsRepeatedIsRenderedInTime(String piece) {
        String many = piece.repeat(200_000 / piece.length());
        String html = assertTimeoutPreemptively(Duration.ofSeconds(5), () -> Textile.toHtml(many));
        assertTrue(html.length() < 4_000_000, () -> "long: " + html.length());
        SafeHtml.sanitise(html, false);
    }
}
