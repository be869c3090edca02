package org.bugloss.notify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bugloss.changes.ChangeKind;
import org.bugloss.changes.ChangeSelection;
import org.bugloss.configuration.Keys;
import org.bugloss.configuration.TestKeys;
import org.bugloss.configuration.WrongConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NotifySettingsTest {

    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final Instant NOW = Instant.parse("2026-11-22T09:00:00Z");

    private static Keys keys(String... more) {
        String[] all = {
            "bugloss.notify",
            "chat",
            "bugloss.notify.chat.url",
            "https://chat.example/hooks/t0ken",
            "bugloss.notify.chat.secret",
            SECRET
        };
        String[] both = new String[all.length + more.length];
        System.arraycopy(all, 0, both, 0, all.length);
        System.arraycopy(more, 0, both, all.length, more.length);
        return TestKeys.keys(both);
    }

    private static NotifySettings settings(String... more) {
        return NotifySettings.from(keys(more), List.of("shop", "github"));
    }

    @Test
    void anEndpointIsSentWhatIsResolvedAndReopenedUnlessItSaysOtherwise() {
        assertEquals(
                new ChangeSelection(Set.of(ChangeKind.RESOLVED, ChangeKind.REOPENED), Set.of(), Set.of(), Set.of()),
                settings().endpoints().get(0).selection());
        assertEquals(
                new ChangeSelection(Set.of(ChangeKind.GONE), Set.of("shop"), Set.of(), Set.of()),
                settings("bugloss.notify.chat.kinds", "gone", "bugloss.notify.chat.systems", "shop")
                        .endpoints()
                        .get(0)
                        .selection());
    }

    @ParameterizedTest
    @CsvSource({
        "bugloss.notify, 'a.b'",
        "bugloss.notify, 'chat,chat'",
        "bugloss.notify, 'chat,other'",
        "bugloss.notify.chat.url, 'ftp://t0ken.example/'",
        "bugloss.notify.chat.secret, MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "bugloss.notify.chat.secret, whsec_dG9vIHNob3J0",
        "bugloss.notify.chat.secret, whsec_%%%",
        "bugloss.notify.chat.kinds, 'resolved,fixed'",
        "bugloss.notify.chat.systems, other"
    })
    void whatIsWrongStopsTheDeploymentAndShowsNoSecret(String key, String value) {
        WrongConfiguration wrong = assertThrows(WrongConfiguration.class, () -> settings(key, value));

        String message = String.valueOf(wrong.getMessage());
        assertTrue(message.startsWith("bugloss.notify"), message);
        assertFalse(message.contains("t0ken") || message.contains("MfKQ") || message.contains("dG9v"), message);
    }

    @Test
    void noKeyOfAnEndpointIsTakenForAMisspeltOne() {
        assertEquals(Set.of(), keys("bugloss.notify.chat.kinds", "gone").unknown(List.of()));
        assertEquals(
                Set.of("bugloss.notify.chat.kind"),
                keys("bugloss.notify.chat.kind", "gone").unknown(List.of()));
    }

    @Test
    void nothingOfAnEndpointThatIsSecretIsShown() {
        String shown = settings().toString();

        assertFalse(shown.contains("t0ken") || shown.contains("MfKQ"), shown);
    }

    @Test
    void aMessageIsSignedAsTheVectorOfStandardWebhooksHasIt() {
        Signature signature = new Signature(Base64.getDecoder().decode(SECRET.substring("whsec_".length())));

        assertEquals(
                Map.of(
                        "webhook-id",
                        "msg_p5jXN8AQM9LWM0D4loKWxJek",
                        "webhook-timestamp",
                        "1614265330",
                        "webhook-signature",
                        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
                signature.headers(
                        "msg_p5jXN8AQM9LWM0D4loKWxJek", Instant.ofEpochSecond(1614265330), "{\"test\": 2432232314}"));
    }

    @Test
    void theWaitDoublesUpToAnHourAndEndsAfterThreeDays() {
        assertWithinATenth(Duration.ofSeconds(5), 1);
        assertWithinATenth(Duration.ofSeconds(10), 2);
        assertWithinATenth(Duration.ofSeconds(40), 4);
        assertWithinATenth(Duration.ofHours(1), 60);
        assertEquals(NOW.plusSeconds(1), Backoff.next(9, NOW.plusSeconds(1).minus(Duration.ofDays(3)), null, NOW));
        assertEquals(null, Backoff.next(9, NOW.minus(Duration.ofDays(3)), null, NOW));
    }

    private static void assertWithinATenth(Duration wait, int failures) {
        Duration waited = Duration.between(NOW, Backoff.next(failures, NOW, null, NOW));
        assertTrue(
                waited.toMillis() >= wait.toMillis() * 9 / 10 && waited.toMillis() <= wait.toMillis() * 11 / 10,
                waited.toString());
    }

    @Test
    void anEndpointMayAskForAWaitOfADayAtMost() {
        assertEquals(NOW.plusSeconds(600), Backoff.next(1, NOW, NOW.plusSeconds(600), NOW));
        assertEquals(NOW.plus(Duration.ofDays(1)), Backoff.next(1, NOW, NOW.plus(Duration.ofDays(2)), NOW));
    }
}
