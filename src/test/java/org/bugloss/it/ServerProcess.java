package org.bugloss.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.wildfly.core.launcher.StandaloneCommandBuilder;

/**
 * A stock server of the suite's kind, in a process of its own, with one WAR: to be killed, started again on the same
 * data, given a wrong configuration. Its database is empty at first and nobody else's.
 *
 * <p>Close it, best by try-with-resources. It ends with this process in any case.
 */
public final class ServerProcess implements AutoCloseable {

    private static final Duration START = Duration.ofMinutes(3);
    private static final Duration STOP = Duration.ofSeconds(30);

    private final Kind kind;
    private final Path folder;
    private final Path log;
    private final Path temporary;
    private final Path war;
    private final List<Path> others;
    private final Map<String, String> settings;
    private final Map<String, String> environment;
    private final List<String> javaOptions;
    private final List<String> ownAddress;

    private Process process;

    private ServerProcess(Builder builder) {
        Suite suite = Suite.current();
        this.folder = suite.newFolder("server");
        this.log = folder.resolve("console.log");
        this.temporary = folder.resolve("tmp");
        this.war = builder.war;
        this.others = builder.others;
        this.settings = builder.settings;
        this.environment = builder.environment;
        this.javaOptions = builder.javaOptions;
        this.ownAddress = builder.ownAddress;
        this.kind = switch (suite.server()) {
            case WILDFLY -> new WildFly(suite.home());
            case PAYARA -> new PayaraMicro(suite.home());
        };
        Runtime.getRuntime().addShutdownHook(new Thread(this::kill));
    }

    /** One with the suite's settings and an empty database, to be told what else it gets. */
    public static Builder configured() {
        return new Builder();
    }

    /** What a server gets. */
    public static final class Builder {

        private final Map<String, String> settings = new LinkedHashMap<>();
        private final Map<String, String> environment = new LinkedHashMap<>();
        private final List<String> javaOptions = new ArrayList<>();
        private final List<Path> others = new ArrayList<>();
        private final List<String> ownAddress = new ArrayList<>();
        private Path war = Suite.current().war();

        private Builder() {
            settings.putAll(Suite.current().settings());
            settings.putAll(Suite.current().emptyDatabase());
        }

        /** A system property, in the place of the suite's where that has it too. */
        public Builder with(String key, String value) {
            if (key.equals("bugloss.systems")) {
                // What the suite sends out is of a system that is not there then.
                settings.keySet().removeIf(name -> name.startsWith("bugloss.notify"));
            }
            settings.put(key, value);
            return this;
        }

        /** System properties, in the place of the suite's where that has them too: those of a database, for example. */
        public Builder with(Map<String, String> others) {
            settings.putAll(others);
            return this;
        }

        /** Takes a system property of the suite's away. */
        public Builder without(String key) {
            settings.remove(key);
            return this;
        }

        /** A system property that has the address of the deployment, which only the server knows. */
        public Builder withOwnAddress(String key) {
            ownAddress.add(key);
            return this;
        }

        public Builder withEnvironment(String name, String value) {
            environment.put(name, value);
            return this;
        }

        /** Options of the JVM, in the place of those that servers of tests have where they are of the same kind. */
        public Builder withJavaOptions(String... options) {
            javaOptions.addAll(List.of(options));
            return this;
        }

        /** Another WAR than the build's, see {@link Wars}. Its name is still {@code bugloss.war} there. */
        public Builder withWar(Path otherWar) {
            this.war = otherWar;
            return this;
        }

        /** One more WAR beside it, which is called as its file is. It must be one that can be deployed. */
        public Builder withOneMoreWar(Path other) {
            others.add(other);
            return this;
        }

        /** Starts it and waits until the WAR is deployed, or is not going to be: see {@link #isDeployed}. */
        public ServerProcess start() {
            ServerProcess server = new ServerProcess(this);
            server.start();
            return server;
        }
    }

