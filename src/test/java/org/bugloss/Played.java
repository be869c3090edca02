package org.bugloss;

import java.lang.reflect.Proxy;
import java.util.function.BiFunction;

/** Interfaces of the container, of which a test plays what is called. */
public final class Played {

    private Played() {}

    /**
     * One that is played.
     *
     * @param called takes the name of each method and its arguments; what it returns of a method that returns nothing is dropped
     */
    public static <T> T by(Class<T> type, BiFunction<String, Object[], Object> called) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    Object result = called.apply(method.getName(), arguments);
                    return method.getReturnType() == void.class ? null : result;
                }));
    }
}
