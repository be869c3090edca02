package org.bugloss.web;

import jakarta.servlet.http.HttpServletRequest;

/**
 * Who sends a request.
 *
 * @param name the token's name, or the address that the request came from where there is no token
 * @param role what the caller may do
 * @param hasToken whether it is a token's name
 */
public record Caller(String name, AccessSettings.Role role, boolean hasToken) {

    private static final String ATTRIBUTE = Caller.class.getName();

    /** The caller of a request that passed {@link CallerFilter}. */
    public static Caller of(HttpServletRequest request) {
        return (Caller) request.getAttribute(ATTRIBUTE);
    }

    /** Whether the caller may see details. */
    public boolean mayRead() {
        return role.suffices(AccessSettings.Role.READER);
    }

    void standBehind(HttpServletRequest request) {
        request.setAttribute(ATTRIBUTE, this);
    }
}
