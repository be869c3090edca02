-- Systems that an editor wants to be left alone, on all nodes, until the row is deleted.
CREATE TABLE system_pause (
    system_name VARCHAR(64) PRIMARY KEY,
    paused_at   TIMESTAMP WITH TIME ZONE NOT NULL
);
