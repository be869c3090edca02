package org.bugloss.callers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bugloss.configuration.TestKeys;
import org.bugloss.configuration.WrongConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OidcSettingsTest {

    @TempDir
    Path folder;

    @Test
    void issuersAreReadAsTheyAreConfigured() {
        OidcSettings settings = settings(
                "bugloss.oidc", "corp",
                "bugloss.oidc.corp.client-id", "bugloss",
                "bugloss.oidc.corp.client-secret", "hush",
                "bugloss.oidc.corp.readers", "*",
                "bugloss.oidc.corp.editors", "qa,/leads",
                "bugloss.oidc.corp.require", "hd:corp.example,https://example/tenant:*",
                "bugloss.public-url", "https://bugs.example/bugloss/");
        assertEquals(
                List.of(new Issuer(
                        "corp",
                        "https://sso.example/realms/corp",
                        Optional.of("api"),
                        Optional.of(new Issuer.Client("bugloss", Optional.of("hush"))),
                        new ClaimRules(
                                "bugloss.oidc.corp.",
                                Optional.empty(),
                                List.of("groups"),
                                Set.of("*"),
                                Set.of("qa", "/leads"),
                                List.of(
                                        new Requirement("hd", "corp.example", false),
                                        new Requirement("https://example/tenant", "", true))))),
                settings.issuers());
        assertEquals(Optional.of(new PublicUrl("https://bugs.example", "/bugloss")), settings.publicUrl());
        assertTrue(!settings.toString().contains("hush"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bugloss.oidc                  | token",
                "bugloss.oidc                  | callback",
                "bugloss.oidc                  | corp,corp",
                "bugloss.oidc                  | a.b",
                "bugloss.oidc                  | 0",
                "bugloss.oidc.corp.issuer      | ''",
                "bugloss.oidc.corp.issuer      | sso.example",
                "bugloss.oidc.corp.issuer      | https://sso.example/?realm=corp",
                "bugloss.oidc.corp.audience    | ''",
                "bugloss.oidc.corp.require     | repository",
                "bugloss.oidc.corp.require     | ref:*/main",
                "bugloss.oidc.corp.require     | :main",
                "bugloss.oidc.corp.client-id   | bugloss",
                "bugloss.oidc.corp.client-secret | hush",
                "bugloss.public-url            | http://bugs.example/",
                "bugloss.public-url            | https://bugs.example/?a=b",
                "bugloss.public-url            | bugs.example",
                "bugloss.session.key-file      | /nowhere/at/all",
            })
    void aWrongValueIsToldByItsKey(String key, String value) {
        String message = assertThrows(WrongConfiguration.class, () -> settings("bugloss.oidc", "corp", key, value))
                .getMessage();
        String named = key.equals("bugloss.oidc.corp.client-id") ? "bugloss.public-url" : key;
        assertTrue(message.startsWith(named), message);
        assertTrue(!message.contains("hush"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://token.actions.githubusercontent.com", "https://gitlab.com", "https://GitLab.com"})
    void whereEverybodyCanGetTokensSomebodyMustBeLeftOut(String url) {
        for (String require : new String[] {"", "repository:*"}) {
            String message = assertThrows(
                            WrongConfiguration.class,
                            () -> settings(
                                    "bugloss.oidc",
                                    "corp",
                                    "bugloss.oidc.corp.issuer",
                                    url,
                                    "bugloss.oidc.corp.require",
                                    require))
                    .getMessage();
            assertTrue(message.startsWith("bugloss.oidc.corp.require"), message);
        }
        settings(
                "bugloss.oidc",
                "corp",
                "bugloss.oidc.corp.issuer",
                url,
                "bugloss.oidc.corp.require",
                "repository:acme/*");
    }

    @Test
    void keysOfTheCookieAreReadFromTheirFile() throws IOException {
        Path file = folder.resolve("keys");
        Files.writeString(
                file, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\nAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
        assertEquals(
                List.of(0, 1),
                settings("bugloss.session.key-file", file.toString()).sessionKeys().stream()
                        .map(key -> (int) key[0])
                        .toList());
        for (String wrong : new String[] {"", "c2hvcnQ=", "not base64"}) {
            Files.writeString(file, wrong);
            String message = assertThrows(
                            WrongConfiguration.class, () -> settings("bugloss.session.key-file", file.toString()))
                    .getMessage();
            assertTrue(message.contains("32 bytes in base64"), message);
        }
    }

    @Test
    void anIssuerOfPlainHttpIsWarnedOf() {
        assertEquals(List.of(), settings("bugloss.oidc", "corp").warnings());
        assertEquals(
                List.of(),
                settings("bugloss.oidc", "corp", "bugloss.oidc.corp.issuer", "http://127.0.0.1:81")
                        .warnings());
        assertEquals(
                1,
                settings("bugloss.oidc", "corp", "bugloss.oidc.corp.issuer", "http://sso.corp")
                        .warnings()
                        .size());
    }

    private static OidcSettings settings(String... more) {
        List<String> keys = new ArrayList<>(List.of(
                "bugloss.oidc.corp.issuer", "https://sso.example/realms/corp",
                "bugloss.oidc.corp.audience", "api"));
        keys.addAll(List.of(more));
        return OidcSettings.from(TestKeys.keys(keys.toArray(String[]::new)));
    }
}
