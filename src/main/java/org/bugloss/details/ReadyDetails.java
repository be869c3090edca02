package org.bugloss.details;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;
import org.bugloss.web.Compression;
import org.bugloss.web.EntityTags;
import org.jspecify.annotations.Nullable;

/**
 * Details ready to be sent: each form of the answer is made once, when it is first wanted, and holds until something changes.
 * Safe for use by several threads.
 */
final class ReadyDetails {

    private final Supplier<ServedDetails> served;
    private final Instant holdsUntil;
    private final boolean stale;
    private final @Nullable Instant pausedSince;
    private volatile @Nullable Body whole;
    private volatile @Nullable Body brief;

    /** One form of an answer. */
    static final class Body {

        private static final String COMPRESSED = "-gzip";

        private final byte[] bytes;
        private final String etag;
        private final String compressedEtag;
        private volatile byte @Nullable [] compressed;

        private Body(byte[] bytes) {
            this.bytes = bytes;
            String tag = EntityTags.of(bytes);
            this.etag = '"' + tag + '"';
            this.compressedEtag = '"' + tag + COMPRESSED + '"';
        }

        /** UTF-8; not to be changed. */
        byte[] bytes() {
            return bytes;
        }

        /** The {@code ETag}, with its quotes. */
        String etag(boolean isCompressed) {
            return isCompressed ? compressedEtag : etag;
        }

        boolean isWorthCompressing() {
            return Compression.isWorthIt(bytes.length);
        }

        /** The same by {@code gzip}; not to be changed. */
        byte[] compressed() {
            byte[] made = compressed;
            if (made == null) {
                made = Compression.gzipOnce(bytes);
                compressed = made;
            }
            return made;
        }
    }

    /** @param gloss one that can be shown at this moment */
    ReadyDetails(Gloss gloss, boolean images, Instant now) {
        this.served = () -> ServedDetails.of(gloss, images, now);
        this.holdsUntil = gloss.holdsUntil(now);
        this.stale = gloss.isStale(now);
        this.pausedSince = gloss.pausedSince();
    }

    private ReadyDetails(ServedDetails served) {
        this.served = () -> served;
        this.holdsUntil = Instant.MAX;
        this.stale = false;
        this.pausedSince = null;
    }

    /** Of what hangs on nothing that may change. */
    static ReadyDetails restricted(ServedDetails restricted) {
        return new ReadyDetails(restricted);
    }

    boolean holds(Instant now) {
        return holdsUntil.isAfter(now);
    }

    /** As of the gloss. */
    @Nullable
    Instant pausedSince() {
        return pausedSince;
    }

    boolean isStale() {
        return stale;
    }

    /** How long this will not change by itself; zero where it is stale. */
    Duration fresh(Instant now) {
        return stale || !holds(now) ? Duration.ZERO : Duration.between(now, holdsUntil);
    }

    ServedDetails served() {
        return served.get();
    }

    Body whole() {
        Body made = whole;
        if (made == null) {
            made = new Body(served().json(false));
            whole = made;
        }
        return made;
    }

    /** Without the description. */
    Body brief() {
        Body made = brief;
        if (made == null) {
            made = new Body(served().json(true));
            brief = made;
        }
        return made;
    }
}
