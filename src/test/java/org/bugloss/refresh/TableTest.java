package org.bugloss.refresh;

import org.bugloss.cache.DueDetails;
import org.bugloss.cache.DueDetailsContract;

/** The table in memory does as those in databases do. */
class TableTest extends DueDetailsContract {

    private final Table table = new Table();

    @Override
    protected void add(Row row) {
        table.add(row);
    }

    @Override
    protected DueDetails node() {
        return table.otherNode();
    }
}
