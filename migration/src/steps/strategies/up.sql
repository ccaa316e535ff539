-- Strategies: the log of each one's versions, which only grows, and the one mutable row that says where it ends.
create table strategy (
    name text collate "C" primary key,
    version bigint not null check (version > 0),
    -- The newest version when the strategy was removed: it is in use while there is a later one.
    removed_through bigint not null default 0
);

create table strategy_version (
    name text collate "C" not null,
    version bigint not null check (version > 0),
    document jsonb not null,
    -- The SHA-256 of the document's canonical JSON.
    digest text not null check (length(digest) = 64),
    author text not null,
    note text,
    saved_at bigint not null,
    primary key (name, version)
);
alter table strategy_version add foreign key (name) references strategy (name);

create view reporting.strategies as
select v.name, v.version, v.document ->> 'title' as title, v.document, v.digest, v.author, v.note,
       reporting.to_time(v.saved_at) as saved_at,
       v.version = s.version as is_newest,
       s.removed_through >= s.version as is_removed
from strategy_version v
join strategy s on s.name = v.name;
comment on view reporting.strategies is 'Every version of every strategy: what it says, who saved it, when and why.';

grant select, insert, update on strategy to chandlery_app;
grant select, insert on strategy_version to chandlery_app;
grant select on reporting.strategies to chandlery_reader, chandlery_app;
