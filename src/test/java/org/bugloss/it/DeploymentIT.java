package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.Filters;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;

@OnServer
class DeploymentIT {

    @ArquillianResource
    Http bugloss;

    @ArquillianResource
    URL url;

    @Test
    void answersThatItIsUp() {
        Http.Answer answer = bugloss.get("/api/health");

        assertEquals(200, answer.status(), answer::toString);
        assertEquals("UP", answer.json().getString("status"));
    }

    /** Each brings a licence, which whoever passes the WAR on must keep. */
    @Test
    void theNoticeNamesEachLibraryThatIsInTheWar() throws IOException {
        WebArchive war = Wars.built();
        String notice;
        try (InputStream text = war.get("/META-INF/NOTICE").getAsset().openStream()) {
            notice = new String(text.readAllBytes(), StandardCharsets.UTF_8);
        }
        List<String> named = Pattern.compile("(?m)^  ([a-z0-9, -]+?) {2,}")
                .matcher(notice)
                .results()
                .flatMap(line -> Stream.of(line.group(1).split(", ")))
                .toList();
        List<String> libraries = war.getContent(Filters.include("/WEB-INF/lib/.*\\.jar")).keySet().stream()
                .map(path -> path.get().replaceAll(".*/|-\\d.*", ""))
                .toList();
        assertFalse(libraries.isEmpty());
        List<String> missing = libraries.stream()
                .filter(library -> named.stream().noneMatch(name -> (library + "-").startsWith(name + "-")))
                .toList();
        assertEquals(List.of(), missing);
    }

    @Test
    void isBelowTheContextThatIsNamedLikeTheWar() {
        assertEquals("/bugloss/", url.getPath());
    }
}
