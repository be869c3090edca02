package org.bugloss.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.bugloss.web.EntityTags;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StaticFileTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"\"abc\" | true", "W/\"abc\" | true", "\"x\", \"abc\" | true", "* | true", "\"ab\" | false"})
    void isKnownByItsTag(String ifNoneMatch, boolean known) {
        assertEquals(known, EntityTags.isKnown(ifNoneMatch, "\"abc\""));
    }

    /** What a page of somebody else's has to load. */
    @Test
    void theModuleIsSmall() throws IOException {
        byte[] module = Files.readAllBytes(Path.of("src/main/webapp/bugloss.js"));
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(compressed)) {
            gzip.write(module);
        }
        assertTrue(module.length <= 32_000, module.length + " bytes");
        assertTrue(compressed.size() <= 15_000, compressed.size() + " bytes compressed");
    }
}
