//! Figures of daily returns.

use super::{
    Basis, Better, Evidence, Figure, MetricDefinition, Unit,
    numbers::{are_equal, central_moment, deviation, mean, quantile, ratio, sum},
};

/// Returns come of amounts that are divided by each other.
const SCALE: f64 = 1.0;

const RUINED: &str = "the equity fell to zero or below, where returns end";
const NO_RETURNS: &str = "there are no daily returns";
const ONE_RETURN: &str = "there are fewer than two daily returns";
const NO_VOLATILITY: &str = "the daily returns do not vary";

const fn definition(
    name: &'static str,
    formula: &'static str,
    unit: Unit,
    better: Better,
    compute: fn(&Evidence<'_>) -> Figure,
) -> MetricDefinition {
    MetricDefinition {
        name,
        formula,
        unit,
        basis: Basis::Daily,
        better,
        compute,
    }
}

pub(super) const DEFINITIONS: &[MetricDefinition] = &[
    definition(
        "volatility",
        "std(daily, ddof 1) × √N",
        Unit::Fraction,
        Better::Lower,
        volatility,
    ),
    definition(
        "sharpe",
        "mean(daily − rf/N) ÷ std(daily, ddof 1) × √N",
        Unit::Ratio,
        Better::Higher,
        sharpe,
    ),
    definition(
        "sortino",
        "mean(daily − rf/N) ÷ √(mean(min(daily − rf/N, 0)²)) × √N",
        Unit::Ratio,
        Better::Higher,
        sortino,
    ),
    definition(
        "omega",
        "Σ max(daily, 0) ÷ Σ max(−daily, 0)",
        Unit::Ratio,
        Better::Higher,
        omega,
    ),
    definition(
        "value_at_risk_95",
        "5 % quantile of daily, linear; a loss is negative",
        Unit::Fraction,
        Better::Higher,
        value_at_risk,
    ),
    definition(
        "expected_shortfall_95",
        "mean of the daily returns at or below value_at_risk_95",
        Unit::Fraction,
        Better::Higher,
        expected_shortfall,
    ),
    definition(
        "skewness",
        "m₃ ÷ m₂^1.5, mₖ the k-th central moment of daily (biased)",
        Unit::Ratio,
        Better::Higher,
        skewness,
    ),
    definition(
        "kurtosis",
        "m₄ ÷ m₂² − 3, mₖ the k-th central moment of daily (biased, excess)",
        Unit::Ratio,
        Better::Lower,
        kurtosis,
    ),
    definition(
        "tail_ratio",
        "|95 % quantile ÷ 5 % quantile| of daily, linear",
        Unit::Ratio,
        Better::Higher,
        tail_ratio,
    ),
    definition(
        "alpha",
        "(mean(daily − rf/N) − beta × mean(market − rf/N)) × N, market the daily returns of the closes, both from the \
         second day on",
        Unit::Fraction,
        Better::Higher,
        alpha,
    ),
    definition(
        "beta",
        "cov(daily, market) ÷ var(market), market the daily returns of the closes, both from the second day on",
        Unit::Ratio,
        Better::Lower,
        beta,
    ),
];

fn returns<'a>(evidence: &'a Evidence<'_>) -> Result<&'a [f64], &'static str> {
    let returns = evidence.returns.as_deref().ok_or(RUINED)?;
    if returns.is_empty() {
        Err(NO_RETURNS)
    } else {
        Ok(returns)
    }
}

fn volatility(evidence: &Evidence<'_>) -> Figure {
    let deviation = deviation(returns(evidence)?, SCALE).ok_or(ONE_RETURN)?;
    Ok(deviation * evidence.periods.sqrt())
}

fn sharpe(evidence: &Evidence<'_>) -> Figure {
    let returns = returns(evidence)?;
    let deviation = deviation(returns, SCALE).ok_or(ONE_RETURN)?;
    let excess = mean(returns).ok_or(NO_RETURNS)? - evidence.risk_free;
    Ok(ratio(excess, deviation, NO_VOLATILITY)? * evidence.periods.sqrt())
}

