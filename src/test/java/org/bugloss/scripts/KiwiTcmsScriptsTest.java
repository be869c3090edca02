package org.bugloss.scripts;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes beside a Kiwi TCMS has tests of its own, in its own language. */
class KiwiTcmsScriptsTest {

    @TempDir
    Path scratch;

    @Test
    void theTestsOfTheScriptsForKiwiTcmsPass() throws Exception {
        Script.assumeThere("python3");
        Script.Ran ran = Script.run(
                scratch,
                Map.of(),
                List.of("python3", "-W", "error", "-m", "unittest", "discover", "-s", "src/kiwitcms/tests"));
        assertEquals(0, ran.code(), ran::err);
    }
}
