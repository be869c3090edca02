package org.bugloss.details;

/** Throws what no compiler foresees, as a server's proxies do. */
final class Sneaky {

    private Sneaky() {}

    /** @return nothing; for {@code throw}, so that the compiler knows that nothing comes after it */
    @SuppressWarnings("unchecked")
    static <E extends Throwable> RuntimeException thrown(Throwable any) throws E {
        throw (E) any;
    }
}
