package org.bugloss.html;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jsoup.nodes.Element;
import org.jsoup.select.Evaluator;
import org.jsoup.select.QueryParser;

/**
 * Tells a page that asks who one is from the page that was asked for.
 *
 * <p>Either the address gives it away, where the request was redirected to one that only serves to sign in; or the page
 * itself, whose title says nothing else and which has little but a form. Many bug trackers have a small sign-in form in
 * the header of every page, and bugs are called "Login": neither is enough.
 */
final class SignInPage {

    /** Path segments, without punctuation and extension, that address a sign-in. */
    private static final Set<String> SEGMENTS = Set.of(
            "login",
            "logon",
            "signin",
            "signon",
            "loginpage",
            "userlogin",
            "wplogin",
            "dologin",
            "authwall",
            "sso",
            "singlesignon",
            "cas",
            "adfs",
            "auth",
            "authenticate",
            "authentication",
            "authorize",
            "authorise",
            "oauth",
            "oauth2",
            "openid",
            "openidconnect",
            "saml",
            "saml2");

    /** First labels of hosts that only serve to sign in. */
    private static final Set<String> HOST_LABELS =
            Set.of("login", "logon", "signin", "sso", "auth", "oauth", "accounts", "idp", "adfs", "cas", "passport");

    /** Hosts that only serve to sign in, and whose name does not say so. */
    private static final Set<String> HOSTS = Set.of("id.atlassian.com", "id.heroku.com", "id.sap.com");

    /** Domains below which every host is one organisation's sign-in. */
    private static final List<String> DOMAINS = List.of(".okta.com", ".auth0.com", ".onelogin.com", ".b2clogin.com");

    private static final Set<String> PHRASES = lines("""
            sign in
            sign-in
            signin
            sign on
            log in
            log-in
            login
            log on
            logon
            please sign in
            please log in
            user login
            member login
            account login
            login required
            login page
            sign in required
            authentication required
            sign in to your account
            log in to your account
            sign in or register
            log in or sign up
            sign in or sign up
            anmelden
            anmeldung
            einloggen
            bitte anmelden
            connexion
            se connecter
            identification
            authentification
            iniciar sesión
            iniciar sesion
            inicio de sesión
            acceder
            ingresar
            inicia sessió
            accedi
            accesso
            entrar
            iniciar sessão
            fazer login
            inloggen
            aanmelden
            logga in
            inloggning
            log ind
            log på
            logg inn
            logg på
            kirjaudu
            kirjaudu sisään
            kirjautuminen
            sisäänkirjautuminen
            zaloguj
            zaloguj się
            logowanie
            přihlášení
            přihlásit se
            prihlásenie
            prihlásiť sa
            prijava
            bejelentkezés
            autentificare
            conectare
            вход
            войти
            авторизация
            вход в систему
            вхід
            увійти
            авторизація
            σύνδεση
            είσοδος
            giriş
            giriş yap
            oturum aç
            ログイン
            サインイン
            로그인
            登录
            登錄
            登入
            用户登录
            用戶登入
            đăng nhập
            """);

    /** "Sign in to GitHub", "Log in to continue"; not a sentence. */
    private static final Pattern SIGN_IN_TO =
            Pattern.compile("(?:please )?(?:sign|log) ?(?:in|on)(?:to| to| with) \\S{1,40}(?: \\S{1,40}){0,2}");

    /** What stands in a title beside the summary of a bug, but not beside the name of a site. */
    private static final Pattern NUMBER = Pattern.compile("(?:#|[a-z][a-z0-9_]{0,20}[-# ]#?)?\\d+");

    private static final Evaluator HEADER = QueryParser.parse(
            "header, nav, [role=banner], [id~=(?i)(^|[-_])(header|banner|mini[-_]?login|nav|navbar)($|[-_])],"
                    + " [class~=(?i)(^|[\\s-_])(header|banner|navbar)($|[\\s-_])], [hidden]");

    /** What a sign-in asks first where it asks for the password on the next page. */
    private static final Evaluator NAME_INPUT = QueryParser.parse("input[type=email], input[autocomplete~=username],"
            + " input[name~=(?i)^(os_)?(user_?name|user|login|email|identifier|loginfmt)$]");

    private static final Evaluator PASSWORD = QueryParser.parse("input[type=password]");
    private static final Evaluator HEADINGS = QueryParser.parse("h1, h2, h3");

    /** No page has more that tell anything; hostile ones have a hundred thousand. */
    private static final int MOST_PASSWORDS = 10;

    private SignInPage() {}

