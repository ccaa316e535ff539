insert into backtest
    (id, strategy, strategy_version, sweep_id, author, created_at, title, notes, tags, folded,
     status, finished_at, trade_count, point_count, record,
     total_return, cagr, volatility, sharpe, sortino, calmar, max_drawdown, exposure, trades, win_rate,
     profit_factor, expectancy)
values
    ($1, $8, $9, $10, $11, $12, $13, $14, $15, $16,
     $2, $3, $4, $5, $6::json,
     ($7::double precision[])[1], ($7::double precision[])[2], ($7::double precision[])[3],
     ($7::double precision[])[4], ($7::double precision[])[5], ($7::double precision[])[6],
     ($7::double precision[])[7], ($7::double precision[])[8], ($7::double precision[])[9],
     ($7::double precision[])[10], ($7::double precision[])[11], ($7::double precision[])[12])
