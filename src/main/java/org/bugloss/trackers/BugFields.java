package org.bugloss.trackers;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a tracker says of a bug besides its title, description and status. Plain text; {@code null} where the tracker
 * has no such thing. Immutable; {@link #NONE} is what to begin with, and the {@code with…} methods copy.
 */
public final class BugFields {

    /** Nothing is known. */
    public static final BugFields NONE = new BugFields(new Draft());

    private final @Nullable String assignee;
    private final @Nullable String resolution;
    private final @Nullable String priority;
    private final @Nullable String type;
    private final List<String> labels;
    private final @Nullable Instant updated;

    /** The members of a copy that is being made. */
    private static final class Draft {

        private @Nullable String assignee;
        private @Nullable String resolution;
        private @Nullable String priority;
        private @Nullable String type;
        private @Nullable List<String> labels;
        private @Nullable Instant updated;
    }

    private BugFields(Draft draft) {
        assignee = draft.assignee;
        resolution = draft.resolution;
        priority = draft.priority;
        type = draft.type;
        labels = draft.labels == null ? List.of() : List.copyOf(draft.labels);
        updated = draft.updated;
    }

    /** The display name, or the login where there is no name; several are joined with a comma. */
    public @Nullable String assignee() {
        return assignee;
    }

    /** Why the bug is resolved, as the tracker words it: WONTFIX, not_planned, Duplicate. */
    public @Nullable String resolution() {
        return resolution;
    }

    /** As the tracker words it. */
    public @Nullable String priority() {
        return priority;
    }

    /** As the tracker words it: bug, task, merge request ... */
    public @Nullable String type() {
        return type;
    }

    /** Never {@code null}; empty where there are none. */
    public List<String> labels() {
        return labels;
    }

    /** When the bug was last changed. */
    public @Nullable Instant updated() {
        return updated;
    }

    /** @param name the display name, or the login where there is no name; several are joined with a comma */
    public BugFields withAssignee(@Nullable String name) {
        return with(copy -> copy.assignee = name);
    }

    /** @param why the bug is resolved, as the tracker words it */
    public BugFields withResolution(@Nullable String why) {
        return with(copy -> copy.resolution = why);
    }

    /** @param priority as the tracker words it */
    public BugFields withPriority(@Nullable String priority) {
        return with(copy -> copy.priority = priority);
    }

    /** @param type as the tracker words it */
    public BugFields withType(@Nullable String type) {
        return with(copy -> copy.type = type);
    }

    /** @param labels {@code null} for none */
    public BugFields withLabels(@Nullable List<String> labels) {
        return with(copy -> copy.labels = labels);
    }

    /** @param moment when the bug was last changed */
    public BugFields withUpdated(@Nullable Instant moment) {
        return with(copy -> copy.updated = moment);
    }

    private BugFields with(Consumer<Draft> change) {
        Draft copy = new Draft();
        copy.assignee = assignee;
        copy.resolution = resolution;
        copy.priority = priority;
        copy.type = type;
        copy.labels = labels;
        copy.updated = updated;
        change.accept(copy);
        return new BugFields(copy);
    }

    private List<@Nullable Object> members() {
        return Arrays.asList(assignee, resolution, priority, type, labels, updated);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BugFields that && members().equals(that.members());
    }

    @Override
    public int hashCode() {
        return members().hashCode();
    }

    @Override
    public String toString() {
        return "BugFields" + members();
    }
}
