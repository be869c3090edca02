package org.bugloss.cache;

/** Throws what no compiler foresees, as a server's proxies do. */
public final class Sneaky {

    private Sneaky() {}

    /** @return nothing; for {@code throw}, so that the compiler knows that nothing comes after it */
    @SuppressWarnings("unchecked")
    public static <E extends Throwable> RuntimeException thrown(Throwable any) throws E {
        throw (E) any;
    }
}
