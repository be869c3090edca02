package org.bugloss.web;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.bugloss.audit.Audit;
import org.bugloss.outbound.CanonicalUrl;
import org.jspecify.annotations.Nullable;

/**
 * Many objects in one body, one a line, answered line by line; a bad line never stops the good ones. Memory does not
 * grow with the body: the answers wait in a file until the whole body has been read, since a caller need not read the
 * answer while it still sends.
 */
public final class Ndjson {

    /** The media type. */
    public static final String MEDIA_TYPE = "application/x-ndjson";

    /** The largest body that is taken, in bytes. */
    public static final long MAX_BYTES = 64L * 1024 * 1024;

    /** The most lines that are taken: each costs a line of the answer, however short it is itself. */
    public static final int MAX_LINES = 1_000_000;

    private Ndjson() {}

    /** What one line asked for and what came of it. */
    public record Done(int status, String url, JsonObject more) {}

    /**
     * Carries out lines, many at a time.
     *
     * @param <T> what a line asks for
     */
    public interface Lines<T> {

        /**
         * Reads what a line asks for.
         *
         * @throws RuntimeException where that can't be: the line's own problem
         */
        T read(JsonBody line);

        /**
         * Carries out what lines asked for, all or none.
         *
         * @return what came of each, in their order
         * @throws RuntimeException where it could not be: each is then tried by itself, so that a bad one stops no good one
         */
        List<Done> carryOut(List<T> lines);
    }

    /** How many lines are carried out at once. */
    private static final int AT_ONCE = 500;

    /** As long as so many bytes, of lines of any number: memory must not grow with the body. */
    private static final long BYTES_AT_ONCE = 4L * 1024 * 1024;

    /**
     * Carries out every line, and notes it in the audit log.
     *
     * @throws Problem 413 where the body is too large; what stood before the limit has been carried out then, and the
     *     detail says up to which line
     */
    public static <T> Response carryOut(InputStream body, HttpServletRequest request, Lines<T> lines) {
        return Response.ok(answers(body, request, lines)).type(MEDIA_TYPE).build();
    }

