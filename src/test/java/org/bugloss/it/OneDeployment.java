package org.bugloss.it;

import java.lang.annotation.Annotation;
import java.util.List;
import java.util.function.Supplier;
import org.jboss.arquillian.container.spi.client.container.DeployableContainer;
import org.jboss.arquillian.container.spi.client.deployment.DeploymentDescription;
import org.jboss.arquillian.container.spi.client.deployment.DeploymentScenario;
import org.jboss.arquillian.container.spi.event.DeployManagedDeployments;
import org.jboss.arquillian.container.spi.event.UnDeployManagedDeployments;
import org.jboss.arquillian.container.test.impl.client.deployment.AnnotationDeploymentScenarioGenerator;
import org.jboss.arquillian.container.test.impl.client.deployment.event.GenerateDeployment;
import org.jboss.arquillian.container.test.spi.client.deployment.DeploymentScenarioGenerator;
import org.jboss.arquillian.core.api.InstanceProducer;
import org.jboss.arquillian.core.api.annotation.Inject;
import org.jboss.arquillian.core.api.annotation.Observes;
import org.jboss.arquillian.core.spi.EventContext;
import org.jboss.arquillian.core.spi.LoadableExtension;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.arquillian.test.spi.TestClass;
import org.jboss.arquillian.test.spi.annotation.ClassScoped;
import org.jboss.arquillian.test.spi.enricher.resource.ResourceProvider;

/**
 * Makes Arquillian deploy once for all {@link OnServer} classes, on {@link SuiteContainer}, where it would deploy once
 * for each: most of a test run's time would go there. It also fills their {@code @ArquillianResource} fields.
 */
public final class OneDeployment implements LoadableExtension {

    @Override
    public void register(ExtensionBuilder builder) {
        builder.service(DeployableContainer.class, SuiteContainer.class)
                .override(
                        DeploymentScenarioGenerator.class, AnnotationDeploymentScenarioGenerator.class, BuiltWar.class)
                .service(ResourceProvider.class, OfHttp.class)
                .service(ResourceProvider.class, OfUpstream.class)
                .service(ResourceProvider.class, OfServer.class)
                .observer(Keeper.class);
    }

    /** Every class's deployment. */
    public static final class BuiltWar implements DeploymentScenarioGenerator {

        @Override
        public List<DeploymentDescription> generate(TestClass testClass) {
            return List.of(new DeploymentDescription("bugloss", Wars.built()).shouldBeTestable(false));
        }
    }

    /** Lets the first class's deployment be, and hands it to the classes that follow. */
    public static final class Keeper {

        @Inject
        @ClassScoped
        private InstanceProducer<DeploymentScenario> scenario;

        private DeploymentScenario kept;
        private boolean deployed;

        void generate(@Observes EventContext<GenerateDeployment> context) {
            if (kept == null) {
                context.proceed();
                kept = scenario.get();
            } else {
                scenario.set(kept);
            }
        }

        void deploy(@Observes EventContext<DeployManagedDeployments> context) {
            if (!deployed) {
                context.proceed();
                deployed = true;
            }
        }

        /** The deployment ends with its server, and that with the test run. */
        void undeploy(@Observes EventContext<UnDeployManagedDeployments> context) {
            // So: nothing.
        }
    }

    /** What a test may have in its fields, besides what Arquillian has. */
    private abstract static class Resource<T> implements ResourceProvider {

        private final Class<T> type;
        private final Supplier<T> value;

        Resource(Class<T> type, Supplier<T> value) {
            this.type = type;
            this.value = value;
        }

        @Override
        public boolean canProvide(Class<?> wanted) {
            return wanted == type;
        }

        @Override
        public Object lookup(ArquillianResource resource, Annotation... qualifiers) {
            return value.get();
        }
    }

    /** Speaks to the shared deployment. */
    public static final class OfHttp extends Resource<Http> {
        public OfHttp() {
            super(Http.class, () -> SuiteContainer.server().http());
        }
    }

    /** What the shared deployment may fetch from. */
    public static final class OfUpstream extends Resource<Upstream> {
        public OfUpstream() {
            super(Upstream.class, Upstream::shared);
        }
    }

    /** The shared server, for its log: it is not to be killed. */
    public static final class OfServer extends Resource<ServerProcess> {
        public OfServer() {
            super(ServerProcess.class, SuiteContainer::server);
        }
    }
}
