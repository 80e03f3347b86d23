-- Day by day, as they came in. Working days begin on a Monday and skip weekends.

insert into attendance_attendance_record (
  id, work_date, status, source, checked_in_at, checked_out_at, worked, device_time, device_token, device_report,
  ip_address, latitude, longitude, note, employee_id, shift_id, geofence_id
)
select
  sample.id_of(n),
  w.work_date,
  (array['present', 'present', 'present', 'late', 'remote', 'absent'])[1 + c.chance],
  (array['device', 'web', 'import'])[1 + n % 3],
  case when c.chance < 5 then w.came end,
  case when c.chance < 4 then w.came + c.length end,
  case when c.chance < 4 then c.length + t.no * interval '1 microsecond' end,
  case when n % 3 = 0 then (w.came at time zone 'Asia/Kathmandu') end,
  case when n % 3 = 0 then t.canary || md5(t.chance_key::text || e) end,
  -- Not jsonb: spaces, the order of keys, a key that is there twice, and 1.50 stay as the device wrote them.
  case when n % 6 = 0 then (
    '{ "os":"' || t.canary || 'ROM 4",  "app" : "' || t.canary || '\u00e9\ud83d\ude80","up": ' || t.base || '.50, "up": null }'
  )::json end,
  case when n % 4 <> 3 then sample.address(n, t.no) end,
  case when n % 3 = 0 then sample.degrees(t.chance_key, n, 'latitude', 90, t.no)::double precision end,
  case when n % 3 = 0 then sample.degrees(t.chance_key, n, 'longitude', 180, t.no)::double precision end,
  case when n % 16 = 15 then sample.note(t.canary, n / 16) else '' end,
  sample.id_of(e),
  case when c.chance < 5 then sample.id_of(1 + e % t.shifts) end,
  case when n % 3 = 0 then sample.id_of(1 + e % t.geofences) end
from sample.tenant as t
cross join generate_series(1, t.attendance_days) as d
cross join generate_series(1, t.employees) as e
cross join lateral (select (d - 1) * t.employees + e as n) as r
cross join lateral (
  select
    sample.roll(t.chance_key, n, 'status', 6) as chance,
    (360 + sample.roll(t.chance_key, n, 'length', 240)) * interval '1 minute' as length
) as c
cross join lateral (
  select
    date '2024-01-01' + (d - 1 + (d - 1) / 5 * 2)::integer as work_date,
    timestamptz '2024-01-01 05:30:00+00' + (d - 1 + (d - 1) / 5 * 2) * interval '1 day'
      + sample.roll(t.chance_key, n, 'came', 14400) * interval '1 second' + t.no * interval '1 microsecond' as came
) as w;

select setval(pg_get_serial_sequence('attendance_attendance_record', 'id'), max(id) + 9) from attendance_attendance_record;
