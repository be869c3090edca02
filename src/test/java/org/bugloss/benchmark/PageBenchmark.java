package org.bugloss.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.bugloss.html.PageReader;
import org.bugloss.outbound.Exchange;
import org.jsoup.Jsoup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What reading a page's metadata costs, by what jsoup takes to do nothing but parse the same page. It needs no server. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class PageBenchmark {

    private static final URI URL = URI.create("https://bugs.example/issues/117");
    private static final Duration TURN = Duration.ofMillis(200);
    private static final int ROUNDS_TO_WARM_UP = 6;
    private static final int ROUNDS = 11;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final PageReader reader = new PageReader(Clock.systemUTC());

    /** A page as it comes from a server. */
    private record Answer(Pages.Page page, InputStream body) implements Exchange {

        @Override
        public int status() {
            return 200;
        }

        @Override
        public URI uri() {
            return URL;
        }

        @Override
        public Optional<String> header(String name) {
            return name.equalsIgnoreCase("Content-Type") ? Optional.of(page.contentType()) : Optional.empty();
        }

        @Override
        public boolean cut() {
            return false;
        }
    }

    @Test
    void metadataAreReadAsFastAsPagesAreParsed() {
        Ratios ratios = new Ratios("One thread, %d processors for all, load average before %.1f"
                .formatted(
                        Runtime.getRuntime().availableProcessors(),
                        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));
        List<Pages.Page> pages = Pages.all();
        Turns<Double> turns = new Turns<>();
        turns.with("all, parsed", () -> perSecond(() -> pages.forEach(PageBenchmark::parse)));
        turns.with("all, read", () -> perSecond(() -> pages.forEach(this::read)));
        for (Pages.Page page : pages) {
            turns.with(page.name() + ", parsed", () -> perSecond(() -> parse(page)));
            turns.with(page.name() + ", read", () -> perSecond(() -> read(page)));
        }
        turns.take(ROUNDS_TO_WARM_UP, ROUNDS);
        ratios.atLeast(
                "metadata of a page: rate / jsoup's parse", turns.ratio("all, read", "all, parsed", rate -> rate), 0.9);
        for (Pages.Page page : pages) {
            ratios.control(
                    "  %s (%,d KB)".formatted(page.name(), page.bytes().length / 1024),
                    turns.ratio(page.name() + ", read", page.name() + ", parsed", rate -> rate));
        }
        System.out.println(ratios);
        assertEquals(List.of(), ratios.broken());
    }

    /** Of the time that the thread had a processor: what others do with it then matters less. */
    private static double perSecond(Runnable work) {
        long begin = THREADS.getCurrentThreadCpuTime();
        int times = 0;
        long took;
        do {
            work.run();
            times++;
            took = THREADS.getCurrentThreadCpuTime() - begin;
        } while (took < TURN.toNanos());
        return times * 1e9 / took;
    }

    private static void parse(Pages.Page page) {
        try {
            Jsoup.parse(new ByteArrayInputStream(page.bytes()), null, URL.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read(Pages.Page page) {
        try {
            reader.read(URL, new Answer(page, new ByteArrayInputStream(page.bytes())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
