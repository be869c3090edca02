package org.bugloss.callers;

import java.time.Instant;
import java.util.List;

/**
 * A person or a job, as an issuer told.
 *
 * @param issuer the issuer's name in the configuration
 * @param name unique at that issuer; one line of 1 to {@value ClaimRules#LONGEST_NAME} characters
 * @param groups as the issuer's claims name them
 * @param role what the configuration lets these groups do
 * @param until when what proved it ends
 */
public record Person(String issuer, String name, List<String> groups, Role role, Instant until) {

    public Person {
        groups = List.copyOf(groups);
    }
}
