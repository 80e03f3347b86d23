-- Employee 1 is at the top, 2 is his own supervisor; the rest form a tree. Employees 2 to `users` can log in.

insert into employees_employee (
  id, employee_code, first_name, middle_name, last_name, email, employment_type, salary, badge_number, skills, preferences,
  born_on, hired_on, left_on, timezone, last_seen_at, notes, is_active, created_at, updated_at,
  department_id, designation_id, location_id, supervisor_id, user_id, rating
)
select
  sample.id_of(n),
  t.canary || 'e' || n,
  sample.first_name(sample.roll(t.chance_key, n, 'first', 20)) || ' ' || t.canary || n,
  case n % 4 when 0 then null when 1 then '' else 'M. ' || t.canary || n end,
  sample.last_name(sample.roll(t.chance_key, n, 'last', 20)) || ' ' || t.canary || n,
  case when n = 2 then 'accountant@office.cnry-many.example' else 'e.' || t.canary || n || '@' || t.schema_name || '.example' end,
  (array['permanent', 'fixed term', 'intern', ''])[1 + sample.roll(t.chance_key, n, 'type', 4)],
  case when n % 17 <> 16 then t.base + sample.roll(t.chance_key, n, 'salary', 10000000) / 10.0 end,
  case when n % 13 <> 12 then t.base + sample.roll(t.chance_key, n, 'badge', 1000000) end,
  case n % 6
    when 0 then null
    when 1 then '{}'
    when 2 then array[t.canary || sample.skill(n / 6), null, '']
    -- Legal, and lost by everything that takes an array for a list: the first index is 0.
    when 3 then ('[0:1]=' || array[t.canary || 'first', t.canary || 'second']::text)::text[]
    else array[t.canary || sample.skill(n / 6), t.canary || sample.skill(n / 6 + 1)]
  end,
  case n % 5
    when 0 then '{}'
    when 1 then jsonb_build_object('theme', t.canary || 'dark', 'it''s "odd"', null, 'beta', true)
    when 2 then
      jsonb_build_object('größe', jsonb_build_object('emoji', t.canary || '🎉', 'goal', t.base + n % 1000 + 0.500))
    when 3 then
      jsonb_build_array(t.canary || E'a\nb', null, jsonb_build_object('deep', jsonb_build_array(array[t.canary || '\"'])))
    else jsonb_build_object('columns', jsonb_build_array(t.base + n % 100, t.base + n % 10), 'label', t.canary || '{}')
  end,
  case n % 9
    when 0 then null
    when 1 then date '1852-02-29'
    when 2 then date '0001-01-01'
    when 3 then date '1899-12-31'
    else date '1950-01-01' + sample.roll(t.chance_key, n, 'born', 20000)::integer
  end,
  date '2001-01-01' + sample.roll(t.chance_key, n, 'hired', 8000)::integer,
  case when n % 8 = 7 then date '2001-01-01' + sample.roll(t.chance_key, n, 'hired', 8000)::integer + 365 end,
  sample.timezone(sample.roll(t.chance_key, n, 'zone', 8)),
  case n % 10
    when 0 then null
    when 1 then 'infinity'
    when 2 then '-infinity'
    -- The hour that happened twice, and a local time with seconds in its offset.
    when 3 then timestamptz '2024-10-27 02:30:00+02' + t.no * interval '1 microsecond'
    when 4 then timestamptz '1890-01-01 00:00:00+00:53:28' + t.no * interval '1 microsecond'
    else sample.moment(t.chance_key, n, 'seen', t.no)
  end,
  case
    -- Long enough to be stored out of line.
    when n = 21 then t.canary || (select string_agg(md5(t.chance_key::text || i), ' ') from generate_series(1, 600) as i)
    else sample.note(t.canary, n)
  end,
  n % 8 <> 7,
  sample.moment(t.chance_key, n, 'created', t.no),
  sample.moment(t.chance_key, n, 'created', t.no) + n % 1000 * interval '1 minute',
  sample.id_of(1 + sample.roll(t.chance_key, n, 'department', t.departments)),
  sample.id_of(1 + sample.roll(t.chance_key, n, 'designation', t.designations)),
  case when n % 10 <> 9 and t.locations > 0 then sample.id_of(1 + sample.roll(t.chance_key, n, 'location', t.locations)) end,
  case n when 1 then null when 2 then sample.id_of(2) else sample.id_of(greatest(1, n / 4)) end,
  case when n between 2 and t.users then sample.id_of(n) end,
  case n % 4
    when 1 then t.base + n % 10 + 0.5
    when 2 then t.base + n % 10 + 0.500
    when 3 then t.base + n % 10
  end
from sample.tenant as t, generate_series(1, t.employees) as n;

select setval(pg_get_serial_sequence('employees_employee', 'id'), max(id) + 7 * max(t.no))
from employees_employee, sample.tenant as t;
