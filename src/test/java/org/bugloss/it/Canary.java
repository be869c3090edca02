package org.bugloss.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What must never be reached: one port of 127.0.0.1 and of [::1], which the servers of this test run may fetch from as
 * far as the port goes, so that nothing but its address stands in the way. It counts who comes, and hangs up.
 */
final class Canary {

    private static final int ATTEMPTS = 100;

    private final List<ServerSocket> sockets;
    private final AtomicInteger connections = new AtomicInteger();

    private Canary(List<ServerSocket> sockets) {
        this.sockets = sockets;
        for (ServerSocket socket : sockets) {
            Thread thread = new Thread(() -> accept(socket), "canary");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** The one of this test run. */
    static Canary shared() {
        return Shared.CANARY;
    }

    private static final class Shared {
        static final Canary CANARY = start();
    }

    private static Canary start() {
        for (int i = 0; i < ATTEMPTS; i++) {
            int port = Ports.free();
            try {
                return new Canary(List.of(listen("127.0.0.1", port), listen("::1", port)));
            } catch (IOException e) {
                // Taken on one of the two.
            }
        }
        throw new IllegalStateException("no port is free on both loopback addresses");
    }

    private static ServerSocket listen(String address, int port) throws IOException {
        return new ServerSocket(port, 50, InetAddress.getByName(address));
    }

    int port() {
        return sockets.get(0).getLocalPort();
    }

    /** How many connections there were, ever. */
    int connections() {
        return connections.get();
    }

    private void accept(ServerSocket socket) {
        while (true) {
            try {
                Socket connection = socket.accept();
                connections.incrementAndGet();
                connection.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
