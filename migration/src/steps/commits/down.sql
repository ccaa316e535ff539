drop table series_head;
drop table price_commit;
