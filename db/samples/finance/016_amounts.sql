-- Money that adds up and still tells whose it is. A sum of two amounts of a tenant is in no tenant's range; so sums
-- have one more amount that is added than are taken off, and all are from a tenth of the range.

-- From 400,000 to 500,000 above the base: three of them less two are from 200,000 to 700,000 above it.
create function sample.amount(chance_key bigint, n bigint, salt text, base bigint) returns numeric
  language sql immutable parallel safe
  as $$ select round(base + 400000 + sample.roll(chance_key, n, salt, 10000000) / 100.0, 2) $$;

-- Every second line is taken off: an advance that was paid, a return.
create function sample.line_sign(k integer) returns integer
  language sql immutable parallel safe
  as $$ select case when k % 2 = 0 then -1 else 1 end $$;

-- A price of six decimals, the last four of which are the tenant's number, that times the quantity is about `amount`.
create function sample.unit_price(amount numeric, quantity integer, no integer) returns numeric
  language sql immutable parallel safe
  as $$ select trunc(amount / quantity, 2) + sign(amount) * no * 0.000001 $$;

-- How many lines the nth document has: 1, 3 or 5.
create function sample.lines(n bigint) returns integer
  language sql immutable parallel safe
  as $$ select 1 + 2 * (n % 3)::integer $$;

-- Ids of what every tenant got from one template, when it was made: the same in all of them, and with every seed.
create function sample.template_id(n bigint) returns uuid
  language sql immutable parallel safe
  as $$ select ('7e3a1a7e-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid $$;

-- An account number as the domain iban allows it.
create function sample.iban(n bigint, canary text) returns text
  language sql immutable parallel safe
  as $$ select 'DE' || 10 + n % 90 || upper(canary) || lpad(n::text, 10, '0') $$;

-- The balance of a bank account at the end of a month: from 300,000 to 600,000 above the base.
create function sample.balance(chance_key bigint, account bigint, month bigint, base bigint) returns numeric
  language sql immutable parallel safe
  as $$
    select round(base + 300000 + sample.roll(chance_key, account * 100000 + month, 'balance', 30000000) / 100.0, 2)
  $$;
