-- Gives a table's rows to the organizations that an expression over the row `t` says, while the application goes on writing: in
-- batches by primary key, a transaction each, so that nobody waits for long. A row that somebody holds is passed over
-- and not waited for: we hold others meanwhile. Every pass but the first waits until the transactions are over that
-- began before, and repeats until a whole round finds nothing left to move.
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
  -- In the last pass keys are in force, and to be asked.
  silent constant boolean := assign_rows.pass <> 'last' and ((select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user)
    or pg_catalog.has_parameter_privilege('session_replication_role', 'set'));
  keys text;
  page_keys text;
  key_texts text;
  bounds text;
  query text;
  state rowhouse.assignments;
  -- Adapted so that a batch takes about this long: what it locks, it locks for no longer.
  wanted constant numeric := 30;
  batch int := 500;
  -- Rows to move: of a page without any to the next with nothing else, what is locked does not grow.
  most int := 500;
  begun timestamptz;
  took numeric;
  seen bigint;
  wrong bigint;
  moved bigint;
  left_over bigint := 0;
  next_key jsonb;
  is_end boolean;
  rounds int := 0;
  holder record;
  earlier text[];
  lag numeric;
begin
  select
    pg_catalog.string_agg(pg_catalog.format('t.%I', a.attname), ', ' order by k.place),
    pg_catalog.string_agg(pg_catalog.format('p.%I', a.attname), ', ' order by k.place),
    pg_catalog.string_agg(pg_catalog.format('p.%I::text', a.attname), ', ' order by k.place),
    pg_catalog.string_agg(
      pg_catalog.format('($1 ->> %s)::%s', k.place - 1, pg_catalog.format_type(a.atttypid, a.atttypmod)), ', ' order by k.place)
  into keys, page_keys, key_texts, bounds
  from pg_catalog.pg_constraint c, unnest(c.conkey) with ordinality as k (number, place), pg_catalog.pg_attribute a
  where c.conrelid = relation and c.contype = 'p' and a.attrelid = relation and a.attnum = k.number;

  -- Everything by key, the page first and without a lock; locked is only what has to change and what nobody holds.
  query := pg_catalog.format($query$
    with page as materialized (
      select q.*, row_number() over () as scope_place
      from (select %1$s, t.%2$I as scope_now, (%6$s) as scope_wanted
        from %3$s t where true /* after */ order by %1$s limit $2) q
    ), wrong as materialized (
      select t.ctid as place, p.scope_wanted, p.scope_place
      from page p join %3$s t on (%1$s) = (%4$s)
      where p.scope_wanted is distinct from t.%2$I
      order by p.scope_place limit $3
      for no key update of t skip locked
    ), moved as (
      update %3$s u set %2$I = w.scope_wanted from wrong w where u.ctid = w.place returning 1
    ), reached as materialized (
      select case when (select count(*) from wrong) < $3 then (select count(*) from page) else (select max(w.scope_place) from wrong w) end as scope_place
    )
    select r.scope_place, r.scope_place = (select count(*) from page) and r.scope_place < $2,
      (select count(*) from page p where p.scope_place <= r.scope_place and p.scope_wanted is distinct from p.scope_now),
      (select count(*) from moved),
      (select pg_catalog.jsonb_build_array(%5$s) from page p where p.scope_place = r.scope_place)
    from reached r$query$,
    keys, scope_column, target, page_keys, key_texts, owner);

  insert into rowhouse.assignments (plan_id, table_name, pass) values (plan, target, assign_rows.pass) on conflict do nothing;
  commit;

  if assign_rows.pass <> 'first' then
    -- A round that was interrupted is begun anew: what it had passed over is not known any more.
    update rowhouse.assignments a set last_key = null
    where a.plan_id = assign_rows.plan and a.table_name = target and a.pass = assign_rows.pass and not a.is_done;
    commit;
    -- Whoever writes to the table now (a prepared transaction too: it has no pid), and whoever sees the database as it
    -- was: what he writes later would be judged by what he sees. Locks are visible to everybody; of whose snapshots we
    -- are not told, all are waited for.
    select pg_catalog.array_agg(distinct l.virtualtransaction) into earlier
    from pg_catalog.pg_locks l left join pg_catalog.pg_stat_activity a on a.pid = l.pid
    where l.pid is distinct from pg_catalog.pg_backend_pid() and (
      l.relation = assign_rows.target::pg_catalog.regclass and l.mode = 'RowExclusiveLock'
        and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
      or l.locktype = 'virtualxid' and a.datname = pg_catalog.current_database()
        and coalesce(a.backend_type, 'client backend') = 'client backend' and (a.backend_xmin is not null or a.state is null)
    );
    for attempt in 0..2147483646 loop
      select l.pid, l.virtualtransaction into holder
      from pg_catalog.pg_locks l where l.virtualtransaction = any (earlier) limit 1;
      exit when not found;
      if attempt % 50 = 1 then
        -- Not a notice: sessions of apply leave those out.
        raise info 'waiting for a transaction that began before: % (%)',
          coalesce('pid ' || holder.pid, 'a prepared one, see pg_prepared_xacts'), target;
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
    perform pg_catalog.set_config('rowhouse.assigning', 'on', true);
    select * into state from rowhouse.assignments a
    where a.plan_id = assign_rows.plan and a.table_name = target and a.pass = assign_rows.pass for update;
    exit when state.is_done;
    if state.last_key is null then left_over := 0; rounds := rounds + 1; end if;

    execute case when state.last_key is null then query
        else pg_catalog.replace(query, 'true /* after */', pg_catalog.format('(%s) > (%s)', keys, bounds)) end
      into seen, is_end, wrong, moved, next_key using state.last_key, batch, most;
    left_over := left_over + wrong;
    update rowhouse.assignments a set
      last_key = case when not is_end then next_key end,
      rows_seen = a.rows_seen + seen, rows_moved = a.rows_moved + moved,
      -- All but the first end when a whole round found everything where it belongs.
      is_done = is_end and (assign_rows.pass = 'first' or left_over = 0),
      updated_at = pg_catalog.clock_timestamp()
    where a.plan_id = assign_rows.plan and a.table_name = target and a.pass = assign_rows.pass;
    commit;

    took := extract(epoch from pg_catalog.clock_timestamp() - begun) * 1000;
    if moved = 0 or seen = batch then
      batch := greatest(100, least(20000, (batch * least(2, wanted / greatest(took, 0.1)))::int));
    end if;
    if moved > 0 then
      most := greatest(20, least(5000, (most * least(2, wanted / greatest(took, 0.1)))::int));
    end if;
    if is_end and wrong > moved and assign_rows.pass <> 'first' then
      if rounds % 25 = 5 then
        raise info 'waiting for rows of % that somebody holds: pid %', target, (
          select pg_catalog.string_agg(distinct l.pid::text, ', ') from pg_catalog.pg_locks l
          where l.relation = assign_rows.target::pg_catalog.regclass and l.mode in ('RowShareLock', 'RowExclusiveLock')
            and l.pid <> pg_catalog.pg_backend_pid());
      end if;
      perform pg_catalog.pg_sleep(0.2);
    end if;
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
        if attempt % 50 = 1 then raise info 'waiting for replicas: % s behind', round(lag, 1); end if;
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
