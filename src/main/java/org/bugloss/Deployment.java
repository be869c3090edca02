package org.bugloss;

import jakarta.annotation.PostConstruct;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.TransactionManagement;
import jakarta.ejb.TransactionManagementType;
import jakarta.inject.Inject;
import java.util.List;
import org.bugloss.audience.Audience;
import org.bugloss.cache.DetailsSettings;
import org.bugloss.callers.Issuer;
import org.bugloss.callers.OidcSettings;
import org.bugloss.changes.ChangeCleaning;
import org.bugloss.changes.ChangeSettings;
import org.bugloss.configuration.Keys;
import org.bugloss.configuration.Version;
import org.bugloss.configuration.WrongConfiguration;
import org.bugloss.database.DatabaseSettings;
import org.bugloss.database.DatabaseWatch;
import org.bugloss.details.LookupLimit;
import org.bugloss.details.ScriptedOverrides;
import org.bugloss.hooks.HookSecrets;
import org.bugloss.notify.Notifications;
import org.bugloss.outbound.OutboundClient;
import org.bugloss.outbound.OutboundKeys;
import org.bugloss.page.Demonstration;
import org.bugloss.refresh.PauseWatch;
import org.bugloss.refresh.RefreshSettings;
import org.bugloss.trackers.PausedSystems;
import org.bugloss.trackers.TrackerSystem;
import org.bugloss.trackers.Trackers;
import org.bugloss.web.AccessSettings;
import org.bugloss.web.Proxies;

/**
 * What must be right before the first request: the configuration, the tables, the trackers. Where one is wrong, the
 * deployment stops, and one line in the log says which and why.
 */
@Startup
@Singleton
@TransactionManagement(TransactionManagementType.BEAN)
public class Deployment {

    private static final System.Logger LOG = System.getLogger(Deployment.class.getName());
    private static final int MAX_CAUSES = 20;

    @Inject
    private Wiring wiring;

    @Inject
    private DatabaseWatch watch;

    @Inject
    private ScriptedOverrides scriptedOverrides;

    @Inject
    private ChangeCleaning changeCleaning;

    @Inject
    private Notifications notifications;

    @Inject
    private PauseWatch pauses;

    @Inject
    private Readiness ready;

    @Inject
    private Measures measures;

    @Inject
    private Trackers trackers;

    @Inject
    private OutboundClient client;

    @PostConstruct
    void prepare() {
        try {
            Keys keys = wiring.keys();
            // Read for the sake of the errors: the beans themselves are made when somebody first needs them.
            DetailsSettings.from(keys);
            RefreshSettings.from(keys);
            ChangeSettings.from(keys);
            OutboundKeys.maxBytes(keys);
            AccessSettings access = AccessSettings.from(keys);
            Proxies.from(keys);
            OidcSettings oidc = OidcSettings.from(keys);
            LookupLimit.from(keys, wiring.clock());
            Demonstration.isOn(keys);
            HookSecrets.check(keys);
            PausedSystems.check(keys);
            trackers.names();
            // Through the proxy, so that the client is made now: it reads the outbound keys and the truststore.
            String unused = client.toString();
            List<String> systems = keys.list("bugloss.systems");
            keys.unknown(systems).forEach(Deployment::warnOfUnknown);
            oidc.warnings().forEach(warning -> LOG.log(System.Logger.Level.WARNING, warning));
            tellOfAudiences(keys);
            warnWhereNobodyMayCall(access, oidc);
            watch.begin(() -> {
                pauses.begin();
                ready.hasTables(readyLine(access, oidc));
            });
            scriptedOverrides.begin();
            measures.begin();
            changeCleaning.begin();
            notifications.begin();
        } catch (RuntimeException e) {
            throw wrongConfiguration(e);
        }
    }

    /** What an administrator wants to see first: which version it is, on what, and who may call. */
    private String readyLine(AccessSettings access, OidcSettings oidc) {
        List<String> issuers = oidc.issuers().stream().map(Issuer::name).toList();
        List<String> systems =
                trackers.systems().stream().map(TrackerSystem::name).toList();
        return "Bugloss is ready. Version: " + Version.current() + ". Database: " + DatabaseSettings.current()
                + ". Callers: " + access.summary() + (issuers.isEmpty() ? "" : ", issuers " + listed(issuers))
                + ". Trackers: " + listed(trackers.names()) + ". Systems: " + listed(systems) + ".";
    }

    private static String listed(List<String> names) {
        return names.isEmpty() ? "none" : String.join(", ", names);
    }

    private static void warnWhereNobodyMayCall(AccessSettings access, OidcSettings oidc) {
        if (!access.letsAnybodyIn() && oidc.issuers().isEmpty()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "Nobody may call: give tokens (bugloss.tokens), issuers (bugloss.oidc), or let strangers in (bugloss.anonymous)");
        }
    }

    private void tellOfAudiences(Keys keys) {
        List<String> names =
                trackers.systems().stream().map(TrackerSystem::name).toList();
        List<String> withCredentials = trackers.systems().stream()
                .filter(system -> system.credentials().given())
                .map(TrackerSystem::name)
                .toList();
        Audience.from(keys, names)
                .remarks(keys, withCredentials)
                .forEach(remark -> LOG.log(System.Logger.Level.WARNING, remark));
    }

    private static void warnOfUnknown(String key) {
        String why = Keys.systemOf(key)
                .map(system -> " configures a system that bugloss.systems does not name: " + system)
                .orElse(" is no key of Bugloss: is it misspelt?");
        LOG.log(System.Logger.Level.WARNING, key + why);
    }

    /** Containers bury the reason under stack traces, so it is told in a line of its own first. */
    private static RuntimeException wrongConfiguration(RuntimeException thrown) {
        Throwable cause = thrown;
        for (int i = 0; cause != null && i < MAX_CAUSES; i++, cause = cause.getCause()) {
            if (cause instanceof WrongConfiguration wrong) {
                LOG.log(System.Logger.Level.ERROR, "Bugloss can't start: " + wrong.getMessage());
                return wrong;
            }
        }
        return thrown;
    }
}
