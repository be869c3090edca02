package org.bugloss.html;

import org.jspecify.annotations.Nullable;

/**
 * What a web page says of itself, as plain text: entities decoded once, white space folded, no control characters (see
 * {@link SafeHtml#plainText(String)}). It is neither escaped nor stripped of {@code <}: whoever shows it escapes it.
 *
 * @param title what the page is called, never empty
 * @param description what it is about, or {@code null}
 * @param image an absolute http or https URL, or {@code null}
 * @param siteName what the site is called that the page is on, or {@code null}
 */
public record PageMetadata(
        String title,
        @Nullable String description,
        @Nullable String image,
        @Nullable String siteName) {}
