-- What several files have to make alike.

-- The kth product's number as it stands on the shelf; longer than a real one, to carry the canary.
create function sample.ean(canary text, k bigint) returns text
  language sql immutable parallel safe
  as $$ select canary || 40000000 + k $$;

-- How many of `entries` are in the first k of `uploads`: they are not all of one length.
create function sample.entries_until(k bigint, uploads bigint, entries bigint) returns bigint
  language sql immutable parallel safe
  as $$
    select case
      when k <= 0 then 0
      when k >= uploads then entries
      else floor(entries * (k + (k % 3 - 1) * 0.3) / uploads)::bigint
    end
  $$;
