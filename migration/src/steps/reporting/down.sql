drop view reporting.commits;
drop view reporting.series;
drop function reporting.to_time(bigint);
drop table reporting.daily_bar;
revoke usage on schema reporting from chandlery_app, chandlery_reader;
