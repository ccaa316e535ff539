#!/bin/sh
# Makes the roles of the product with their passwords, and what else only an administrator may make, so that the
# migrator gets by with no right but to act as the owner of the tables. It is what `chandlery migrate up` makes when an
# administrator runs it: change both together.
#
# The image runs it once, when the cluster is new. It may be run again, to set passwords anew.
set -eu
PGPASSWORD="${PGPASSWORD:-$(cat "$POSTGRES_PASSWORD_FILE")}"
export PGPASSWORD
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
-- Read by psql itself: nothing of them is seen in the list of processes.
\set migrator_password `cat "$MIGRATOR_PASSWORD_FILE"`
\set app_password `cat "$APP_PASSWORD_FILE"`
\set reader_password `cat "$READER_PASSWORD_FILE"`

begin;
-- Whoever reads the server's log learns no password.
set local log_statement = 'none';
set local log_min_error_statement = 'panic';
set local password_encryption = 'scram-sha-256';
set local client_min_messages = 'warning';

select format('create role %I nologin', role) from unnest(array['chandlery_owner']) role
where not exists (select from pg_roles where rolname = role) \gexec
select format('create role %I login', role)
from unnest(array['chandlery_migrator', 'chandlery_app', 'chandlery_reader']) role
where not exists (select from pg_roles where rolname = role) \gexec

grant chandlery_owner to chandlery_migrator;
alter role chandlery_app set statement_timeout = '5s';
alter role chandlery_app set lock_timeout = '3s';
alter role chandlery_app set idle_in_transaction_session_timeout = '10s';
alter role chandlery_reader set statement_timeout = '30s';
alter role chandlery_reader set default_transaction_read_only = on;
alter role chandlery_migrator password :'migrator_password';
alter role chandlery_app password :'app_password';
alter role chandlery_reader password :'reader_password';

create extension if not exists btree_gist;
create schema if not exists chandlery authorization chandlery_owner;
create schema if not exists reporting authorization chandlery_owner;

select format('revoke all on database %I from public', current_database()) \gexec
select format('grant connect on database %I to chandlery_migrator, chandlery_app, chandlery_reader', current_database())
\gexec
-- Whoever may log in could fill the disk with large objects.
revoke execute on function lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea) from public;
commit;
SQL
