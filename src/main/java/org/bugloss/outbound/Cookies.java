package org.bugloss.outbound;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hc.client5.http.cookie.BasicCookieStore;
import org.apache.hc.client5.http.cookie.Cookie;
import org.apache.hc.client5.http.cookie.CookieOrigin;
import org.apache.hc.client5.http.cookie.CookieSpec;
import org.apache.hc.client5.http.cookie.MalformedCookieException;
import org.apache.hc.client5.http.impl.cookie.RFC6265LaxSpec;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.message.BasicHeader;

/**
 * The cookies of one exchange, for servers that redirect until theirs comes back. Each goes back to the origin that it
 * came from and to no other, whatever its domain says, and is forgotten with the exchange.
 */
final class Cookies {

    /** For each origin; browsers keep 50 and more, of 4 KB each. */
    private static final int MOST = 30;

    private static final int LONGEST = 4096;

    private final CookieSpec spec = new RFC6265LaxSpec();
    private final Map<String, BasicCookieStore> byOrigin = new HashMap<>();

    /** Keeps what an answer sets. */
    void take(CanonicalUrl url, Exchange answer) {
        for (String set : answer.headers(HttpHeaders.SET_COOKIE)) {
            BasicCookieStore store = byOrigin.computeIfAbsent(url.origin(), origin -> new BasicCookieStore());
            if (set.length() <= LONGEST && store.getCookies().size() < MOST) {
                keep(store, new BasicHeader(HttpHeaders.SET_COOKIE, set), origin(url));
            }
        }
    }

    private void keep(BasicCookieStore store, Header header, CookieOrigin origin) {
        try {
            for (Cookie cookie : spec.parse(header, origin)) {
                spec.validate(cookie, origin);
                store.addCookie(cookie);
            }
        } catch (MalformedCookieException e) {
            // As if it had not been set.
        }
    }

    /** The value of the header {@code Cookie} for a request; empty where there is none. */
    String header(CanonicalUrl url) {
        BasicCookieStore store = byOrigin.get(url.origin());
        if (store == null) {
            return "";
        }
        CookieOrigin origin = origin(url);
        Instant now = Instant.now();
        List<Cookie> cookies = store.getCookies().stream()
                .filter(cookie -> !cookie.isExpired(now) && spec.match(cookie, origin))
                .toList();
        return cookies.isEmpty() ? "" : spec.formatCookies(cookies).get(0).getValue();
    }

    private static CookieOrigin origin(CanonicalUrl url) {
        return new CookieOrigin(url.host(), url.port(), url.path(), url.scheme().equals("https"));
    }
}
