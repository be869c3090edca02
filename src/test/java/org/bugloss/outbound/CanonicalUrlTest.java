package org.bugloss.outbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class CanonicalUrlTest {

    @ParameterizedTest(name = "{0} has the key {1}")
    @CsvSource(delimiterString = " -> ", textBlock = """
            HTTP://Example.ORG                         -> http://example.org/
            http://example.org/                        -> http://example.org/
            https://GitHub.com/Kiwi/Issues/117         -> https://github.com/Kiwi/Issues/117
            http://example.org:80/a                    -> http://example.org/a
            https://example.org:443/a                  -> https://example.org/a
            https://example.org:80/a                   -> https://example.org:80/a
            http://example.org:443/a                   -> http://example.org:443/a
            http://example.org:/a                      -> http://example.org/a
            http://example.org:0080/a                  -> http://example.org/a
            http://example.org:8080                    -> http://example.org:8080/
            http://example.org?id=1                    -> http://example.org/?id=1
            http://example.org/a?                      -> http://example.org/a?
            http://example.org/a#c12                   -> http://example.org/a
            http://example.org/a?b=1#c?d#e             -> http://example.org/a?b=1
            http://example.org#top                     -> http://example.org/
            http://example.org/a#100%                  -> http://example.org/a
            http://example.org/a/./b                   -> http://example.org/a/b
            http://example.org/a/../b                  -> http://example.org/b
            http://example.org/a/..                    -> http://example.org/
            http://example.org/a/b/.                   -> http://example.org/a/b/
            http://example.org/a/b/..                  -> http://example.org/a/
            http://example.org/../../etc               -> http://example.org/etc
            http://example.org/a/%2e/b                 -> http://example.org/a/b
            http://example.org/a/%2E%2e/b              -> http://example.org/b
            http://example.org/a/.%2e/b                -> http://example.org/b
            http://example.org/a/%2e./b                -> http://example.org/b
            http://example.org/a/...                   -> http://example.org/a/...
            http://example.org/a/..b                   -> http://example.org/a/..b
            http://example.org/a//b                    -> http://example.org/a//b
            http://example.org/a//../b                 -> http://example.org/a/b
            http://example.org//                       -> http://example.org//
            http://example.org/.//b                    -> http://example.org//b
            http://example.org/a?b=/../c               -> http://example.org/a?b=/../c
            http://example.org/%7eann/%7Eann           -> http://example.org/%7eann/%7Eann
            http://example.org/a%2Fb                   -> http://example.org/a%2Fb
            http://example.org/a%00b                   -> http://example.org/a%00b
            http://example.org/Straße                  -> http://example.org/Stra%C3%9Fe
            http://example.org/?q=größe                -> http://example.org/?q=gr%C3%B6%C3%9Fe
            http://example.org/🐛                      -> http://example.org/%F0%9F%90%9B
            http://example.org/a|b^c                   -> http://example.org/a%7Cb%5Ec
            http://example.org/{id}/"x"/<y>/`z`        -> http://example.org/%7Bid%7D/%22x%22/%3Cy%3E/%60z%60
            http://example.org/[a]?ids[]=1&f={"a":1}   -> http://example.org/%5Ba%5D?ids%5B%5D=1&f=%7B%22a%22:1%7D
            http://example.org/a;b=c,d+e(f)*!$&@:      -> http://example.org/a;b=c,d+e(f)*!$&@:
            http://example.org/?a=it's?/:@             -> http://example.org/?a=it's?/:@
            http://example.org./a                      -> http://example.org/a
            http://my_tracker:8080/a                   -> http://my_tracker:8080/a
            http://bücher.example/                     -> http://xn--bcher-kva.example/
            http://BÜCHER.example/                     -> http://xn--bcher-kva.example/
            http://xn--bcher-kva.example/              -> http://xn--bcher-kva.example/
            http://例え。テスト/                        -> http://xn--r8jz45g.xn--zckzah/
            http://ｅｘａｍｐｌｅ．ｏｒｇ/                -> http://example.org/
            http://[2001:DB8:0:0:0:0:0:1]/             -> http://[2001:db8::1]/
            http://[2001:db8:0:1:0:0:0:1]:8080/a       -> http://[2001:db8:0:1::1]:8080/a
            http://[2001:db8:0:1:1:1:1:1]/             -> http://[2001:db8:0:1:1:1:1:1]/
            http://[1:0:0:2:0:0:0:3]/                  -> http://[1:0:0:2::3]/
            http://[1:0:0:2:3:0:0:4]/                  -> http://[1::2:3:0:0:4]/
            http://[::ffff:192.0.2.1]/                 -> http://[::ffff:c000:201]/
            http://[1::]/                              -> http://[1::]/
            """)
    void aUrlHasOneKey(String typed, String key) {
        CanonicalUrl url = CanonicalUrl.parse(typed);

        assertEquals(key, url.key());
        assertEquals(URI.create(key), url.uri());
        assertEquals(url, CanonicalUrl.parse(key), "the key is its own key");
    }

    @ParameterizedTest(name = "{0} has the key {1}")
    @CsvSource(delimiterString = " -> ", textBlock = """
            http://p.example/polarion/#/project/x/workitem?id=AB-1   -> http://p.example/polarion/#/project/x/workitem?id=AB-1
            https://rally.example/#/9d/detail/defect/12              -> https://rally.example/#/9d/detail/defect/12
            http://HOST.example#/a/../b                              -> http://host.example/#/a/../b
            http://h.example/a?b=1#!/bugs/7                          -> http://h.example/a?b=1#!/bugs/7
            http://h.example/a#!7                                    -> http://h.example/a#!7
            http://h.example/a#/                                     -> http://h.example/a#/
            http://h.example/a#/ä{7}#b                               -> http://h.example/a#/%C3%A4%7B7%7D%23b
            http://h.example/a#/100%/%zz/%41                         -> http://h.example/a#/100%25/%25zz/%41
            http://t.example/tfs/C/P/_workitems#_a=edit&id=133       -> http://t.example/tfs/C/P/_workitems#_a=edit&id=133
            http://t.example/tfs/C/P/_workitems#id=133&_a=edit       -> http://t.example/tfs/C/P/_workitems#id=133&_a=edit
            http://t.example/tfs/C/P/_workitems?x=1#_a=edit&id=133   -> http://t.example/tfs/C/P/_workitems?x=1#_a=edit&id=133
            http://t.example/tfs/C/P/_workitems#_a=edit&fullid=133   -> http://t.example/tfs/C/P/_workitems
            http://t.example/tfs/C/P/_workitems#_a=new               -> http://t.example/tfs/C/P/_workitems
            http://t.example/tfs/C/P/_workitems/edit/7#_a=edit&id=13 -> http://t.example/tfs/C/P/_workitems/edit/7
            http://h.example/show?x=/_workitems#id=133               -> http://h.example/show?x=/_workitems
            http://h.example/a#id=133                                -> http://h.example/a
            http://h.example/a#c/1                                   -> http://h.example/a
            http://h.example/a#:~:text=7                             -> http://h.example/a
            http://h.example/a#                                      -> http://h.example/a
            """)
    void aFragmentThatRoutesIsPartOfTheKeyAndOfNoRequest(String typed, String key) {
        CanonicalUrl url = CanonicalUrl.parse(typed);

        assertEquals(key, url.key());
        assertEquals(url, CanonicalUrl.parse(key), "the key is its own key");
        assertEquals(URI.create(key.replaceFirst("#.*", "")), url.uri());
        assertEquals(key.contains("#") ? Optional.of(key.replaceFirst(".*?#", "")) : Optional.empty(), url.fragment());
        assertEquals(url.uri().toString(), url.withoutFragment().key());
    }

    @Test
    void spacesAndLineEndsAroundAUrlDoNotMatter() {
        assertEquals(
                "http://example.org/a",
                CanonicalUrl.parse(" \t\r\nhttp://example.org/a\r\n ").key());
    }

    @Test
    void thePartsAreThoseOfTheKey() {
        CanonicalUrl url = CanonicalUrl.parse("HTTPS://Example.org:8443/a/../b%20c?d=%C3%A9#e");

        assertEquals("https", url.scheme());
        assertEquals("example.org", url.host());
        assertEquals(8443, url.port());
        assertEquals("/b%20c", url.path());
        assertEquals(Optional.of("d=%C3%A9"), url.query());
        assertEquals("https://example.org:8443", url.origin());
        assertEquals("::1", CanonicalUrl.parse("http://[::1]/").host());
        assertEquals(80, CanonicalUrl.parse("http://[::1]/").port());
        assertEquals(443, CanonicalUrl.parse("https://example.org").port());
        assertEquals(Optional.empty(), CanonicalUrl.parse("https://example.org").query());
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", " ", "\t\n"})
    void nothingIsNoUrl(String typed) {
        assertRefused("there is no URL", typed);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiterString = " -> ", textBlock = """
            ftp://example.org/a               -> not ftp
            file:///etc/passwd                -> not file
            javascript:alert(1)               -> not javascript
            JavaScript://example.org/%0aalert -> not javascript
            data:text/html,a                  -> not data
            gopher://127.0.0.1:25/_HELO       -> not gopher
            jar:http://example.org/a.jar!/    -> not jar
            mailto:ann@example.org            -> not mailto
            ws://example.org/                 -> not ws
            httpx://example.org/              -> not httpx
            localhost:8080/a                  -> not localhost
            example.org                       -> starts with http
            //example.org/a                   -> starts with http
            /a                                -> starts with http
            ://example.org                    -> starts with http
            1http://example.org               -> starts with http
            http                              -> starts with http
            http:                             -> no host
            http:/                            -> no host
            http://                           -> no host
            http:///                          -> no host
            http:///example.org/              -> no host
            http:example.org                  -> no host
            http:/example.org                 -> no host
            http://?a                         -> no host
            http://#a                         -> no host
            http://:80/                       -> no host
            http://./                         -> empty part
            http://../                        -> empty part
            http://a..b/                      -> empty part
            http://.example.org/              -> empty part
            http://example.org../             -> empty part
            http://ann@example.org/           -> user name
            http://ann:secret@example.org/    -> user name
            http://@example.org/              -> user name
            http://:@example.org/             -> user name
            http://example.org@127.0.0.1/     -> user name
            http://example.org:80@127.0.0.1/  -> user name
            http://a@b@127.0.0.1/             -> user name
            http://example.org\\@127.0.0.1/    -> backslash
            http://example.org\\a              -> backslash
            http:\\\\example.org                -> backslash
            https:/\\example.org               -> backslash
            http://example.org/a\\..\\b         -> backslash
            http://exam ple.org/              -> white space
            http://example.org/a b            -> white space
            http://example.org/a?b c          -> white space
            http://example.org /              -> white space
            http://example.org/%              -> %
            http://example.org/%z             -> %
            http://example.org/%zz            -> %
            http://example.org/%1             -> %
            http://example.org/?a=%+1         -> %
            http://example.org/%u0041         -> %
            http://example.org/%１１          -> %
            http://example%2eorg/             -> U+0025
            http://127.0.0.%31/               -> U+0025
            http://%31%32%37.0.0.1/           -> U+0025
            http://example.org%00.evil.test/  -> U+0025
            http://example.org:0/             -> port
            http://example.org:65536/         -> port
            http://example.org:99999999999/   -> port
            http://example.org:80:80/         -> host and port
            http://example.org:-1/            -> host and port
            http://example.org:+80/           -> host and port
            http://example.org:8o/            -> host and port
            http://example.org:８０/          -> host and port
            http://exa<mple.org/              -> U+003C
            http://exa"mple.org/              -> U+0022
            http://exa|mple.org/              -> U+007C
            http://exa^mple.org/              -> U+005E
            http://exa*mple.org/              -> U+002A
            http://{host}/                    -> U+007B
            http://exam!ple.org/              -> U+0021
            http://a,b/                       -> U+002C
            http://straße.example/            -> U+00DF
            http://faß.de/                    -> U+00DF
            http://ΣΑΣς.example/              -> U+03C2
            http://℀.example/                 -> U+002F
            http://a℅b.example/               -> U+002F
            http://example.org＠127.0.0.1/    -> U+0040
            http://example.org／a/            -> U+002F
            http://example.org：80/           -> U+003A
            http://example.org？a/            -> U+003F
            http://example.org＃a/            -> U+0023
            http://％31.example/              -> U+0025
            http://[::1/                      -> host and port
            http://::1/                       -> host and port
            http://[::1]a/                    -> host and port
            http://[::1]:a/                   -> host and port
            http://a[::1]/                    -> host and port
            http://[]/                        -> IPv6
            http://[::1%25eth0]/              -> zone
            http://[fe80::1%eth0]/            -> zone
            http://[fe80::1%251]/             -> zone
            http://[v1.fe80::a]/              -> IPv6
            http://[:::1]/                    -> IPv6
            http://[1::2::3]/                 -> IPv6
            http://[1:2:3:4:5:6:7]/           -> IPv6
            http://[1:2:3:4:5:6:7:8:9]/       -> IPv6
            http://[1:2:3:4:5:6:7::8]/        -> IPv6
            http://[12345::]/                 -> IPv6
            http://[g::]/                     -> IPv6
            http://[:1]/                      -> IPv6
            http://[1:]/                      -> IPv6
            http://[::ffff:127.0.0.01]/       -> IPv6
            http://[::ffff:127.0.1]/          -> IPv6
            http://[::ffff:0x7f.0.0.1]/       -> IPv6
            http://[::ffff:127.0.0.256]/      -> IPv6
            http://[::127.0.0.1:1]/           -> IPv6
            http://[127.0.0.1]/               -> IPv6
            http://[：：1]/                   -> IPv6
            http://256.0.0.1/                 -> too large
            http://127.0.0.256/               -> too large
            http://127.0.65536/               -> too large
            http://4294967296/                -> too large
            http://0x100000000/               -> too large
            http://99999999999999999999999/   -> not an IPv4
            http://1.2.3.4.5/                 -> not an IPv4
            http://127.0.0.09/                -> not an IPv4
            http://08/                        -> not an IPv4
            http://example.1/                 -> not an IPv4
            http://example.0x7f/              -> not an IPv4
            http://127.0.0.1.2/               -> not an IPv4
            http://1.-1.1.1/                  -> not an IPv4
            """)
    void whatIsNotAUrlOrHasTwoReadingsIsRefused(String typed, String why) {
        assertRefused(why, typed);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://example.org/a\nb",
                "http://example.org/a\rb",
                "http://exam\tple.org/",
                "ht\ntp://example.org/",
                "http://example.org/\u0000",
                "http://example.org/\u007f",
                "http://example.org/\u0085",
                "http://\u0001example.org/",
                "\u0000http://example.org/",
                "http://example.org/#a\nb"
            })
    void controlCharactersAreRefused(String typed) {
        assertRefused("control character", typed);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://example.org/a\u00a0b",
                "http://example.org/\u2003",
                "http://exam\u3000ple.org/",
                "http://example.org/\u2028",
                "\u00a0http://example.org/"
            })
    void whiteSpaceOfEverySortIsRefused(String typed) {
        assertRefused("white space", typed);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://exam\u00adple.org/",
                "http://127.0.0\u200b.1/",
                "http://example\u200d.org/",
                "http://example.org\u202e/",
                "http://example\ufeff.org/",
                "http://127.0\u2060.0.1/"
            })
    void invisibleCharactersInAHostAreRefused(String typed) {
        assertRefused("read the character U+", typed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://example.org/\ud83d", "http://example.org/\udc1b\ud83d", "http://\ud83d.org/"})
    void loneSurrogatesAreRefused(String typed) {
        assertRefused("lone surrogate", typed);
    }

    @Test
    void aUrlHasAtMost2048CharactersAsTypedAndAsAKey() {
        String start = "http://example.org/";
        String longest = start + "a".repeat(2048 - start.length());

        assertEquals(2048, CanonicalUrl.parse(longest).key().length());
        assertRefused("longer than 2,048", longest + "a");
        assertRefused("longer than 2,048", longest + " ");
        assertRefused("longer than 2,048", longest + "#a");
        assertRefused("longer than 2,048", start + "ü".repeat(400));
    }

    @Test
    void hostsAreNoLongerThanDnsAllows() {
        String label = "a".repeat(63);
        String longest = label + "." + label + "." + label + "." + "a".repeat(61);

        assertEquals(longest, CanonicalUrl.parse("http://" + longest + "./").host());
        assertRefused("longer than 253", "http://" + longest + "a/");
        assertRefused("longer than 63", "http://" + label + "a.example/");
        assertRefused("not a valid", "http://" + "ü".repeat(60) + ".example/");
    }

    @Test
    void aMessageNeverRepeatsAPassword() {
        String message = assertThrows(
                        InvalidUrlException.class, () -> CanonicalUrl.parse("http://ann:hunter2@example.org/"))
                .getMessage();

        assertFalse(message.contains("hunter2"), message);
    }

    @ParameterizedTest(name = "{0} on http://a/b/c/d;p?q is {1}")
    @CsvSource(delimiterString = " -> ", textBlock = """
            http://g     -> http://g/
            HTTPS://G/h  -> https://g/h
            g            -> http://a/b/c/g
            ./g          -> http://a/b/c/g
            g/           -> http://a/b/c/g/
            /g           -> http://a/g
            //g          -> http://g/
            //g:81/h     -> http://g:81/h
            ?y           -> http://a/b/c/d;p?y
            g?y          -> http://a/b/c/g?y
            #s           -> http://a/b/c/d;p?q
            ''           -> http://a/b/c/d;p?q
            g#s          -> http://a/b/c/g
            ;x           -> http://a/b/c/;x
            .            -> http://a/b/c/
            ..           -> http://a/b/
            ../g         -> http://a/b/g
            ../../g      -> http://a/g
            ../../../g   -> http://a/g
            g/./h        -> http://a/b/c/g/h
            g/../h       -> http://a/b/c/h
            """)
    void aReferenceIsResolvedAsRfc3986Does(String reference, String expected) {
        assertEquals(
                expected,
                CanonicalUrl.parse("http://a/b/c/d;p?q").resolve(reference).key());
    }

    @Test
    void aReferenceMayBeLongerThanATypedUrlButNotEndless() {
        CanonicalUrl page = CanonicalUrl.parse("https://example.org/");

        assertEquals(8192, page.resolve("/" + "a".repeat(8172)).key().length());
        assertThrows(InvalidUrlException.class, () -> page.resolve("/" + "a".repeat(8173)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ftp://h/", "javascript:alert(1)", "//ann@h/", "http://ann:b@h/", "\\\\h\\a", "/%zz", "http:g"})
    void aReferenceIsRefusedAsATypedUrlIs(String reference) {
        CanonicalUrl page = CanonicalUrl.parse("https://example.org/");

        assertThrows(InvalidUrlException.class, () -> page.resolve(reference));
    }

    @ParameterizedTest(name = "{0} covers {1}")
    @CsvSource({
        "http://h/bugs, http://h/bugs",
        "http://h/bugs, http://h/bugs/",
        "http://h/bugs, http://h/bugs/1",
        "http://h/bugs, http://h/bugs?id=1",
        "http://h/bugs/, http://h/bugs",
        "http://h/bugs/, http://h/bugs/1",
        "http://h, http://H:80/",
        "http://h, http://h/a/b",
        "https://h:443/a, https://h/a/b",
        "http://h/a/../bugs, http://h/x/../bugs/1",
        "http://[::1]/, http://[0:0::1]/a",
        "http://127.1/, http://127.0.0.1/a"
    })
    void aBaseCoversWhatLiesUnderIt(String base, String url) {
        assertTrue(CanonicalUrl.parse(base).covers(CanonicalUrl.parse(url)));
    }

    @ParameterizedTest(name = "{0} does not cover {1}")
    @CsvSource({
        "http://h/bugs, http://h/bugs-old/1",
        "http://h/bugs, http://h/bug",
        "http://h/bugs, http://h/",
        "http://h/bugs/, http://h/bugs-old/1",
        "http://h/bugs, http://h/Bugs/1",
        "http://h/bugs, http://h/bugs/../admin",
        "http://h/bugs, http://h/bugs/%2e%2E/admin",
        "http://bugzilla.example, http://bugzilla.example.evil.test/",
        "http://bugzilla.example, http://evil.test/bugzilla.example/",
        "http://h, https://h/",
        "http://h, http://h:8080/",
        "http://h:8080, http://h:80/",
        "http://h:80, http://h:8080/",
        "http://h, http://g.h/"
    })
    void aBaseDoesNotCoverWhatOnlyLooksLikeIt(String base, String url) {
        assertFalse(CanonicalUrl.parse(base).covers(CanonicalUrl.parse(url)));
    }

    @Test
    void whateverIsTypedIsRefusedOrHasAKeyThatEverybodyReadsAlike() {
        String[] parts = {
            "http://",
            "https://",
            "HTTP:",
            "//",
            "/",
            "\\",
            "@",
            ":",
            "::",
            "?",
            "#",
            "[",
            "]",
            "%",
            "%2e",
            "%2F",
            "%00",
            ".",
            "..",
            "127",
            "0x7f",
            "0177",
            "1",
            "256",
            "4294967295",
            "fd00",
            "ffff",
            "example",
            "xn--",
            "xn--a",
            "bücher",
            "ß",
            "１",
            "。",
            "℀",
            "－",
            "🐛",
            "\ud83d",
            " ",
            "\u00a0",
            "\u00ad",
            "\u200b",
            "\n",
            "\u0000",
            "-",
            "_",
            "~",
            "|",
            "^",
            "{",
            "<",
            "\"",
            "80",
            "0",
            "65536",
            "a",
            "Z",
            "é",
            "e\u0301",
            "\u0130",
            "ﬁ",
            "㍱",
            "٣",
            ";",
            "=",
            "&",
            "+",
            "*",
            "!",
            "'",
            "("
        };
        Random random = new Random(20261122);
        int read = 0;
        for (int i = 0; i < 50_000; i++) {
            StringBuilder typed = new StringBuilder(i % 4 == 0 ? "" : "http://");
            for (int n = random.nextInt(8); n >= 0; n--) {
                typed.append(parts[random.nextInt(parts.length)]);
            }
            CanonicalUrl url;
            try {
                url = CanonicalUrl.parse(typed.toString());
            } catch (InvalidUrlException e) {
                continue;
            }
            read++;
            String key = url.key();
            assertTrue(key.chars().allMatch(c -> c > ' ' && c < 0x7f), () -> typed + " -> " + key);
            assertEquals(key, CanonicalUrl.parse(key).key(), typed.toString());
            URI uri = url.uri();
            assertEquals(url.withoutFragment().key(), uri.toString());
            assertEquals(url.path(), uri.getRawPath());
            assertEquals(url.query().orElse(null), uri.getRawQuery());
            assertNull(uri.getRawUserInfo());
            assertNull(uri.getRawFragment());
            assertEquals(url.fragment().orElse(null), URI.create(key).getRawFragment());
            assertEquals(url.origin(), uri.getScheme() + "://" + uri.getRawAuthority());
            if (uri.getHost() != null) {
                assertEquals(url.host(), uri.getHost().replaceAll("[\\[\\]]", ""));
            }
        }
        assertTrue(read > 1000, read + " were read");
    }

    private static void assertRefused(String why, String typed) {
        String message = assertThrows(InvalidUrlException.class, () -> CanonicalUrl.parse(typed))
                .getMessage();
        assertTrue(message.contains(why), message);
    }
}
