package org.bugloss.html;

import java.util.EnumSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Link;
import org.commonmark.node.ListItem;
import org.commonmark.node.Node;
import org.commonmark.node.Paragraph;
import org.commonmark.node.Text;
import org.commonmark.parser.PostProcessor;
import org.nibor.autolink.LinkExtractor;
import org.nibor.autolink.LinkSpan;
import org.nibor.autolink.LinkType;
import org.nibor.autolink.Span;

/**
 * What GitHub sees in the plain text of Markdown: bare addresses are links
 * (<a href="https://github.github.com/gfm/#autolinks-extension-">GFM</a>), and items that begin with {@code [ ]} are tasks
 * (<a href="https://github.github.com/gfm/#task-list-items-extension-">GFM</a>). Safe for use by several threads.
 *
 * <p>The extension of commonmark-java for links links an address in the midst of a word too, as in {@code
 * url=https://e.example}.
 */
final class GitHubText implements PostProcessor {

    private static final LinkExtractor ADDRESSES = LinkExtractor.builder()
            .linkTypes(EnumSet.of(LinkType.URL, LinkType.WWW))
            .build();

    /** What joins the parts of a word, of a query or of a path. Writing without spaces has links next to its letters. */
    private static final String JOINTS = "=/&?%#@$\\+-.";

    private static final Pattern TASK = Pattern.compile("\\[([xX\\s])\\](?=\\s)");

    @Override
    public Node process(Node document) {
        document.accept(new AbstractVisitor() {
            @Override
            public void visit(ListItem item) {
                if (item.getFirstChild() instanceof Paragraph first && first.getFirstChild() instanceof Text text) {
                    task(text);
                }
                visitChildren(item);
            }

            @Override
            public void visit(Link link) {
                // There is no link within a link.
            }

            @Override
            public void visit(Text text) {
                links(text);
            }
        });
        return document;
    }

    private static void task(Text text) {
        Matcher task = TASK.matcher(text.getLiteral());
        if (task.lookingAt()) {
            text.setLiteral(
                    (task.group(1).isBlank() ? "☐" : "☑") + text.getLiteral().substring(task.end()));
        }
    }

    private static void links(Text text) {
        String literal = text.getLiteral();
        int plain = 0;
        for (Span span : ADDRESSES.extractSpans(literal)) {
            int start = span.getBeginIndex();
            if (span instanceof LinkSpan address && (start == 0 || JOINTS.indexOf(literal.charAt(start - 1)) < 0)) {
                String shown = literal.substring(start, span.getEndIndex());
                Link link = new Link((address.getType() == LinkType.WWW ? "http://" : "") + shown, null);
                link.appendChild(new Text(shown));
                text.insertBefore(new Text(literal.substring(plain, start)));
                text.insertBefore(link);
                plain = span.getEndIndex();
            }
        }
        text.setLiteral(literal.substring(plain));
    }
}
