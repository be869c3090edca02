package org.bugloss.outbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Reads the compiled classes: what their constant pools do not name, they do not call. */
class OnlyWayOutTest {

    /** What opens a connection or looks a name up: for the package of the guarded client alone. */
    private static final Pattern OPENS_CONNECTIONS = Pattern.compile(String.join(
            "|",
            "java/net/http/.*",
            "java/net/(Server|Datagram|Multicast)?Socket(Impl)?(\\..*)?",
            "java/net/(Http|Jar)?URLConnection(\\..*)?",
            "java/net/URL\\.(openConnection|openStream|getContent)",
            "java/net/InetAddress\\.get(All)?By(Name|Address)",
            "java/net/InetAddress\\.isReachable",
            "java/nio/channels/(Asynchronous)?(Server)?(Socket|Datagram)Channel(\\..*)?",
            "javax/net/.*",
            "javax/naming/directory/.*",
            "jakarta/ws/rs/client/.*",
            "jakarta/mail/.*",
            "org/apache/(hc|http)/.*"));

    /** What fetches by itself, past every check: for nobody. */
    private static final Pattern FETCHES =
            Pattern.compile("org/jsoup/Jsoup\\.(connect|newSession)|org/jsoup/Connection(\\..*)?");

    @Test
    void nothingOutsideTheOutboundPackageOpensAConnection() throws Exception {
        List<String> found = new ArrayList<>();
        for (Path file : classes()) {
            String name = name(file);
            boolean outbound = name.startsWith("org/bugloss/outbound/");
            for (String used : used(Files.readAllBytes(file))) {
                if (FETCHES.matcher(used).matches()
                        || !outbound && OPENS_CONNECTIONS.matcher(used).matches()) {
                    found.add(name + " uses " + used);
                }
            }
        }

        assertEquals(List.of(), found);
    }

    @Test
    void withinThePackageOnlyTheClientSends() throws Exception {
        Set<String> sending = new TreeSet<>();
        for (Path file : classes()) {
            if (used(Files.readAllBytes(file)).stream()
                    .anyMatch(used ->
                            used.matches("org/apache/hc/client5/http/impl/classic/.*|java/net/Socket(\\..*)?"))) {
                sending.add(name(file));
            }
        }

        assertEquals(Set.of("org/bugloss/outbound/OutboundClient"), sending);
    }

    @Test
    void theScanSeesWhatIsThere() throws Exception {
        Set<String> used = used(Probe.class);

        for (String call : List.of("java/net/URL.openStream", "java/net/Socket", "java/net/http/HttpClient")) {
            assertTrue(used.contains(call), call + " in " + used);
            assertTrue(OPENS_CONNECTIONS.matcher(call).matches(), call);
        }
        assertTrue(FETCHES.matcher("org/jsoup/Jsoup.connect").matches());
        assertFalse(FETCHES.matcher("org/jsoup/Jsoup.parse").matches());
        assertFalse(OPENS_CONNECTIONS.matcher("java/net/URI.create").matches());
        assertFalse(OPENS_CONNECTIONS.matcher("java/net/SocketTimeoutException").matches());
    }

    /** Never run. */
    private static final class Probe {
        static Object probe() throws IOException {
            java.net.http.HttpClient.newHttpClient();
            new java.net.Socket();
            return java.net.URI.create("http://127.0.0.1/").toURL().openStream();
        }
    }

    private static Path root() throws Exception {
        return Path.of(OutboundClient.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
    }

    private static List<Path> classes() throws Exception {
        try (Stream<Path> files = Files.walk(root())) {
            return files.filter(file -> file.toString().endsWith(".class")).toList();
        }
    }

    private static String name(Path file) throws Exception {
        return root().relativize(file).toString().replace('\\', '/').replace(".class", "");
    }

    private static Set<String> used(Class<?> type) throws IOException {
        try (InputStream in = type.getResourceAsStream(
                type.getName().substring(type.getPackageName().length() + 1) + ".class")) {
            return used(in.readAllBytes());
        }
    }

    /** The types, and the members as {@code type.member}, that a class names: its constant pool by JVMS 4.4. */
    private static Set<String> used(byte[] classFile) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(classFile));
        in.skipBytes(8);
        int count = in.readUnsignedShort();
        String[] texts = new String[count];
        int[] first = new int[count];
        int[] second = new int[count];
        int[] tags = new int[count];
        for (int i = 1; i < count; i++) {
            tags[i] = in.readUnsignedByte();
            switch (tags[i]) {
                case 1 -> texts[i] = in.readUTF();
                case 7, 8, 16, 19, 20 -> first[i] = in.readUnsignedShort();
                case 15 -> in.skipBytes(3);
                case 3, 4 -> in.skipBytes(4);
                case 5, 6 -> {
                    in.skipBytes(8);
                    i++; // takes two places
                }
                case 9, 10, 11, 12, 17, 18 -> {
                    first[i] = in.readUnsignedShort();
                    second[i] = in.readUnsignedShort();
                }
                default -> throw new IOException("constant of tag " + tags[i]);
            }
        }
        Set<String> used = new TreeSet<>();
        for (int i = 1; i < count; i++) {
            if (tags[i] == 7) {
                used.add(texts[first[i]].replaceAll("^\\[+L?|;$", ""));
            } else if (tags[i] == 9 || tags[i] == 10 || tags[i] == 11) {
                used.add(texts[first[first[i]]] + "." + texts[first[second[i]]]);
            }
        }
        return used;
    }
}
