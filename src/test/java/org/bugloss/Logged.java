package org.bugloss;

import java.text.MessageFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What a class writes to the log until this is closed. */
public final class Logged implements AutoCloseable {

    private final Logger logger;
    private final List<String> lines = new CopyOnWriteArrayList<>();

    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord written) {
            Object[] values = written.getParameters();
            lines.add(written.getLevel() + " "
                    + (values == null ? written.getMessage() : MessageFormat.format(written.getMessage(), values)));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    /** From {@code INFO} on. */
    public Logged(Class<?> by) {
        this(by, Level.INFO);
    }

    public Logged(Class<?> by, Level least) {
        logger = Logger.getLogger(by.getName());
        logger.setUseParentHandlers(false);
        logger.setLevel(least);
        logger.addHandler(handler);
    }

    /** The lines since this was last asked, each with its level in front. */
    public List<String> lines() {
        List<String> since = List.copyOf(lines);
        lines.clear();
        return since;
    }

    @Override
    public void close() {
        logger.removeHandler(handler);
        logger.setLevel(null);
        logger.setUseParentHandlers(true);
    }
}
