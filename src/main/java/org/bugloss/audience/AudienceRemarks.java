package org.bugloss.audience;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.bugloss.configuration.Keys;

/** What an administrator should hear of the audiences: who is named that there is none of, and what is open to everybody. */
final class AudienceRemarks {

    private AudienceRemarks() {}

    static List<String> of(Audience audience, Keys keys, Collection<String> systemsWithCredentials) {
        List<String> remarks = new ArrayList<>();
        Set<String> known = known(keys);
        audience.named()
                .forEach((key, names) -> names.stream()
                        .sorted()
                        .filter(name -> !known.contains(beginning(name)))
                        .forEach(name -> remarks.add(
                                key + ": there is no " + what(name) + ", so " + name + " lets nobody see anything")));
        systemsWithCredentials.forEach(system -> audience.shutOut(system)
                .forEach(name -> remarks.add("bugloss.system." + system + ".private-readers: " + name
                        + " is not among the readers of this system, and sees nothing of it")));
        String open = systemsWithCredentials.stream().filter(audience::isOpen).collect(Collectors.joining(", "));
        if (!open.isEmpty()) {
            remarks.add("Whoever may read sees all that the credentials of these systems see, confidential bugs too: "
                    + open
                    + ". Give them credentials that see no more, or say in bugloss.system.NAME.readers and"
                    + " bugloss.system.NAME.private-readers who may");
        }
        return remarks;
    }

    private static Set<String> known(Keys keys) {
        Set<String> known = new HashSet<>();
        keys.list("bugloss.tokens").forEach(entry -> known.add(Readers.TOKEN + entry.split(":", 2)[0]));
        keys.list("bugloss.oidc").forEach(issuer -> known.add(Readers.GROUP + issuer));
        keys.list("bugloss.notify").forEach(endpoint -> known.add(Readers.ENDPOINT + endpoint));
        return known;
    }

    /** What the groups of an issuer are is the issuer's to know. */
    private static String beginning(String name) {
        return name.startsWith(Readers.GROUP) ? name.substring(0, name.indexOf(':', Readers.GROUP.length())) : name;
    }

    private static String what(String name) {
        if (name.startsWith(Readers.TOKEN)) {
            return "such token in bugloss.tokens";
        }
        return name.startsWith(Readers.GROUP) ? "such issuer in bugloss.oidc" : "such endpoint in bugloss.notify";
    }
}
