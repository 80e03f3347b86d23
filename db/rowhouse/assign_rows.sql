-- Gives a table's rows to the organizations that an expression over the row `t` says, while the application goes on writing: in
-- batches by primary key, a transaction each, so that nobody waits for long. A row that somebody holds is passed over
-- and not waited for: we hold others meanwhile. The second pass ('settle') comes when every transaction that began
-- before the rules held is over, and repeats until there is nothing left to move.
-- A procedure that commits cannot have a search path of its own: every name is qualified.
create or replace procedure rowhouse.assign_rows(plan text, target text, scope_column text, owner text, pass text)
  language plpgsql
as $$
declare
  relation pg_catalog.regclass := target::pg_catalog.regclass;
  -- Where a rule's own names are looked up.
  path constant text := (
    select pg_catalog.format('pg_catalog, %I, pg_temp', n.nspname)
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.oid = target::pg_catalog.regclass
  );
  silent constant boolean := (select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user)
    or pg_catalog.has_parameter_privilege('session_replication_role', 'set');
  keys text;
  page_keys text;
  page_end text;
  key_texts text;
  bounds text;
  query text;
  state rowhouse.assignments;
  -- Adapted so that a batch takes about this long: what it locks, it locks for no longer.
  wanted constant numeric := 30;
  batch int := 500;
  begun timestamptz;
  took numeric;
  seen bigint;
  wrong bigint;
  moved bigint;
  left_over bigint := 0;
  next_key jsonb;
  holder record;
  earlier text[];
  lag numeric;
