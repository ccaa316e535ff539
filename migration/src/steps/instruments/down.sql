revoke select on seaql_migrations from chandlery_app;
drop table price_series;
drop table instrument;
