package org.bugloss.web;

import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.bugloss.audience.Viewer;
import org.bugloss.callers.Person;
import org.bugloss.callers.Role;

/**
 * Who sends a request.
 *
 * @param name by which the caller is counted, limited and logged, and which no other has: {@code token:ci} for the holder of a
 *     token, {@code corp:ann} for somebody of the issuer {@code corp}, the address that the request came from for a stranger
 * @param role what the caller may do
 * @param kind how the caller is known
 * @param groups of somebody of an issuer, as its claims name them
 * @param until when what proved the caller ends; {@link Instant#MAX} where it does not
 */
public record Caller(String name, Role role, Kind kind, List<String> groups, Instant until) {

    private static final String ATTRIBUTE = Caller.class.getName();

    /** How a caller is known. */
    public enum Kind {
        STRANGER,
        TOKEN,
        /** By a token that an issuer signed. */
        ISSUED,
        /** By the cookie of who signed in. */
        SESSION
    }

    public Caller {
        groups = List.copyOf(groups);
    }

    /** Somebody who proved nothing. */
    public static Caller stranger(String address, Role role) {
        return new Caller(address, role, Kind.STRANGER, List.of(), Instant.MAX);
    }

    /** The holder of a token of {@code bugloss.tokens}. */
    public static Caller token(String name, Role role) {
        return new Caller("token:" + name, role, Kind.TOKEN, List.of(), Instant.MAX);
    }

    /** Somebody of an issuer. */
    static Caller of(Person person, Kind kind) {
        return new Caller(
                person.issuer() + ":" + shown(person.name()), person.role(), kind, person.groups(), person.until());
    }

    /** The caller of a request that passed {@link CallerFilter}. */
    public static Caller of(HttpServletRequest request) {
        return (Caller) request.getAttribute(ATTRIBUTE);
    }

    /** Whether the caller may see details. */
    public boolean mayRead() {
        return role.suffices(Role.READER);
    }

    /** Whether it is known who it is. */
    public boolean isKnown() {
        return kind != Kind.STRANGER;
    }

    /** The issuer of somebody of an issuer. */
    public Optional<String> issuer() {
        return kind == Kind.ISSUED || kind == Kind.SESSION
                ? Optional.of(name.substring(0, name.indexOf(':')))
                : Optional.empty();
    }

    /** The name without what it is a name of. */
    String ownName() {
        return name.substring(name.indexOf(':') + 1).replace("%20", " ").replace("%25", "%");
    }

    /** The caller as one who looks. */
    public Viewer viewer() {
        return switch (kind) {
            case STRANGER -> Viewer.stranger(name);
            case TOKEN -> new Viewer(name, Set.of(name));
            case ISSUED, SESSION -> {
                String ofIssuer = "group:" + name.substring(0, name.indexOf(':') + 1);
                yield new Viewer(name, groups.stream().map(ofIssuer::concat).collect(Collectors.toSet()));
            }
        };
    }

    void standBehind(HttpServletRequest request) {
        request.setAttribute(ATTRIBUTE, this);
    }

    /** A name with spaces in it could go on as if it were the rest of a line of the log. */
    private static String shown(String name) {
        return name.replace("%", "%25").replace(" ", "%20");
    }
}
