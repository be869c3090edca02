package org.bugloss.audience;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.bugloss.configuration.Keys;
import org.bugloss.configuration.WrongConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * Who may see the details of which system: the one place that decides it. Of a system the key {@code readers} says who sees its
 * details at all, and {@code private-readers} who of those sees what its tracker marks as confidential too. Immutable.
 */
public final class Audience {

    /** Whoever may read sees everything. */
    public static final Audience OPEN = new Audience(Map.of(), Readers.EVERYBODY);

    private static final String PAGES = "bugloss.pages.readers";

    private final Map<String, OfSystem> systems;
    private final OfSystem pages;
    private final boolean limited;

    /**
     * @param readers who sees details at all
     * @param privateReaders who of those sees confidential ones
     */
    private record OfSystem(Readers readers, Readers privateReaders) {

        static OfSystem of(Keys keys, String system) {
            String prefix = "bugloss.system." + system + ".";
            Readers readers = Readers.of(keys, prefix + "readers").orElse(Readers.EVERYBODY);
            return new OfSystem(
                    readers, Readers.of(keys, prefix + "private-readers").orElse(readers));
        }
    }

    private Audience(Map<String, OfSystem> systems, Readers pages) {
        this.systems = systems;
        this.pages = new OfSystem(pages, pages);
        this.limited = !pages.everybody()
                || systems.values().stream().anyMatch(of -> !of.readers.everybody() || !of.privateReaders.everybody());
    }

    /**
     * Reads the keys.
     *
     * @param systems the names of all systems that there are
     * @throws WrongConfiguration where a value is none
     */
    public static Audience from(Keys keys, Collection<String> systems) {
        Map<String, OfSystem> audiences = new LinkedHashMap<>();
        systems.forEach(name -> audiences.put(name, OfSystem.of(keys, name)));
        return new Audience(audiences, Readers.of(keys, PAGES).orElse(Readers.EVERYBODY));
    }

    /** Whether anything is not for everybody. */
    public boolean isLimited() {
        return limited;
    }

    /**
     * Whether somebody may see details of a system at all. Who may not is told nothing that hangs on what is known of a bug.
     *
     * @param system its name; {@code null} for pages that no system covers
     */
    public boolean mayAsk(Viewer viewer, @Nullable String system) {
        return of(system).readers.include(viewer);
    }

    /**
     * Whether somebody may see what is known of a bug.
     *
     * @param system the name of its system; {@code null} for a page that no system covers
     * @param confidential whether its tracker marks it as confidential; {@code null} counts as that: nobody has said yet
     */
    public boolean mayRead(Viewer viewer, @Nullable String system, @Nullable Boolean confidential) {
        OfSystem audience = of(system);
        return audience.readers.include(viewer)
                && (Boolean.FALSE.equals(confidential) || audience.privateReaders.include(viewer));
    }

    /** What a viewer sees of all systems, for who looks through many bugs at once. */
    public Sight of(Viewer viewer) {
        if (!limited) {
            return Sight.ALL;
        }
        Set<String> shown = new TreeSet<>();
        Set<String> hidden = new TreeSet<>();
        Set<String> publicOnly = new TreeSet<>();
        systems.forEach((name, audience) -> {
            boolean asks = audience.readers.include(viewer);
            (asks ? shown : hidden).add(name);
            if (asks && !audience.privateReaders.include(viewer)) {
                publicOnly.add(name);
            }
        });
        return new Sight(
                List.copyOf(shown), List.copyOf(hidden), List.copyOf(publicOnly), pages.readers.include(viewer));
    }

    /** What an administrator should hear of a configuration that is allowed. */
    public List<String> remarks(Keys keys, Collection<String> systemsWithCredentials) {
        return AudienceRemarks.of(this, keys, systemsWithCredentials);
    }

    /** Whether nothing limits who sees the details of a system. */
    boolean isOpen(String system) {
        OfSystem audience = of(system);
        return audience.readers.everybody() && audience.privateReaders.everybody();
    }

    /** The keys that name somebody, and whom. */
    Map<String, Set<String>> named() {
        Map<String, Set<String>> named = new LinkedHashMap<>();
        systems.forEach((name, audience) -> {
            String prefix = "bugloss.system." + name + ".";
            named.put(prefix + "readers", audience.readers.names());
            if (!audience.privateReaders.equals(audience.readers)) {
                named.put(prefix + "private-readers", audience.privateReaders.names());
            }
        });
        named.put(PAGES, pages.readers.names());
        return named;
    }

    /** Those who may see what is confidential, and nothing of the system it is of. */
    Stream<String> shutOut(String system) {
        OfSystem audience = of(system);
        return audience.readers.everybody()
                ? Stream.empty()
                : audience.privateReaders.names().stream()
                        .filter(name -> !audience.readers.names().contains(name))
                        .sorted();
    }

    private OfSystem of(@Nullable String system) {
        OfSystem audience = system == null ? null : systems.get(system);
        return audience == null ? pages : audience;
    }
}