begin
  select
    pg_catalog.string_agg(pg_catalog.format('t.%I', a.attname), ', ' order by k.place),
    pg_catalog.string_agg(pg_catalog.format('p.%I', a.attname), ', ' order by k.place),
    pg_catalog.string_agg(pg_catalog.format('p.%I desc', a.attname), ', ' order by k.place),
    pg_catalog.string_agg(pg_catalog.format('p.%I::text', a.attname), ', ' order by k.place),
    pg_catalog.string_agg(
      pg_catalog.format('($1 ->> %s)::%s', k.place - 1, pg_catalog.format_type(a.atttypid, a.atttypmod)), ', ' order by k.place)
  into keys, page_keys, page_end, key_texts, bounds
  from pg_catalog.pg_constraint c, unnest(c.conkey) with ordinality as k (number, place), pg_catalog.pg_attribute a
  where c.conrelid = relation and c.contype = 'p' and a.attrelid = relation and a.attnum = k.number;

  -- Everything by key, the page first and without a lock; locked is only what has to change and what nobody holds.
  query := pg_catalog.format($query$
    with page as materialized (
      select %1$s, t.%2$I as scope_now, (%7$s) as scope_wanted
      from %3$s t where true /* after */ order by %1$s limit $2
    ), wrong as materialized (
      select t.ctid as place, p.scope_wanted
      from page p join %3$s t on (%1$s) = (%4$s)
      where p.scope_wanted is distinct from t.%2$I
      for no key update of t skip locked
    ), moved as (
      update %3$s u set %2$I = w.scope_wanted from wrong w where u.ctid = w.place returning 1
    )
    select (select count(*) from page), (select count(*) from page where scope_wanted is distinct from scope_now),
      (select count(*) from moved),
      (select pg_catalog.jsonb_build_array(%5$s) from page p order by %6$s limit 1)$query$,
    keys, scope_column, target, page_keys, key_texts, page_end, owner);

  insert into rowhouse.assignments (plan_id, table_name, pass) values (plan, target, assign_rows.pass) on conflict do nothing;
  commit;

  if assign_rows.pass = 'settle' then
    -- A round that was interrupted is begun anew: what it had passed over is not known any more.
    update rowhouse.assignments a set last_key = null
    where a.plan_id = assign_rows.plan and a.table_name = target and a.pass = 'settle' and not a.is_done;
    commit;
    -- Whoever writes to the table now may have begun before the rules held. Locks are visible to everybody.
    select pg_catalog.array_agg(distinct l.virtualtransaction) into earlier
    from pg_catalog.pg_locks l
    where l.relation = assign_rows.target::pg_catalog.regclass and l.mode = 'RowExclusiveLock' and l.pid <> pg_catalog.pg_backend_pid()
      and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database());
    for attempt in 1..36000 loop
      select l.pid, l.virtualtransaction into holder
      from pg_catalog.pg_locks l where l.virtualtransaction = any (earlier) limit 1;
      exit when not found;
      if attempt % 50 = 1 then
        raise notice 'waiting for a transaction that writes to %: pid %', target, holder.pid;
      end if;
      commit;
      perform pg_catalog.pg_sleep(0.1);
    end loop;
  end if;

  loop
    begun := pg_catalog.clock_timestamp();
    perform pg_catalog.set_config('search_path', path, true);
    -- What a crash takes back it takes back whole, progress included.
    perform pg_catalog.set_config('synchronous_commit', 'off', true);
    perform pg_catalog.set_config('jit', 'off', true);
    -- Triggers of the application are not meant for this: nothing about the row changes but whose it is.
    if silent then
      perform pg_catalog.set_config('session_replication_role', 'replica', true);
    end if;
    select * into state from rowhouse.assignments a
    where a.plan_id = assign_rows.plan and a.table_name = target and a.pass = assign_rows.pass for update;
    exit when state.is_done;
    if state.last_key is null then left_over := 0; end if;

    execute case when state.last_key is null then query
        else pg_catalog.replace(query, 'true /* after */', pg_catalog.format('(%s) > (%s)', keys, bounds)) end
      into seen, wrong, moved, next_key using state.last_key, batch;
    left_over := left_over + wrong - moved;
    update rowhouse.assignments a set
      last_key = case when seen = batch then next_key end,
      rows_seen = a.rows_seen + seen, rows_moved = a.rows_moved + moved,
      -- The settling pass ends when a whole round found everything where it belongs.
      is_done = seen < batch and (assign_rows.pass = 'first' or left_over = 0),
      updated_at = pg_catalog.clock_timestamp()
    where a.plan_id = assign_rows.plan and a.table_name = target and a.pass = assign_rows.pass;
    commit;

    took := extract(epoch from pg_catalog.clock_timestamp() - begun) * 1000;
    batch := greatest(100, least(20000, (batch * least(2, wanted / greatest(took, 0.1)))::int));
    if seen < batch and left_over > 0 then perform pg_catalog.pg_sleep(0.2); end if;
    -- Writers first: while anybody in this database waits for a lock, we rest.
    if moved > 0 then
      perform pg_catalog.pg_sleep(took / 5000);
      for attempt in 1..100 loop
        exit when not exists (
          select from pg_catalog.pg_locks l where not l.granted and l.locktype in ('transactionid', 'tuple', 'relation')
            and l.pid <> pg_catalog.pg_backend_pid());
        perform pg_catalog.pg_sleep(0.02);
      end loop;
      -- Replicas too. Who may not see them is not told.
      for attempt in 1..300 loop
        select max(extract(epoch from r.replay_lag)) into lag from pg_catalog.pg_stat_replication r;
        exit when coalesce(lag, 0) < 2;
        if attempt % 50 = 1 then raise notice 'waiting for replicas: % s behind', round(lag, 1); end if;
        perform pg_catalog.pg_sleep(0.1);
      end loop;
      commit;
    end if;
  end loop;
  commit;
end
$$;
alter procedure rowhouse.assign_rows(text, text, text, text, text) owner to :OWNER;
comment on procedure rowhouse.assign_rows(text, text, text, text, text) is
  'Moves a table''s rows to their organizations in short transactions; goes on where it was. Owner only.';
revoke all on procedure rowhouse.assign_rows(text, text, text, text, text) from public;