    static <T> StreamingOutput answers(InputStream body, HttpServletRequest request, Lines<T> lines) {
        try {
            Path answers = Files.createTempFile("bugloss-", ".ndjson");
            try {
                try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(answers))) {
                    String what = request.getMethod() + " " + request.getRequestURI() + " line ";
                    new Work<>(lines, Caller.of(request).name(), request.getRemoteAddr(), what, out)
                            .carryOut(new BufferedInputStream(body));
                }
                return stream(answers);
            } catch (IOException | RuntimeException e) {
                Files.deleteIfExists(answers);
                throw e;
            }
        } catch (IOException e) {
            throw Problem.of(413, "the body could not be read to its end; at most " + MAX_BYTES + " bytes are taken");
        }
    }

    /** Of a line: what it is about. A refusal names it, so that callers need not count lines. */
    private static final String URL = "url";

    /**
     * A line that is read.
     *
     * @param url as it is typed; {@code null} where there is none that could be told
     * @param asked what it asks for, or {@code null} and the problem: why it can't be
     */
    private record Read<T>(
            int number,
            @Nullable String url,
            @Nullable T asked,
            @Nullable RuntimeException problem) {

        JsonObject refused(RuntimeException why) {
            JsonObjectBuilder answer = JSON.createObjectBuilder().add("line", number);
            if (url != null) {
                answer.add(URL, url);
            }
            Problems.of(why).document().forEach(answer::add);
            return answer.build();
        }
    }

    private static final class Work<T> {

        private final Lines<T> lines;
        private final String who;
        private final String from;
        private final String what;
        private final OutputStream out;
        private final List<Read<T>> waiting = new ArrayList<>();
        private long waitingBytes;

        Work(Lines<T> lines, String who, String from, String what, OutputStream out) {
            this.lines = lines;
            this.who = who;
            this.from = from;
            this.what = what;
            this.out = out;
        }

        void carryOut(InputStream in) throws IOException {
            long read = 0;
            int number = 0;
            boolean end = false;
            while (!end) {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                boolean tooLong = false;
                int next;
                while ((next = in.read()) >= 0) {
                    if (++read > MAX_BYTES) {
                        carryOutWhatWaits();
                        throw tooMuch("the body is over " + MAX_BYTES + " bytes", number);
                    }
                    if (next == '\n') {
                        break;
                    }
                    tooLong = tooLong || bytes.size() >= JsonBody.MAX_BYTES;
                    if (!tooLong) {
                        bytes.write(next);
                    }
                }
                end = next < 0;
                if (++number > MAX_LINES) {
                    carryOutWhatWaits();
                    throw tooMuch("the body has more than " + MAX_LINES + " lines", number - 1);
                }
                if (!isBlank(bytes)) {
                    waiting.add(read(number, tooLong, bytes.toByteArray()));
                    waitingBytes += bytes.size();
                }
                if (end || waiting.size() >= AT_ONCE || waitingBytes >= BYTES_AT_ONCE) {
                    carryOutWhatWaits();
                }
            }
        }

        private static boolean isBlank(ByteArrayOutputStream bytes) {
            return bytes.size() < JsonBody.MAX_BYTES
                    && bytes.toString(StandardCharsets.UTF_8).isBlank();
        }

        private Read<T> read(int number, boolean tooLong, byte[] bytes) {
            String url = null;
            try {
                if (tooLong) {
                    throw Problem.of(413, "the line is over " + JsonBody.MAX_BYTES + " bytes");
                }
                JsonBody line = JsonBody.parse(bytes);
                url = url(line);
                return new Read<>(number, url, lines.read(line), null);
            } catch (RuntimeException e) {
                return new Read<>(number, url, null, e);
            }
        }

        private static @Nullable String url(JsonBody line) {
            try {
                return line.text(URL, CanonicalUrl.LONGEST).orElse(null);
            } catch (Problem e) {
                // Whoever reads the line says so.
                return null;
            }
        }

        private void carryOutWhatWaits() throws IOException {
            List<Read<T>> good =
                    waiting.stream().filter(line -> line.asked() != null).toList();
            Iterator<JsonObject> answers = answers(good).iterator();
            for (Read<T> line : waiting) {
                JsonObject answer = line.problem() == null ? answers.next() : line.refused(line.problem());
                if (!answer.containsKey("detail")) {
                    Audit.did(
                            who,
                            from,
                            what + line.number() + " " + answer.getString(URL),
                            "" + answer.getInt("status"));
                }
                out.write(answer.toString().getBytes(StandardCharsets.UTF_8));
                out.write('\n');
            }
            waiting.clear();
            waitingBytes = 0;
        }

        private List<JsonObject> answers(List<Read<T>> good) {
            if (good.isEmpty()) {
                return List.of();
            }
            try {
                List<Done> done = lines.carryOut(good.stream().map(Read::asked).toList());
                List<JsonObject> answers = new ArrayList<>();
                for (int i = 0; i < good.size(); i++) {
                    answers.add(answer(good.get(i).number(), done.get(i)));
                }
                return answers;
            } catch (RuntimeException e) {
                return good.stream().map(this::alone).toList();
            }
        }

        private JsonObject alone(Read<T> line) {
            try {
                return answer(
                        line.number(), lines.carryOut(List.of(line.asked())).get(0));
            } catch (RuntimeException e) {
                return line.refused(e);
            }
        }
    }

    private static JsonObject answer(int number, Done done) {
        JsonObjectBuilder answer = JSON.createObjectBuilder()
                .add("line", number)
                .add(URL, done.url())
                .add("status", done.status());
        done.more().forEach(answer::add);
        return answer.build();
    }

    private static Problem tooMuch(String what, int lines) {
        return Problem.of(413, what + "; the lines up to line " + lines + " have been carried out");
    }

    private static StreamingOutput stream(Path answers) {
        return out -> {
            try (InputStream in = Files.newInputStream(answers)) {
                in.transferTo(out);
            } finally {
                Files.deleteIfExists(answers);
            }
        };
    }
}
