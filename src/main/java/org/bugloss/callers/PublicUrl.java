package org.bugloss.callers;

import java.util.Set;
import org.bugloss.configuration.WrongConfiguration;
import org.bugloss.outbound.CanonicalUrl;
import org.bugloss.outbound.InvalidUrlException;

/**
 * The address that people use. The way back from an issuer is made of it, and never of what a request says.
 *
 * @param origin scheme, host and port, as browsers send it in {@code Origin}
 * @param path the context path as browsers see it; empty at the root
 */
public record PublicUrl(String origin, String path) {

    private static final Set<String> THIS_MACHINE = Set.of("localhost", "127.0.0.1", "::1", "[::1]");

    static PublicUrl parse(String value) {
        try {
            CanonicalUrl url = CanonicalUrl.parse(value);
            if (url.query().isPresent() || value.indexOf('#') >= 0) {
                throw new InvalidUrlException("it has no query and no fragment");
            }
            // Other cookies than Secure ones could be read on the way, and http is no place for them.
            if (url.scheme().equals("http") && !isThisMachine(url)) {
                throw new InvalidUrlException("it is https, or http at localhost or 127.0.0.1");
            }
            return new PublicUrl(url.origin(), url.path().replaceFirst("/+$", ""));
        } catch (InvalidUrlException e) {
            throw new WrongConfiguration(
                    "bugloss.public-url",
                    value,
                    "must be the address that people use, such as https://bugloss.example/bugloss: " + e.getMessage());
        }
    }

    static boolean isThisMachine(CanonicalUrl url) {
        return THIS_MACHINE.contains(url.host());
    }

    /** Whether cookies are for https only. */
    public boolean isSecure() {
        return origin.startsWith("https:");
    }

    /** The address of something below the root: {@code /api/me}. */
    public String at(String below) {
        return origin + path + below;
    }
}
