package org.bugloss.it;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Runs a test class against the one deployment that all such classes of a suite share.
 *
 * <p>Fields with {@code @ArquillianResource} get an {@link Http} that speaks to it, the {@link Upstream} that it may
 * fetch from, or the {@link ServerProcess} for its log. The rows of other classes are there too: use links and executions of your own.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(ArquillianExtension.class)
public @interface OnServer {}
