package org.bugloss.it;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/** Ports of the loopback address that nobody listens on, so that several builds may run on one machine. */
public final class Ports {

    private static final int ATTEMPTS = 100;

    /** Added to the highest port of a server it stays below 32768, where Linux begins to give ports to connections. */
    private static final int MOST_OFFSET = 22_000;

    private Ports() {}

    /** A free port. */
    public static int free() {
        return offsetFreeAt(0);
    }

    /** A number that, added to each of these ports, gives a free one. */
    static int offsetFreeAt(int... ports) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int offset = ThreadLocalRandom.current().nextInt(11_000, MOST_OFFSET);
            if (IntStream.of(ports).allMatch(port -> isFree(port + offset))) {
                return offset;
            }
        }
        throw new IllegalStateException("no free port after " + ATTEMPTS + " attempts");
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
