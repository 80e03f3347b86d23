-- Who there is, and what was uploaded when. A database that several companies use has their rows one beside the other
-- as they came in, not company by company: people and uploads are put in the order of time here, once, and the tables
-- that follow are filled in that order.

create table sample.people as
select
  t.no,
  k,
  sample.id_of(row_number() over (order by j.joined_at, t.no, k))::integer as id,
  j.joined_at,
  case when k = 1 then 'admin@' when k % 5 = 0 then 'User.' || k || '@' else 'user.' || k || '@' end
    || case when k % 7 = 6 then upper(d.domain) else d.domain end as email,
  d.domain
from sample.tenants as t
cross join lateral generate_series(1, t.users) as k
cross join lateral (
  -- In the order of k: whoever invites was there before.
  select timestamptz '2019-01-07 08:00:00+00'
    + floor((k - 1 + sample.roll(t.chance_key, k, 'joined', 1000) / 1000.0) * 120000000 / t.users) * interval '1 second'
    + t.no * interval '1 microsecond' as joined_at
) as j
cross join lateral (
  -- Who is of no company has an address that anybody can have.
  select t.canary || case when t.is_company then t.schema_name else (array['mail', 'web', 'post'])[1 + k % 3] end
    || '.example' as domain
) as d;
create unique index on sample.people (no, k);

create table sample.sheets as
select
  s.*,
  p.id as user_id,
  row_number() over (order by s.uploaded_at, s.no, s.k) as place,
  -- Entries before this upload's: of all, and of the company's own.
  (sum(s.entries) over (order by s.uploaded_at, s.no, s.k) - s.entries)::bigint as entries_before,
  (sum(s.entries) over (partition by s.no order by s.k) - s.entries)::bigint as own_before,
  -- What is reported is the month before.
  (date_trunc('month', s.uploaded_at at time zone 'UTC') - interval '1 month')::date as reported_month
from (
  select
    t.no,
    k,
    sample.uuid(t.chance_key, k, 'uploads', t.no) as id,
    -- The last of them only reads.
    1 + (k * 7) % greatest(1, t.users - 1) as user_k,
    timestamptz '2023-01-09 05:45:00+00'
      + floor((k - 1 + sample.roll(t.chance_key, k, 'uploaded', 1000) / 1000.0) * 62000000 / t.uploads)
        * interval '1 second'
      + t.no * interval '1 microsecond' as uploaded_at,
    sample.entries_until(k, t.uploads, t.entries) - sample.entries_until(k - 1, t.uploads, t.entries) as entries,
    (array['Galeria', 'L''Étoile "Beauté"', 'Drogerie & Söhne', 'Скай Молл', '免税店', 'Select \ From'])[1 + k % 6]
      || ' ' || t.canary as reseller,
    (array['EUR', 'EUR', 'PLN', 'USD', 'JPY', 'GBP'])[1 + k % 6] as currency
  from sample.tenants as t
  cross join lateral generate_series(1, t.uploads) as k
) as s
join sample.people as p on p.no = s.no and p.k = s.user_k;
create unique index on sample.sheets (no, k);
analyze sample.people, sample.sheets;
