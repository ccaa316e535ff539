drop view reporting.strategies;
drop table strategy_version;
drop table strategy;
