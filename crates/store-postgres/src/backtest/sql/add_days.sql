insert into reporting.equity (backtest_id, day, equity, drawdown)
select $1, date '1970-01-01' + n.day, n.equity, n.drawdown
from unnest($2::integer[], $3::double precision[], $4::double precision[]) as n (day, equity, drawdown)
