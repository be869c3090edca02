package org.bugloss.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URL;
import org.jboss.arquillian.test.api.ArquillianResource;
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

    @Test
    void isBelowTheContextThatIsNamedLikeTheWar() {
        assertEquals("/bugloss/", url.getPath());
    }
}
