-- Every refresh moves due_at twice. By default the dead rows of a million are left until they are 200,000, and the index
-- of what is due is read through all of them.
ALTER TABLE bug_details SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.05);
