package org.bugloss.outbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** No packet is sent here: the guard is only asked what it decides, with a resolver of the test's own. */
class AddressGuardTest {

    private static final Resolver NO_LOOKUP = name -> {
        throw new AssertionError("an address was looked up as a name: " + name);
    };

    private static final InetAddress OWN = address("198.41.0.4");

    @ParameterizedTest(name = "{0} is {1}, which is refused as a {2}")
    @CsvSource(delimiterString = " -> ", textBlock = """
            http://127.0.0.1/                      -> 127.0.0.1          -> loopback address
            http://127.1/                          -> 127.0.0.1          -> loopback address
            http://127.0.1/                        -> 127.0.0.1          -> loopback address
            http://2130706433/                     -> 127.0.0.1          -> loopback address
            http://017700000001/                   -> 127.0.0.1          -> loopback address
            http://0x7f000001/                     -> 127.0.0.1          -> loopback address
            http://0X7F000001/                     -> 127.0.0.1          -> loopback address
            http://0177.0.0.1/                     -> 127.0.0.1          -> loopback address
            http://0177.0.0.01/                    -> 127.0.0.1          -> loopback address
            http://0000000177.0.0.1/               -> 127.0.0.1          -> loopback address
            http://0x7f.0.0.1/                     -> 127.0.0.1          -> loopback address
            http://0x7f.1/                         -> 127.0.0.1          -> loopback address
            http://0x7F.0x0.0x0.0x1/               -> 127.0.0.1          -> loopback address
            http://127.0x1/                        -> 127.0.0.1          -> loopback address
            http://127.0.0.0x/                     -> 127.0.0.0          -> loopback address
            http://127.255.255.254/                -> 127.255.255.254    -> loopback address
            http://127.65535/                      -> 127.0.255.255      -> loopback address
            http://127.0.0.1./                     -> 127.0.0.1          -> loopback address
            http://2130706433./                    -> 127.0.0.1          -> loopback address
            http://１２７．０．０．１/                -> 127.0.0.1          -> loopback address
            http://①②⑦.⓪.⓪.①/                      -> 127.0.0.1          -> loopback address
            http://127。0。0。1/                    -> 127.0.0.1          -> loopback address
            http://127｡0｡0｡1/                      -> 127.0.0.1          -> loopback address
            http://２１３０７０６４３３/             -> 127.0.0.1          -> loopback address
            http://０ｘ７ｆ.1/                      -> 127.0.0.1          -> loopback address
            http://𝟏𝟐𝟕.𝟎.𝟎.𝟏/                      -> 127.0.0.1          -> loopback address
            http://127.0.0.¹/                      -> 127.0.0.1          -> loopback address
            http://0/                              -> 0.0.0.0            -> address of "this network"
            http://00/                             -> 0.0.0.0            -> address of "this network"
            http://0x/                             -> 0.0.0.0            -> address of "this network"
            http://0.0.0.0/                        -> 0.0.0.0            -> address of "this network"
            http://0.1/                            -> 0.0.0.1            -> address of "this network"
            http://0.255.255.255/                  -> 0.255.255.255      -> address of "this network"
            http://10.0.0.1/                       -> 10.0.0.1           -> private address
            http://10.1/                           -> 10.0.0.1           -> private address
            http://012.0.0.1/                      -> 10.0.0.1           -> private address
            http://167772161/                      -> 10.0.0.1           -> private address
            http://10.255.255.255/                 -> 10.255.255.255     -> private address
            http://172.16.0.1/                     -> 172.16.0.1         -> private address
            http://172.31.255.255/                 -> 172.31.255.255     -> private address
            http://192.168.0.1/                    -> 192.168.0.1        -> private address
            http://192.168.257/                    -> 192.168.1.1        -> private address
            http://0xc0a80001/                     -> 192.168.0.1        -> private address
            http://3232235521/                     -> 192.168.0.1        -> private address
            http://100.64.0.1/                     -> 100.64.0.1         -> carrier-grade NAT address
            http://100.100.100.200/                -> 100.100.100.200    -> carrier-grade NAT address
            http://100.127.255.255/                -> 100.127.255.255    -> carrier-grade NAT address
            http://169.254.169.254/latest/         -> 169.254.169.254    -> link-local address
            http://2852039166/                     -> 169.254.169.254    -> link-local address
            http://0xA9FEA9FE/                     -> 169.254.169.254    -> link-local address
            http://0251.0376.0251.0376/            -> 169.254.169.254    -> link-local address
            http://169.254.43518/                  -> 169.254.169.254    -> link-local address
            http://１６９．２５４．１６９．２５４/    -> 169.254.169.254    -> link-local address
            http://168.63.129.16/                  -> 168.63.129.16      -> address of a cloud's own services
            http://192.0.0.8/                      -> 192.0.0.8          -> address for protocol assignments
            http://192.0.0.192/                    -> 192.0.0.192        -> address for protocol assignments
            http://192.0.2.1/                      -> 192.0.2.1          -> documentation address
            http://192.88.99.1/                    -> 192.88.99.1        -> 6to4 relay address
            http://198.18.0.1/                     -> 198.18.0.1         -> benchmarking address
            http://198.19.255.255/                 -> 198.19.255.255     -> benchmarking address
            http://198.51.100.1/                   -> 198.51.100.1       -> documentation address
            http://203.0.113.1/                    -> 203.0.113.1        -> documentation address
            http://224.0.0.1/                      -> 224.0.0.1          -> multicast address
            http://239.255.255.250/                -> 239.255.255.250    -> multicast address
            http://240.0.0.1/                      -> 240.0.0.1          -> reserved address
            http://255.255.255.254/                -> 255.255.255.254    -> reserved address
            http://255.255.255.255/                -> 255.255.255.255    -> broadcast address
            http://4294967295/                     -> 255.255.255.255    -> broadcast address
            http://0xffffffff/                     -> 255.255.255.255    -> broadcast address
            http://198.41.0.4/                     -> 198.41.0.4         -> address of this machine
            http://[::]/                           -> ::                 -> unspecified address
            http://[0:0:0:0:0:0:0:0]/              -> ::                 -> unspecified address
            http://[::1]/                          -> ::1                -> loopback address
            http://[0:0:0:0:0:0:0:1]/              -> ::1                -> loopback address
            http://[0000:0000:0000:0000:0000:0000:0000:0001]/ -> ::1     -> loopback address
            http://[::0.0.0.1]/                    -> ::1                -> loopback address
            http://[::2]/                          -> ::2                -> IPv4-compatible address
            http://[::127.0.0.1]/                  -> ::7f00:1           -> IPv4-compatible address
            http://[::8.8.8.8]/                    -> ::808:808          -> IPv4-compatible address
            http://[::ffff:127.0.0.1]/             -> ::ffff:7f00:1      -> loopback address
            http://[::ffff:7f00:1]/                -> ::ffff:7f00:1      -> loopback address
            http://[::FFFF:7F00:0001]/             -> ::ffff:7f00:1      -> loopback address
            http://[0:0:0:0:0:ffff:127.0.0.1]/     -> ::ffff:7f00:1      -> loopback address
            http://[::ffff:0.0.0.0]/               -> ::ffff:0:0         -> address of "this network"
            http://[::ffff:10.0.0.1]/              -> ::ffff:a00:1       -> private address
            http://[::ffff:169.254.169.254]/       -> ::ffff:a9fe:a9fe   -> link-local address
            http://[::ffff:198.41.0.4]/            -> ::ffff:c629:4      -> address of this machine
            http://[::ffff:0:127.0.0.1]/           -> ::ffff:0:7f00:1    -> reserved address
            http://[64:ff9b::127.0.0.1]/           -> 64:ff9b::7f00:1    -> loopback address
            http://[64:ff9b::a00:1]/               -> 64:ff9b::a00:1     -> private address
            http://[64:ff9b::169.254.169.254]/     -> 64:ff9b::a9fe:a9fe -> link-local address
            http://[64:ff9b::198.41.0.4]/          -> 64:ff9b::c629:4    -> address of this machine
            http://[64:ff9b:1::808:808]/           -> 64:ff9b:1::808:808 -> address for local IPv4/IPv6 translation
            http://[64:ff9b:1:ffff::1]/            -> 64:ff9b:1:ffff::1  -> address for local IPv4/IPv6 translation
            http://[64:ff9b:0:1::808:808]/         -> 64:ff9b:0:1::808:808 -> reserved address
            http://[100::1]/                       -> 100::1             -> discard-only address
            http://[100:0:0:1::1]/                 -> 100:0:0:1::1       -> reserved address
            http://[2001::1]/                      -> 2001::1            -> reserved address
            http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/ -> 2001:0:4136:e378:8000:63bf:80ff:fffe -> loopback address
            http://[2001:0:a00:1:8000:63bf:3fff:fdd2]/ -> 2001:0:a00:1:8000:63bf:3fff:fdd2 -> documentation address
            http://[2001:0:4136:e378:8000:63bf:f7f7:f7f7]/ -> 2001:0:4136:e378:8000:63bf:f7f7:f7f7 -> Teredo address
            http://[2001:2::1]/                    -> 2001:2::1          -> address for protocol assignments
            http://[2001:10::1]/                   -> 2001:10::1         -> ORCHID address
            http://[2001:20::1]/                   -> 2001:20::1         -> ORCHIDv2 address
            http://[2001:1ff::1]/                  -> 2001:1ff::1        -> address for protocol assignments
            http://[2001:db8::1]/                  -> 2001:db8::1        -> documentation address
            http://[2002:7f00:1::]/                -> 2002:7f00:1::      -> loopback address
            http://[2002:a00:1::1]/                -> 2002:a00:1::1      -> private address
            http://[2002:a9fe:a9fe::]/             -> 2002:a9fe:a9fe::   -> link-local address
            http://[2002:808:808::1]/              -> 2002:808:808::1    -> 6to4 address
            http://[3fff::1]/                      -> 3fff::1            -> documentation address
            http://[3fff:fff::1]/                  -> 3fff:fff::1        -> documentation address
            http://[4000::1]/                      -> 4000::1            -> reserved address
            http://[5f00::1]/                      -> 5f00::1            -> segment routing address
            http://[1000::1]/                      -> 1000::1            -> reserved address
            http://[fc00::1]/                      -> fc00::1            -> unique local address
            http://[fd00:ec2::254]/                -> fd00:ec2::254      -> unique local address
            http://[fdff:ffff::1]/                 -> fdff:ffff::1       -> unique local address
            http://[fe80::1]/                      -> fe80::1            -> link-local address
            http://[febf::1]/                      -> febf::1            -> link-local address
            http://[fec0::1]/                      -> fec0::1            -> site-local address
            http://[ff02::1]/                      -> ff02::1            -> multicast address
            http://[ff0e::1]/                      -> ff0e::1            -> multicast address
            http://[2606:4700::5efe:10.0.0.1]/     -> 2606:4700::5efe:a00:1 -> private address
            http://[2606:4700::200:5efe:127.0.0.1]/ -> 2606:4700::200:5efe:7f00:1 -> loopback address
            http://[fe80::5efe:8.8.8.8]/           -> fe80::5efe:808:808 -> link-local address
            """)
    void anAddressThatIsNotPublicIsRefusedInEveryForm(String typed, String literal, String kind) {
        CanonicalUrl url = CanonicalUrl.parse(typed);

        assertEquals(literal, url.host());
        FetchException refused = refused(guard(NO_LOOKUP), url.host(), url.port());
        assertTrue(refused.getMessage().contains("(" + kind + ")"), refused.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "8.8.8.8",
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "128.0.0.1",
                "140.82.121.4",
                "168.63.129.17",
                "169.253.255.255",
                "169.255.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "191.255.255.255",
                "192.0.1.0",
                "192.0.3.0",
                "192.167.255.255",
                "192.169.0.0",
                "198.17.255.255",
                "198.20.0.0",
                "223.255.255.255",
                "::ffff:8.8.8.8",
                "64:ff9b::808:808",
                "2000::1",
                "2001:200::1",
                "2001:4860:4860::8888",
                "2003::1",
                "2606:4700:4700::1111",
                "2606:4700::5efe:808:808",
                "2a01:4f8::1",
                "3ffe:ffff::1"
            })
    void aPublicAddressMayBeFetched(String address) {
        assertEquals(List.of(address(address)), guard(NO_LOOKUP).check(address, 443));
    }

