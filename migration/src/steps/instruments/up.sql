-- What is traded, and which series there are of it. Both are identities: small, and read with every request.
create table instrument (
    id uuid primary key,
    venue text collate "C" not null,
    symbol text collate "C" not null,
    -- The names in lower case: two that differ by case alone can't live side by side.
    venue_folded text collate "C" not null,
    symbol_folded text collate "C" not null,
    asset_class text not null,
    currency text,
    zone text not null,
    sessions_per_year integer not null check (sessions_per_year >= 0),
    allows_nonpositive boolean not null,
    unique (venue, symbol),
    unique (venue_folded, symbol_folded)
);

create table price_series (
    id uuid primary key,
    instrument_id uuid not null references instrument (id),
    timeframe text collate "C" not null,
    -- Sorts as timeframes do: by unit, then by count.
    timeframe_order bigint not null,
    -- `VENUE:SYMBOL/timeframe` in lower case, for searches.
    key_folded text collate "C" not null,
    unique (instrument_id, timeframe_order)
);

grant select, insert, update on instrument to chandlery_app;
grant select, insert on price_series to chandlery_app;
grant select on seaql_migrations to chandlery_app;
