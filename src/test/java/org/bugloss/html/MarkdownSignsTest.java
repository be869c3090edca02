package org.bugloss.html;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MarkdownSignsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                // code
                "It fails:\n\n    java.lang.NullPointerException\n        at a.B.c(B.java:3)\n\nAny idea?",
                "    make all\n\nfails",
                "Run\n\n\tmake all\n\nthen look",
                "```\n# list?\n# no\n```",
                "See:\n```ruby\n\"a\":http://x @b@\n```\n",
                "~~~ java\nh1. x\n~~~",
                "* step\n\n  ```\n  code\n  ```",
                "Call `foo()` twice.",
                "`@annotation@` is `*not*` read",
                // lists
                "1) open the page\n2) press save",
                "1. open the page\n2. press save\n3. see",
                "Steps:\n\n1. open @ the page\n1. press",
                "- one\n- two",
                "Steps:\n  - one\n  - two",
                "+ one\n+ two",
                "- [ ] todo\n- [x] done",
                "* [ ] todo",
                "1. one\n   - deeper",
                // headings
                "# Heading",
                "# Heading\nText goes on.",
                "Text\n\n# Heading\n\nmore",
                "# One\n\ntext\n\n# Two\n\ntext",
                "## Steps\n\n* a\n* b",
                "# Title\n\n## Steps\n\ntext\n\n### Expected",
                "Title\n=====\n\ntext",
                "Steps\n-----\ntext",
                "# Heading\n* a\n* b",
                "#### What happened",
                // phrases
                "This is *not* what I want",
                "It is (*really*) slow",
                "**Steps:**\npress it",
                "Do **not** press",
                "***very*** slow",
                "a ~~wrong~~ word",
                "**Version:** 3\n**Browser:** x",
                // links and images
                "see [the docs](https://x.example/d)",
                "see [the docs][1]\n\n[1]: https://x.example/d",
                "![shot](shot.png)",
                "![](clipboard-1.png)",
                "<https://x.example/>",
                "[relative](/issues/12)",
                // tables and more
                "| a | b |\n|---|---|\n| 1 | 2 |",
                "a | b\n--|--\n1 | 2",
                "|a|\n|:--|\n|1|",
                "one<br>two",
                "snake\\_case and \\*stars\\*",
                "> quoted\n\n`x`",
                // against weak signs of Textile
                "*Save* fails, see [log](x.txt)",
                "```\n<pre>\n```\ntext",
                "| `a` | b |\n|-----|---|\n| *X* | y |",
                "see -verbose- and\n\n```\nx\n```",
            })
    void thisIsMarkdown(String text) {
        assertTrue(MarkdownSigns.outweigh(text));
        assertTrue(MarkdownSigns.outweigh(text.replace("\n", "\r\n")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // headings and blocks
                "h1. Heading",
                "h2. Steps\n\n1. one\n2. two\n3. three",
                "h3(#id). Steps\r\n\r\n- one\r\n- two",
                "bq. he said",
                "p(note). text",
                "p>. right",
                "bc. code `x`",
                "fn1. a note",
                // lists
                "# one\n# two\n# three",
                "# one\n## deeper\n# two",
                "# one\n#* deeper",
                "* one\n** deeper\n** again",
                "*# one",
                "Steps:\n# one\n# two",
                "# one with `x`\n# two\n\nsee @y@ and @z@",
                "* one\n\n    goes on",
                // code
                "<pre>\n# a\n\n    b\n</pre>",
                "<pre><code class=\"ruby\">\n**x** [a](b)\n```\n</code></pre>",
                "run @make all@ now",
                "set @**kwargs@ or @[a](b)@",
                "Text\n<pre>\n## x\n- y\n1. z\n</pre>",
                // phrases
                "*Save* does nothing",
                "*Steps to reproduce:*\npress it",
                "*expected:*\nit works",
                "Press *Save All* twice",
                "%{color:red}red%",
                "it is -wrong- +right+",
                "??cited??",
                // links and images
                "see \"the docs\":https://x.example/d",
                "see \"a\":/issues/3 and \"b\":#note-2",
                "!shot.png!",
                "!>{width:300px}shot.PNG!",
                "!https://x.example/i.png(alt)!",
                // tables
                "|_. a |_. b |\n| 1 | 2 |",
                "| a | b |\n| 1 | 2 |",
                "|\\2. wide |\n|a|b|",
                "|a|`b`|\n|c|d|",
                // against weak signs of Markdown
                "h2. Steps\n\n- one\n- two\n\n1. a\n2. b",
                "- one\n- see @x@",
                "1) one\n2) see \"docs\":https://x.example/",
                "<pre>x</pre>\n\n    indented",
                "this is *not* what \"I\":https://x.example/ want",
                "**bold** and @code@ in \"Textile\":http://x.example",
                // neither
                "",
                "Just words, and more.",
                "#12 is the same\n#13 too",
                "a - b - c, 2 * 3 * 4, 2**3",
                "* one\n* two",
                "> quoted\nanswer",
                "snake_case and _em_ and __strong__",
                "mail ann@x.example or bob@y.example",
                "/** javadoc */",
                "a -> b, --flag, c:\\temp\\x",
                "[[Wiki page]] and [brackets] (and more)",
            })
    void thisIsNoMarkdown(String text) {
        assertFalse(MarkdownSigns.outweigh(text));
    }

    @Test
    void codeThatNothingEndsIsCode() {
        assertTrue(MarkdownSigns.outweigh("```\nh1. x\n\"a\":http://b\n@c@ <pre>"));
        assertFalse(MarkdownSigns.outweigh("<pre>\n**x**\n## y\n```"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*", "*a ", "**", "`", "``", "@", "@a ", "\"", "\"a", "!", "!a", "!{", "[", "[a](", "# ", "# a\n", "|",
                "| a", "|-", "-", "- ", "-a ", "=", "    a\n", "\n", "    \n", "\t", "~~", "%{", "<pre>", "<", "\\",
                "1. ", "?", "??a", "+a ", "h1", "h1(", "p{", "_", "a.png", ":", "- [", " "
            })
    void whateverIsRepeatedIsToldInTime(String piece) {
        String many = piece.repeat(200_000 / piece.length());
        assertTimeoutPreemptively(Duration.ofSeconds(5), () -> MarkdownSigns.outweigh(many));
        assertTimeoutPreemptively(Duration.ofSeconds(5), () -> MarkdownSigns.outweigh(many + "\n" + many));
    }
}
