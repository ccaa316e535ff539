-- Bars: about 4,096 to a row, each column compressed on its own. A chunk is live from `version` until
-- `retired_version`, and nothing of it but that last number ever changes.
create table price_chunk (
    series_id uuid not null,
    first_time bigint not null,
    last_time bigint not null,
    -- Never used again, so that a reader who looks for a chunk never finds another.
    chunk_id uuid not null,
    bars integer not null check (bars > 0),
    bytes integer not null check (bytes > 0),
    version bigint not null,
    retired_version bigint,
    digest bytea not null check (octet_length(digest) = 16),
    -- The runs of bars without a hole; null when there are too many to write down.
    runs bytea,
    time bytea not null,
    open bytea not null,
    high bytea not null,
    low bytea not null,
    close bytea not null,
    volume bytea not null,
    primary key (series_id, first_time, chunk_id),
    check (last_time >= first_time),
    check (retired_version >= version),
    -- Two live chunks of a series never overlap: whoever writes, by whatever way, is held to it.
    exclude using gist (series_id with =, int8range(first_time, last_time, '[]') with &&)
        where (retired_version is null)
);
-- Compressed already: the database shall not try again.
alter table price_chunk
    alter column time set storage external,
    alter column open set storage external,
    alter column high set storage external,
    alter column low set storage external,
    alter column close set storage external,
    alter column volume set storage external;
alter table price_chunk add foreign key (series_id, version) references price_commit (series_id, version);
create index price_chunk_live on price_chunk (series_id, first_time) where retired_version is null;

-- What a long write has encoded and not committed. After a crash nobody needs it: it is not logged.
create unlogged table staged_chunk (
    staging_id uuid not null,
    chunk_id uuid not null,
    staged_at timestamptz not null default now(),
    time bytea not null,
    open bytea not null,
    high bytea not null,
    low bytea not null,
    close bytea not null,
    volume bytea not null,
    primary key (staging_id, chunk_id)
);
alter table staged_chunk
    alter column time set storage external,
    alter column open set storage external,
    alter column high set storage external,
    alter column low set storage external,
    alter column close set storage external,
    alter column volume set storage external;

alter table price_chunk enable row level security;
create policy chunks_are_read on price_chunk for select to chandlery_app using (true);
create policy chunks_are_added on price_chunk for insert to chandlery_app with check (retired_version is null);
-- A live chunk may be retired, and stays retired.
create policy chunks_are_retired on price_chunk for update to chandlery_app
    using (retired_version is null) with check (retired_version is not null);

grant select, insert, update (retired_version) on price_chunk to chandlery_app;
grant select, insert, delete on staged_chunk to chandlery_app;
