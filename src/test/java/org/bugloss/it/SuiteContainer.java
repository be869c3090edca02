package org.bugloss.it;

import java.net.URI;
import java.nio.file.Path;
import org.jboss.arquillian.container.spi.client.container.ContainerConfiguration;
import org.jboss.arquillian.container.spi.client.container.DeployableContainer;
import org.jboss.arquillian.container.spi.client.container.DeploymentException;
import org.jboss.arquillian.container.spi.client.protocol.ProtocolDescription;
import org.jboss.arquillian.container.spi.client.protocol.metadata.HTTPContext;
import org.jboss.arquillian.container.spi.client.protocol.metadata.ProtocolMetaData;
import org.jboss.arquillian.container.spi.client.protocol.metadata.Servlet;
import org.jboss.shrinkwrap.api.Archive;
import org.jboss.shrinkwrap.api.exporter.ZipExporter;

/**
 * Arquillian's way to the suite's server: a {@link ServerProcess} like those that tests start for themselves.
 *
 * <p>The servers' own adapters would be two more ways to start the same servers: they cannot be on one class path (they
 * want different versions of what they share), each takes its settings in its own form, and Payara's names an address
 * that Payara was told not to listen on.
 */
public final class SuiteContainer implements DeployableContainer<SuiteContainer.Configuration> {

    private static ServerProcess server;

    /** Nothing: all that differs is in {@link Suite}. */
    public static final class Configuration implements ContainerConfiguration {

        @Override
        public void validate() {
            // So: nothing.
        }
    }

    /** The server that has the shared deployment. */
    static ServerProcess server() {
        return server;
    }

    @Override
    public Class<Configuration> getConfigurationClass() {
        return Configuration.class;
    }

    @Override
    public void setup(Configuration configuration) {
        // Nothing to set up.
    }

    @Override
    public ProtocolDescription getDefaultProtocol() {
        return ProtocolDescription.DEFAULT;
    }

    @Override
    public void start() {
        // With the deployment: a Payara Micro lives as long as that.
    }

    @Override
    public ProtocolMetaData deploy(Archive<?> archive) throws DeploymentException {
        if (server == null) {
            server = started(archive);
            // Where several processes share the tests, each class is a run of its own, with a container of its own.
            Runtime.getRuntime().addShutdownHook(new Thread(server::close));
        }
        URI base = server.http().base();
        HTTPContext context = new HTTPContext(base.getHost(), base.getPort());
        context.add(new Servlet("bugloss", base.getPath()));
        return new ProtocolMetaData().addContext(context);
    }

    private static ServerProcess started(Archive<?> archive) throws DeploymentException {
        Path war = Suite.current().newFolder("war").resolve(archive.getName());
        archive.as(ZipExporter.class).exportTo(war.toFile());
        ServerProcess process = ServerProcess.configured().withWar(war).start();
        if (!process.isDeployed()) {
            throw new DeploymentException("not deployed: " + process.log());
        }
        return process;
    }

    @Override
    public void undeploy(Archive<?> archive) {
        // With the server.
    }

    @Override
    public void stop() {
        // With the process that tests it.
    }
}
