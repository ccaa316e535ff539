-- Imports: the whole record as a document, and what lists and reports ask for.
create table import (
    id uuid primary key,
    state text not null,
    author text not null,
    started_at bigint not null,
    finished_at bigint,
    document text not null
);
grant select, insert, update on import to chandlery_app;
