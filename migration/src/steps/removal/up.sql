-- The only ways in which stored bars go away, and what holds them back.
create table series_pin (
    series_id uuid not null,
    version bigint not null,
    -- Who needs the version: `backtest:<id>`.
    holder text collate "C" not null,
    primary key (series_id, version, holder)
);
alter table series_pin add foreign key (series_id, version) references price_commit (series_id, version);

-- Forgets the chunks that only versions below `keep_from` show, but for pinned versions. Returns how many went.
create function prune_series(series uuid, keep_from bigint) returns bigint
    language plpgsql security definer set search_path = chandlery, pg_temp as $$
declare
    head bigint;
    gone bigint;
begin
    select version into head from series_head where series_id = series for update;
    if head is null or keep_from > head then
        raise exception 'version % of series % is not kept by its head', keep_from, series using errcode = '22023';
    end if;
    update series_head set kept_from = greatest(kept_from, keep_from) where series_id = series;
    delete from price_chunk c
    where c.series_id = series and c.retired_version <= keep_from
      and not exists (
          select from series_pin p
          where p.series_id = series and p.version >= c.version and p.version < c.retired_version);
    get diagnostics gone = row_count;
    return gone;
end $$;

-- Removes a series with all its history; refused while a version is pinned.
create function purge_series(series uuid) returns void
    language plpgsql security definer set search_path = chandlery, pg_temp as $$
declare
    holder text;
begin
    perform from series_head where series_id = series for update;
    select p.holder into holder from series_pin p where p.series_id = series limit 1;
    if holder is not null then
        raise exception 'series % is pinned by %', series, holder using errcode = '55006';
    end if;
    delete from reporting.daily_bar where series_id = series;
    delete from price_chunk where series_id = series;
    delete from price_commit where series_id = series;
    delete from series_head where series_id = series;
    delete from price_series where id = series;
end $$;

revoke execute on function prune_series(uuid, bigint), purge_series(uuid) from public;
grant execute on function prune_series(uuid, bigint), purge_series(uuid) to chandlery_app;
grant select, insert, delete on series_pin to chandlery_app;
