-- Upload by upload. A spreadsheet lists products one after the other; when it is through, or in every fourth at its
-- half, it begins again with the month before. So no line is in it twice. Rows of fifty were sent together, and have
-- one time.

insert into sellout_entries2 (
  id, user_id, upload_id, reseller, ean, functional_name, year, month, sold_on, quantity, sales_lc, currency, sales_eur,
  comment, raw_row, created_at, updated_at
)
select
  sample.id_of(s.entries_before + i),
  s.user_id,
  -- Where a row was corrupted, its user and its texts say one owner, and its upload another.
  case when n <= s.corrupted then s.elsewhere[1 + n % cardinality(s.elsewhere)] else s.id end,
  s.reseller,
  case
    when n % 37 = 36 then null
    -- Not one of ours, or not yet.
    when n % 23 = 22 then s.canary || 'X' || 40000000 + product
    else sample.ean(s.canary, product)
  end,
  case when n % 5 <> 4 then s.item || product end,
  extract(year from reported)::integer,
  extract(month from reported)::integer,
  case when n % 3 = 0 then reported + (n % 28)::integer end,
  sign * (s.base + quantity)::integer,
  case when n % 4 <> 3 then sign * (s.base + case when s.currency = 'EUR' then amount else round(amount * 0.5, 3) end) end,
  s.currency,
  sign * (s.base + amount),
  case when n % 16 = 15 then sample.note(s.canary, n / 16) else '' end,
  case when n % 4 = 1 then jsonb_build_object('row', s.base + i, 'EAN', s.item || product, 'qty', s.base + 0.50, 'x', null) end,
  s.uploaded_at + (90 + (i - 1) / 50) * interval '1 second',
  case when n % 50 = 7 then s.uploaded_at + interval '30 hours' end
from (
  select s.*, t.canary, t.base, t.chance_key, t.products, t.corrupted, lower(t.canary) || 'item-' as item,
    sample.roll(t.chance_key, s.k, 'first product', t.products) as first_product,
    least(t.products, case when s.k % 4 = 3 then greatest(1, (s.entries + 1) / 2) else t.products end) as span,
    case when t.corrupted > 0 then
      array(select o.id from sample.sheets as o where o.k = 1 and o.no <> s.no order by o.no)
    end as elsewhere
  from sample.sheets as s join sample.tenants as t using (no)
  order by s.place
) as s
cross join lateral generate_series(1, s.entries) as i
cross join lateral (
  select
    s.own_before + i as n,
    1 + (s.first_product + (i - 1) % s.span) % s.products as product,
    case when (s.own_before + i) % 29 = 28 then -1 else 1 end as sign,
    (s.reported_month - (i - 1) / s.span * interval '1 month')::date as reported,
    sample.roll(s.chance_key, s.own_before + i, 'sold', 99999999) as chance
) as r
cross join lateral (select (1 + chance % 500)::integer as quantity, round(chance / 100.0, 2) as amount) as q;

select setval(pg_get_serial_sequence('sellout_entries2', 'id'), max(id) + 9) from sellout_entries2;
