package org.bugloss.it;

import java.nio.file.Path;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.exporter.ZipExporter;
import org.jboss.shrinkwrap.api.spec.JavaArchive;
import org.jboss.shrinkwrap.api.spec.WebArchive;

/** The WAR that the build made, as it is and with more in it. */
public final class Wars {

    private Wars() {}

    /** What the build made, unchanged. */
    static WebArchive built() {
        return ShrinkWrap.createFromZipFile(
                WebArchive.class, Suite.current().war().toFile());
    }

    /**
     * A copy with one more jar in {@code WEB-INF/lib}, as an extension is installed: these classes and nothing else, no
     * {@code beans.xml} either.
     */
    public static Path withJarOf(Class<?>... classes) {
        JavaArchive jar = ShrinkWrap.create(JavaArchive.class, "extension.jar").addClasses(classes);
        Path copy = Suite.current().newFolder("war").resolve("bugloss.war");
        built().addAsLibrary(jar).as(ZipExporter.class).exportTo(copy.toFile());
        return copy;
    }

    /** One of a name of its own with these classes and nothing else. */
    public static Path of(String name, Class<?>... classes) {
        Path war = Suite.current().newFolder("war").resolve(name);
        ShrinkWrap.create(WebArchive.class, name)
                .addClasses(classes)
                .as(ZipExporter.class)
                .exportTo(war.toFile());
        return war;
    }
}
