-- Telephones that are told of payments. The push token lets anybody write to the person.

create table mobile_devices (
  id uuid not null default gen_random_uuid(),
  member_id uuid not null,
  platform device_platform not null default 'ios',
  name text not null,
  os_version text null,
  push_token text null,
  public_key bytea null,
  networks inet[] null,
  last_ip inet null,
  last_seen_at timestamptz null,
  local_time timestamp null,
  quiet_from time null,
  settings jsonb not null default '{}',
  created_at timestamptz not null default now()
);

insert into mobile_devices (
  id, member_id, platform, name, os_version, push_token, public_key, networks, last_ip, last_seen_at, local_time, quiet_from,
  settings, created_at
)
select
  sample.uuid(t.chance_key, n, 'mobile_devices', t.no),
  sample.uuid(t.chance_key, n, 'members', t.no),
  (array['ios', 'android', 'web'])[1 + n % 3]::device_platform,
  sample.first_name(n) || '''s phone 📱 ' || t.canary || n,
  case when n % 4 <> 3 then t.canary || '17.' || n end,
  case when n % 5 <> 3 then t.canary || 'push:' || md5(n || 'push' || t.chance_key) end,
  case n % 4 when 0 then null when 1 then ''::bytea else sample.hash(t.chance_key, n, t.canary) end,
  case n % 3 when 0 then null when 1 then '{}' else array[sample.address(n + 1, t.no), null] end,
  case when n % 5 <> 4 then sample.address(n + 1, t.no) end,
  case n % 5 when 0 then null when 1 then '-infinity' else sample.moment(t.chance_key, n, 'seen', t.no) end,
  case when n % 4 <> 2 then timestamp '2024-10-27 02:30:00' + t.no * interval '1 microsecond' end,
  case n % 3 when 0 then null when 1 then '24:00' else time '22:00' + t.no * interval '1 microsecond' end,
  case when n % 2 = 0 then '{}' else jsonb_build_object('sound', t.canary || 'ding', 'badge', t.base + n % 9) end,
  sample.moment(t.chance_key, n, 'device', t.no)
from sample.tenant as t, generate_series(1, t.members) as n;

alter table mobile_devices
  add constraint mobile_devices_pkey primary key (id),
  add constraint mobile_devices_member_id_name_key unique (member_id, name),
  add constraint mobile_devices_push_token_key unique (push_token),
  add constraint mobile_devices_member_id_fkey foreign key (member_id) references members (id) on delete cascade;

comment on table mobile_devices is 'Devices that are sent notifications';
comment on column mobile_devices.push_token is 'Secret: whoever has it can write to the device';
