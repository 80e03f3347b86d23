-- Words to make people and texts from. Letters beyond ASCII, apostrophes and spaces are on purpose.

create function sample.first_name(pick bigint) returns text
  language sql immutable parallel safe
  as $$
    select (array['Anna', 'Zoë', 'José', 'Łukasz', 'Jürgen', 'Siobhán', 'Mary Ann', 'Þór', 'Nguyễn', 'Олена', '美咲',
      'عمر', 'D''Angelo', 'Ivy', 'Björn', 'Chloé', 'Tomáš', 'Aoife', 'Max', 'Yusuf'])[1 + pick % 20]
  $$;

create function sample.last_name(pick bigint) returns text
  language sql immutable parallel safe
  as $$
    select (array['O''Brien', 'Müller', 'van der Berg', 'Smith-Jones', 'Şahin', 'Ó Súilleabháin', 'García', 'Nowak',
      'Ångström', 'de la Cruz', 'Иванова', '山田', 'Null', 'True', 'Ng', 'Weiß', 'Dvořák', 'Lee', 'Test', 'Quote"Mark'])[1 + pick % 20]
  $$;

create function sample.timezone(pick bigint) returns text
  language sql immutable parallel safe
  as $$
    select (array['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns',
      'Africa/Casablanca', 'Pacific/Apia', 'UTC'])[1 + pick % 8]
  $$;

create function sample.skill(pick bigint) returns text
  language sql immutable parallel safe
  as $$
    select (array['SQL', 'welding', 'C++', 'first aid', 'a,b', 'say "hi"', 'curly {braces}', 'back\slash', 'naïve café',
      'NULL'])[1 + pick % 10]
  $$;

-- Texts that break naive tools. Those without the canary are the constants listed in src/engine/sample/canary.ts.
create function sample.note(canary text, n bigint) returns text
  language sql immutable parallel safe
  as $text$
    select case n % 50
      when 1 then ''
      when 2 then 'NULL'
      when 3 then '\N'
      when 4 then '\.'
      when 5 then '{}'
      when 6 then '{NULL,"x"}'
      when 7 then ' '
      when 8 then canary || E'line one\nline two\r\n\tindented\n'
      when 9 then canary || 'it''s "quoted" and ''''doubled'''''
      when 10 then canary || 'C:\temp\new\x41 \\server\share\'
      when 11 then canary || '👩‍🚀🏽 🎉 𝔘𝔫𝔦𝔠𝔬𝔡𝔢'
      when 12 then canary || '''); drop table employees_employee; --'
      when 13 then canary || '{"looks": "like json", "n": null}'
      when 14 then canary || '$1 $$ $body$ :name %s %(name)s {{ template }} ${shell}'
      when 15 then canary || E'composed \u00e9, combined e\u0301, zero\u200bwidth, bom\ufeff'
      when 16 then canary || E'control \x01\x02\x1b[31m red \x7f'
      when 17 then '  ' || canary || 'spaces at both ends  '
      when 18 then canary || 'עברית مع العربية'
      when 19 then canary || '<script>alert(1)</script> & &amp; =cmd|'' /C calc''!A0'
      when 20 then canary || '2024-02-30T25:61:61Z 1e400 -0 NaN Infinity'
      else canary || 'met on the ' || (1 + n % 28) || '., nothing special'
    end
  $text$;
