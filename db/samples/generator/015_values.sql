-- Values of the narrower types, made so that they still tell whose they are (../README.md, canaries).

-- A number of degrees with six decimals, the last four of which are the tenant's number; on either side of
-- zero in turns.
create function sample.degrees(chance_key bigint, n bigint, salt text, up_to integer, no integer) returns numeric
  language sql immutable parallel safe
  as $$
    select (1 - 2 * ((n + length(salt)) % 2))
      * (sample.roll(chance_key, n, salt, up_to * 100) * 0.01 + no * 0.000001)
  $$;

-- 10.x.y.z, where x and y are the tenant's number, or the same in IPv6.
create function sample.address(n bigint, no integer) returns inet
  language sql immutable parallel safe
  as $$
    select case
      when n % 7 = 6 then inet 'fd00:cafe::' + (no::bigint << 32) + n
      else inet '10.0.0.0' + (no::bigint << 8) + n % 256
    end
  $$;

-- `cafe0007-…`: a version 4 uuid, but for its first half.
create function sample.uuid(chance_key bigint, n bigint, salt text, no integer) returns uuid
  language sql immutable parallel safe
  as $$
    select ('cafe' || lpad(no::text, 4, '0') || '00004000'
      || to_hex(-9223372036854775808 | sample.roll(chance_key, n, salt, 4611686018427387904)))::uuid
  $$;

-- The canary, a zero byte, and 32 bytes that look like a SHA-256.
create function sample.hash(chance_key bigint, n bigint, canary text) returns bytea
  language sql immutable parallel safe
  as $$ select canary::bytea || '\x00'::bytea || sha256((chance_key::text || '/' || n::text)::bytea) $$;
