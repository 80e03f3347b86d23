-- References that the database does not know: they are told, and go on pointing where they did.
-- each: one, two
create table users (id bigint primary key, name text);
create table attachments (
  id bigint primary key,
  subject_type varchar(40), subject_id bigint,
  user_id bigint,
  reviewer_ids bigint[],
  external_id text,
  data jsonb
);
insert into users values (1, :tenant);
insert into attachments values (1, 'users', 1, 1, '{1,1}', 'x-1', '{"user_id": 1, "note": "n", "ids": [1]}'), (2, null, null, 4711, null, null, null);
