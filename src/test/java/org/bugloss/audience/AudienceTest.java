package org.bugloss.audience;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.bugloss.configuration.Keys;
import org.bugloss.configuration.TestKeys;
import org.bugloss.configuration.WrongConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AudienceTest {

    private static final Viewer CI = new Viewer("token:ci", Set.of("token:ci"));
    private static final Viewer QA = new Viewer("corp:ann", Set.of("group:corp:qa", "group:corp:all"));
    private static final Viewer STRANGER = Viewer.stranger("10.0.0.1");

    private static Audience of(String... keys) {
        return Audience.from(TestKeys.keys(keys), List.of("bz", "jira"));
    }

    private static List<Boolean> seen(Audience audience, Viewer viewer) {
        return List.of(
                audience.mayAsk(viewer, "bz"),
                audience.mayRead(viewer, "bz", false),
                audience.mayRead(viewer, "bz", true),
                audience.mayRead(viewer, "bz", null));
    }

    @Test
    void whereNothingIsSaidEverybodySeesAll() {
        for (Viewer viewer : List.of(CI, QA, STRANGER)) {
            assertEquals(List.of(true, true, true, true), seen(of(), viewer));
            assertTrue(of().of(viewer).isOfAll());
        }
    }

    @Test
    void whoIsNotAmongTheReadersSeesNothingAndWhoIsSeesAll() {
        Audience audience = of("bugloss.system.bz.readers", "token:ci, group:corp:qa");

        assertEquals(List.of(true, true, true, true), seen(audience, CI));
        assertEquals(List.of(true, true, true, true), seen(audience, QA));
        assertEquals(List.of(false, false, false, false), seen(audience, STRANGER));
        assertEquals(List.of(false, false, false, false), seen(audience, new Viewer("x", Set.of("token:cix"))));
        assertTrue(audience.mayRead(STRANGER, "jira", true));
    }

    @Test
    void whatIsConfidentialOrNotKnownToBeOpenIsForPrivateReadersAlone() {
        Audience audience = of("bugloss.system.bz.private-readers", "group:corp:qa");

        assertEquals(List.of(true, true, false, false), seen(audience, CI));
        assertEquals(List.of(true, true, true, true), seen(audience, QA));
    }

    @Test
    void whoIsNoReaderIsNoPrivateReader() {
        Audience audience =
                of("bugloss.system.bz.readers", "group:corp:qa", "bugloss.system.bz.private-readers", "token:ci");

        assertEquals(List.of(false, false, false, false), seen(audience, CI));
        assertEquals(List.of(true, true, false, false), seen(audience, QA));
    }

    @Test
    void pagesThatNoSystemCoversHaveAnAudienceOfTheirOwnAndSoHasWhatASystemToldThatIsNoMore() {
        Audience audience = of("bugloss.pages.readers", "token:ci");

        for (String system : new String[] {null, "gone"}) {
            assertTrue(audience.mayRead(CI, system, false));
            assertFalse(audience.mayAsk(STRANGER, system));
        }
        assertTrue(audience.mayRead(STRANGER, "bz", true));
    }

    @Test
    void nobodyAndEndpointsCanBeNamed() {
        assertEquals(List.of(true, true, false, false), seen(of("bugloss.system.bz.private-readers", "none"), CI));
        assertEquals(
                List.of(true, true, true, true),
                seen(of("bugloss.system.bz.readers", "notify:chat"), Viewer.endpoint("chat")));
    }

    @Test
    void whoLooksThroughManyBugsIsToldOfAllSystemsAtOnce() {
        Audience audience = of(
                "bugloss.system.bz.private-readers", "none",
                "bugloss.system.jira.readers", "group:corp:qa",
                "bugloss.pages.readers", "token:ci");

        assertEquals(new Sight(List.of("bz"), List.of("jira"), List.of("bz"), true), audience.of(CI));
        assertEquals(new Sight(List.of("bz", "jira"), List.of(), List.of("bz"), false), audience.of(QA));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ci",
                "tokens:ci",
                "token:",
                "token:c i",
                "group:corp",
                "group:corp:",
                "notify:",
                "*,token:ci",
                "none,token:ci",
                "Token:ci",
                "corp:ann"
            })
    void aNameThatIsNoneStopsTheDeployment(String value) {
        String message = assertThrows(WrongConfiguration.class, () -> of("bugloss.system.bz.readers", value))
                .getMessage();

        assertTrue(message.startsWith("bugloss.system.bz.readers="), message);
        assertTrue(message.contains("must be * or none alone, or names such as token:ci"), message);
    }

    @ParameterizedTest
    @CsvSource({"group:corp:/qa/leads", "group:corp:QA leads", "group:corp:a:b", "group:corp:Prüfer"})
    void aGroupMayBeCalledWhateverItsIssuerCallsIt(String value) {
        assertTrue(of("bugloss.system.bz.readers", value).mayAsk(new Viewer("x", Set.of(value)), "bz"));
    }

    private static List<String> remarks(String... keys) {
        Keys all = TestKeys.keys(keys);
        return Audience.from(all, List.of("bz", "jira")).remarks(all, List.of("bz", "jira"));
    }

    @Test
    void systemsWithCredentialsThatAreOpenToEverybodyAreToldOfInOneLine() {
        assertEquals(
                List.of("Whoever may read sees all that the credentials of these systems see, confidential bugs too:"
                        + " bz, jira. Give them credentials that see no more, or say in bugloss.system.NAME.readers and"
                        + " bugloss.system.NAME.private-readers who may"),
                remarks());
        assertEquals(
                List.of(),
                remarks(
                        "bugloss.system.bz.readers", "none",
                        "bugloss.system.jira.private-readers", "none"));
    }

    @Test
    void whoIsNamedAndIsNotThereIsToldOf() {
        assertEquals(
                List.of(
                        "bugloss.system.bz.readers: there is no such issuer in bugloss.oidc, so group:crop:qa lets nobody"
                                + " see anything",
                        "bugloss.system.bz.readers: there is no such token in bugloss.tokens, so token:cl lets nobody see"
                                + " anything",
                        "bugloss.system.jira.private-readers: there is no such endpoint in bugloss.notify, so notify:caht"
                                + " lets nobody see anything"),
                remarks(
                        "bugloss.tokens", "ci:reader:" + "a".repeat(64),
                        "bugloss.oidc", "corp",
                        "bugloss.notify", "chat",
                        "bugloss.system.bz.readers", "token:ci,token:cl,group:corp:qa,group:crop:qa,notify:chat",
                        "bugloss.system.jira.private-readers", "notify:chat,notify:caht"));
    }

    @Test
    void whoIsAPrivateReaderAloneIsToldOf() {
        assertEquals(
                List.of("bugloss.system.bz.private-readers: token:ci is not among the readers of this system, and sees"
                        + " nothing of it"),
                remarks(
                        "bugloss.tokens", "ci:reader:" + "a".repeat(64),
                        "bugloss.system.bz.readers", "none",
                        "bugloss.system.bz.private-readers", "token:ci",
                        "bugloss.system.jira.readers", "none"));
    }
}
