-- What people read with SQL: stable names, plain types, and nothing else for `chandlery_reader`.
create table reporting.daily_bar (
    series_id uuid not null,
    day date not null,
    open double precision not null,
    high double precision not null,
    low double precision not null,
    close double precision not null,
    -- Null when a bar of the day has an unknown volume.
    volume double precision,
    primary key (series_id, day)
);
alter table reporting.daily_bar add foreign key (series_id) references price_series (id);
comment on table reporting.daily_bar is
    'One row a day (in the zone of the instrument) of every series of daily bars or shorter ones, newest version.';

-- Times that the type can't hold, before 4713 BC, are shown as -infinity.
create function reporting.to_time(micros bigint) returns timestamptz
    language sql immutable parallel safe
    return case
        when micros < -210866803200000000 then timestamptz '-infinity'
        else timestamptz 'epoch' + micros * interval '1 microsecond'
    end;

create view reporting.series as
select s.id as series_id,
       i.venue || ':' || i.symbol || '/' || s.timeframe as series,
       i.venue, i.symbol, s.timeframe, i.asset_class, i.currency, i.zone,
       h.version, h.bars,
       reporting.to_time(h.first_time) as first_time,
       reporting.to_time(h.last_time) as last_time,
       h.gaps, encode(h.digest, 'hex') as digest, h.bytes,
       reporting.to_time(h.updated_at) as updated_at
from series_head h
join price_series s on s.id = h.series_id
join instrument i on i.id = s.instrument_id
where h.version > 0;
comment on view reporting.series is 'Every series in its newest version; bytes are those of its live chunks.';

create view reporting.commits as
select c.series_id,
       i.venue || ':' || i.symbol || '/' || s.timeframe as series,
       c.version, c.kind, c.author, c.reason, c.import_id, c.source_name, c.source_sha256,
       c.inserted, c.changed, c.deleted, c.bars, encode(c.digest, 'hex') as digest,
       reporting.to_time(c.committed_at) as committed_at
from price_commit c
join price_series s on s.id = c.series_id
join instrument i on i.id = s.instrument_id;
comment on view reporting.commits is 'Every version of every series: who made it, when, why and from what.';

grant usage on schema reporting to chandlery_app, chandlery_reader;
grant select, insert, update, delete on reporting.daily_bar to chandlery_app;
grant select on reporting.daily_bar, reporting.series, reporting.commits to chandlery_reader;
grant select on reporting.series, reporting.commits to chandlery_app;
