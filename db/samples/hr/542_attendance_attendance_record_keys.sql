-- The geofence goes without taking the days with it; the index on the date is of the kind that is a few pages.

alter table attendance_attendance_record
  add constraint attendance_attendance_record_pkey primary key (id),
  add constraint attendance_attendance_re_employee_id_work_date_d38642e3_uniq
    unique (employee_id, work_date),
  add constraint attendance_attendance_record_status_check
    check (status in ('present', 'late', 'remote', 'absent', 'holiday')),
  add constraint attendance_attendance_record_source_check check (source in ('device', 'web', 'import')),
  add constraint attendance_attendance_record_left_after_came check (checked_out_at >= checked_in_at),
  add constraint attendance_attendanc_employee_id_f485a3d1_fk_employees
    foreign key (employee_id) references employees_employee (id) deferrable initially deferred,
  add constraint attendance_attendanc_shift_id_5aacf48e_fk_attendanc
    foreign key (shift_id) references attendance_shift (id) deferrable initially deferred,
  add constraint attendance_attendanc_geofence_id_5348228e_fk_attendanc
    foreign key (geofence_id) references attendance_geofence (id) on delete set null;

create index attendance_attendance_record_work_date_brin on attendance_attendance_record using brin (work_date);
create index attendance_attendance_record_open on attendance_attendance_record (work_date desc, employee_id)
  include (checked_in_at) where checked_out_at is null;
create index attendance_attendance_record_employee_id_f485a3d1 on attendance_attendance_record (employee_id);
create index attendance_attendance_record_shift_id_5aacf48e on attendance_attendance_record (shift_id);
create index attendance_attendance_record_geofence_id_5348228e on attendance_attendance_record (geofence_id);
