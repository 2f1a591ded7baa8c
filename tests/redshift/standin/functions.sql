-- What Redshift has and PostgreSQL lacks, or has with another meaning. Run once in each database, by a superuser.
-- The page named is the guide's.
set client_min_messages = warning;
set allow_system_table_mods = on;
create schema rs;
grant usage, create on schema rs to public;

create table rs.design (relation oid primary key, style text, dist_key text, sort_keys text[]);
create table rs.loaded (query serial, at timestamp not null default (now() at time zone 'UTC'), file_name text, rows bigint);
grant all on all tables in schema rs to public;
grant all on all sequences in schema rs to public;

-- r_GETDATE, r_SYSDATE: in the session's time zone, to the second and to the start of the transaction.
create function rs.getdate() returns timestamp stable language sql as 'select date_trunc(''second'', statement_timestamp() at time zone ''UTC'')';
create function rs.sysdate() returns timestamp stable language sql as 'select now() at time zone ''UTC''';

-- r_DATEADD_function: a month later is the same day or the month's last.
create function rs.dateadd(part text, n bigint, d timestamp) returns timestamp immutable strict language sql as $$
    select case part
        when 'quarter' then d + make_interval(months => (3 * n)::int)
        else d + n * ('1 ' || part)::interval
    end $$;
create function rs.dateadd(part text, n bigint, d date) returns timestamp immutable strict language sql as 'select rs.dateadd(part, n, d::timestamp)';
create function rs.dateadd(part text, n bigint, d timestamptz) returns timestamptz stable strict language sql as 'select rs.dateadd(part, n, d at time zone ''UTC'') at time zone ''UTC''';

-- r_DATEDIFF_function: counts the boundaries between the two. Where a week begins is not proven (docs/redshift-ledger.md).
create function rs.datediff(part text, a timestamp, b timestamp) returns bigint immutable strict language sql as $$
    select (case part
        when 'year' then extract(year from b) - extract(year from a)
        when 'quarter' then 4 * (extract(year from b) - extract(year from a)) + extract(quarter from b) - extract(quarter from a)
        when 'month' then 12 * (extract(year from b) - extract(year from a)) + extract(month from b) - extract(month from a)
        when 'week' then floor((b::date - date '1899-12-31') / 7.0) - floor((a::date - date '1899-12-31') / 7.0)
        when 'day' then b::date - a::date
        when 'hour' then extract(epoch from date_trunc('hour', b) - date_trunc('hour', a)) / 3600
        when 'minute' then extract(epoch from date_trunc('minute', b) - date_trunc('minute', a)) / 60
        when 'second' then extract(epoch from date_trunc('second', b) - date_trunc('second', a))
        when 'millisecond' then extract(epoch from b - a) * 1000
        when 'microsecond' then extract(epoch from b - a) * 1000000
    end)::bigint $$;

-- r_DATE_TRUNC: a timestamp for a date; PostgreSQL would make a timestamptz of it.
create function rs.date_trunc(part text, d timestamp) returns timestamp immutable strict language sql as 'select date_trunc(part, d)';
create function rs.date_trunc(part text, d date) returns timestamp immutable strict language sql as 'select date_trunc(part, d::timestamp)';
create function rs.date_trunc(part text, d timestamptz) returns timestamptz stable strict language sql as 'select date_trunc(part, d)';

-- CONVERT_TIMEZONE
create function rs.convert_timezone(target text, d timestamp) returns timestamp immutable strict language sql as 'select d at time zone ''UTC'' at time zone target';
create function rs.convert_timezone(target text, d timestamptz) returns timestamp immutable strict language sql as 'select d at time zone target';
create function rs.convert_timezone(source text, target text, d timestamp) returns timestamp immutable strict language sql as 'select d at time zone source at time zone target';

-- r_LAST_DAY, r_ADD_MONTHS: the last day of a month stays the last day, unlike DATEADD; r_MONTHS_BETWEEN_function.
create function rs.last_day(d timestamp) returns date immutable strict language sql as 'select (date_trunc(''month'', d) + interval ''1 month -1 day'')::date';
create function rs.add_months(d timestamp, n int) returns timestamp immutable strict language sql as $$
    select case
        when d::date = rs.last_day(d) then rs.last_day(date_trunc('month', d) + make_interval(months => n)) + (d - date_trunc('day', d))
        else d + make_interval(months => n)
    end $$;

