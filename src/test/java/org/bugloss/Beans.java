package org.bugloss;

import jakarta.annotation.Resource;
import jakarta.inject.Inject;
import java.lang.reflect.Field;
import java.util.stream.Stream;

/** Makes a bean as the container does, of parts that a test chose. */
public final class Beans {

    private Beans() {}

    /**
     * Fills the private fields that the container would fill.
     *
     * @param parts one for each such field, known by its type; more are of no matter
     * @throws IllegalArgumentException where there is none for a field
     */
    public static <T> T filled(T bean, Object... parts) {
        for (Field field : bean.getClass().getDeclaredFields()) {
            if (field.isAnnotationPresent(Inject.class) || field.isAnnotationPresent(Resource.class)) {
                Object part = Stream.of(parts)
                        .filter(field.getType()::isInstance)
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException("there is nothing for " + field));
                try {
                    field.setAccessible(true);
                    field.set(bean, part);
                } catch (IllegalAccessException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
        return bean;
    }

    /** What is in a private field of a bean, for what cannot be seen from outside. */
    public static <T> T part(Object bean, String field, Class<T> type) {
        try {
            Field found = bean.getClass().getDeclaredField(field);
            found.setAccessible(true);
            return type.cast(found.get(bean));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
