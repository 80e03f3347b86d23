-- What the generator itself needs, in a schema of its own that 990_drop_generator.sql drops again. The same for
-- every system: its own files run in between, in the order of their numbers.
-- Nothing here is random: every value comes from (seed, tenant, row), so a run can be repeated byte for byte.

create schema sample;

-- One row per tenant to make, filled by src/engine/sample/sample.ts. Each system adds its sizes (001_sizes.sql).
create table sample.tenants (
  no integer primary key check (no between 1 and 9999),
  schema_name text not null unique,
  name text not null,
  canary text not null unique,
  -- Where this tenant's numbers begin (no × 1,000,000) and, for smallint, (no mod 300) × 100.
  base bigint not null,
  small_base smallint not null,
  -- Seed and tenant in one number, the start of every roll.
  chance_key bigint not null,
  password text not null
);

-- A whole number from 0 to sides - 1. The salt keeps two columns of one row apart.
create function sample.roll(chance_key bigint, n bigint, salt text, sides bigint) returns bigint
  language sql immutable parallel safe
  as $$
    select (hashint8extended(n, chance_key # hashtextextended(salt, 0)) & 9223372036854775807) % sides
  $$;

-- Ids with holes, as deleted rows leave them: 1 … 9, 11, 12, … The same in every tenant, so they collide.
create function sample.id_of(n bigint) returns bigint
  language sql immutable parallel safe
  as $$ select n + n / 10 $$;

-- A time in 2015 to 2025 whose microseconds are the tenant's number.
create function sample.moment(chance_key bigint, n bigint, salt text, no integer) returns timestamptz
  language sql immutable parallel safe
  as $$
    select timestamptz '2015-03-29 00:59:59+00'
      + sample.roll(chance_key, n, salt, 340000000) * interval '1 second'
      + no * interval '1 microsecond'
  $$;
