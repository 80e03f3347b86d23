-- The key that seals a context. Whoever can read it can become any tenant: owner only, made here, never printed.
-- Any listed key is accepted, the newest seals: to rotate, insert one with app_private.add_context_key(), restart
-- the servers, delete the old one.
create table if not exists app_private.context_keys (
  id integer primary key generated always as identity,
  key bytea not null check (length(key) = 32),
  -- HMAC's two padded keys (RFC 2104), kept so that checking a seal is two hashes and nothing else.
  inner_pad bytea not null check (length(inner_pad) = 64),
  outer_pad bytea not null check (length(outer_pad) = 64),
  created_at timestamptz not null default now()
);
alter table app_private.context_keys owner to :OWNER;
comment on table app_private.context_keys is 'Keys that seal contexts. Owner only; never in a dump that leaves the house.';
