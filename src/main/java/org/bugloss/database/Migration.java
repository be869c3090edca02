package org.bugloss.database;

import jakarta.annotation.sql.DataSourceDefinition;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import org.flywaydb.core.Flyway;

/**
 * Brings the database to the tables that this version needs, and defines the pool over it.
 *
 * <p>The scripts are in {@code db/migration}, and in {@code db/vendor/h2} and {@code db/vendor/postgresql} where the
 * SQL must differ; what SQL cannot say is a class here. Their versions are of one sequence. They run on connections of their own: those of the pool belong
 * to the container's transactions, in which Flyway may not commit.
 */
@ApplicationScoped
// The rest is in web.xml: WildFly takes that alone, and warns of each property here that it does not know; Payara adds
// them to it.
@DataSourceDefinition(
        name = ConfiguredDataSource.JNDI,
        className = "org.bugloss.database.ConfiguredDataSource",
        // Where all connections are taken, a caller would wait for a minute.
        properties = "fish.payara.max-wait-time-in-millis=2000")
public class Migration {

    /** A table of our own: another application that uses Flyway may live in the same schema. */
    private static final String HISTORY = "bugloss_schema_history";

    /**
     * Runs what has not run yet. Several nodes may do so on one PostgreSQL at the same time: one migrates, the others wait.
     *
     * @throws org.flywaydb.core.api.FlywayException where the database cannot be reached or a script fails
     * @throws IllegalStateException where another node does not finish within minutes
     */
    static void run(DatabaseSettings settings) {
        run(settings, "latest");
    }

    /** @param version the last one that runs, as Flyway's {@code target} */
    static void run(DatabaseSettings settings, String version) {
        ClassLoader loader = Migration.class.getClassLoader();
        List<String> locations = new ArrayList<>(List.of("classpath:db/migration"));
        String vendor = "db/vendor/" + settings.vendor().folder();
        if (loader.getResource(vendor) != null) {
            locations.add("classpath:" + vendor);
        }
        Flyway flyway = Flyway.configure(loader)
                .dataSource(settings.vendor().forMigration(settings))
                .locations(locations.toArray(String[]::new))
                .javaMigrations(new V4__Fragments_that_route())
                .target(version)
                .validateMigrationNaming(true)
                .table(HISTORY)
                // Into a schema with tables of others, too.
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .load();
        // Flyway's own lock comes after its look at an empty schema, and two nodes that both saw one get in each
        // other's way.
        settings.vendor().oneAtATime(settings, flyway::migrate);
    }
}
