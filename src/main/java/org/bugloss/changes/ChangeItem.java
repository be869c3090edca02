package org.bugloss.changes;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.json.stream.JsonGenerator;
import java.io.StringWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A change as the feed tells it. Immutable.
 *
 * @param place where it stands in the feed
 * @param executions some of the test executions that have the bug now, those recorded last first
 */
public record ChangeItem(long place, Change change, Executions executions) {

    /**
     * The test executions that have a bug.
     *
     * @param some at most {@value #MOST}
     * @param total how many there are
     */
    public record Executions(List<String> some, int total) {

        /** As the outside contract has it. */
        static final int MOST = 20;

        static final Executions NONE = new Executions(List.of(), 0);
    }

    /** The item as in the outside contract. */
    public String json() {
        StringWriter text = new StringWriter(512);
        try (JsonGenerator json = JSON.createGenerator(text)) {
            write(json.writeStartObject());
            json.writeEnd();
        }
        return text.toString();
    }

    /** Writes the members into an object that is begun. */
    public void write(JsonGenerator json) {
        json.write("id", Cursor.text(place))
                .write("at", change.at().toString())
                .write("kind", change.kind().word())
                .write("url", change.bug().url());
        text(json, "bug_id", change.bug().id());
        json.write("tracker", change.bug().tracker());
        text(json, "system", change.bug().system());
        text(json, "title", change.title());
        if (change.movedTo() != null) {
            json.write("moved_to", change.movedTo());
        }
        state(json, "before", change.before());
        state(json, "after", change.after());
        json.writeStartArray("executions");
        executions.some().forEach(json::write);
        json.writeEnd().write("executions_total", executions.total());
    }

    private static void state(JsonGenerator json, String name, BugState state) {
        json.writeStartObject(name);
        text(json, "status", state.status());
        if (state.resolved() == null) {
            json.writeNull("resolved");
        } else {
            json.write("resolved", state.resolved());
        }
        text(json, "title", state.title());
        text(json, "assignee", state.assignee());
        json.writeEnd();
    }

    private static void text(JsonGenerator json, String name, @Nullable String value) {
        if (value == null) {
            json.writeNull(name);
        } else {
            json.write(name, value);
        }
    }
}
