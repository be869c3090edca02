package org.bugloss.trackers;

import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.spi.Bean;
import java.util.function.Supplier;

/**
 * A tracker that there is in the WAR, enabled or not.
 *
 * @param name of its bean; of its class, where the bean has none
 * @param bean gives it; nothing of it runs before
 */
record NamedTracker(String name, Class<?> type, Supplier<IssueTracker> bean) {

    /** Of a container. */
    static NamedTracker of(Instance.Handle<IssueTracker> handle) {
        Bean<IssueTracker> bean = handle.getBean();
        String name = bean.getName() == null ? bean.getBeanClass().getSimpleName() : bean.getName();
        return new NamedTracker(name, bean.getBeanClass(), handle::get);
    }

    IssueTracker tracker() {
        return bean.get();
    }

    boolean isBuiltIn() {
        return type.getPackageName().equals(IssueTracker.class.getPackageName());
    }

    /** Whether it is called so: its name, case ignored, or its class, as it is written. */
    boolean is(String nameOrClass) {
        return name.equalsIgnoreCase(nameOrClass) || type.getName().equals(nameOrClass);
    }

    @Override
    public String toString() {
        return isBuiltIn() ? name : name + " (" + type.getName() + ")";
    }
}
