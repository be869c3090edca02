package org.bugloss.callers;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.bugloss.configuration.Keys;

/**
 * How an issuer's claims become a name, groups and a role: the keys {@code .name-claim}, {@code .groups-claim},
 * {@code .readers}, {@code .editors} and {@code .require} of one issuer. Immutable.
 *
 * @param prefix of the keys, with its dot: {@code bugloss.oidc.corp.}
 * @param nameClaim where the name is; where it is not given, {@code preferred_username}, else {@code sub}
 * @param groupsClaims where groups are; all that are found count
 * @param readers groups that may read, or {@code *}
 * @param editors groups that may write, or {@code *}
 * @param required what must all be so
 */
record ClaimRules(
        String prefix,
        Optional<String> nameClaim,
        List<String> groupsClaims,
        Set<String> readers,
        Set<String> editors,
        List<Requirement> required) {

    static final int LONGEST_NAME = 200;
    private static final int MOST_GROUPS = 1_000;
    private static final int LONGEST_GROUP = 256;
    private static final String EVERYBODY = "*";

    /** What would start a line of its own in a log, turn one around, or be no character. */
    private static final Pattern UNSEEN = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}]");

    static ClaimRules from(Keys keys, String prefix) {
        List<String> groups = keys.list(prefix + "groups-claim");
        return new ClaimRules(
                prefix,
                keys.text(prefix + "name-claim"),
                groups.isEmpty() ? List.of("groups") : groups,
                Set.copyOf(keys.list(prefix + "readers")),
                Set.copyOf(keys.list(prefix + "editors")),
                keys.list(prefix + "require").stream()
                        .map(pair -> Requirement.parse(prefix + "require", pair))
                        .toList());
    }

    /**
     * The person that claims tell of.
     *
     * @throws RefusedToken where they name nobody
     * @throws NotAllowed where they are not those that must be
     */
    Person person(String issuer, Claims claims, Instant until) {
        required.stream().filter(one -> !one.holds(claims)).findFirst().ifPresent(one -> {
            throw new NotAllowed(
                    "the claim " + one.claim() + " of this token is not what " + prefix + "require lets in");
        });
        List<String> groups = groups(claims);
        return new Person(issuer, name(claims), groups, role(groups), until);
    }

    Role role(List<String> groups) {
        if (isOf(editors, groups)) {
            return Role.EDITOR;
        }
        return isOf(readers, groups) ? Role.READER : Role.NONE;
    }

    List<String> groups(Claims claims) {
        return groupsClaims.stream()
                .flatMap(path -> claims.words(path).stream())
                .filter(group -> group.length() <= LONGEST_GROUP
                        && !UNSEEN.matcher(group).find())
                .distinct()
                .limit(MOST_GROUPS)
                .toList();
    }

    /** The groups that decide about a role. */
    Set<String> mentioned() {
        Set<String> groups = new TreeSet<>(readers);
        groups.addAll(editors);
        return groups;
    }

    private String name(Claims claims) {
        String name = nameClaim
                .map(path -> claims.values(path).stream().findFirst())
                .orElseGet(() -> claims.text("preferred_username").or(() -> claims.text("sub")))
                .orElseThrow(() -> new RefusedToken("this token has no claim " + nameClaim.orElse("sub")
                        + ", which is to name the caller (" + prefix + "name-claim)"));
        if (name.isBlank()
                || name.length() > LONGEST_NAME
                || UNSEEN.matcher(name).find()) {
            throw new RefusedToken("the name in this token is empty, longer than " + LONGEST_NAME
                    + " characters, or has characters that no name has");
        }
        return name;
    }

    private static boolean isOf(Set<String> allowed, List<String> groups) {
        return allowed.contains(EVERYBODY) || groups.stream().anyMatch(allowed::contains);
    }
}