    /**
     * Whether a redirect led to a sign-in.
     *
     * @param requested what was asked for
     * @param answered what answered, after redirects
     */
    static boolean redirected(URI requested, URI answered) {
        if (requested.equals(answered)) {
            return false;
        }
        boolean otherHost = !host(requested).equals(host(answered));
        return otherHost && isSignInHost(host(answered))
                || !isUnderBug(requested, answered)
                        && isSignInPath(
                                answered, segment -> !segments(requested).contains(segment));
    }

    /** Whether the last segment of the answer stands behind the number or key that was asked for: it is the bug's title. */
    private static boolean isUnderBug(URI requested, URI answered) {
        List<String> segments = segments(answered);
        return segments.size() > 2
                && !SEGMENTS.contains(segments.get(0))
                && host(requested).equals(host(answered))
                && hasDigit(segments.get(segments.size() - 2))
                && segments(requested).contains(segments.get(segments.size() - 2));
    }

    private static boolean hasDigit(String segment) {
        return segment.chars().anyMatch(Character::isDigit);
    }

    /** Whether a page may be a sign-in by its titles, so that it takes its body to know. */
    static boolean suspected(ParsedPage page) {
        return page.titles().stream().anyMatch(SignInPage::saysSignIn) || isSignInPath(page.uri(), segment -> true);
    }

    /** Whether a page, read to its end, is a sign-in. */
    static boolean recognised(ParsedPage page) {
        List<Element> passwords = page.elements()
                .select(PASSWORD)
                .limit(MOST_PASSWORDS)
                .filter(password -> password.closest(HEADER) == null)
                .toList();
        int shown = page.shownCharacters();
        if (page.titles().stream().anyMatch(SignInPage::saysSignIn)) {
            boolean asksForName = page.elements().first(NAME_INPUT).isPresent();
            return !passwords.isEmpty() && shown < 3000 || asksForName && shown < 1500 || shown < 50;
        }
        if (isSignInPath(page.uri(), segment -> true) && !passwords.isEmpty() && shown < 3000) {
            return true;
        }
        return passwords.size() == 1
                && !page.tags().hasOpenGraphTitle()
                && page.metadata().title().chars().noneMatch(Character::isDigit)
                && !headingIsInTitle(page)
                && shown - formCharacters(passwords.get(0)) < 300;
    }

    private static boolean saysSignIn(String title) {
        if (PHRASES.contains(title) || SIGN_IN_TO.matcher(title).matches()) {
            return true;
        }
        List<String> parts = ParsedPage.parts(title);
        return parts.size() == 2
                && parts.stream()
                        .anyMatch(part -> PHRASES.contains(part)
                                || SIGN_IN_TO.matcher(part).matches())
                && parts.stream().noneMatch(part -> NUMBER.matcher(part).matches());
    }

    private static boolean headingIsInTitle(ParsedPage page) {
        String title = page.metadata().title();
        return page.elements()
                .select(HEADINGS)
                .map(heading -> SafeHtml.plainText(heading.text()))
                .anyMatch(heading -> !heading.isEmpty() && title.contains(heading));
    }

    private static int formCharacters(Element password) {
        Element form = password.closest("form");
        return form == null ? 0 : form.text().length();
    }

    private static boolean isSignInHost(String host) {
        int dot = host.indexOf('.');
        return HOSTS.contains(host)
                || dot > 0 && HOST_LABELS.contains(host.substring(0, dot))
                || DOMAINS.stream().anyMatch(host::endsWith);
    }

    /** Only the first and the last segment count: in between stand names that people chose, such as a repository's. */
    private static boolean isSignInPath(URI uri, Predicate<String> counts) {
        List<String> segments = segments(uri);
        if (segments.isEmpty()) {
            return false;
        }
        String last = segments.get(segments.size() - 1);
        boolean session = segments.size() > 1
                && last.equals("new")
                && segments.get(segments.size() - 2).matches("sessions?");
        return session && counts.test("new")
                || SEGMENTS.contains(last) && counts.test(last)
                || SEGMENTS.contains(segments.get(0)) && counts.test(segments.get(0));
    }

    private static List<String> segments(URI uri) {
        String path = uri.getPath() == null ? "" : uri.getPath().toLowerCase(Locale.ROOT);
        return Arrays.stream(path.split("/"))
                .map(segment -> segment.replaceFirst("[.;!].*", "").replaceAll("[^a-z0-9]", ""))
                .filter(segment -> !segment.isEmpty())
                .toList();
    }

    private static String host(URI uri) {
        return uri.getHost() == null ? "" : uri.getHost().toLowerCase(Locale.ROOT);
    }

    private static Set<String> lines(String text) {
        return text.lines().collect(Collectors.toUnmodifiableSet());
    }
}
