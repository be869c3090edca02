package org.bugloss.browser;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The machine's Chromium, started once for all tests, and ended with them. It reaches the loopback address only. */
public final class Chromium {

    /**
     * Chromium asks DNS by itself, about hosts of its maker, unless every name is said to be none. It does not start as
     * root with its sandbox.
     */
    private static final List<String> FLAGS =
            List.of("--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1");

    /** Milliseconds that a busy machine may take for anything. */
    static final int PATIENCE = 20_000;

    private static Browser browser;

    private Chromium() {}

    /** Whether tests are to run: where {@code CI} is set they are, and fail without a browser. */
    public static boolean isThere() {
        return System.getenv("CI") != null || executable().isPresent();
    }

    public static synchronized Browser start() {
        if (browser == null) {
            PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE);
            Playwright playwright = Playwright.create(
                    new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
            Runtime.getRuntime().addShutdownHook(new Thread(playwright::close));
            browser = playwright
                    .chromium()
                    .launch(new BrowserType.LaunchOptions()
                            .setExecutablePath(executable().orElse(Path.of("/usr/bin/chromium")))
                            .setEnv(environment())
                            .setArgs(FLAGS));
        }
        return browser;
    }

    private static Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>(System.getenv());
        URL fonts = Chromium.class.getResource("/browser/fonts.conf");
        try {
            environment.put("FONTCONFIG_FILE", Path.of(fonts.toURI()).toString());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
        return environment;
    }

    private static Optional<Path> executable() {
        return Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst();
    }
}