create function rs.len(t text) returns int immutable strict language sql as 'select length(t)';
create function rs.charindex(part text, whole text) returns int immutable strict language sql as 'select position(part in whole)';
-- r_CONCAT: null if either is null. REGEXP_REPLACE: every occurrence.
create function rs.concat(a text, b text) returns text immutable strict language sql as 'select a || b';
create function rs.regexp_replace(t text, pattern text, replacement text default '') returns text immutable strict language sql as 'select regexp_replace(t, pattern, replacement, ''g'')';
create function rs.sha2(t text, bits int) returns text immutable strict language sql as $$
    select encode(case bits when 224 then sha224(convert_to(t, 'UTF8')) when 384 then sha384(convert_to(t, 'UTF8'))
        when 512 then sha512(convert_to(t, 'UTF8')) else sha256(convert_to(t, 'UTF8')) end, 'hex') $$;

-- r_Character_types: a cast cuts a text to so many bytes, and never inside a letter.
create function rs.clipped(t text, bytes int) returns text immutable strict language plpgsql as $$
declare cut text := left(t, bytes);
begin
    while octet_length(cut) > bytes loop cut := left(cut, length(cut) - 1); end loop;
    return cut;
end $$;

-- r_AVG: of integers a BIGINT, cut. Of NUMERIC it keeps the scale; how the last digit is rounded is not proven.
create function rs.avg_final(state numeric[]) returns bigint immutable language sql as
    'select case when state[2] = 0 then null else trunc(state[1] / state[2])::bigint end';
create function rs.avg_step(state numeric[], value bigint) returns numeric[] immutable language sql as
    'select case when value is null then state else array[state[1] + value, state[2] + 1] end';
create aggregate rs.avg(bigint) (sfunc = rs.avg_step, stype = numeric[], finalfunc = rs.avg_final, initcond = '{0,0}');
create function rs.avg_step(state numeric[], value int) returns numeric[] immutable language sql as 'select rs.avg_step(state, value::bigint)';
create aggregate rs.avg(int) (sfunc = rs.avg_step, stype = numeric[], finalfunc = rs.avg_final, initcond = '{0,0}');
create function rs.avg_step(state numeric[], value smallint) returns numeric[] immutable language sql as 'select rs.avg_step(state, value::bigint)';
create aggregate rs.avg(smallint) (sfunc = rs.avg_step, stype = numeric[], finalfunc = rs.avg_final, initcond = '{0,0}');
create function rs.avg_final_numeric(state numeric[]) returns numeric immutable language sql as
    'select case when state[2] = 0 then null else round(state[1] / state[2], state[3]::int) end';
create function rs.avg_step_numeric(state numeric[], value numeric) returns numeric[] immutable language sql as
    'select case when value is null then state else array[state[1] + value, state[2] + 1, greatest(state[3], scale(value))] end';
create aggregate rs.avg(numeric) (sfunc = rs.avg_step_numeric, stype = numeric[], finalfunc = rs.avg_final_numeric, initcond = '{0,0,0}');
create aggregate rs.avg(float8) (sfunc = float8_accum, stype = float8[], finalfunc = float8_avg, initcond = '{0,0,0}');

-- Called with each table that was made: its design, and a check of bytes for each text (r_Character_types).
-- A text whose width Redshift would derive is refused: it derives narrow ones, and a later insert fails on them.
create function rs.table_made(made regclass, style text, dist_key text, sort_keys text[], is_temporary boolean) returns void language plpgsql as $$
declare
    key text;
    field record;
