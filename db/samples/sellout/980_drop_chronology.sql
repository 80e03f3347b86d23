-- What only the files of this system needed.

drop table sample.sheets;
drop table sample.people;
drop function sample.entries_until(bigint, bigint, bigint);
drop function sample.ean(text, bigint);
