package org.bugloss.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;

/** A Bugloss, a page of another origin with a strict policy, and a browser that shows it. Close it. */
final class Stage implements AutoCloseable {

    static final String SHOP = "https://github.com/acme/shop/issues/";
    static final String OPEN = SHOP + "117";
    static final String RESOLVED = "https://issues.example.org/browse/SHOP-2291";
    static final String FAILING = "https://bugzilla.example.org/show_bug.cgi?id=1874402";
    static final String STALE = SHOP + "131";
    static final String UNKNOWN = "https://forum.example.net/t/receipts-arrive-twice/8812";
    static final String OVERRIDDEN = "https://issues.example.org/browse/SHOP-2304";
    static final String LATE = SHOP + "140";
    static final String NO_DETAILS = "https://redmine.example.org/issues/40213";
    static final String NO_BUG = SHOP + "404";

    /** What browsers write by themselves where a request fails. */
    private static final Pattern NETWORK = Pattern.compile("^Failed to load resource|blocked by CORS policy");

    final FakeBugloss bugloss = new FakeBugloss();
    final LocalSite site = new LocalSite();

    /** What the page's console warned of. */
    final List<String> warnings = new CopyOnWriteArrayList<>();

    /** What broke: exceptions that nobody caught, and what the policy stopped. */
    final List<String> errors = new CopyOnWriteArrayList<>();

    /** Attributes of the script's tag. */
    String attributes = "data-links=\"a.bug\"";

    String policy = LocalSite.strictPolicy(bugloss);
    String language = "en";
    String style =
            ":root { color-scheme: light dark } body { background: Canvas; color: CanvasText; margin: 40px } li { line-height: 36px }";
    NewContextOptions options = new NewContextOptions().setViewportSize(1000, 700);
    /** Of the page's own, before all else. */
    String script;

    Page page;

    private BrowserContext context;
    private boolean clockStands;

    Stage() {
        bugloss.allowed = site.origin();
    }

    /** Every state that a bug may be in. */
    Stage withEveryState() {
        bugloss.bug(
                OPEN,
                "title",
                "Checkout crashes when the voucher has expired",
                "description",
                "<p>Pay with a voucher that expired <em>today</em>: the page answers <code>500</code> and the basket"
                        + " is empty afterwards.</p><p>Steps: put anything into the basket, add voucher"
                        + " <code>SPRING</code>, pay. Seen on 4.1 and 4.2; see"
                        + " <a href=\"https://ci.example.org/log/1\">the log</a>.</p>",
                "excerpt",
                "Pay with a voucher that expired today: the page answers 500.",
                "fields",
                FakeBugloss.fields(
                        "assignee", "Ann Lindqvist",
                        "type", "bug",
                        "labels", List.of("checkout", "regression")));
        bugloss.bug(
                RESOLVED,
                "id",
                "SHOP-2291",
                "tracker",
                "JIRA",
                "title",
                "Totals are rounded twice in the order confirmation",
                "description",
                "<p>0.005 is rounded up once per line and once more in the sum.</p>",
                "excerpt",
                "0.005 is rounded up once per line and once more in the sum.",
                "status",
                "Resolved",
                "resolved",
                true,
                "fetched_at",
                FakeBugloss.ago(Duration.ofMinutes(42)),
                "fields",
                FakeBugloss.fields(
                        "assignee", "Kofi Mensah",
                        "priority", "High",
                        "type", "Bug",
                        "labels", List.of("billing")));
        bugloss.bug(
                FAILING,
                "tracker",
                "Bugzilla",
                "title",
                "Session cookie survives a password change on a second device",
                "description",
                "Changing the password must end all other sessions.",
                "excerpt",
                "Changing the password must end all other sessions.",
                "status",
                "NEW",
                "stale",
                true,
                "fetched_at",
                FakeBugloss.ago(Duration.ofHours(3)),
                "expires_at",
                FakeBugloss.ago(Duration.ofHours(2)),
                "failure",
                FakeBugloss.object(
                        "reason",
                        "timeout",
                        "message",
                        "bugzilla.example.org did not answer within 5 seconds",
                        "since",
                        FakeBugloss.ago(Duration.ofHours(2)),
                        "retry_at",
                        FakeBugloss.ago(Duration.ofMinutes(-4))),
                "fields",
                FakeBugloss.fields("assignee", "nobody@example.org", "priority", "P2", "type", "defect"));
        bugloss.bug(
                STALE,
                "title",
                "Search finds nothing for words with an apostrophe",
                "stale",
                true,
                "fetched_at",
                FakeBugloss.ago(Duration.ofHours(1)),
                "expires_at",
                FakeBugloss.ago(Duration.ofMinutes(1)),
                "fields",
                FakeBugloss.fields("type", "bug", "labels", List.of("search")));
        bugloss.bug(
                UNKNOWN,
                "tracker",
                "OpenGraph",
                "source",
                "open_graph",
                "title",
                "Receipts arrive twice",
                "excerpt",
                "Since Tuesday some customers get every receipt twice, minutes apart.",
                "status",
                null,
                "resolved",
                null,
                "fetched_at",
                FakeBugloss.ago(Duration.ofMinutes(14)));
        bugloss.bug(
                OVERRIDDEN,
                "id",
                "SHOP-2304",
                "tracker",
                "JIRA",
                "source",
                "override",
                "supplied_by",
                "release-notes",
                "title",
                "Known since 4.1: use “Save as” until the fix is out",
                "excerpt",
                "Ask Ann before you report it again.",
                "status",
                "parked",
                "fetched_at",
                FakeBugloss.ago(Duration.ofHours(5)),
                "fields",
                FakeBugloss.fields("priority", "Low", "labels", List.of("workaround")));
        bugloss.problem(LATE, 202, "detail", "it is being fetched");
        bugloss.problem(
                NO_DETAILS, 502, "reason", "connect", "detail", "redmine.example.org does not accept connections");
        bugloss.problem(NO_BUG, 404, "detail", "there is no such bug");
        return this;
    }