    /** Starts several at the same time, which takes less than one after the other. */
    public static List<ServerProcess> startAll(List<Builder> builders) {
        List<ServerProcess> servers = builders.stream().map(ServerProcess::new).toList();
        ExecutorService threads = Executors.newFixedThreadPool(servers.size());
        try {
            CompletableFuture.allOf(servers.stream()
                            .map(server -> CompletableFuture.runAsync(server::start, threads))
                            .toArray(CompletableFuture[]::new))
                    .join();
            return servers;
        } catch (RuntimeException e) {
            servers.forEach(ServerProcess::close);
            throw e;
        } finally {
            threads.shutdown();
        }
    }

    /** Whether the WAR was deployed when the server was last started. */
    public boolean isDeployed() {
        return process.isAlive() && outcome().orElse(false);
    }

    /** Speaks to the deployment, which must be there. */
    public Http http() {
        if (!isDeployed()) {
            throw new IllegalStateException("not deployed: " + log());
        }
        return new Http(base());
    }

    private URI base() {
        return URI.create("http://127.0.0.1:" + kind.port() + "/bugloss");
    }

    /** The process, for tools of the JDK. */
    public long pid() {
        return process.pid();
    }

    /** What the server has logged since it was last started. */
    public String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends it at once, as SIGKILL does and a power cut would: nothing of it gets to tidy up. */
    public void kill() {
        if (process != null) {
            process.destroyForcibly();
            awaitEnd();
        }
    }

    /** Ends it as an administrator does. */
    public void stop() {
        process.destroy();
        awaitEnd();
    }

