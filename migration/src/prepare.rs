//! What must be there before the first migration: roles, schemas and an extension, and that strangers and readers are
//! kept out. Whatever is there already is left as it is, so that an administrator can make it with other rights than
//! the migrating user has.

use sqlx::{AssertSqlSafe, PgConnection, postgres::PgDatabaseError};

use crate::MigrationError;

/// A role, and how it is made.
struct Role {
    name: &'static str,
    make: &'static str,
}

const ROLES: [Role; 4] = [
    Role {
        name: "chandlery_owner",
        make: "create role chandlery_owner nologin",
    },
    Role {
        name: "chandlery_migrator",
        make: "create role chandlery_migrator login; grant chandlery_owner to chandlery_migrator",
    },
    Role {
        name: "chandlery_app",
        make: "create role chandlery_app login; \
               alter role chandlery_app set statement_timeout = '5s'; \
               alter role chandlery_app set lock_timeout = '3s'; \
               alter role chandlery_app set idle_in_transaction_session_timeout = '10s'",
    },
    Role {
        name: "chandlery_reader",
        make: "create role chandlery_reader login; \
               alter role chandlery_reader set statement_timeout = '30s'; \
               alter role chandlery_reader set default_transaction_read_only = on",
    },
];

/// Makes what is missing.
pub(crate) async fn prepare(connection: &mut PgConnection) -> Result<(), MigrationError> {
    for role in &ROLES {
        make_role(connection, role).await?;
    }
    become_owner(connection).await?;
    let extension = "create extension if not exists btree_gist";
    make(
        connection,
        "pg_extension where extname",
        "btree_gist",
        "the extension btree_gist is missing",
        extension,
    )
    .await?;
    for schema in ["chandlery", "reporting"] {
        let sql = format!("create schema if not exists {schema} authorization chandlery_owner");
        let missing = format!("the schema {schema} is missing");
        make(connection, "pg_namespace where nspname", schema, &missing, &sql).await?;
    }
    let sql = "grant usage on schema chandlery to chandlery_app";
    sqlx::raw_sql("set role chandlery_owner")
        .execute(&mut *connection)
        .await?;
    sqlx::raw_sql(sql).execute(&mut *connection).await?;
    sqlx::raw_sql("reset role").execute(&mut *connection).await?;
    close_to_strangers(&mut *connection).await?;
    forbid_large_objects(connection).await
}

async fn exists(
    connection: &mut PgConnection,
    place: &'static str,
    name: &str,
) -> Result<bool, MigrationError> {
    let sql = format!("select exists (select from {place} = $1)");
    Ok(sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(name)
        .fetch_one(connection)
        .await?)
}

/// Makes a thing unless it is there, and says what an administrator has to do where the right is missing.
async fn make(
    connection: &mut PgConnection,
    place: &'static str,
    name: &str,
    missing: &str,
    sql: &str,
) -> Result<(), MigrationError> {
    if exists(connection, place, name).await? {
        return Ok(());
    }
    match sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(connection)
        .await
    {
        Ok(_) => Ok(()),
        Err(error) if has_code(&error, &["42501"]) => Err(MigrationError::Right {
            missing: format!("{missing}, and this user may not make it"),
            remedy: format!("{sql};"),
        }),
        Err(error) => Err(error.into()),
    }
}

async fn make_role(connection: &mut PgConnection, role: &Role) -> Result<(), MigrationError> {
    let missing = format!("the role {} is missing", role.name);
    match make(
        connection,
        "pg_roles where rolname",
        role.name,
        &missing,
        role.make,
    )
    .await
    {
        // Roles belong to the server: somebody who migrates another of its databases was faster.
        Err(MigrationError::Database(error)) if has_code(&error, &["42710", "23505", "XX000"]) => Ok(()),
        other => other,
    }
}

/// Sees to it that this user can act as the owner of all tables.
async fn become_owner(connection: &mut PgConnection) -> Result<(), MigrationError> {
    let acts = "set role chandlery_owner; reset role";
    if sqlx::raw_sql(acts).execute(&mut *connection).await.is_ok() {
        return Ok(());
    }
    let granted = sqlx::raw_sql("grant chandlery_owner to current_user")
        .execute(&mut *connection)
        .await;
    match granted {
        Ok(_) => {
            sqlx::raw_sql(acts).execute(connection).await?;
            Ok(())
        }
        Err(error) if has_code(&error, &["42501"]) => {
            let user: String = sqlx::query_scalar("select current_user::text")
                .fetch_one(connection)
                .await?;
            Err(MigrationError::Right {
                missing: format!("{user} may not act as chandlery_owner"),
                remedy: format!("grant chandlery_owner to \"{}\";", user.replace('"', "\"\"")),
            })
        }
        Err(error) => Err(error.into()),
    }
}

/// Leaves the database to the roles of the product, if it is this user's to close: everybody may else make temporary
/// tables in it, readers too.
async fn close_to_strangers(connection: &mut PgConnection) -> Result<(), MigrationError> {
    let sql = "do $$ begin
        if (select pg_has_role(datdba, 'USAGE') from pg_database where datname = current_database()) then
            execute format('revoke all on database %I from public', current_database());
            execute format('grant connect on database %I to chandlery_migrator, chandlery_app, chandlery_reader',
                           current_database());
        end if;
    end $$";
    sqlx::raw_sql(sql).execute(connection).await?;
    Ok(())
}

/// Forbids to make large objects, if these functions are this user's to close: everybody may else fill the disk with
/// them, readers too.
async fn forbid_large_objects(connection: &mut PgConnection) -> Result<(), MigrationError> {
    let sql = "do $$ begin
        if (select pg_has_role(proowner, 'USAGE') from pg_proc where oid = 'lo_creat(integer)'::regprocedure) then
            revoke execute on function lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea) from public;
        end if;
    end $$";
    sqlx::raw_sql(sql).execute(connection).await?;
    Ok(())
}

fn has_code(error: &sqlx::Error, codes: &[&str]) -> bool {
    let database = error
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<PgDatabaseError>());
    database.is_some_and(|error| codes.contains(&error.code()))
}
