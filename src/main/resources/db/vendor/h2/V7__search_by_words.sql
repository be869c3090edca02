INSERT INTO bug_search (url, bug_id, search_title, updated_at, resolved)
SELECT url, bug_id, TRIM(REGEXP_REPLACE(LOWER(title), '[^\p{L}\p{N}]+', ' ')),
       CASE WHEN fields LIKE '%"updated":"____-%' THEN
           CAST(SUBSTRING(SUBSTRING(fields FROM POSITION('"updated":"' IN fields) + 11)
                FROM 1 FOR POSITION('"' IN SUBSTRING(fields FROM POSITION('"updated":"' IN fields) + 11)) - 1)
                AS TIMESTAMP WITH TIME ZONE)
       END, resolved
FROM bug_details;
