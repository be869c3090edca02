package org.bugloss.html;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.time.Clock;
import org.bugloss.outbound.FetchException;
import org.bugloss.outbound.LeadsOn;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetaRefreshTest {

    private final PageReader reader = new PageReader(Clock.systemUTC());

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0; url=https://new.example/7 | https://new.example/7",
                "0;URL=https://new.example/7 | https://new.example/7",
                "5; url=https://new.example/7 | https://new.example/7",
                "0.5; url=https://new.example/7 | https://new.example/7",
                ".2; url=https://new.example/7 | https://new.example/7",
                "0, url=https://new.example/7 | https://new.example/7",
                "0 url=https://new.example/7 | https://new.example/7",
                "0; https://new.example/7 | https://new.example/7",
                "0;  url = 'https://new.example/7' | https://new.example/7",
                "0; url=&quot;https://new.example/7&quot; and more | https://new.example/7",
                "0; url=/bugs/7?a=1&amp;b=2 | https://bugs.example/bugs/7?a=1&b=2",
                "0; url=7.html | https://bugs.example/show/7.html",
                "0; url=?id=7 | https://bugs.example/show/7?id=7",
                "0; url=//new.example/7 | https://new.example/7",
                "0; url=https&#58;//new.example/Straße | https://new.example/Stra%C3%9Fe",
                "0; url=  https://new.example/7  | https://new.example/7",
                "0; url=https://new.example/#/7 | https://new.example/#/7",
            })
    void a_page_that_leads_on_is_followed(String content, String to) {
        for (String title : new String[] {"Redirect", "Page Redirection", to, "Moved", "", "Bug 7"}) {
            assertLeadsOn(to, "<title>" + title + "</title><meta http-equiv=\"refresh\" content=\"" + content + "\">");
        }
        assertLeadsOn(to, "<META CONTENT=\"" + content + "\" HTTP-EQUIV=' Refresh '><body>Here it is.");
        assertLeadsOn(to, "<body><p>Click</p><meta http-equiv=refresh content=\"" + content + "\">");
    }

    @Test
    void the_header_of_that_name_leads_on_too_and_an_address_is_relative_to_the_base() {
        assertLeadsOn(
                "https://bugs.example/8", PageResponse.of("<title>7</title>").withHeader("Refresh", "0; url=/8"));
        assertLeadsOn(
                "https://base.example/b/8",
                PageResponse.of("<base href='https://base.example/b/'><meta http-equiv=refresh content='0;url=8'>"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<title>https://new.example/7</title>",
                "<title></title>",
                "<title>Redirecting…</title>",
                "<title>You are being redirected</title>",
                "",
            })
    void where_a_script_leads_on_what_stands_in_for_it_does(String title) {
        // As t.co has it.
        assertLeadsOn(
                "https://new.example/7",
                "<head><noscript><META http-equiv='refresh' content='0;URL=https://new.example/7'></noscript>" + title
                        + "</head><script>location.replace('https:\\/\\/new.example\\/7')</script>");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<meta http-equiv=refresh content='6; url=https://new.example/7'>",
                "<meta http-equiv=refresh content='300'>",
                "<meta http-equiv=refresh content='99999999999; url=https://new.example/7'>",
                "<meta http-equiv=refresh content='0; url=https://new.example/7'><meta property=og:title content='It crashes'>",
                "<meta http-equiv=refresh content='0; url=https://new.example/7'><script type=application/ld+json>"
                        + "{\"@type\": \"Article\", \"headline\": \"It crashes\"}</script>",
                "<meta http-equiv=refresh content='0'>",
                "<meta http-equiv=refresh content='3; url=https://bugs.example/show/7'>",
                "<meta http-equiv=refresh content='0; url=#top'>",
                "<meta http-equiv=refresh content='0; url=javascript:alert(1)'>",
                "<meta http-equiv=refresh content='0; url=https://ann@new.example/7'>",
                "<meta http-equiv=refresh content='0; url=mailto:ann@new.example'>",
                "<meta http-equiv=refresh content='url=https://new.example/7'>",
                "<meta http-equiv=refresh content=''>",
                "<meta http-equiv=refresh>",
                "<meta name=refresh content='0; url=https://new.example/7'>",
                "<template><meta http-equiv=refresh content='0; url=https://new.example/7'></template>",
                "<noscript><meta http-equiv=refresh content='0; url=/no-script'></noscript>",
                "<!-- <meta http-equiv=refresh content='0; url=https://new.example/7'> -->",
            })
    void a_page_that_stays_is_the_page(String html) throws IOException {
        assertEquals(
                "It crashes",
                reader.read(PageResponse.URL, PageResponse.of("<title>It crashes</title>" + html))
                        .title());
    }

    @Test
    void a_page_that_loads_itself_until_its_cookie_comes_back_is_followed() {
        PageResponse self = PageResponse.of("<title>Check</title><meta http-equiv=refresh content=0>");

        assertLeadsOn(PageResponse.URL.toString(), self.withHeader("Set-Cookie", "seen=1"));
    }

    @Test
    void a_wall_that_leads_on_is_a_wall() {
        PageResponse wall =
                PageResponse.of("<title>Just a moment...</title><meta http-equiv=refresh content='5; url=/x'>");

        assertThrows(FetchException.class, () -> reader.read(PageResponse.URL, wall));
    }

    private void assertLeadsOn(String to, String html) {
        assertLeadsOn(to, PageResponse.of(html));
    }

    private void assertLeadsOn(String to, PageResponse page) {
        LeadsOn leadsOn = assertThrows(LeadsOn.class, () -> reader.read(PageResponse.URL, page));
        assertEquals(to, leadsOn.to().key());
    }
}
