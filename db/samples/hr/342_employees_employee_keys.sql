-- Keys after rows: one sort per index instead of an insertion per row. The last statement closes the cycle.

alter table employees_employee
  add constraint employees_employee_pkey primary key (id),
  add constraint employees_employee_employee_code_key unique (employee_code),
  add constraint employees_employee_email_key unique (email),
  add constraint employees_employee_user_id_key unique (user_id),
  add constraint employees_employee_badge_number_check check (badge_number >= 0),
  add constraint employees_employee_left_after_hired check (left_on >= hired_on),
  add constraint employees_employee_preferences_shape check (jsonb_typeof(preferences) in ('object', 'array')),
  add constraint employees_employee_department_id_410c23c8_fk_employees
    foreign key (department_id) references employees_department (id) deferrable initially deferred,
  add constraint employees_employee_designation_id_00c584d7_fk_employees
    foreign key (designation_id) references employees_designation (id) deferrable initially deferred,
  add constraint employees_employee_location_id_a3b73d44_fk_employees
    foreign key (location_id) references employees_location (id) deferrable initially deferred,
  add constraint employees_employee_supervisor_id_624b662d_fk_employees
    foreign key (supervisor_id) references employees_employee (id) deferrable initially deferred,
  add constraint employees_employee_user_id_27bed289_fk_authentication_user_id
    foreign key (user_id) references authentication_user (id) deferrable initially deferred;

create unique index employees_employee_code_upper on employees_employee (upper(employee_code));
create index employees_employee_active_name on employees_employee (last_name, first_name) where is_active;
create index employees_employee_skills_gin on employees_employee using gin (skills);
create index employees_employee_employee_code_fb9b0c8f_like on employees_employee (employee_code varchar_pattern_ops);
create index employees_employee_email_14fffd5e_like on employees_employee (email varchar_pattern_ops);
create index employees_employee_department_id_410c23c8 on employees_employee (department_id);
create index employees_employee_designation_id_00c584d7 on employees_employee (designation_id);
create index employees_employee_location_id_a3b73d44 on employees_employee (location_id);
create index employees_employee_supervisor_id_624b662d on employees_employee (supervisor_id);

alter table employees_department
  add constraint employees_department_manager_id_1a8d2cf6_fk_employees
  foreign key (manager_id) references employees_employee (id) deferrable initially deferred;
