-- What must be true of the database once everything has come to rest: one row a violation, none when all is well.
-- tests/fault/fleet.cpp runs it after every experiment; orchestrator_test.original is the owner's table as it was
-- before, and orchestrator_test.live_seen what a sampler saw while the experiment ran.
WITH live AS (
    SELECT * FROM sheetbq.run WHERE state IN ('claimed', 'starting', 'running', 'cancelling')
), good AS (
    SELECT config_id, max(created_at) AS last FROM sheetbq.run WHERE state = 'succeeded' GROUP BY config_id
), due AS (
    SELECT c.id FROM public.sheet_to_bigquery_configs c
     LEFT JOIN sheetbq.config_state s ON s.config_id = c.id
     WHERE c.is_active AND (s.not_before IS NULL OR s.not_before <= now())
       AND (c.last_run IS NULL
            OR (c.run_frequency_hours > 0 AND c.last_run <= now() - make_interval(hours => least(c.run_frequency_hours, 1000000))))
)
SELECT 'I1 a live run is left: ' || run_id || ' is ' || state FROM live
UNION ALL
SELECT 'I1 two live runs of configuration ' || config_id FROM live GROUP BY config_id HAVING count(*) > 1
UNION ALL
SELECT 'I3 slot ' || slot_key || ' of configuration ' || config_id || ' succeeded ' || count(*) || ' times'
  FROM sheetbq.run WHERE state = 'succeeded' GROUP BY config_id, slot_key HAVING count(*) > 1
UNION ALL
SELECT 'I3 runs of configuration ' || a.config_id || ' overlap: ' || a.run_id || ' and ' || b.run_id
  FROM sheetbq.run a JOIN sheetbq.run b ON a.config_id = b.config_id AND a.run_id < b.run_id
 WHERE a.started_at IS NOT NULL AND b.created_at < a.finished_at
UNION ALL
SELECT 'I5 configuration ' || c.id || ' has last_run ' || coalesce(c.last_run::text, 'NULL') || ' and should have '
       || coalesce(greatest(g.last, o.last_run)::text, 'NULL')
  FROM public.sheet_to_bigquery_configs c
  JOIN orchestrator_test.original o ON o.id = c.id
  LEFT JOIN good g ON g.config_id = c.id
 WHERE c.last_run IS DISTINCT FROM greatest(g.last, o.last_run)
UNION ALL
SELECT 'I6 ' || live || ' runs were live where ' || cap || ' may be' FROM orchestrator_test.live_seen WHERE live > cap
UNION ALL
SELECT 'I7 configuration ' || id || ' is due and nothing keeps it' FROM due
UNION ALL
SELECT 'I8 the incident of configuration ' || config_id || ' was never opened in the outbox'
  FROM sheetbq.config_state s
 WHERE incident_id IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM sheetbq.outbox WHERE dedup_key = 'incident:' || s.incident_id || ':open')
UNION ALL
SELECT 'I8 incident ' || split_part(dedup_key, ':', 2) || ' was closed and never opened'
  FROM sheetbq.outbox c
 WHERE dedup_key LIKE 'incident:%:closed'
   AND NOT EXISTS (SELECT 1 FROM sheetbq.outbox o
                    WHERE o.dedup_key = 'incident:' || split_part(c.dedup_key, ':', 2) || ':open')
UNION ALL
SELECT 'I8 configuration ' || s.config_id || ' has ' || s.failures || ' failures and should have ' || f.failures
  FROM sheetbq.config_state s
  JOIN LATERAL (SELECT count(*) AS failures FROM sheetbq.run r
                 WHERE r.config_id = s.config_id AND r.state = 'failed'
                   AND r.error_class IS DISTINCT FROM 'infrastructure'
                   AND r.finished_at > coalesce((SELECT max(finished_at) FROM sheetbq.run g
                                                  WHERE g.config_id = s.config_id AND g.state = 'succeeded'),
                                                '-infinity')) f ON true
 WHERE s.failures <> f.failures
UNION ALL
SELECT 'I9 configuration ' || coalesce(c.id, o.id) || ' was changed, added or deleted by somebody else than its owner'
  FROM public.sheet_to_bigquery_configs c
  FULL JOIN orchestrator_test.original o ON o.id = c.id
 WHERE (to_jsonb(c) - 'last_run') IS DISTINCT FROM (to_jsonb(o) - 'last_run')
UNION ALL
SELECT 'I9 the owner''s table has another definition: ' || now.definition || ' instead of ' || was.definition
  FROM orchestrator_test.table_definition() AS now (definition), orchestrator_test.definition AS was
 WHERE now.definition <> was.definition
