drop function purge_series(uuid);
drop function prune_series(uuid, bigint);
drop table series_pin;
