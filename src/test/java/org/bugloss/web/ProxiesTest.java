package org.bugloss.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.bugloss.configuration.TestKeys;
import org.bugloss.configuration.WrongConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxiesTest {

    private final Proxies proxies = Proxies.from(TestKeys.keys("bugloss.proxies", "10.0.0.0/8, 192.0.2.7, ::1"));

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # peer       | X-Forwarded-For                       | Proto        | caller        | scheme
            203.0.113.9  | 198.51.100.1                          | https        |               |
            10.0.0.1     | 198.51.100.1                          | https        | 198.51.100.1  | https
            ::1          | 198.51.100.1                          | HTTPS        | 198.51.100.1  | https
            0:0:0:0:0:0:0:1 | 2001:DB8::0:1                      | http         | 2001:db8::1   | http
            10.0.0.1     | 6.6.6.6, 198.51.100.1                 | https        | 198.51.100.1  | https
            10.0.0.1     | 6.6.6.6, 198.51.100.1, 10.9.9.9       | https, http  | 198.51.100.1  | https
            10.0.0.1     | 6.6.6.6, 198.51.100.1, 10.9.9.9       | ftp, https, http | 198.51.100.1 | https
            10.0.0.1     | 6.6.6.6, 198.51.100.1, 10.9.9.9       | https        | 198.51.100.1  | https
            10.0.0.1     | 10.0.0.2, 192.0.2.7                   |              | 10.0.0.2      |
            10.0.0.1     | 198.51.100.1:4711                     |              | 198.51.100.1  |
            10.0.0.1     | [2001:db8::1]:4711                    |              | 2001:db8::1   |
            10.0.0.1     | 198.51.100.1, unknown                 | https        | 10.0.0.1      | https
            10.0.0.1     | 198.51.100.1, 999.1.1.1, 192.0.2.7    |              | 192.0.2.7     |
            10.0.0.1     | 198.51.100.1,                         |              | 10.0.0.1      |
            10.0.0.1     | token:ci                              | javascript   | 10.0.0.1      |
            10.0.0.1     | 1                                     |              | 10.0.0.1      |
            10.0.0.1     |                                       | http,https   | 10.0.0.1      | https
            10.0.0.1     |                                       |              | 10.0.0.1      |
            """)
    void onlyProxiesAreBelievedAndFromTheRight(String peer, String by, String proto, String caller, String scheme) {
        assertEquals(
                Optional.ofNullable(caller).map(one -> new Proxies.Told(one, Optional.ofNullable(scheme))),
                proxies.of(peer, values(by), values(proto)));
    }

    private static List<String> values(String header) {
        return header == null ? List.of() : List.of(header);
    }

    @Test
    void severalHeadersAreOneList() {
        assertEquals(
                Optional.of(new Proxies.Told("198.51.100.1", Optional.of("https"))),
                proxies.of("10.0.0.1", List.of("6.6.6.6, 198.51.100.1", "10.0.0.3"), List.of("https", "http")));
    }

    @Test
    void aListWithoutEndIsReadNoFurtherThanChainsAreLong() {
        String endless = String.join(",", Collections.nCopies(100_000, "10.0.0.2"));

        assertEquals(
                Optional.of(new Proxies.Told("10.0.0.2", Optional.empty())),
                proxies.of("10.0.0.1", Arrays.asList("198.51.100.1", endless), List.of("x".repeat(100_000))));
    }

    @Test
    void nobodyIsBelievedUntilItIsConfigured() {
        assertEquals(
                Optional.empty(),
                Proxies.from(TestKeys.keys()).of("127.0.0.1", List.of("198.51.100.1"), List.of("https")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"proxy.example", "10.0.0.1/8", "10.0.0.1:80"})
    void namesAndBlocksThatAreNoneStopTheDeployment(String value) {
        String message = assertThrows(
                        WrongConfiguration.class, () -> Proxies.from(TestKeys.keys("bugloss.proxies", value)))
                .getMessage();

        assertEquals(true, message.startsWith("bugloss.proxies: '" + value + "'"), message);
    }
}
