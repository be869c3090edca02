package org.bugloss.benchmark;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Pages as large and as odd as those of trackers are, made up: heads full of scripts, styles and preloads, bodies of hundreds
 * of kilobytes of navigation, comments and inlined data. Always the same ones.
 */
final class Pages {

    private static final String[] WORDS = {
        "save", "dialog", "the", "crash", "when", "list", "empty", "after", "version", "Umlaute äöü", "&amp;", "stack",
        "trace", "in", "a", "second", "request", "of", "naïve", "&lt;tag&gt;", "expected", "1 < 2", "日本語", "undefined"
    };

    /**
     * One page.
     *
     * @param contentType as the server sends it
     * @param headSuffices whether its head says all that is wanted
     */
    record Page(String name, String contentType, byte[] bytes, boolean headSuffices) {}

    private final Random random = new Random(117);

    private Pages() {}

    /** All of them. */
    static List<Page> all() {
        Pages pages = new Pages();
        List<Page> all = new ArrayList<>();
        all.add(pages.page(
                "large, with Open Graph tags",
                pages.head(true, 400),
                pages.comments(300),
                StandardCharsets.UTF_8,
                true));
        all.add(pages.page(
                "huge head, with Open Graph tags",
                pages.head(true, 4_000),
                pages.comments(40),
                StandardCharsets.UTF_8,
                true));
        all.add(pages.page(
                "large, without", pages.head(false, 400), pages.comments(300), StandardCharsets.UTF_8, false));
        all.add(pages.page(
                "table, as old trackers have",
                "<title>Bug 117 - Crash</title>",
                pages.table(1_500),
                StandardCharsets.ISO_8859_1,
                false));
        all.add(pages.page(
                "nothing but script", pages.head(false, 200), pages.data(200_000), StandardCharsets.UTF_8, false));
        all.add(pages.page(
                "tag soup, deeply nested", "<title>Bug 117</title>", pages.soup(4_000), StandardCharsets.UTF_8, false));
        all.add(pages.page(
                "small",
                "<title>Bug 117</title><meta name=description content='It crashes'>",
                pages.comments(5),
                StandardCharsets.UTF_8,
                false));
        return all;
    }

    private Page page(String name, String head, String body, Charset charset, boolean headSuffices) {
        String html = "<!DOCTYPE html>\n<html lang=en>\n<head>\n" + head + "\n</head>\n<body class=\"issue\">\n" + body
                + "\n</body>\n</html>\n";
        return new Page(name, "text/html; charset=" + charset.name(), html.getBytes(charset), headSuffices);
    }

    private String head(boolean openGraph, int rules) {
        StringBuilder head = new StringBuilder(
                "<meta charset=\"utf-8\">\n<title>Crash when saving · Issue #117 · acme/shop</title>\n");
        for (int i = 0; i < 30; i++) {
            head.append("<link rel=\"preload\" as=\"script\" crossorigin href=\"https://assets.example/")
                    .append(Long.toHexString(random.nextLong()))
                    .append(".js\">\n<meta name=\"x-setting-")
                    .append(i)
                    .append("\" content=\"")
                    .append(words(6))
                    .append("\">\n");
        }
        head.append("<style>\n");
        for (int i = 0; i < rules; i++) {
            head.append(".c")
                    .append(i)
                    .append(" > a[href^=\"/x\"]::before { content: '</'; color: #")
                    .append(100 + i % 800)
                    .append("; }\n");
        }
        head.append("</style>\n<script>window.x = \"<body>\"; // </head>\n</script>\n<!-- </head> <body> -->\n");
        if (openGraph) {
            head.append(
                            "<meta property=\"og:title\" content=\"Crash when saving · Issue #117\">\n<meta property='og:description'"
                                    + " content='")
                    .append(words(40).replace("'", ""))
                    .append("'>\n<meta property=og:image content=/a.png>\n"
                            + "<meta property=\"og:site_name\" content=\"Shop\">\n");
        }
        return head.toString();
    }

    private String comments(int number) {
        StringBuilder body = new StringBuilder("<nav><ul>");
        for (int i = 0; i < 60; i++) {
            body.append("<li class=\"item nav-")
                    .append(i)
                    .append("\"><a href=\"/acme/shop/")
                    .append(i)
                    .append("?a=1&b=2\">")
                    .append(words(2))
                    .append("</a>");
        }
        body.append("</ul></nav>\n<main><h1 class=\"title\">Crash when saving</h1>\n");
        for (int i = 0; i < number; i++) {
            body.append("<div class=\"timeline-item js-comment\" id=\"issuecomment-")
                    .append(i)
                    .append("\" data-url=\"/acme/shop/issues/117/")
                    .append(i)
                    .append(
                            "\"><div class=\"avatar\"><a href=\"/ann\"><img src=\"/a.png\" alt=\"@ann\" width=40></a></div>")
                    .append(
                            "<svg viewBox=\"0 0 16 16\"><path d=\"M8 0c4.42 0 8 3.58 8 8a8.013 8.013 0 0 1-5.45 7.59\"></path></svg>")
                    .append("<div class=\"body\"><p>")
                    .append(words(40))
                    .append("</p><pre><code>")
                    .append(words(20))
                    .append("\n</code></pre><p>")
                    .append(words(15))
                    .append("<a href=\"#")
                    .append(i)
                    .append("\"><b>#")
                    .append(i)
                    .append("</b></a></div></div>\n");
        }
        return body.append("</main>").toString();
    }

    private String table(int rows) {
        StringBuilder body = new StringBuilder("<TABLE BORDER=0 WIDTH=100%>");
        for (int i = 0; i < rows; i++) {
            body.append("<TR VALIGN=top><TD><FONT SIZE=-1>")
                    .append(words(3))
                    .append("<TD><A HREF=show_bug.cgi?id=")
                    .append(i)
                    .append('>')
                    .append(i)
                    .append("</A><TD NOWRAP>")
                    .append(words(10))
                    .append("<BR>");
        }
        return body.toString();
    }

    private String data(int length) {
        StringBuilder body = new StringBuilder("<div id=app></div><script type=\"application/json\">[");
        while (body.length() < length) {
            body.append("{\"id\":")
                    .append(random.nextInt())
                    .append(",\"text\":\"")
                    .append(words(12))
                    .append("\"},");
        }
        return body.append("{}]</script><noscript>This page needs scripts.</noscript>")
                .toString();
    }

    private String soup(int parts) {
        StringBuilder body = new StringBuilder();
        String[] tags = {
            "<div>",
            "<p>",
            "<b>",
            "<i>",
            "<span class=x",
            "</div>",
            "</b>",
            "<br/>",
            "<font color=red>",
            "&nbsp;",
            "<a href=x>"
        };
        for (int i = 0; i < parts; i++) {
            body.append(tags[random.nextInt(tags.length)]).append(words(3));
        }
        return body.toString();
    }

    private String words(int number) {
        StringBuilder words = new StringBuilder();
        for (int i = 0; i < number; i++) {
            words.append(i == 0 ? "" : " ").append(WORDS[random.nextInt(WORDS.length)]);
        }
        return words.toString();
    }
}
