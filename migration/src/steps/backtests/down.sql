drop view reporting.trades;
drop view reporting.backtest_metrics;
drop view reporting.backtests;
drop function remove_sweep(uuid);
drop function remove_backtest(uuid);
drop table job;
drop table sweep_rows;
drop table sweep;
drop table reporting.equity;
drop table equity_chunk;
drop table trade;
drop table backtest_input;
drop table backtest;
drop function sign_order(double precision);
drop index series_pin_by_holder;
-- Nobody is left who needs what these hold back.
delete from series_pin where holder like 'backtest:%' or holder like 'sweep:%';
