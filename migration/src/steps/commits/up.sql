-- The log of each series, which only grows, and the one mutable row that says where it ends.
create table price_commit (
    series_id uuid not null,
    version bigint not null check (version > 0),
    kind text not null,
    author text not null,
    reason text,
    import_id uuid,
    source_name text,
    source_sha256 text,
    inserted bigint not null check (inserted >= 0),
    changed bigint not null check (changed >= 0),
    deleted bigint not null check (deleted >= 0),
    bars bigint not null check (bars >= 0),
    digest bytea not null check (octet_length(digest) = 16),
    committed_at bigint not null,
    idempotency_key text collate "C",
    payload bytea check (octet_length(payload) = 16),
    primary key (series_id, version)
);
alter table price_commit add foreign key (series_id) references price_series (id);
create unique index price_commit_by_time on price_commit (series_id, committed_at);
create unique index price_commit_by_key on price_commit (series_id, idempotency_key)
    where idempotency_key is not null;

create table series_head (
    series_id uuid primary key,
    version bigint not null check (version >= 0),
    bars bigint not null check (bars >= 0),
    first_time bigint,
    last_time bigint,
    gaps bigint not null check (gaps >= 0),
    digest bytea not null check (octet_length(digest) = 16),
    bytes bigint not null check (bytes >= 0),
    updated_at bigint not null,
    -- The zone in which gaps and days were counted: that of the instrument, but for the moment after it was changed.
    zone text not null,
    -- Versions below this one have been pruned, but for pinned ones.
    kept_from bigint not null default 1
) with (fillfactor = 70);
alter table series_head add foreign key (series_id) references price_series (id);

grant select, insert on price_commit to chandlery_app;
grant select, insert, update on series_head to chandlery_app;
