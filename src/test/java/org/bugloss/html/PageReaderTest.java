package org.bugloss.html;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PageReaderTest {

    private static final Instant NOW = Instant.parse("2026-11-22T09:00:00Z");

    private final PageReader reader = new PageReader(Clock.fixed(NOW, ZoneOffset.UTC));

    // What a page says of itself

    @Test
    void open_graph_comes_before_everything_else() throws IOException {
        assertEquals(
                new PageMetadata("Crash on save", "It crashes.", "https://img.example/7.png", "Example Bugs"),
                read("""
                        <!DOCTYPE html><html><head><title>7 - Crash - Example</title>
                        <meta name="description" content="The bug tracker of Example">
                        <meta name="twitter:title" content="A tweet">
                        <meta name="twitter:description" content="A tweet on it">
                        <meta property="og:title" content="Crash on save">
                        <meta property="og:description" content="It crashes.">
                        <meta property="og:image" content="https://img.example/7.png">
                        <meta property="og:site_name" content="Example Bugs">
                        </head><body><h1>Something</h1></body></html>"""));
    }

    @Test
    void twitter_cards_come_before_title_and_meta_description() throws IOException {
        assertEquals(new PageMetadata("A tweet", "A tweet on it", "https://bugs.example/t.png", null), read("""
                        <title>T</title><meta name=description content=D>
                        <meta name="twitter:title" content="A tweet"><meta name="twitter:description" content="A tweet on it">
                        <meta name="twitter:image" content="/t.png">"""));
    }

    @Test
    void title_and_meta_description_serve_where_there_is_no_card() throws IOException {
        assertEquals(new PageMetadata("#7 (Crash) – Example", "Does it?", null, "Trac"), read("""
                        <title>
                          #7 (Crash) &ndash; Example
                        </title><meta name="Description" content=" Does
                        it? "><meta name="application-name" content="Trac">"""));
    }

    @Test
    void the_first_tag_that_is_not_empty_counts() throws IOException {
        assertEquals(new PageMetadata("First", "Told", null, null), read("""
                        <title></title><title>Not this</title>
                        <meta property="og:title" content="  "><meta property="og:title" content="First">
                        <meta property="og:title" content="Second">
                        <meta property="og:description" content=""><meta name="description" content="Told">"""));
    }

    @Test
    void names_of_tags_stand_in_property_or_name_in_any_case_and_several_in_one() throws IOException {
        assertEquals(new PageMetadata("T", "D", "https://img.example/i.png", "S"), read("""
                        <META NAME="OG:Title" CONTENT="T"><meta property="twitter:description" content="D">
                        <meta property="og:image twitter:image" content="https://img.example/i.png">
                        <meta name="og:site_name" value="S">"""));
    }

    @Test
    void entities_are_decoded_once() throws IOException {
        assertEquals(new PageMetadata("Tom & \"Jerry\" <b>", "&amp; stays, & does not", null, null), read("""
                        <meta property="og:title" content="Tom &amp; &quot;Jerry&#x22; &lt;b&gt;">
                        <meta property="og:description" content="&amp;amp; stays, &amp; does not">"""));
    }

    @Test
    void tags_in_the_body_count_and_those_in_comments_templates_noscript_and_drawings_do_not() throws IOException {
        assertEquals(new PageMetadata("Real", "In the body", null, null), read("""
                        <head><!-- <meta property="og:title" content="Comment"> --></head>
                        <body><svg><title>A circle</title></svg>
                        <template><title>Template</title><meta property="og:title" content="T"></template>
                        <noscript><meta property="og:title" content="N"><title>N</title></noscript>
                        <title>Real</title><meta property="og:description" content="In the body"></body>"""));
    }

    @Test
    void a_heading_serves_where_there_is_nothing_else() throws IOException {
        assertEquals(
                new PageMetadata("Crash on save", null, null, null),
                read("<body><h1> Crash <b>on</b> save</h1><p>It crashes.</p>"));
    }

    @Test
    void json_ld_serves_where_tags_are_missing() throws IOException {
        assertEquals(new PageMetadata("Fish & chips", "Eaten \"hot\"", "https://bugs.example/f.png", "Fry"), read("""
                        <script type="application/ld+json">{"@graph": [
                          {"@type": "WebSite", "name": "Site", "description": "Of the site"},
                          {"@type": ["NewsArticle"], "headline": "Fish &amp; chips", "description": "Eaten \\"hot\\"",
                           "image": [{"url": "/f.png"}], "publisher": {"name": "Fry"}}]}</script>"""));
    }

    @Test
    void json_ld_that_is_broken_wrapped_or_deep_is_read_as_far_as_it_goes() throws IOException {
        assertEquals(
                new PageMetadata("Wrapped", "Line one and two", null, null), read("""
                        <script type="application/ld+json">%s</script>
                        <script type="application/ld+json">no JSON</script>
                        <script type="application/ld+json">
                        //<![CDATA[
                        {"headline": "Wrapped", "description": "Line one
                        and two", "rest": tru
                        //]]></script>""".formatted("[".repeat(10_000))));
    }

    @Test
    void microdata_of_the_page_counts_and_that_of_an_item_inside_does_not() throws IOException {
        assertEquals(new PageMetadata("T", "Of the page", "https://bugs.example/a.png", null), read("""
                        <title>T</title><div itemscope><div itemscope><p itemprop="description">Of the author</p></div>
                        <p itemprop="description">Of <i>the</i> page</p><img itemprop="image" src="/a.png"></div>"""));
    }

    @Test
    void images_are_resolved_against_base_and_only_those_of_the_web_are_kept() throws IOException {
        assertEquals(new PageMetadata("T", null, "https://cdn.example/x/a%20b.png?s=1", null), read("""
                        <base href="//cdn.example/x/y"><title>T</title>
                        <meta property="og:image" content="javascript:alert(1)">
                        <meta name="twitter:image" content="data:image/png;base64,AAAA">
                        <link rel="image_src" href="a b.png?s=1">"""));
    }

    @Test
    void a_base_that_is_no_address_is_put_up_with() throws IOException {
        for (String base : new String[] {"http://x/%zz[", "http://", ":", "javascript:f()", "", "//"}) {
            assertEquals(
                    "T",
                    read("<base href='" + base + "'><title>T</title><meta property=og:image content=i>")
                            .title());
        }
    }

    @Test
    void images_are_resolved_against_where_the_redirects_ended() throws IOException {
        PageResponse answer = PageResponse.of("<title>T</title><meta property=og:image content=i.png>")
                .withUri("https://other.example/a/b");

        assertEquals(
                new PageMetadata("T", null, "https://other.example/a/i.png", null),
                reader.read(PageResponse.URL, answer));
    }

    @Test
    void long_texts_are_cut() throws IOException {
        PageMetadata page = read("<title>" + "word ".repeat(1000) + "</title><meta name=description content='"
                + "word ".repeat(10_000) + "'>");

        assertEquals("word ".repeat(204).strip() + "…", page.title());
        assertEquals("word ".repeat(2000).strip() + "…", page.description());
    }

    // How far it reads

    @Test
    void nothing_behind_a_head_that_suffices_is_read() throws IOException {
        String head = "<head><script>'</head>'</script><!-- <body> --><meta property=og:title content=T>"
                + "<meta property=og:description content='<body>'>";
        CountingStream body = new CountingStream((head + "</head><body>" + "x".repeat(1_000_000)).getBytes());

        PageMetadata page = reader.read(PageResponse.URL, PageResponse.of("").withBody(body));

        assertEquals(new PageMetadata("T", "<body>", null, null), page);
        assertEquals(8192, body.count);
    }

    @Test
    void a_page_whose_head_lacks_a_description_is_read_to_its_end() throws IOException {
        CountingStream body = new CountingStream(("<head><title>T</title></head><body>" + "x".repeat(100_000)
                        + "<meta property=og:description content=D>")
                .getBytes());

        PageMetadata page = reader.read(PageResponse.URL, PageResponse.of("").withBody(body));

        assertEquals(new PageMetadata("T", "D", null, null), page);
        assertEquals(body.size, body.count);
    }

    @Test
    void bytes_that_come_one_by_one_make_the_same_page() throws IOException {
        byte[] html =
                "<meta charset=utf-8><head><meta property=og:title content=Tür><meta property=og:description content=D></head><body>"
                        .getBytes(StandardCharsets.UTF_8);
        InputStream dripping = new FilterInputStream(new ByteArrayInputStream(html)) {
            @Override
            public int read(byte[] b, int off, int len) throws IOException {
                return super.read(b, off, Math.min(len, 1));
            }
        };

        assertEquals(
                new PageMetadata("Tür", "D", null, null),
                reader.read(PageResponse.URL, PageResponse.of("").withBody(dripping)));
    }

    @Test
    void a_page_that_is_cut_anywhere_is_read_as_far_as_it_goes() throws IOException {
        byte[] html =
                ("<html><head><title>Tür 漢字</title><script type=application/ld+json>{\"a\": [\"漢字\"]}</script></head>"
                                + "<body><p>漢字</p><!-- x --></body></html>")
                        .getBytes(StandardCharsets.UTF_8);
        int behindTitle = "<html><head><title>Tür 漢字</title>".getBytes(StandardCharsets.UTF_8).length;

        for (int length = behindTitle; length <= html.length; length++) {
            assertEquals("Tür 漢字", read(java.util.Arrays.copyOf(html, length)).title());
        }
    }

    @Test
    void a_page_that_is_made_to_be_slow_is_not() {
        for (String unit : new String[] {
            "<div>",
            "<b><p>",
            "<a href=x>",
            "<table><tr><td>",
            "<!-- ",
            "<meta name=x content=y>",
            "<svg><title>",
            "&amp;",
            "<script>",
            "<h1 class=title>",
            "<x a='",
            "<p itemprop=description itemscope>",
            "<form><input type=password>"
        }) {
            String html = "<title>T</title>" + unit.repeat(1_000_000 / unit.length());

            assertTimeout(
                    Duration.ofSeconds(30), () -> assertEquals("T", read(html).title(), unit));
        }
    }

    // What is not the page

    @ParameterizedTest
    @CsvSource({
        "401, unauthorized",
        "403, forbidden",
        "404, not_found",
        "410, not_found",
        "429, rate_limited",
        "500, http_500",
        "503, http_503",
        "304, unexpected_answer",
        "418, http_418"
    })
    void a_status_other_than_success_is_a_failure(int status, String reason) {
        assertFails(
                reason,
                "bugs.example answered with status " + status,
                PageResponse.of("<title>T</title>").withStatus(status));
    }

    @Test
    void retry_after_is_told_in_seconds_and_as_a_date() {
        assertEquals(Optional.of(NOW.plusSeconds(90)), retryAt("90"));
        assertEquals(Optional.of(NOW.plusSeconds(3600)), retryAt("Sun, 22 Nov 2026 10:00:00 GMT"));
        assertEquals(Optional.empty(), retryAt("soon"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"application/pdf", "image/png", "application/json; charset=utf-8", "text/plain", "text/css"})
    void what_is_said_not_to_be_html_is_not_read(String contentType) {
        assertFails(
                "not_html",
                "bugs.example answered with something else than a web page: " + contentType,
                PageResponse.of("<title>T</title>").withHeader("Content-Type", contentType));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"text/html", "TEXT/HTML;charset=utf-8", "application/xhtml+xml", "application/xml", "text/xml"})
    void html_and_xhtml_are_read(String contentType) throws IOException {
        PageResponse answer = PageResponse.of(
                        "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><head><title>T</title></head>")
                .withHeader("Content-Type", contentType);

        assertEquals(new PageMetadata("T", null, null, null), reader.read(PageResponse.URL, answer));
    }

    @Test
    void a_feed_is_not_a_page() {
        assertFails(
                "not_html",
                "bugs.example answered with something else than a web page: text/xml",
                PageResponse.of("<?xml version='1.0'?><rss><channel><title>T</title></channel></rss>")
                        .withHeader("Content-Type", "text/xml"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<!doctype html><title>T</title>",
                "  \n<HTML lang=en><title>T</title>",
                "<!-- hello --><title>T</title>",
                "\uFEFF<head><title>T</title>",
                "<meta charset=utf-8><title>T</title>"
            })
    void what_looks_like_html_is_read_where_nothing_is_said(String html) throws IOException {
        assertEquals(
                new PageMetadata("T", null, null, null),
                reader.read(PageResponse.URL, PageResponse.of(html).withoutHeaders()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"%PDF-1.7 <title>T</title>", "{\"title\": \"T\"}", "plain text", "", "<rss><title>T</title>"})
    void what_does_not_look_like_html_is_not_where_nothing_is_said(String body) {
        assertFails(
                "not_html",
                "bugs.example answered with something else than a web page: no Content-Type",
                PageResponse.of(body).withoutHeaders());
    }

    @Test
    void a_large_file_of_unknown_kind_is_not_read_to_its_end() {
        CountingStream body = new CountingStream(new byte[1_000_000]);

        assertThrows(
                FetchException.class,
                () -> reader.read(
                        PageResponse.URL, PageResponse.of("").withoutHeaders().withBody(body)));
        assertTrue(body.count <= 16_384, "read " + body.count);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "<html></html>", "<title> </title><p>Text</p>", "<meta property=og:image content=/i.png>"})
    void a_page_without_any_title_is_unexpected(String html) {
        assertFails("unexpected_answer", "bugs.example answered with a page that has no title", PageResponse.of(html));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u200B",
                " \u2060 \u00AD",
                "\u3164",
                "\u2800 \u2800",
                "&shy;&nbsp;",
                "\uFEFF",
                "\u115F\u1160\uFFA0",
                "\u034F",
                "\u180E",
                "\uFE0F",
                "\u2063",
                "\uDB40\uDC41",
                "\u061C\u200F",
                "\u17B5"
            })
    void a_title_that_nobody_sees_is_no_title_and_what_stands_behind_it_serves(String nothing) throws IOException {
        assertEquals(
                new PageMetadata("It crashes", "Always.", null, null),
                read("<title>" + nothing + "</title><meta property=og:title content='" + nothing
                        + "'><meta property=og:description content='" + nothing
                        + "'><meta property=og:site_name content='" + nothing
                        + "'><meta name=description content=Always.><h1>" + nothing + "</h1><h1>It crashes</h1>"));
    }

    @Test
    void what_nobody_sees_stays_in_a_title_that_has_more() throws IOException {
        assertEquals(
                "👩\u200D💻 co\u00ADop",
                read("<title>👩\u200D💻 co&shy;op</title>").title());
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/xhtml+xml", "application/xhtml+xml; charset=utf-8", "application/xml"})
    void in_xhtml_a_closed_element_is_closed_and_cdata_is_text(String type) throws IOException {
        String xhtml = "<?xml version='1.0'?><!DOCTYPE html><html xmlns='http://www.w3.org/1999/xhtml'><head>"
                + "<script src='/a.js'/><style/><title/><script>//<![CDATA[\nif (a < b) x('</head><body>');\n//]]></script>"
                + "<meta property='og:title' content='It crashes'/><meta name='description' content='Always &amp; &nbsp;so'/>"
                + "</head><body><textarea/><iframe/><p>Text</p></body></html>";

        assertEquals(
                new PageMetadata("It crashes", "Always & so", null, null),
                reader.read(PageResponse.URL, PageResponse.of(xhtml).withHeader("Content-Type", type)));
        String title =
                "<html xmlns='http://www.w3.org/1999/xhtml'><head><script/><title><![CDATA[a < b]]> &#x26; c</title>"
                        + "<script type='application/ld+json'>{\"@type\": \"Article\", \"description\": \"D\"}</script>"
                        + "</head><body/></html>";
        assertEquals(
                new PageMetadata("a < b & c", "D", null, null),
                reader.read(PageResponse.URL, PageResponse.of(title).withHeader("Content-Type", type)));
    }

    @Test
    void xhtml_with_an_empty_title_has_none() {
        assertFails(
                "unexpected_answer",
                "bugs.example answered with a page that has no title",
                PageResponse.of("<html><head><title/></head><body><p>Text</p></body></html>")
                        .withHeader("Content-Type", "application/xhtml+xml"));
    }

    // What breaks off

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<head><title>It crashes</title></head><body><p>It",
                "<title>It crashes</title><p>No head to",
                "<head><title>It crashes</title><meta name=des",
                "<head><title>It crashes</title><script src=/a.js></script></head><body><div id=app>",
            })
    void what_arrived_serves_where_it_has_a_title(String html) throws IOException {
        assertEquals("It crashes", reader.read(PageResponse.URL, broken(html)).title());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<head><meta charset=utf-8>",
                "<head><title> </title></head><body>",
                "<head><title>Jira</title></head><body>",
                "<head><title>Just a moment...</title></head><body>",
                "<head><title>Log in</title></head><body>",
                "<head><title>404 Not Found</title></head><body>",
            })
    void what_arrived_does_not_serve_where_it_may_be_something_else(String html) {
        assertThrows(IOException.class, () -> reader.read(PageResponse.URL, broken(html)));
    }

    private static PageResponse broken(String html) {
        return PageResponse.of("")
                .withBody(new SequenceInputStream(
                        new ByteArrayInputStream(html.getBytes(StandardCharsets.UTF_8)), new InputStream() {
                            @Override
                            public int read() throws IOException {
                                throw new IOException("broke off");
                            }
                        }));
    }

    private PageMetadata read(String html) throws IOException {
        return read(html.getBytes(StandardCharsets.UTF_8));
    }

    private PageMetadata read(byte[] html) throws IOException {
        return reader.read(PageResponse.URL, PageResponse.of(html));
    }

    private Optional<Instant> retryAt(String retryAfter) {
        PageResponse answer = PageResponse.of("").withStatus(503).withHeader("Retry-After", retryAfter);
        return assertThrows(FetchException.class, () -> reader.read(PageResponse.URL, answer))
                .retryAt();
    }

    private void assertFails(String reason, String message, PageResponse answer) {
        FetchException failure = assertThrows(
                FetchException.class, () -> reader.read(URI.create("https://bugs.example/show/7"), answer));
        assertEquals(new FailureReason(reason), failure.reason());
        assertEquals(message, failure.getMessage());
    }

    private static final class CountingStream extends ByteArrayInputStream {

        private final int size;
        private int count;

        CountingStream(byte[] bytes) {
            super(bytes);
            size = bytes.length;
        }

        @Override
        public synchronized int read(byte[] b, int off, int len) {
            int read = super.read(b, off, len);
            count += Math.max(read, 0);
            return read;
        }
    }
}
