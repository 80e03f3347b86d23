-- One query's answer and what it costs in the database's own time, without the way to a client. The same function
-- measures before and after, so that the figures can be compared. The text settings are those verify compares rows
-- with: without them a date would hash differently from one login to the next.
create or replace function rowhouse.measure(
  -- With a %L where a constant belongs (and %% for a per cent sign).
  query text,
  -- A query that gives the constants, as text[].
  picking text default $$select '{}'::text[]$$,
  -- Whom to run the query as; it needs a context then. The caller must be a member.
  acting name default null,
  out statement text,
  out constants text[],
  -- How many rows, and a hash over them in the order in which they came.
  out answer text,
  -- The best of three, as explain says it.
  out milliseconds numeric,
  out buffers bigint,
  -- [{"node", "table", "index"}]: what was read and how; nodes that were never executed are left out.
  out scans jsonb,
  -- Parts that ran once beforehand: the wall's and the doors' own questions, one or more for every table.
  out checks int
)
  language plpgsql volatile set search_path to pg_catalog, pg_temp
  set timezone to 'UTC' set datestyle to 'ISO, YMD' set intervalstyle to 'iso_8601'
  set extra_float_digits to 3 set bytea_output to 'hex' set xmloption to content
as $$
declare
  caller text := current_setting('role');
  answered record;
  hash bytea := '';
  rows bigint := 0;
  explained jsonb;
begin
  execute picking into constants;
  constants := coalesce(constants, '{}');
  statement := format(query, variadic constants);
  if acting is not null then
    perform set_config('role', acting, true);
  end if;

  for answered in execute statement loop
    rows := rows + 1;
    hash := sha256(hash || convert_to(answered::text, getdatabaseencoding()));
  end loop;
  answer := rows || ' rows ' || encode(hash, 'hex');

  for attempt in 1..3 loop
    execute 'explain (analyze, buffers, timing off, format json) ' || statement into explained;
    if (explained -> 0 ->> 'Execution Time')::numeric < coalesce(milliseconds, 'infinity') then
      milliseconds := explained -> 0 ->> 'Execution Time';
    end if;
  end loop;
  perform set_config('role', caller, true);

  explained := explained -> 0 -> 'Plan';
  buffers := (explained ->> 'Shared Hit Blocks')::bigint + (explained ->> 'Shared Read Blocks')::bigint;
  select
      coalesce(jsonb_agg(distinct jsonb_build_object(
          'node', node -> 'Node Type', 'table', node -> 'Relation Name', 'index', node -> 'Index Name'))
        filter (where node ?| array['Relation Name', 'Index Name']), '[]'),
      count(*) filter (where node ->> 'Parent Relationship' = 'InitPlan')
    into scans, checks
  from jsonb_path_query(explained, 'strict $.** ? (@.type() == "object")') as node
  where (node ->> 'Actual Loops')::numeric > 0;
end
$$;
alter function rowhouse.measure(text, text, name) owner to :OWNER;
comment on function rowhouse.measure(text, text, name) is
  'Runs a query four times: its answer as a hash, its best time, the buffers and indexes it used. Owner only.';
revoke all on function rowhouse.measure(text, text, name) from public;
