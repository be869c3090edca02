package org.bugloss.trackers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How the hooks of each tracker prove themselves, with the vectors that their makers publish. */
class HookProofTest {

    private static final String PUBLISHED = "It's a Secret to Everybody";
    private static final String OF_HELLO = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    private static final String STANDARD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final Instant SIGNED = Instant.ofEpochSecond(1614265330);

    /** A message, with the secret of its system. */
    private record Message(IssueTracker tracker, String secret, String body, String query, Instant at) {

        boolean isProved(String... headers) {
            Trackers trackers = TestTrackers.of(tracker, "acme");
            Map<String, String> map = new HashMap<>();
            for (int i = 0; i < headers.length; i += 2) {
                map.put(headers[i].toLowerCase(Locale.ROOT), headers[i + 1]);
            }
            HookRequest hook = new HookRequest(
                    trackers.system("acme").orElseThrow(), map, query, body.getBytes(StandardCharsets.UTF_8), at);
            return trackers.isHookProved(hook, List.of(new HookSecret("another"), new HookSecret(secret)));
        }
    }

    private static Message message(IssueTracker tracker, String secret, String body) {
        return new Message(tracker, secret, body, null, SIGNED);
    }

    private static String basic(String pair) {
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void gitHubAndRedmineAgreeOnTheirPublishedVector() {
        assertTrue(message(new GitHub(), PUBLISHED, "Hello, World!").isProved("X-Hub-Signature-256", OF_HELLO));
        assertTrue(message(new Redmine(), PUBLISHED, "Hello, World!").isProved("X-Redmine-Signature-256", OF_HELLO));
    }

    @Test
    void jiraProvesItsPublishedVector() {
        assertTrue(message(new Jira(), PUBLISHED, "Hello World!")
                .isProved(
                        "X-Hub-Signature", "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"));
    }

    @Test
    void launchpadAndOpenProjectSignWithSha1() {
        String signature = "sha1=de75f136c37d89f5eb24834468c1ecd602fa95dd";
        assertTrue(message(new Launchpad(), "sekrit", "{\"foo\": \"bar\"}").isProved("X-Hub-Signature", signature));
        assertTrue(message(new OpenProject(), "sekrit", "{\"foo\": \"bar\"}").isProved("X-OP-Signature", signature));
    }

    @Test
    void giteaAndForgejoSignWithoutAPrefix() {
        String digits = OF_HELLO.substring("sha256=".length());
        Message hello = message(new Gitea(), PUBLISHED, "Hello, World!");
        assertTrue(hello.isProved("X-Gitea-Signature", digits));
        assertTrue(hello.isProved("X-Forgejo-Signature", digits));
        assertFalse(hello.isProved("X-Gitea-Signature", OF_HELLO));
    }

    @Test
    void aSignatureIsRefusedThatIsWrongCutShortLengthenedEmptyOrOfAnotherBody() {
        Message hello = message(new GitHub(), PUBLISHED, "Hello, World!");
        assertFalse(hello.isProved());
        assertFalse(hello.isProved("X-Hub-Signature-256", "sha256="));
        assertFalse(hello.isProved("X-Hub-Signature-256", ""));
        assertFalse(hello.isProved("X-Hub-Signature-256", OF_HELLO.substring(0, OF_HELLO.length() - 2)));
        assertFalse(hello.isProved("X-Hub-Signature-256", OF_HELLO + "00"));
        assertFalse(hello.isProved("X-Hub-Signature-256", OF_HELLO.replace('7', '8')));
        assertFalse(hello.isProved("X-Hub-Signature-256", OF_HELLO + "," + OF_HELLO));
        assertFalse(hello.isProved("X-Hub-Signature-256", OF_HELLO.substring("sha256=".length())));
        assertFalse(hello.isProved("X-Hub-Signature", OF_HELLO));
        assertFalse(message(new GitHub(), PUBLISHED, "Hello, World").isProved("X-Hub-Signature-256", OF_HELLO));
        assertFalse(message(new GitHub(), "It's a secret", "Hello, World!").isProved("X-Hub-Signature-256", OF_HELLO));
    }

    @Test
    void nothingStandsInForASignatureThatIsWrong() {
        String wrong = OF_HELLO.replace('7', '8');
        assertFalse(message(new GitHub(), PUBLISHED, "x")
                .isProved("X-Hub-Signature-256", wrong, "Authorization", "Bearer " + PUBLISHED));
        assertFalse(message(new Redmine(), PUBLISHED, "x")
                .isProved("X-Redmine-Signature-256", wrong, "Authorization", basic("hook:" + PUBLISHED)));
        assertFalse(message(new Jira(), PUBLISHED, "x")
                .isProved("X-Hub-Signature", wrong, "Authorization", basic("hook:" + PUBLISHED)));
    }

    @Test
    void theHeadersOfAnotherTrackerProveNothing() {
        String digits = OF_HELLO.substring("sha256=".length());
        assertFalse(message(new GitHub(), PUBLISHED, "Hello, World!").isProved("X-Gitea-Signature", digits));
        assertFalse(message(new Gitea(), PUBLISHED, "Hello, World!").isProved("X-Hub-Signature-256", OF_HELLO));
        assertFalse(message(new GitHub(), PUBLISHED, "x").isProved("X-Gitlab-Token", PUBLISHED));
        assertFalse(message(new Redmine(), PUBLISHED, "Hello, World!").isProved("X-Hub-Signature-256", OF_HELLO));
        assertFalse(message(new Trac(), PUBLISHED, "Hello, World!").isProved("X-Hub-Signature-256", OF_HELLO));
    }

    @Test
    void gitLabSendsItsTokenOrSigns() {
        String[] signed = {
            "webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp", "1614265330",
            "webhook-signature", "v1a,bm9uZQ== v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        };
        Message test = message(new GitLab(), STANDARD, "{\"test\": 2432232314}");
        assertTrue(test.isProved(signed));
        assertTrue(message(new GitLab(), "a token", "{}").isProved("X-Gitlab-Token", "a token"));
        assertFalse(message(new GitLab(), "a token", "{}").isProved("X-Gitlab-Token", "a toke"));
        assertFalse(message(new GitLab(), STANDARD, "{}").isProved("X-Gitlab-Token", STANDARD), "a key is never sent");
        signed[5] = "v1,AAAA";
        assertFalse(test.isProved(signed));
    }

    @Test
    void gitLabsTokenDoesNotStandInForASignatureThatIsWrong() {
        assertFalse(message(new GitLab(), "a token", "{}")
                .isProved(
                        "X-Gitlab-Token", "a token",
                        "webhook-id", "1",
                        "webhook-timestamp", "1614265330",
                        "webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    @Test
    void aSignedMessageIsRefusedThatIsOlderThanFiveMinutesOrFromTheFuture() {
        String[] signed = {
            "webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp", "1614265330",
            "webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        };
        List<Boolean> proved = List.of(300L, 301L, -300L, -301L).stream()
                .map(seconds -> new Message(
                                new GitLab(), STANDARD, "{\"test\": 2432232314}", null, SIGNED.plusSeconds(seconds))
                        .isProved(signed))
                .toList();
        assertEquals(List.of(true, false, true, false), proved);
        for (String time : List.of("", "x", "99999999999999999999", "9223372036854775807", "-1")) {
            signed[3] = time;
            assertFalse(
                    message(new GitLab(), STANDARD, "{\"test\": 2432232314}").isProved(signed), time);
        }
    }

    @Test
    void azureRedmineAndJiraSendAPasswordWhoeverTheUserIs() {
        for (IssueTracker tracker : List.of(new AzureBoards(), new Redmine(), new Jira())) {
            Message message = message(tracker, "pass:word", "{}");
            assertTrue(message.isProved("Authorization", basic("hook:pass:word")));
            assertTrue(message.isProved("authorization", basic(":pass:word").replace("Basic", "basic")));
            assertFalse(message.isProved("Authorization", basic("hook:pass:wor")));
            assertFalse(message.isProved("Authorization", basic("pass:word")));
            assertFalse(message.isProved("Authorization", "Basic !"));
        }
        assertFalse(message(new GitHub(), "secret", "{}").isProved("Authorization", basic("hook:secret")));
    }

    @Test
    void youTrackSendsATokenInItsHeader() {
        assertTrue(message(new YouTrack(), "token", "{}").isProved("X-YouTrack-Token", "token"));
        assertFalse(message(new YouTrack(), "token", "{}").isProved("X-YouTrack-Token", "secret"));
    }

    @Test
    void anyTrackerMaySendTheSecretAsABearerToken() throws Exception {
        for (Class<?> type : BuiltInTrackers.all()) {
            IssueTracker tracker = (IssueTracker) type.getDeclaredConstructor().newInstance();
            assertTrue(message(tracker, "secret", "{}").isProved("Authorization", "Bearer secret"), type::getName);
            assertFalse(message(tracker, "secret", "{}").isProved("Authorization", "Bearer secre"), type::getName);
            assertFalse(message(tracker, "secret", "{}").isProved("Authorization", "Bearer"), type::getName);
            assertFalse(message(tracker, "secret", "{}").isProved(), type::getName);
        }
    }

    @Test
    void onlyOldJiraMayHaveTheSecretInItsUrl() throws Exception {
        for (Class<?> type : BuiltInTrackers.all()) {
            IssueTracker tracker = (IssueTracker) type.getDeclaredConstructor().newInstance();
            assertEquals(
                    tracker instanceof Jira,
                    new Message(tracker, "se cret", "{}", "a=b&secret=se%20cret", SIGNED).isProved(),
                    type::getName);
            assertFalse(new Message(tracker, "secret", "{}", "secret=", SIGNED).isProved(), type::getName);
        }
    }

    @Test
    void anEmptySecretIsNone() {
        assertThrows(IllegalArgumentException.class, () -> new HookSecret(""));
    }

    @Test
    void nothingShowsASecret() {
        HookRequest hook = new HookRequest(
                TestBugUrls.system("Jira", "https://acme.example", null, null),
                Map.of("authorization", "Bearer s3cret"),
                "secret=s3cret",
                "s3cret".getBytes(StandardCharsets.UTF_8),
                SIGNED);
        assertEquals("HookSecret[given] HookRequest[test, 6 bytes]", new HookSecret("s3cret") + " " + hook);
    }
}