fn sortino(evidence: &Evidence<'_>) -> Figure {
    let returns = returns(evidence)?;
    let excess = mean(returns).ok_or(NO_RETURNS)? - evidence.risk_free;
    let squares = returns.iter().map(|daily| {
        let below = (daily - evidence.risk_free).min(0.0);
        below * below
    });
    let downside = (sum(squares) / returns.len() as f64).sqrt();
    let reason = "no day returned less than money without risk";
    Ok(ratio(excess, downside, reason)? * evidence.periods.sqrt())
}

fn omega(evidence: &Evidence<'_>) -> Figure {
    let returns = returns(evidence)?;
    let gains = sum(returns.iter().map(|daily| daily.max(0.0)));
    let losses = sum(returns.iter().map(|daily| (-daily).max(0.0)));
    ratio(gains, losses, "no day lost")
}

fn quantile_of(evidence: &Evidence<'_>, fraction: f64) -> Figure {
    let ascending = evidence.ascending.as_deref().ok_or(RUINED)?;
    quantile(ascending, fraction).ok_or(NO_RETURNS)
}

fn value_at_risk(evidence: &Evidence<'_>) -> Figure {
    quantile_of(evidence, 0.05)
}

fn expected_shortfall(evidence: &Evidence<'_>) -> Figure {
    let limit = value_at_risk(evidence)?;
    let ascending = evidence.ascending.as_deref().ok_or(RUINED)?;
    let tail = ascending.partition_point(|daily| *daily <= limit);
    mean(&ascending[..tail]).ok_or(NO_RETURNS)
}

/// The moment of that power, divided by the variance to the power that takes its unit away.
fn standardised(evidence: &Evidence<'_>, power: i32) -> Figure {
    let returns = returns(evidence)?;
    if returns.len() < 2 {
        return Err(ONE_RETURN);
    }
    if are_equal(returns, SCALE) {
        return Err(NO_VOLATILITY);
    }
    let mean = mean(returns).ok_or(NO_RETURNS)?;
    let variance = central_moment(returns, mean, 2);
    let scale = if power == 3 {
        variance * variance.sqrt()
    } else {
        variance * variance
    };
    ratio(central_moment(returns, mean, power), scale, NO_VOLATILITY)
}

fn skewness(evidence: &Evidence<'_>) -> Figure {
    standardised(evidence, 3)
}

fn kurtosis(evidence: &Evidence<'_>) -> Figure {
    Ok(standardised(evidence, 4)? - 3.0)
}

fn tail_ratio(evidence: &Evidence<'_>) -> Figure {
    let (above, below) = (quantile_of(evidence, 0.95)?, quantile_of(evidence, 0.05)?);
    Ok(ratio(above, below, "the 5 % quantile of the daily returns is zero")?.abs())
}

/// The means of both returns from the second day on, and beta.
fn regression(evidence: &Evidence<'_>) -> Result<(f64, f64, f64), &'static str> {
    let market = evidence
        .market_returns
        .as_deref()
        .ok_or("a close is not above zero")?;
    let daily = returns(evidence)?.get(1..).unwrap_or_default();
    if daily.len() < 2 {
        return Err("there are fewer than three days");
    }
    if are_equal(market, SCALE) {
        return Err("the closes do not vary from day to day");
    }
    let mean_daily = mean(daily).ok_or(NO_RETURNS)?;
    let mean_market = mean(market).ok_or(NO_RETURNS)?;
    let pairs = daily.iter().zip(market);
    let products = pairs.map(|(daily, market)| (daily - mean_daily) * (market - mean_market));
    let squares = market
        .iter()
        .map(|market| (market - mean_market) * (market - mean_market));
    let beta = ratio(
        sum(products),
        sum(squares),
        "the closes do not vary from day to day",
    )?;
    Ok((mean_daily, mean_market, beta))
}

fn alpha(evidence: &Evidence<'_>) -> Figure {
    let (daily, market, beta) = regression(evidence)?;
    let rate = evidence.risk_free;
    Ok(((daily - rate) - beta * (market - rate)) * evidence.periods)
}

fn beta(evidence: &Evidence<'_>) -> Figure {
    regression(evidence).map(|(_, _, beta)| beta)
}
