package org.bugloss.browser;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.condition.EnabledIf;

/** Marks test classes that need a browser. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@EnabledIf(
        value = "org.bugloss.browser.Chromium#isThere",
        disabledReason = "there is no browser: apt-get install chromium")
@interface InBrowser {}
