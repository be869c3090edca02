package org.bugloss.scripts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A page of the documentation, or a chapter of one, for tests that do what it says. A page that says something else than the
 * test expects fails it: that is the point.
 *
 * @param name for messages
 */
public record Markdown(String name, List<String> lines) {

    private static final String FENCE = "```";

    /** @param page from the project's root, as {@code README.md} */
    public static Markdown of(String page) {
        try {
            return new Markdown(page, Files.readAllLines(Path.of(page)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What stands below a heading, with the headings below that. */
    public Markdown chapter(String heading) {
        List<String> chapter = new ArrayList<>();
        int level = 0;
        boolean code = false;
        for (String line : lines) {
            code ^= line.startsWith(FENCE);
            int depth =
                    code ? 0 : line.length() - line.replaceFirst("^#+(?= )", "").length();
            if (level > 0 && depth > 0 && depth <= level) {
                break;
            }
            if (level > 0) {
                chapter.add(line);
            } else if (depth > 0 && line.substring(depth).strip().equals(heading)) {
                level = depth;
            }
        }
        if (level == 0) {
            throw new AssertionError(name + " has no chapter " + heading);
        }
        return new Markdown(name + ", " + heading, chapter);
    }

    /** The blocks of code in a language; {@code ""} for those that name none. Each ends with a line end. */
    public List<String> blocks(String language) {
        List<String> blocks = new ArrayList<>();
        StringBuilder block = null;
        String of = "";
        for (String line : lines) {
            if (!line.startsWith(FENCE)) {
                if (block != null) {
                    block.append(line).append('\n');
                }
            } else if (block == null) {
                block = new StringBuilder();
                of = line.substring(FENCE.length());
            } else {
                if (of.equals(language)) {
                    blocks.add(block.toString());
                }
                block = null;
            }
        }
        return blocks;
    }

    /** The only block in a language. */
    public String block(String language) {
        List<String> blocks = blocks(language);
        if (blocks.size() != 1) {
            throw new AssertionError(name + " has " + blocks.size() + " blocks of " + language + ", not one");
        }
        return blocks.get(0);
    }

    /** A text of the page with another in its place, which must be there: an address that is an example, for one that answers. */
    public static String replaced(String text, String... pairs) {
        String result = text;
        for (int i = 0; i < pairs.length; i += 2) {
            if (!result.contains(pairs[i])) {
                throw new AssertionError("\"" + pairs[i] + "\" is not in:\n" + text);
            }
            result = result.replace(pairs[i], pairs[i + 1]);
        }
        return result;
    }
}
