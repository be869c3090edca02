package org.bugloss.outbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressesTest {

    @ParameterizedTest
    @CsvSource({
        "10.0.0.5, true",
        "10.0.0.6, false",
        "192.168.7.255, true",
        "192.169.0.1, false",
        "::ffff:10.0.0.5, true",
        "0:0:0:0:0:0:0:1, true",
        "::1, true",
        "fd12::9, true",
        "fe80::1%eth0, true",
        "fe00::1, false",
        "localhost, false",
        "010.0.0.5, false",
        "167772165, false",
        "'', false",
    })
    void containsWhatIsListed(String address, boolean isIn) {
        Addresses listed = Addresses.parse(List.of("10.0.0.5", "192.168.0.0/16", "::1", "fd00::/8", "fe80::1"));

        assertEquals(isIn, listed.contains(address));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "10.0.0.0/8/8",
                "10.0.0.0/x",
                "10.0.0.0/33",
                "10.0.0.1/8",
                "0x0a.0.0.1",
                "10.1:80",
                "*",
                ""
            })
    void whatIsNeitherAnAddressNorABlockIsRefused(String entry) {
        String message = assertThrows(IllegalArgumentException.class, () -> Addresses.parse(List.of("10.0.0.1", entry)))
                .getMessage();

        assertEquals(true, message.startsWith("'" + entry + "'"), message);
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1",
        "2001:DB8:0:0:0:0:0:1, 2001:db8::1",
        "::ffff:192.0.2.1, 192.0.2.1",
        "192.0.2.256,",
        "192.0.2,",
        "unknown,",
        "192.0.2.1 evil,",
        "_hidden,",
    })
    void hasOneFormForAnAddress(String typed, String form) {
        assertEquals(Optional.ofNullable(form), Addresses.canonical(typed));
    }
}
