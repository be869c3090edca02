package org.bugloss.callers;

/** What a caller may do; each may do what those before it may. */
public enum Role {
    NONE,
    READER,
    EDITOR;

    public boolean suffices(Role needed) {
        return compareTo(needed) >= 0;
    }
}
