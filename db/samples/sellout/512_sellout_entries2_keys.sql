-- A spreadsheet that is uploaded again must not count twice: the unique index is what the upsert names. There is none
-- on user_id, as nobody asked by it.

alter table sellout_entries2
  add constraint sellout_entries2_pkey primary key (id),
  add constraint sellout_entries2_month_check check (month between 1 and 12),
  add constraint sellout_entries2_user_id_fkey foreign key (user_id) references users (id),
  add constraint sellout_entries2_upload_id_fkey foreign key (upload_id) references uploads (id) on delete cascade,
  add constraint sellout_entries2_currency_fkey foreign key (currency) references currencies (code) on update cascade;
create unique index uq_sellout_entries2_line on sellout_entries2 (reseller, year, month, ean, upload_id);
create index ix_sellout_entries2_created_at on sellout_entries2 (created_at);
create index ix_sellout_entries2_year_month on sellout_entries2 (year, month);
create index ix_sellout_entries2_ean on sellout_entries2 (ean);
create index ix_sellout_entries2_upload_id on sellout_entries2 (upload_id);
