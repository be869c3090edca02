package org.bugloss.html;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import org.bugloss.outbound.FailureReason;
import org.bugloss.outbound.FetchException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignInPageTest {

    private static final String FORM = "<form action=/login method=post><label>User <input name=username></label>"
            + "<label>Password <input type=password name=p></label><button>Sign in</button></form>";

    private final PageReader reader = new PageReader(Clock.systemUTC());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://bugs.example/login",
                "https://bugs.example/login/?next=/show/7",
                "https://bugs.example/users/sign_in",
                "https://bugs.example/signin",
                "https://bugs.example/sso/start",
                "https://bugs.example/oauth/authorize?client_id=1",
                "https://bugs.example/auth/realms/x/protocol/openid-connect/auth",
                "https://bugs.example/session/new",
                "https://bugs.example/sessions/new",
                "https://bugs.example/login.jsp?os_destination=%2Fshow%2F7",
                "https://bugs.example/secure/Login!default.jspa",
                "https://bugs.example/my/login",
                "https://bugs.example/user/login;jsessionid=1",
                "https://bugs.example/login_page.php?return=view.php",
                "https://bugs.example/wp-login.php",
                "https://bugs.example/+login",
                "https://bugs.example/_signin",
                "https://accounts.google.com/v3/identifier",
                "https://login.microsoftonline.com/common/x",
                "https://id.atlassian.com/",
                "https://acme.okta.com/app/x",
                "https://sso.corp.example/anything",
            })
    void a_redirect_to_a_place_to_sign_in_is_not_the_page(String address) {
        assertSignIn(PageResponse.of("<title>Bug 7</title><meta property=og:title content=T>")
                .withUri(address));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://bugs.example/login/issues/7",
                "https://bugs.example/acme/auth/issues/7",
                "https://bugs.example/acme/oauth-login/issues/7",
                "https://bugs.example/how-to-fix-login",
                "https://bugs.example/author/7",
                "https://www.bugs.example/show/7",
                "https://bugs.example/show/7/login-is-slow",
            })
    void a_redirect_to_another_address_of_the_page_is_the_page(String address) throws IOException {
        URI requested = URI.create("https://bugs.example/login/7");

        assertEquals(
                new PageMetadata("Bug 7", null, null, null),
                reader.read(requested, PageResponse.of("<title>Bug 7</title>").withUri(address)));
    }

    @Test
    void a_sign_in_that_says_not_found_does_not_say_that_there_is_no_bug() {
        assertSignIn(PageResponse.of("").withStatus(404).withUri("https://bugs.example/login"));
    }

    @Test
    void a_server_in_trouble_is_in_trouble_wherever_it_redirects() {
        PageResponse answer = PageResponse.of("").withStatus(503).withUri("https://bugs.example/login");

        assertEquals(
                new FailureReason("http_503"),
                assertThrows(FetchException.class, () -> reader.read(PageResponse.URL, answer))
                        .reason());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Sign in · GitLab",
                "Log in - JIRA",
                "Sign in",
                "LOGIN",
                "Login | Kiwi TCMS",
                "Bugzilla – Log in",
                "Log in to Bugzilla",
                "Sign in to GitHub · GitHub",
                "Please log in",
                "Anmelden – Tracker",
                "Se connecter",
                "Connexion - Redmine",
                "Iniciar sesión",
                "Accedi",
                "Entrar",
                "Inloggen",
                "Logga in",
                "Zaloguj się",
                "Přihlášení",
                "Вход",
                "Войти",
                "ログイン - 課題",
                "登录",
                "로그인",
                "Giriş yap",
                "Kirjaudu sisään"
            })
    void a_page_that_is_titled_as_a_sign_in_and_has_a_form_is_one(String title) {
        assertSignIn(PageResponse.of("<title>" + title + "</title><meta property=og:title content=\"" + title
                + "\"><meta property=og:description content=D></head><body>" + FORM));
    }

    @Test
    void a_sign_in_need_not_ask_for_the_password_at_once() {
        assertSignIn(PageResponse.of("<title>Sign in - Example Accounts</title><form><input type=email></form>"
                + "<p>One account for all.</p>".repeat(20)));
        assertSignIn(PageResponse.of(
                "<title>Log in with Example account</title><div id=app></div><script>start()</script>"));
    }

    @Test
    void a_page_that_is_little_but_a_form_with_a_password_is_a_sign_in_whatever_its_title() {
        assertSignIn(
                PageResponse.of("<title>JIRA</title><h1>Welcome to JIRA</h1>" + FORM + "<p>Powered by Atlassian</p>"));
    }

    @Test
    void an_address_that_was_always_a_sign_in_is_one() {
        URI login = URI.create("https://bugs.example/login");

        assertEquals(
                FailureReason.SIGN_IN_PAGE,
                assertThrows(
                                FetchException.class,
                                () -> reader.read(
                                        login,
                                        PageResponse.of("<title>Tracker</title>" + FORM)
                                                .withUri(login.toString())))
                        .reason());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "#7 (Crash on save) – Example | <div id=header>FORM</div><h1>#7: Crash on save</h1><p>It crashes.</p>",
                "0000007: Crash - MantisBT | <div class=login-box>FORM</div><p>It crashes.</p>",
                "7 – Login | <div id=header><div id=mini_login_top>FORM</div></div><h1>Login</h1><p>It fails.</p>",
                "Crash on save | <nav>FORM</nav><h1>Crash on save</h1>",
                "Crash | <aside>FORM</aside><h2>Crash</h2>",
                "Bug overview | <header>FORM</header><p>Little text.</p>",
                "Login · Issue #5 · acme/web | <p>The login is slow.</p>",
                "[ABC-5] Login - JIRA | <p>The login is slow.</p>",
                "Login | <h1>Login</h1><p>It is slow for users with many projects. It takes two minutes, and more on Mondays.</p>",
                "How to sign in to GitHub | FORM <p>Short answer.</p>",
            })
    void a_page_that_merely_has_a_form_to_sign_in_is_the_page(String title, String body) throws IOException {
        String filler = "<a href=/x>Text around</a> ".repeat(title.startsWith("How") ? 30 : 1);

        assertEquals(
                new PageMetadata(title, null, null, null),
                read("<title>" + title + "</title><body>" + body.replace("FORM", FORM) + filler));
    }

    @ParameterizedTest
    @CsvSource({
        "https://bugs.example/questions/12, https://bugs.example/questions/12/login",
        "https://bugs.example/q/12, https://bugs.example/questions/12/oauth2",
        "https://bugs.example/browse/ABC-12, https://bugs.example/browse/ABC-12/sign-in",
        "https://bugs.example/issues/12, https://bugs.example/issues/12/single-sign-on?sort=new",
    })
    void an_address_that_has_the_title_of_a_bug_behind_its_number_is_no_sign_in(String asked, String answered)
            throws IOException {
        PageResponse page =
                PageResponse.of("<title>Login fails</title><p>It is slow.</p>").withUri(answered);

        assertEquals("Login fails", reader.read(URI.create(asked), page).title());
    }

    @ParameterizedTest
    @CsvSource({
        "https://bugs.example/questions/12, https://bugs.example/login",
        "https://bugs.example/questions/12, https://bugs.example/questions/login",
        "https://bugs.example/12, https://bugs.example/12/login",
        "https://bugs.example/issues/12, https://bugs.example/sso/12/login",
        "https://bugs.example/issues/12, https://id.example/issues/12/login",
    })
    void an_address_that_only_serves_to_sign_in_is_one_still(String asked, String answered) {
        PageResponse page =
                PageResponse.of("<title>Login fails</title><p>It is slow.</p>").withUri(answered);

        assertEquals(
                FailureReason.SIGN_IN_PAGE,
                assertThrows(FetchException.class, () -> reader.read(URI.create(asked), page))
                        .reason());
    }

    @Test
    void an_article_on_signing_in_is_the_page() throws IOException {
        String body = "<p>First, open the page of the account.</p>".repeat(100);

        assertEquals(
                new PageMetadata("Sign in to Example", "A guide.", null, null),
                read("<title>Sign in to Example</title><meta property=og:title content='Sign in to Example'>"
                        + "<meta property=og:description content='A guide.'></head><body>" + body));
        assertEquals(new PageMetadata("Login - Wiki", null, null, null), read("<title>Login - Wiki</title>" + body));
    }

    private PageMetadata read(String html) throws IOException {
        return reader.read(PageResponse.URL, PageResponse.of(html));
    }

    private void assertSignIn(PageResponse answer) {
        FetchException failure = assertThrows(FetchException.class, () -> reader.read(PageResponse.URL, answer));
        assertEquals(FailureReason.SIGN_IN_PAGE, failure.reason());
        assertEquals(answer.uri().getHost() + " answered with a page to sign in", failure.getMessage());
    }
}
