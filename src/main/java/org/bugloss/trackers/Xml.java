package org.bugloss.trackers;

import java.io.StringReader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.jspecify.annotations.Nullable;

/**
 * A place in a tracker's XML answer, read as leniently as {@link Json} is: what is not there is empty, never an error.
 * Elements are known by their local names, whatever the prefix. An element that only points to another one, as SOAP's
 * encoding does with {@code href="#ref1"}, is that one.
 */
final class Xml {

    /** Deeper than what any tracker answers. */
    private static final int MAX_DEPTH = 100;

    static final Xml NOTHING = new Xml("", Map.of());

    private final String name;
    private final Map<String, Xml> byId;
    private final List<Xml> children = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private @Nullable String href;

    private Xml(String name, Map<String, Xml> byId) {
        this.name = name;
        this.byId = byId;
    }

    /**
     * The document element of an answer. A document type, where entities could be declared, is refused.
     *
     * @throws FetchException where that is no XML
     */
    static Xml of(ApiReply reply) {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        try {
            return read(
                    factory.createXMLStreamReader(new StringReader(reply.text().strip())));
        } catch (XMLStreamException | RuntimeException e) {
            throw new FetchException(
                    FailureReason.UNEXPECTED_ANSWER, "the answer of the API of " + reply.host() + " is no XML");
        }
    }

    private static Xml read(XMLStreamReader reader) throws XMLStreamException {
        Map<String, Xml> byId = new HashMap<>();
        Xml document = new Xml("", byId);
        Deque<Xml> open = new ArrayDeque<>(List.of(document));
        while (reader.hasNext()) {
            switch (reader.next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    Xml element = new Xml(reader.getLocalName(), byId);
                    element.href = reader.getAttributeValue(null, "href");
                    if (reader.getAttributeValue(null, "id") != null) {
                        byId.put("#" + reader.getAttributeValue(null, "id"), element);
                    }
                    open.peek().children.add(element);
                    open.push(element);
                    if (open.size() > MAX_DEPTH) {
                        throw new XMLStreamException("too deep");
                    }
                }
                case XMLStreamConstants.END_ELEMENT -> open.pop();
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA ->
                    open.peek().text.append(reader.getText());
                case XMLStreamConstants.DTD -> throw new XMLStreamException("a document type");
                default -> {
                    // Comments and the like say nothing.
                }
            }
        }
        return document.children.get(0);
    }

    /** The first element at the end of this path of names; a place that holds nothing where there is none. */
    Xml at(String... names) {
        Xml place = this;
        for (String each : names) {
            place = place.children.stream()
                    .filter(child -> child.name.equals(each))
                    .findFirst()
                    .map(Xml::meant)
                    .orElse(NOTHING);
        }
        return place;
    }

    /** The elements inside. */
    List<Xml> each() {
        return children.stream().map(Xml::meant).toList();
    }

    /** The text, where it is more than white space. */
    Optional<String> text() {
        return Optional.of(text.toString()).filter(content -> !content.isBlank());
    }

    /** Whether there is an element here. */
    boolean present() {
        return this != NOTHING;
    }

    private Xml meant() {
        return href == null ? this : byId.getOrDefault(href, this);
    }
}