    @ParameterizedTest(name = "a name with {0} is refused: {1}")
    @CsvSource(delimiterString = " -> ", textBlock = """
            127.0.0.1                    -> loopback address
            127.0.0.53                   -> loopback address
            ::1                          -> loopback address
            0.0.0.0                      -> address of "this network"
            ::                           -> unspecified address
            10.1.2.3                     -> private address
            169.254.169.254              -> link-local address
            fe80::1%1                    -> link-local address
            fd00::1                      -> unique local address
            8.8.8.8 10.0.0.1             -> private address
            10.0.0.1 8.8.8.8             -> private address
            8.8.8.8 1.1.1.1 9.9.9.9 ::1  -> loopback address
            2606:4700::1 64:ff9b::a00:1  -> private address
            8.8.8.8 198.41.0.4           -> address of this machine
            """)
    void aNameIsRefusedWhereOneOfItsAddressesIsNotPublic(String addresses, String kind) {
        FetchException refused = refused(guard(names("tracker.test", addresses)), "tracker.test", 443);

        assertTrue(refused.getMessage().contains("(" + kind + ")"), refused.getMessage());
        assertTrue(refused.getMessage().startsWith("tracker.test "), refused.getMessage());
        Stream.of(addresses.split(" "))
                .filter(address -> address.length() > 3)
                .forEach(address -> assertFalse(refused.getMessage().contains(address), refused.getMessage()));
    }

