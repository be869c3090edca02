package org.bugloss.outbound;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * An HTTP answer while its body is being read: status, headers, and where the redirects ended.
 *
 * <p>Valid only inside the {@link Reader} it is handed to, on that thread.
 */
public interface Exchange {

    /** The status of the last answer, after redirects. */
    int status();

    /** The URI that answered, after redirects. */
    URI uri();

    /** The first header of this name, case ignored. */
    Optional<String> header(String name);

    /** All headers of this name, case ignored, in their order: for those that are lists, which may come in several lines. */
    default List<String> headers(String name) {
        return header(name).stream().toList();
    }

    /**
     * The body, decompressed. It ends at the request's limit of bytes (see {@link OutboundRequest#maxBytes()}) as if
     * the body ended there, so a page is cut rather than refused; {@link #cut()} tells.
     */
    InputStream body();

    /**
     * Says that what has been read would do: from now on, and where that has happened already, a connection that breaks
     * off or takes long ends the body where it is, as the limit does, instead of failing. How long that is,
     * {@link OutboundSettings#patience()} says.
     */
    default void enough() {}

    /** Whether the body was longer than the limit, or ended before its time, as far as has been read. */
    boolean cut();

    /**
     * Makes a value of an answer. What is left of the body when it returns is not read: the connection is closed.
     * Where it throws {@link LeadsOn}, that is followed as a redirect is, and the next answer is handed to it.
     *
     * @param <T> what the answer is turned into
     */
    @FunctionalInterface
    interface Reader<T> {
        T read(Exchange exchange) throws IOException;
    }
}