begin
    foreach key in array array_remove(array_append(sort_keys, dist_key), null) loop
        if not exists (select 1 from pg_attribute where attrelid = made and attname = key and attnum > 0) then
            raise exception 'column "%" named in key does not exist', key using errcode = '42703';
        end if;
    end loop;
    for field in
        select attname, attnum, atttypmod - 4 as width from pg_attribute
        where attrelid = made and attnum > 0 and not attisdropped and atttypid in ('text'::regtype, 'varchar'::regtype)
    loop
        if field.width > 0 then
            perform rs.bytes_counted(made, field.attname, field.attnum, field.width);
        elsif not is_temporary then
            raise exception 'column "%" of % has no length: Redshift would derive one', field.attname, made
                using errcode = '0A000', detail = 'rule: unsized-text', hint = 'cast it to varchar(n)';
        end if;
    end loop;
    insert into rs.design values (made, style, dist_key, sort_keys)
    on conflict (relation) do update set style = excluded.style, dist_key = excluded.dist_key, sort_keys = excluded.sort_keys;
end $$;

create function rs.bytes_counted(made regclass, field name, place int, width int) returns void language plpgsql as $$
declare old name;
begin
    for old in select conname from pg_constraint where conrelid = made and starts_with(conname::text, 'rs_bytes_' || place || '_') loop
        execute format('alter table %s drop constraint %I', made, old);
    end loop;
    execute format('alter table %s add constraint %I check (octet_length(%I) <= %s)', made, 'rs_bytes_' || place || '_' || width, field, width);
end $$;

create function rs.recount(changed regclass) returns void language plpgsql as $$
declare field record;
begin
    for field in
        select attname, attnum, atttypmod - 4 as width from pg_attribute
        where attrelid = changed and attnum > 0 and not attisdropped and atttypid = 'varchar'::regtype and atttypmod > 0
    loop
        perform rs.bytes_counted(changed, field.attname, field.attnum, field.width);
    end loop;
end $$;

-- r_CREATE_VIEW, WITH NO SCHEMA BINDING: a function whose body is read anew at each call, behind a view.
create sequence rs.late_binding;
grant usage on sequence rs.late_binding to public;
create function rs.late_binding_view(view_name text, body text) returns void language plpgsql as $$
declare
    fields text;
    names text;
    reader text := 'rs.late_binding_' || nextval('rs.late_binding');
begin
    execute 'create temporary view rs_probe as ' || body;
    select
        string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' order by attnum)
    into fields
    from pg_attribute where attrelid = 'pg_temp.rs_probe'::regclass and attnum > 0;
    -- A view keeps the width of a column, a function does not: the view gives it back.
    select string_agg(
        case when atttypmod > 0 then format('%I::%s as %I', attname, format_type(atttypid, atttypmod), attname) else format('%I', attname) end,
        ', ' order by attnum
    ) into names
    from pg_attribute where attrelid = 'pg_temp.rs_probe'::regclass and attnum > 0;
    drop view pg_temp.rs_probe;
    set local check_function_bodies = off;
    execute format('create function %s() returns table (%s) stable language sql as %L', reader, fields, body);
    execute format('create view %s as select %s from %s()', view_name, names, reader);
end $$;

-- System views, as far as dbt-redshift and the loader read them.
create function pg_catalog.pg_get_late_binding_view_cols() returns setof record stable language sql as
    'select null::name, null::name, null::name, null::varchar, null::int where false';
create view pg_catalog.svv_external_columns as
    select null::text as schemaname, null::text as tablename, null::text as columnname, null::text as external_type, null::int as columnnum where false;
-- r_PG_TABLE_DEF: only tables of schemas in the search path.
create view pg_catalog.pg_table_def as
    select
        n.nspname as schemaname, c.relname as tablename, a.attname as "column", format_type(a.atttypid, a.atttypmod) as "type",
        'auto'::text as encoding, a.attname = d.dist_key as distkey, coalesce(array_position(d.sort_keys, a.attname::text), 0) as sortkey, a.attnotnull as "notnull"
    from pg_class as c
    inner join pg_namespace as n on c.relnamespace = n.oid
    inner join pg_attribute as a on c.oid = a.attrelid and a.attnum > 0 and not a.attisdropped
    left join rs.design as d on c.oid = d.relation
    where c.relkind = 'r' and n.nspname = any (current_schemas(false));
create view pg_catalog.sys_load_history as select query as query_id, file_name, rows as loaded_rows, at as start_time from rs.loaded;
grant select on pg_catalog.svv_external_columns, pg_catalog.pg_table_def, pg_catalog.sys_load_history to public;
