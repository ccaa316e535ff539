update backtest
set status = $2, finished_at = $3, trade_count = $4, point_count = $5, record = $6::json,
    total_return = ($7::double precision[])[1], cagr = ($7::double precision[])[2],
    volatility = ($7::double precision[])[3], sharpe = ($7::double precision[])[4],
    sortino = ($7::double precision[])[5], calmar = ($7::double precision[])[6],
    max_drawdown = ($7::double precision[])[7], exposure = ($7::double precision[])[8],
    trades = ($7::double precision[])[9], win_rate = ($7::double precision[])[10],
    profit_factor = ($7::double precision[])[11], expectancy = ($7::double precision[])[12]
where id = $1