    /** Starts it again, after {@link #kill} or {@link #stop}, on the same data and the same port. */
    public void start() {
        try {
            // A killed Payara Micro leaves a hundred megabytes of itself there.
            Suite.delete(temporary);
            Files.createDirectories(temporary);
            kind.prepare();
            ProcessBuilder builder = new ProcessBuilder(kind.command())
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            // What the developer has set for his own server is not meant for these.
            builder.environment()
                    .keySet()
                    .removeIf(name -> name.startsWith("BUGLOSS_") || name.equals("EXTERNAL_BUG_TRACKERS"));
            builder.environment().putAll(environment);
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Until.holds(this::outcome, outcome -> outcome.isPresent() || !process.isAlive(), START);
        if (process.isAlive() && outcome().isEmpty()) {
            kill();
            throw new IllegalStateException("neither deployed nor failed within " + START + ": " + log());
        }
    }

    @Override
    public void close() {
        kill();
        Suite.delete(temporary);
    }

    private Optional<Boolean> outcome() {
        return kind.outcome();
    }

    private void awaitEnd() {
        try {
            if (!process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor(STOP.toSeconds(), TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** Options of the JVM, for little memory and a quick start. */
    private List<String> options() {
        List<String> options = new ArrayList<>(
                List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.io.tmpdir=" + temporary));
        // Of several options of one kind, a JVM takes the last.
        options.addAll(javaOptions);
        settings.forEach((key, value) -> options.add("-D" + key + "=" + value));
        ownAddress.forEach(key -> options.add("-D" + key + "=" + base()));
        return options;
    }

    /** What is different between the servers. */
    private interface Kind {

        int port();

        void prepare() throws IOException;

        List<String> command();

        /** Whether the WAR was deployed; empty while that is not known. */
        Optional<Boolean> outcome();
    }

    /** The configuration that a fresh installation has, in a folder of its own. */
    private final class WildFly implements Kind {

        private final Path home;
        private final Path base = folder.resolve("standalone");
        private final int offset = Ports.offsetFreeAt(8080, 8443, 9990);

        WildFly(Path home) {
            this.home = home;
        }

        @Override
        public int port() {
            return 8080 + offset;
        }

        @Override
        public void prepare() throws IOException {
            if (Files.notExists(base)) {
                copy(home.resolve("standalone"), base);
                Files.copy(war, deployment(""));
                for (Path other : others) {
                    Files.copy(other, deployments().resolve(other.getFileName()));
                }
            }
            for (String marker : List.of(".deployed", ".failed", ".isdeploying")) {
                Files.deleteIfExists(deployment(marker));
            }
            Files.writeString(deployment(".dodeploy"), "");
        }

        @Override
        public List<String> command() {
            return StandaloneCommandBuilder.of(home)
                    .setBaseDirectory(base)
                    .setJavaHome(Path.of(System.getProperty("java.home")))
                    .setBindAddressHint("127.0.0.1")
                    .setBindAddressHint("management", "127.0.0.1")
                    .addJavaOptions(options())
                    .addServerArgument("-Djboss.socket.binding.port-offset=" + offset)
                    .build();
        }

        @Override
        public Optional<Boolean> outcome() {
            if (Files.exists(deployment(".deployed"))) {
                return others.stream()
                                .allMatch(
                                        other -> Files.exists(deployments().resolve(other.getFileName() + ".deployed")))
                        ? Optional.of(true)
                        : Optional.empty();
            }
            return Files.exists(deployment(".failed")) ? Optional.of(false) : Optional.empty();
        }

        private Path deployments() {
            return base.resolve("deployments");
        }

        private Path deployment(String marker) {
            return deployments().resolve("bugloss.war" + marker);
        }
    }

    /** Alone, and without a word to its makers. */
    private final class PayaraMicro implements Kind {

        /** It has no option for this. */
        private static final String HTTP_ON_LOOPBACK = """
                set configs.config.server-config.network-config.network-listeners.network-listener\
                .http-listener.address=127.0.0.1
                """;

        /** It opens the port of its cluster even without one, and its timers do not work without Hazelcast. */
        private static final String HAZELCAST_ON_LOOPBACK = """
                <hazelcast xmlns="http://www.hazelcast.com/schema/config">
                  <properties>
                    <property name="hazelcast.socket.bind.any">false</property>
                  </properties>
                  <network>
                    <port auto-increment="true">%d</port>
                    <join><auto-detection enabled="false"/><multicast enabled="false"/></join>
                    <interfaces enabled="true"><interface>127.0.0.1</interface></interfaces>
                  </network>
                </hazelcast>
                """;

        private final Path jar;
        private final Path deployment = folder.resolve("bugloss.war");
        private final Path commands = folder.resolve("http.txt");
        private final Path hazelcast = folder.resolve("hazelcast.xml");
        private final int port = Ports.free();

        PayaraMicro(Path jar) {
            this.jar = jar;
        }

        @Override
        public int port() {
            return port;
        }

        @Override
        public void prepare() throws IOException {
            Files.copy(war, deployment, StandardCopyOption.REPLACE_EXISTING);
            Files.writeString(commands, HTTP_ON_LOOPBACK);
            Files.writeString(hazelcast, HAZELCAST_ON_LOOPBACK.formatted(Ports.free()));
        }

        @Override
        public List<String> command() {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(options());
            command.addAll(List.of("-Dhazelcast.config=" + hazelcast, "-jar", jar.toString()));
            command.addAll(List.of("--nocluster", "--nohazelcast", "--disablephonehome"));
            command.addAll(List.of("--prebootcommandfile", commands.toString()));
            command.addAll(List.of("--port", String.valueOf(port), "--deploy", deployment.toString()));
            others.forEach(other -> command.addAll(List.of("--deploy", other.toString())));
            return command;
        }

        @Override
        public Optional<Boolean> outcome() {
            String text = log();
            // It calls a WAR successfully deployed before it starts it, and itself ready with or without one. Its
            // list of addresses is right.
            return text.contains(" ready in ") ? Optional.of(text.contains(":" + port + "/bugloss")) : Optional.empty();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : (Iterable<Path>) paths::iterator) {
                Files.copy(path, to.resolve(from.relativize(path)));
            }
        }
    }
}