    /**
     * Has the page do something with what a module exports, and waits until that is done. The page keeps the promise itself: of one
     * that nothing but an evaluation waits for, Chromium says at times that it was garbage collected.
     *
     * @param path of Bugloss
     * @param use a function of the module
     */
    void withModule(String path, String use) {
        page.evaluate(
                "address => { const used = window.used = {};"
                        + " used.kept = import(address).then(" + use + ").then(() => { used.outcome = 'done'; },"
                        + " e => { used.outcome = String(e); }); }",
                bugloss.origin() + path);
        page.waitForCondition(() -> page.evaluate("() => window.used.outcome || null") != null);
        assertEquals("done", page.evaluate("() => window.used.outcome"));
    }

    /** Shows a page of the other origin with these links. */
    Stage withLinks(String... urls) {
        StringBuilder body = new StringBuilder("<h1>Nightly run</h1><ul>");
        for (String url : urls) {
            body.append("<li><a class=\"bug\" href=\"")
                    .append(url)
                    .append("\">")
                    .append(url.replaceAll(".*[/=]", ""))
                    .append("</a></li>");
        }
        return withPage(body.append("</ul><p id=\"text\">That is all.</p>").toString());
    }

    /** Shows a page of the other origin. */
    Stage withPage(String body) {
        site.put("/page.css", "text/css", style);
        site.put(
                "/",
                "text/html",
                "<!doctype html><html lang=\"" + language + "\"><head><meta charset=\"utf-8\"><title>A report</title>"
                        + "<link rel=\"stylesheet\" href=\"/page.css\"><script type=\"module\" src=\""
                        + bugloss.origin() + "/bugloss.js\" " + attributes + "></script></head><body><main>" + body
                        + "</main></body></html>",
                "Content-Security-Policy",
                policy);
        return at(site.origin() + "/");
    }

    /** As {@link #withLinks}, with a clock that goes on only where a test lets it. */
    Stage withClock(String... urls) {
        clockStands = true;
        return withLinks(urls);
    }

    /** Shows a page. */
    Stage at(String address) {
        context = Chromium.start().newContext(options);
        context.setDefaultTimeout(Chromium.PATIENCE);
        page = context.newPage();
        page.onConsoleMessage(message -> {
            if (message.type().equals("warning")) {
                warnings.add(message.text());
            } else if (message.type().equals("error")
                    && !NETWORK.matcher(message.text()).find()) {
                errors.add(message.text());
            }
        });
        page.onPageError(errors::add);
        if (script != null) {
            page.addInitScript(script);
        }
        if (clockStands) {
            page.clock().install();
        }
        page.navigate(address);
        return this;
    }

    /** The button of the icon behind the link to a URL. */
    Locator icon(String url) {
        return page.locator("bug-details[href=\"" + url + "\"] button[aria-expanded]");
    }

    /** The tooltip that is open. */
    Locator tooltip() {
        return page.locator(".panel:popover-open");
    }

    /** Waits until the icon is one of a state: {@code open}, {@code resolved}, {@code unknown} or {@code late}. */
    Stage until(String url, String state) {
        assertThat(icon(url)).hasClass(state);
        return this;
    }

    /** Opens the tooltip of a URL as a mouse does. */
    Locator hover(String url) {
        // One that is open may lie above the icon.
        pointAtNothing();
        assertThat(tooltip()).hasCount(0);
        icon(url).hover();
        assertThat(tooltip()).isVisible();
        return tooltip();
    }

    void pointAtNothing() {
        page.mouse().move(900, 5);
    }

    /** Lets the page's clock go on by so much, in steps; what is asked meanwhile is answered before the next one. */
    void pass(Duration time) {
        int seen = -1;
        for (long second = 0; second < time.toSeconds(); second++) {
            page.clock().runFor(1_000);
            if (seen != bugloss.exchanges.get()) {
                seen = bugloss.exchanges.get();
                page.waitForTimeout(80);
            }
        }
    }

    @Override
    public void close() {
        if (context != null) {
            context.close();
        }
        site.close();
        bugloss.close();
    }
}
