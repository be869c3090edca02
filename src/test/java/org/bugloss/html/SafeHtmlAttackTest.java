package org.bugloss.html;

import static org.bugloss.html.AllowList.assertSafe;

import java.net.URI;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever comes in, nothing that could run comes out. */
class SafeHtmlAttackTest {

    private static final URI BASE = URI.create("https://e.example/a/b");

    @ParameterizedTest
    @MethodSource("org.bugloss.html.Attacks#inHtml")
    void nothing_that_could_run_is_left_of_an_attack(String attack) {
        for (String html :
                new String[] {attack, "<p>" + attack, "<table><tr><td>" + attack, "<pre>" + attack + "</pre>x"}) {
            assertSafe(SafeHtml.sanitise(html, false), false);
            assertSafe(SafeHtml.sanitise(html, true), true);
            assertSafe(SafeHtml.sanitise(html, true, BASE), true);
            assertSafe(SafeHtml.fromMarkdown(html), true);
            assertSafe(SafeHtml.fromPlainText(html), false);
        }
    }

    @ParameterizedTest
    @MethodSource("org.bugloss.html.Attacks#inMarkdown")
    void nothing_that_could_run_is_left_of_an_attack_in_markdown(String attack) {
        assertSafe(SafeHtml.fromMarkdown(attack), true);
        assertSafe(SafeHtml.sanitise(SafeHtml.fromMarkdown(attack, BASE), false), false);
    }

    @Property(tries = 2000)
    void any_pieces_of_html_in_any_order_come_out_safe(@ForAll("soup") String html, @ForAll boolean images) {
        assertSafe(SafeHtml.sanitise(html, images), images);
    }

    @Property(tries = 2000)
    void any_pieces_of_html_and_markdown_come_out_safe(@ForAll("soup") String markdown) {
        assertSafe(SafeHtml.fromMarkdown(markdown), true);
    }

    @Property(tries = 500)
    void any_text_at_all_comes_out_safe(@ForAll String text) {
        assertSafe(SafeHtml.sanitise(text, true), true);
        assertSafe(SafeHtml.fromPlainText(text), false);
        assertSafe(SafeHtml.fromMarkdown(text), true);
    }

    @Provide
    Arbitrary<String> soup() {
        return Arbitraries.of(
                        "<p>",
                        "</p>",
                        "<b>",
                        "</b>",
                        "<i>",
                        "</i>",
                        "<a href=https://e.example/>",
                        "<a href='javascript:f()'>",
                        "</a>",
                        "<div>",
                        "</div>",
                        "<span>",
                        "<table>",
                        "</table>",
                        "<tr>",
                        "<td colspan=2>",
                        "</td>",
                        "<th>",
                        "<caption>",
                        "<colgroup>",
                        "<col>",
                        "<thead>",
                        "<tbody>",
                        "<ul>",
                        "</ul>",
                        "<li>",
                        "<ol>",
                        "<dl>",
                        "<dd>",
                        "<dt>",
                        "<pre>",
                        "</pre>",
                        "<code>",
                        "<h1>",
                        "</h1>",
                        "<h2>",
                        "<blockquote>",
                        "<details>",
                        "<summary>",
                        "<br>",
                        "</br>",
                        "<hr>",
                        "<img src=https://e.example/i alt='\"'>",
                        "<img src=x onerror=f()>",
                        "<svg>",
                        "</svg>",
                        "<math>",
                        "<mtext>",
                        "<foreignObject>",
                        "<style>",
                        "</style>",
                        "<script>",
                        "</script>",
                        "<title>",
                        "</title>",
                        "<textarea>",
                        "</textarea>",
                        "<select>",
                        "<option>",
                        "</select>",
                        "<template>",
                        "</template>",
                        "<noscript>",
                        "</noscript>",
                        "<form>",
                        "</form>",
                        "<button>",
                        "</button>",
                        "<object>",
                        "</object>",
                        "<marquee>",
                        "<ruby>",
                        "<rt>",
                        "<nobr>",
                        "<font>",
                        "<center>",
                        "<address>",
                        "<xmp>",
                        "<plaintext>",
                        "<listing>",
                        "<iframe>",
                        "<frameset>",
                        "<body>",
                        "<html>",
                        "<head>",
                        "<input>",
                        "<image>",
                        "<!--",
                        "-->",
                        "<![CDATA[",
                        "]]>",
                        "<!",
                        "<?",
                        "<",
                        ">",
                        "&",
                        "&lt;",
                        "&#0;",
                        "\"",
                        "'",
                        "=",
                        "/",
                        " ",
                        "\n",
                        "\n\n",
                        "\t",
                        "\r",
                        "\f",
                        "\u0000",
                        "\u00A0",
                        "\uD800",
                        "😀",
                        "x",
                        "text ",
                        "`",
                        "```\n",
                        "*",
                        "**",
                        "_",
                        "~~",
                        "[",
                        "](",
                        ")",
                        "![",
                        "- ",
                        "> ",
                        "# ",
                        "|",
                        "\n|---|\n",
                        "https://e.example ")
                .list()
                .ofMaxSize(60)
                .map(pieces -> String.join("", pieces));
    }
}
