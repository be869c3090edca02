package org.bugloss.web;

import static org.bugloss.json.JsonProviders.JSON;

import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bugloss.audit.Audit;

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

    /** Carries out one line. */
    @FunctionalInterface
    public interface Line {
        Done carryOut(JsonBody body);
    }

    /**
     * Carries out every line, and notes it in the audit log.
     *
     * @throws Problem 413 where the body is too large; what stood before the limit has been carried out then, and the
     *     detail says up to which line
     */
    public static Response carryOut(InputStream body, HttpServletRequest request, Line line) {
        try {
            Path answers = Files.createTempFile("bugloss-", ".ndjson");
            try {
                try (OutputStream out = Files.newOutputStream(answers)) {
                    carryOut(new BufferedInputStream(body), request, line, out);
                }
                return Response.ok(stream(answers)).type(MEDIA_TYPE).build();
            } catch (IOException | RuntimeException e) {
                Files.deleteIfExists(answers);
                throw e;
            }
        } catch (IOException e) {
            throw Problem.of(413, "the body could not be read to its end; at most " + MAX_BYTES + " bytes are taken");
        }
    }

    private static void carryOut(InputStream in, HttpServletRequest request, Line line, OutputStream out)
            throws IOException {
        String who = Caller.of(request).name();
        String what = request.getMethod() + " " + request.getRequestURI() + " line ";
        long read = 0;
        int number = 0;
        boolean end = false;
        while (!end) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            boolean tooLong = false;
            int next;
            while ((next = in.read()) >= 0) {
                if (++read > MAX_BYTES) {
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
                throw tooMuch("the body has more than " + MAX_LINES + " lines", number - 1);
            }
            if (!bytes.toString(StandardCharsets.UTF_8).isBlank()) {
                JsonObject answer = answer(number, tooLong, bytes.toByteArray(), line);
                if (answer.containsKey("url")) {
                    Audit.did(who, what + number + " " + answer.getString("url"), String.valueOf(answer.get("status")));
                }
                out.write(answer.toString().getBytes(StandardCharsets.UTF_8));
                out.write('\n');
            }
        }
    }

    private static Problem tooMuch(String what, int lines) {
        return Problem.of(413, what + "; the lines up to line " + lines + " have been carried out");
    }

    private static JsonObject answer(int number, boolean tooLong, byte[] bytes, Line line) {
        JsonObjectBuilder answer = JSON.createObjectBuilder().add("line", number);
        try {
            if (tooLong) {
                throw Problem.of(413, "the line is over " + JsonBody.MAX_BYTES + " bytes");
            }
            Done done = line.carryOut(JsonBody.parse(bytes));
            answer.add("url", done.url()).add("status", done.status());
            done.more().forEach(answer::add);
        } catch (RuntimeException e) {
            Problems.of(e).document().forEach(answer::add);
        }
        return answer.build();
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
