package org.bugloss.html;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PageCharsetTest {

    @ParameterizedTest
    @CsvSource({
        "utf8, UTF-8",
        "latin1, windows-1252",
        "ISO-8859-1, windows-1252",
        "us-ascii, windows-1252",
        "latin5, windows-1254",
        "gb2312, GB18030",
        "gbk, GB18030",
        "shift_jis, windows-31j",
        "sjis, windows-31j",
        "x-sjis, windows-31j",
        "ms932, windows-31j",
        "euc-jp, x-eucJP-Open",
        "iso-2022-jp, ISO-2022-JP",
        "euc-kr, x-windows-949",
        "ks_c_5601-1987, x-windows-949",
        "big5, Big5-HKSCS",
        "koi8-u, KOI8-U",
        "koi8-r, KOI8-R",
        "tis-620, x-windows-874",
        "' Windows-1251 ', windows-1251",
        "iso-8859-15, ISO-8859-15",
        "logical, ISO-8859-8",
        "utf-16, UTF-16LE"
    })
    void labels_mean_what_the_encoding_standard_says(String label, String charset) {
        assertEquals(Optional.of(Charset.forName(charset)), PageCharset.forLabel(label));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "none", "utf-7", "hz-gb-2312", "iso-2022-kr", "cp037"})
    void other_labels_mean_nothing(String label) {
        assertEquals(Optional.empty(), PageCharset.forLabel(label));
    }

    @Test
    void the_byte_order_mark_comes_before_the_header() {
        byte[] html = ("\uFEFF" + "Tür").getBytes(StandardCharsets.UTF_8);

        assertEquals("Tür", decode(html, "text/html; charset=iso-8859-1"));
    }

    @Test
    void byte_order_marks_of_utf_16_are_known() {
        assertEquals("Tür", decode("\uFEFFTür".getBytes(StandardCharsets.UTF_16LE), null));
        assertEquals("Tür", decode("\uFEFFTür".getBytes(StandardCharsets.UTF_16BE), null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/html; charset=windows-1251",
                "text/html;charset=\"windows-1251\"",
                "text/html; CHARSET = 'cp1251'",
                "text/html; charset=x-cp1251;q=1"
            })
    void the_header_comes_before_the_meta(String contentType) {
        String html = "<meta charset=koi8-r><title>Ошибка</title>";

        assertEquals(html, decode(html.getBytes(Charset.forName("windows-1251")), contentType));
    }

    @Test
    void an_unknown_label_in_the_header_is_passed_over() {
        assertEquals(
                "koi8-r".length() + "<meta charset=>Ошибка".length(),
                decode("<meta charset=koi8-r>Ошибка".getBytes(Charset.forName("koi8-r")), "text/html; charset=none")
                        .length());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<meta charset=koi8-r>",
                "<META CHARSET=\"KOI8-R\" />",
                "<meta/charset='koi8-r'>",
                "<meta data-x=1 charset = koi8-r >",
                "<meta http-equiv=Content-Type content='text/html; charset=koi8-r'>",
                "<meta content=\"text/html; charset=koi8-r\" http-equiv=\"content-type\">",
                "<!-- <meta charset=utf-8> --><meta charset=koi8-r>",
                "<!--><meta charset=koi8-r>",
                "<a title='<meta charset=utf-8>'></a><meta charset=koi8-r>",
                "<!DOCTYPE html><?php x ?></p><meta name=x><meta content='text/html; charset=utf-8'><meta charset=koi8-r>",
                "<meta charset=none><meta charset=koi8-r>",
                "<?xml version='1.0' encoding='koi8-r'?>",
            })
    void a_meta_or_an_xml_declaration_in_the_first_kilobyte_tells(String declaration) {
        assertEquals(Charset.forName("koi8-r"), of((declaration + "Ошибка").getBytes(Charset.forName("koi8-r"))));
    }

    @ParameterizedTest
    @CsvSource({
        "<meta charset=utf-16>, UTF-8",
        "<meta charset=x-user-defined>, windows-1252",
        "<!-- <meta charset=koi8-r> -->, windows-1252",
        "<metal charset=koi8-r>, windows-1252",
        "<meta charset=koi8-r, windows-1252",
    })
    void what_a_meta_cannot_mean_is_not_believed(String html, String charset) {
        byte[] bytes = (html + "\u00FC").getBytes(StandardCharsets.ISO_8859_1);

        assertEquals(Charset.forName(charset), of(bytes));
    }

    @ParameterizedTest
    @CsvSource({
        "windows-1251, Ошибка при сохранении",
        "euc-jp, 保存すると落ちる",
        "euc-kr, 저장하면 죽는다",
        "gbk, 保存时崩溃",
        "shift_jis, 保存すると落ちる",
        "koi8-r, Ошибка",
        "iso-8859-2, Błąd przy zapisie",
    })
    void a_meta_anywhere_in_the_head_tells(String label, String title) {
        Charset charset = PageCharset.forLabel(label).orElseThrow();
        for (String before : List.of(
                "<!-- " + "licence > ".repeat(150) + "-->",
                "<script>" + "if (a < b) document.write('<meta charset=utf-8>');".repeat(120) + "</script>",
                "<style>" + "a > b { color: red }".repeat(300) + "</style>",
                "<title>" + title + "</title>" + "<link rel=icon href='/a>b'>".repeat(60))) {
            for (String meta : List.of(
                    "<meta charset=" + label + ">",
                    "<META content=\"text/html; charset=" + label + "\" HTTP-EQUIV='Content-Type' />")) {
                String html = "<!DOCTYPE html><html><head>" + before + meta + "<title>" + title
                        + "</title></head><body>" + title;

                assertEquals(html, decode(html.getBytes(charset), "text/html"));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<script>SPACE<meta charset=koi8-r></script>",
                "<style>SPACE<meta charset=koi8-r></style>",
                "<title>SPACE<meta charset=koi8-r></title>",
                "<noscript>SPACE<meta charset=koi8-r></noscript>",
                "<template>SPACE<meta charset=koi8-r></template>",
                "<!-- SPACE<meta charset=koi8-r> -->",
                "<link title='SPACE<meta charset=koi8-r>'>",
                "SPACE</head><body><meta charset=koi8-r>",
            })
    void what_only_looks_like_a_late_meta_does_not(String html) {
        byte[] bytes = html.replace("SPACE", " ".repeat(2000))
                .concat("\u00FC ".repeat(20))
                .getBytes(StandardCharsets.ISO_8859_1);

        assertEquals(Charset.forName("windows-1252"), of(bytes));
    }

    @Test
    void a_byte_order_mark_and_a_header_come_before_a_late_meta() {
        String late = " ".repeat(2000) + "<meta charset=koi8-r><title>Tür</title>";

        assertEquals(late, decode(("\uFEFF" + late).getBytes(StandardCharsets.UTF_8), null));
        assertEquals(late, decode(("\uFEFF" + late).getBytes(StandardCharsets.UTF_16LE), null));
        assertEquals(late, decode(late.getBytes(StandardCharsets.ISO_8859_1), "text/html; charset=iso-8859-1"));
    }

    @Test
    void a_broken_byte_does_not_make_utf_8_something_else() {
        String before = "<title>保存すると落ちる — Tür";
        String after = "</title>" + "Ошибка ".repeat(20);
        for (String meta : List.of("", " ".repeat(2000) + "<meta charset=utf-8>", "<meta charset=utf-8>")) {
            byte[] first = (meta + before).getBytes(StandardCharsets.UTF_8);
            byte[] second = after.getBytes(StandardCharsets.UTF_8);
            byte[] html = Arrays.copyOf(first, first.length + 1 + second.length);
            html[first.length] = (byte) 0xE4;
            System.arraycopy(second, 0, html, first.length + 1, second.length);

            assertEquals(meta + before + "\uFFFD" + after, decode(html, null));
        }
    }

    @Test
    void bytes_that_are_utf_8_are_so_whatever_a_meta_says() {
        String html = "<meta charset=windows-1251><title>Ошибка при сохранении</title>";

        assertEquals(html, decode(html.getBytes(StandardCharsets.UTF_8), null));
    }

    @Test
    void two_characters_that_could_be_utf_8_do_not_outweigh_a_meta() {
        // D1 A7 C4 A3 is two characters in GBK, and two in UTF-8.
        byte[] html = "<meta charset=gbk>\u00D1\u00A7\u00C4\u00A3".getBytes(StandardCharsets.ISO_8859_1);

        assertEquals("<meta charset=gbk>学模", decode(html, null));
    }

    @Test
    void undeclared_bytes_are_utf_8_where_they_can_be_and_windows_1252_else() {
        assertEquals("Tür", decode("Tür".getBytes(StandardCharsets.UTF_8), null));
        assertEquals("Tür “x” €", decode("Tür “x” €".getBytes(Charset.forName("windows-1252")), null));
    }

    @ParameterizedTest
    @CsvSource({
        "euc-jp, ①保存すると落ちる", "shift_jis, ①保存すると落ちる", "iso-2022-jp, 保存すると落ちる", "gbk, 保存时崩溃鎔", "gb18030, 保存时崩溃𠀀",
        "big5, 儲存時當機", "euc-kr, 저장하면 죽는다 똠", "koi8-u, Помилка їжі", "windows-1251, Ошибка",
                "iso-8859-2, Błąd przy zapisie",
        "windows-1255, שגיאה", "windows-874, ข้อผิดพลาด", "utf-8, 保存すると落ちる😀"
    })
    void a_page_in_any_character_set_is_read_and_may_be_cut_in_a_character(String label, String title)
            throws Exception {
        Charset charset = PageCharset.forLabel(label).orElseThrow();
        ByteArrayOutputStream html = new ByteArrayOutputStream();
        html.write(("<html><meta charset=" + label + "><title>").getBytes(StandardCharsets.US_ASCII));
        int start = html.size();
        html.write(title.getBytes(charset));
        String whole = "<html><meta charset=" + label + "><title>" + title;

        assertEquals(whole, decode(html.toByteArray(), null));
        for (int length = start; length < html.size(); length++) {
            String part = decode(Arrays.copyOf(html.toByteArray(), length), "text/html; charset=" + label);
            assertEquals(whole.substring(0, part.length()), part);
        }
    }

    private static String decode(byte[] html, String contentType) {
        return PageCharset.decode(html, html.length, Optional.ofNullable(contentType));
    }

    private static Charset of(byte[] html) {
        return PageCharset.of(html, html.length, Optional.empty());
    }
}