    @Test
    void aNameWithPublicAddressesMayBeFetchedAndGivesThemInOrder() {
        AddressGuard guard = guard(names("tracker.test", "8.8.8.8 2606:4700::1 1.1.1.1"));

        assertEquals(
                List.of(address("8.8.8.8"), address("2606:4700::1"), address("1.1.1.1")),
                guard.check("tracker.test", 443));
    }

    @Test
    void aNameIsLookedUpOnceForACheckAndAnAddressNever() {
        List<String> asked = new ArrayList<>();
        AddressGuard guard = guard(name -> {
            asked.add(name);
            return List.of(address("8.8.8.8"));
        });

        guard.check("Tracker.TEST.", 80);
        guard.check("8.8.8.8", 80);
        guard.check("[2606:4700::1]", 80);
        guard.check("0x08080808", 80);

        assertEquals(List.of("tracker.test"), asked);
    }

    @Test
    void aNameThatIsNotKnownIsADnsFailure() {
        AddressGuard guard = guard(names("tracker.test", "8.8.8.8"));

        FetchException failure = assertThrows(FetchException.class, () -> guard.check("no.such.test", 80));
        assertEquals(FailureReason.DNS, failure.reason());
        assertEquals("the host no.such.test is not known", failure.getMessage());
        AddressGuard empty = guard(name -> List.of());
        assertEquals(
                FailureReason.DNS,
                assertThrows(FetchException.class, () -> empty.check("no.such.test", 80))
                        .reason());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 21, 22, 25, 79, 81, 442, 444, 5432, 6379, 8080, 8443, 9200, 65535})
    void otherPortsThanThoseOfTheWebAreRefusedBeforeAnythingIsLookedUp(int port) {
        FetchException refused = refused(guard(NO_LOOKUP), "tracker.test", port);

        assertTrue(refused.getMessage().startsWith("port " + port + " of tracker.test "), refused.getMessage());
    }

    @Test
    void thisMachinesOwnAddressesAreRefusedWhateverTheyAre() throws Exception {
        AddressGuard guard = new AddressGuard(List.of(), AddressGuard.WEB_PORTS, NO_LOOKUP);

        for (InetAddress own : NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .toList()) {
            assertTrue(guard.whyNotPublic(own).isPresent(), own.toString());
        }
    }

    @ParameterizedTest(name = "{0} opens {1}:{2}")
    @CsvSource({
        "10.0.0.5, 10.0.0.5, 80",
        "10.0.0.5, 10.0.0.5, 443",
        "10.0.0.5:8080, 10.0.0.5, 8080",
        "10.0.0.5:8080, 012.0.0.5, 8080",
        "10.0.0.0/8, 10.255.0.1, 443",
        "10.0.0.0/8:8080, 10.255.0.1, 8080",
        "10.0.0.0/8, ::ffff:10.0.0.1, 80",
        "127.0.0.1:4711, 127.0.0.1, 4711",
        "0.0.0.0/0, 192.168.1.1, 80",
        "fd00::1, fd00::1, 80",
        "[fd00::1], fd00::1, 80",
        "[fd00::1]:8080, fd00::1, 8080",
        "fd00::/8, fdff::1, 80",
        "FD00::/8, fdff::1, 80",
        "fd00::/8:8080, fdff::1, 8080",
        "[fd00::/8], fdff::1, 80",
        "[fd00::/8]:8080, fdff::1, 8080",
        "[fd00::]/8:8080, fdff::1, 8080",
        "10.0.0.5, at-10-0-0-5.test, 80",
        "10.0.0.5:8080, at-10-0-0-5.test, 8080",
        "10.0.0.0/8, at-10-0-0-5.test, 443",
        "at-10-0-0-5.test, at-10-0-0-5.test, 80",
        "At-10-0-0-5.TEST., at-10-0-0-5.test, 80",
        "at-10-0-0-5.test:8443, at-10-0-0-5.test, 8443",
        "public.test:8443, public.test, 8443",
        "8.8.8.8:8443, public.test, 8443",
        "mixed.test, mixed.test, 80",
        "10.0.0.0/8, mixed.test, 80",
        "198.41.0.4, 198.41.0.4, 80",
        "bücher.test, xn--bcher-kva.test, 80",
        "172.16.0.1, public.test, 80"
    })
    void anAllowedEntryOpensWhatItNames(String entry, String host, int port) {
        assertFalse(guard(SOME, entry).check(host, port).isEmpty());
    }

    @ParameterizedTest(name = "{0} does not open {1}:{2}")
    @CsvSource({
        "10.0.0.5, 10.0.0.6, 80",
        "10.0.0.5, 10.0.0.5, 8080",
        "10.0.0.5:8080, 10.0.0.5, 80",
        "10.0.0.5:8080, 10.0.0.5, 8081",
        "10.0.0.5:8080, 8.8.8.8, 8080",
        "10.0.0.5:8080, public.test, 8080",
        "10.0.0.0/8, 11.0.0.1, 8080",
        "10.0.0.0/9, 10.128.0.0, 80",
        "10.0.0.0/8, 10.0.0.1, 8080",
        "10.0.0.0/8, 64:ff9b::a00:1, 80",
        "10.0.0.0/8, 2002:a00:1::, 80",
        "10.0.0.0/8, ::10.0.0.1, 80",
        "0.0.0.0/0, ::1, 80",
        "::/0, 127.0.0.1, 80",
        "fd00::1, fd00::2, 80",
        "[fd00::1]:8080, fd00::1, 80",
        "at-10-0-0-5.test, 10.0.0.5, 80",
        "at-10-0-0-5.test, also-at-10-0-0-5.test, 80",
        "at-10-0-0-5.test, sub.at-10-0-0-5.test, 80",
        "test, at-10-0-0-5.test, 80",
        "at-10-0-0-5.test:8443, at-10-0-0-5.test, 80",
        "at-10-0-0-5.test, at-10-0-0-5.test, 8443",
        "8.8.8.8, mixed.test, 80",
        "10.0.0.5:8080, mixed.test, 80",
        "10.0.0.5:8080, mixed.test, 8080",
        "127.0.0.1:4711, ::1, 4711"
    })
    void anAllowedEntryOpensNothingElse(String entry, String host, int port) {
        refused(guard(SOME, entry), host, port);
    }

    @ParameterizedTest(name = "the system {0} opens {1}:{2}")
    @CsvSource({
        "http://10.0.0.5:8080/bugs, 10.0.0.5, 8080",
        "http://at-10-0-0-5.test/bugs, at-10-0-0-5.test, 80",
        "https://at-10-0-0-5.test/bugs, at-10-0-0-5.test, 443",
        "https://AT-10-0-0-5.test:8443, at-10-0-0-5.test, 8443",
        "https://public.test:8443, public.test, 8443",
        "http://[fd00::1]:8080/, fd00::1, 8080"
    })
    void aConfiguredSystemsHostAndPortAreAllowed(String base, String host, int port) {
        AllowedTarget system = AllowedTarget.of(CanonicalUrl.parse(base));

        assertFalse(guard(SOME, List.of(system)).check(host, port).isEmpty());
        refused(guard(SOME, List.of(system)), host, port + 1);
        refused(guard(SOME, List.of(system)), "also-at-10-0-0-5.test", 80);
    }

    @Test
    void morePortsCanBeOpenedForPublicAddresses() {
        AddressGuard guard =
                new AddressGuard(AllowedTarget.parseList("10.0.0.5"), AddressGuard.ports("443, 8443"), SOME, Set::of);

        assertFalse(guard.check("public.test", 8443).isEmpty());
        assertFalse(guard.check("10.0.0.5", 8443).isEmpty());
        refused(guard, "10.0.0.6", 8443);
        refused(guard, "public.test", 80);
        refused(guard, "10.0.0.5", 80);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*",
                "*.corp",
                "http://tracker.corp",
                "//tracker.corp",
                "tracker.corp/",
                "tracker.corp/8",
                "tracker.corp:",
                "tracker.corp:0",
                "tracker.corp:65536",
                "tracker.corp:http",
                "tracker.corp:80:80",
                "tracker corp",
                "ann@tracker.corp",
                "10.0.0",
                "10.0.0/8",
                "010.0.0.1",
                "0x0a.0.0.1",
                "10.0.0.256",
                "10.0.0.0/",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/255.0.0.0",
                "10.0.0.5/8",
                "10.0.0.0/8/8",
                "fd00::1/8",
                "fd00::/129",
                "[fd00::1",
                "fd00::1]",
                "[fd00::1]8080",
                "[fd00::1]:",
                "[10.0.0.1]",
                "[tracker.corp]",
                "fe80::1%eth0",
                "a..b",
                ":8080",
                "/8"
            })
    void aWrongEntryIsRefusedWithOneLineThatSaysWhatIsAllowed(String entry) {
        String message = assertThrows(IllegalArgumentException.class, () -> AllowedTarget.parse(entry))
                .getMessage();

        assertTrue(message.startsWith("'" + entry + "': "), message);
        assertTrue(message.contains("allowed is a host name, an address or a CIDR block"), message);
        assertFalse(message.contains("\n"), message);
    }

    @Test
    void aListOfEntriesMayBeEmptyButHasNoEmptyEntries() {
        assertEquals(List.of(), AllowedTarget.parseList(" "));
        assertEquals(
                "[10.0.0.0/8, tracker.corp:8443]",
                AllowedTarget.parseList(" 10.0.0.0/8 , tracker.corp:8443 ").toString());
        assertThrows(IllegalArgumentException.class, () -> AllowedTarget.parseList("10.0.0.0/8,"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "65536", "80,", "80 443", "http", "-1", "+80", "８０"})
    void wrongPortsAreRefusedWithOneLine(String ports) {
        String message = assertThrows(IllegalArgumentException.class, () -> AddressGuard.ports(ports))
                .getMessage();

        assertTrue(message.contains("allowed are ports with commas between"), message);
    }

    private static final Resolver SOME = name -> {
        List<InetAddress> addresses = Map.of(
                        "at-10-0-0-5.test", List.of(address("10.0.0.5")),
                        "also-at-10-0-0-5.test", List.of(address("10.0.0.5")),
                        "sub.at-10-0-0-5.test", List.of(address("10.0.0.5")),
                        "xn--bcher-kva.test", List.of(address("10.0.0.7")),
                        "public.test", List.of(address("8.8.8.8")),
                        "mixed.test", List.of(address("8.8.8.8"), address("10.0.0.5")))
                .get(name);
        if (addresses == null) {
            throw new UnknownHostException(name);
        }
        return addresses;
    };

    private static AddressGuard guard(Resolver resolver, String... entries) {
        return guard(resolver, Stream.of(entries).map(AllowedTarget::parse).toList());
    }

    private static AddressGuard guard(Resolver resolver, List<AllowedTarget> allowed) {
        return new AddressGuard(allowed, AddressGuard.WEB_PORTS, resolver, () -> Set.of(OWN));
    }

    private static Resolver names(String name, String addresses) {
        return asked -> {
            if (!asked.equals(name)) {
                throw new UnknownHostException(asked);
            }
            return Stream.of(addresses.split(" "))
                    .map(AddressGuardTest::address)
                    .toList();
        };
    }

    private static FetchException refused(AddressGuard guard, String host, int port) {
        FetchException refused = assertThrows(FetchException.class, () -> guard.check(host, port));
        assertEquals(FailureReason.ADDRESS_NOT_ALLOWED, refused.reason(), refused.getMessage());
        return refused;
    }

    private static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
