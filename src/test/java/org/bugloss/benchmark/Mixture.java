package org.bugloss.benchmark;

import java.net.URI;

/** What pages, people and scripts ask for at the same time: of a hundred requests 95 read, 3 query and 2 write. */
final class Mixture {

    private final Reads reads;
    private int number;

    Mixture(Reads reads) {
        this.reads = reads;
    }

    /** The next request. */
    byte[] next() {
        int one = number++ % 100;
        if (one % 50 == 49) {
            return one == 49 ? override() : reference();
        }
        if (one % 33 == 32) {
            return reads.query();
        }
        return one % 2 == 0 ? reads.get() : reads.oneOfAll();
    }

    private byte[] override() {
        return Load.request(
                "PUT",
                "/bugloss/api/details?url=" + reads.url(number % Reads.QUERIED),
                Reads.TOKEN,
                "{\"title\": \"Known since 4.1\", \"status\": \"parked\", \"ttl\": 10}");
    }

    private byte[] reference() {
        return Load.request(
                "POST",
                "/bugloss/api/link-references",
                Reads.TOKEN,
                "{\"execution_id\": \"MIX-%d\", \"url\": \"%s\", \"is_defect\": true}"
                        .formatted(number, reads.url(number % Reads.QUERIED)));
    }

    /** What the bugs' server tells of a bug. */
    static String page(URI target) {
        return """
                <!DOCTYPE html>
                <title>Crash when saving %1$s</title>
                <meta property="og:title" content="Crash when saving %1$s">
                <meta property="og:description" content="When I press Save twice, the second request comes first.">
                """.formatted(target.getPath().replaceAll("\\D", ""));
    }
}
