package org.bugloss.json;

import jakarta.json.spi.JsonProvider;

/**
 * The server's JSON provider, looked up once. {@code jakarta.json.Json} looks for it at every call, through all jars that a
 * thread can see: in a query of 500 bugs that was most of the time.
 */
public final class JsonProviders {

    /** Makes builders, readers and parsers. Safe for use by several threads. */
    public static final JsonProvider JSON = JsonProvider.provider();

    private JsonProviders() {}
}
