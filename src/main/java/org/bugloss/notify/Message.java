package org.bugloss.notify;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.json.stream.JsonGenerator;
import java.io.StringWriter;
import java.time.Instant;
import java.util.UUID;
import org.bugloss.changes.ChangeItem;
import org.bugloss.changes.Cursor;

/**
 * What an endpoint is sent. Immutable.
 *
 * @param id the same for every try, so that a receiver knows what it has
 * @param body as in the outside contract
 */
record Message(String id, String body) {

    static Message of(ChangeItem item) {
        StringWriter text = new StringWriter(512);
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject()
                    .write("type", "bug." + item.change().kind().word())
                    .write("timestamp", item.change().at().toString());
            item.write(json.writeStartObject("data"));
            json.writeEnd().writeEnd();
        }
        return new Message(Cursor.text(item.place()), text.toString());
    }

    /** One that says nothing of a bug. */
    static Message test(String endpoint, Instant now) {
        return new Message(
                "test_" + UUID.randomUUID(),
                JSON.createObjectBuilder()
                        .add("type", "bugloss.test")
                        .add("timestamp", now.toString())
                        .add("data", JSON.createObjectBuilder().add("endpoint", endpoint))
                        .build()
                        .toString());
    }
}
