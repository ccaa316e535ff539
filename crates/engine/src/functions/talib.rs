//! Functions of TA-Lib, described by its own tables.

use domain::market::Column;
use ta_lib::{
    Core, RetCode,
    abstract_api::{
        FuncFlags, FuncId, FuncInfo, InputInfo, InputType, OptInputInfo, OptInputType, ParamHolder,
    },
};

use super::{Argument, ArgumentKind, Function, Implementation, Type};

/// A function of TA-Lib, and which of its outputs is meant.
#[derive(Debug, Clone)]
pub(crate) struct TaLib {
    pub(crate) id: FuncId,
    pub(crate) output: usize,
    /// For each constant argument, the options of TA-Lib that it sets.
    options: Vec<Vec<usize>>,
}

/// The options of a call as bits, in TA-Lib's order: whole ones as integers, others as those of an f64.
pub(crate) type Options = Box<[u64]>;

/// The functions under the names that rules call them by. Those that call the platform's `sin`, `exp` or `log` are
/// not among them, as their last digit may differ from machine to machine.
const NAMES: &[(&str, FuncId, usize)] = &[
    ("accbands_lower", FuncId::ACCBANDS, 2),
    ("accbands_middle", FuncId::ACCBANDS, 1),
    ("accbands_upper", FuncId::ACCBANDS, 0),
    ("ad", FuncId::AD, 0),
    ("adosc", FuncId::ADOSC, 0),
    ("adx", FuncId::ADX, 0),
    ("adxr", FuncId::ADXR, 0),
    ("apo", FuncId::APO, 0),
    ("aroon_down", FuncId::AROON, 0),
    ("aroon_up", FuncId::AROON, 1),
    ("aroonosc", FuncId::AROONOSC, 0),
    ("atr", FuncId::ATR, 0),
    ("avgdev", FuncId::AVGDEV, 0),
    ("avgprice", FuncId::AVGPRICE, 0),
    ("bbands_lower", FuncId::BBANDS, 2),
    ("bbands_middle", FuncId::BBANDS, 1),
    ("bbands_upper", FuncId::BBANDS, 0),
    ("beta", FuncId::BETA, 0),
    ("bop", FuncId::BOP, 0),
    ("cci", FuncId::CCI, 0),
    ("cmf", FuncId::CMF, 0),
    ("cmo", FuncId::CMO, 0),
    ("correl", FuncId::CORREL, 0),
    ("dema", FuncId::DEMA, 0),
    ("donchian_lower", FuncId::DONCHIAN, 2),
    ("donchian_middle", FuncId::DONCHIAN, 1),
    ("donchian_upper", FuncId::DONCHIAN, 0),
    ("dx", FuncId::DX, 0),
    ("ema", FuncId::EMA, 0),
    ("hma", FuncId::HMA, 0),
    ("imi", FuncId::IMI, 0),
    ("kama", FuncId::KAMA, 0),
    ("linearreg", FuncId::LINEARREG, 0),
    ("linearreg_intercept", FuncId::LINEARREG_INTERCEPT, 0),
    ("linearreg_slope", FuncId::LINEARREG_SLOPE, 0),
    ("macd", FuncId::MACD, 0),
    ("macd_hist", FuncId::MACD, 2),
    ("macd_signal", FuncId::MACD, 1),
    ("median", FuncId::MEDIAN, 0),
    ("medprice", FuncId::MEDPRICE, 0),
    ("mfi", FuncId::MFI, 0),
    ("midpoint", FuncId::MIDPOINT, 0),
    ("midprice", FuncId::MIDPRICE, 0),
    ("minus_di", FuncId::MINUS_DI, 0),
    ("minus_dm", FuncId::MINUS_DM, 0),
    ("mom", FuncId::MOM, 0),
    ("natr", FuncId::NATR, 0),
    ("obv", FuncId::OBV, 0),
    ("plus_di", FuncId::PLUS_DI, 0),
    ("plus_dm", FuncId::PLUS_DM, 0),
    ("ppo", FuncId::PPO, 0),
    ("rma", FuncId::RMA, 0),
    ("roc", FuncId::ROC, 0),
    ("rocp", FuncId::ROCP, 0),
    ("rocr", FuncId::ROCR, 0),
    ("rocr100", FuncId::ROCR100, 0),
    ("rsi", FuncId::RSI, 0),
    ("sar", FuncId::SAR, 0),
    ("sma", FuncId::SMA, 0),
    ("stddev", FuncId::STDDEV, 0),
    ("stoch_d", FuncId::STOCH, 1),
    ("stoch_k", FuncId::STOCH, 0),
    ("stochf_d", FuncId::STOCHF, 1),
    ("stochf_k", FuncId::STOCHF, 0),
    ("stochrsi_d", FuncId::STOCHRSI, 1),
    ("stochrsi_k", FuncId::STOCHRSI, 0),
    ("sum", FuncId::SUM, 0),
    ("t3", FuncId::T3, 0),
    ("tema", FuncId::TEMA, 0),
    ("trange", FuncId::TRANGE, 0),
    ("trima", FuncId::TRIMA, 0),
    ("trix", FuncId::TRIX, 0),
    ("tsf", FuncId::TSF, 0),
    ("typprice", FuncId::TYPPRICE, 0),
    ("ultosc", FuncId::ULTOSC, 0),
    ("var", FuncId::VAR, 0),
    ("vwma", FuncId::VWMA, 0),
    ("wclprice", FuncId::WCLPRICE, 0),
    ("willr", FuncId::WILLR, 0),
    ("wma", FuncId::WMA, 0),
    ("zlema", FuncId::ZLEMA, 0),
];

/// Describes the functions of TA-Lib that rules may call.
pub(super) fn functions() -> impl Iterator<Item = Function> {
    NAMES
        .iter()
        .map(|(name, id, output)| describe(name, *id, *output))
}

fn describe(name: &str, id: FuncId, output: usize) -> Function {
    let info = id.info();
    let (mut arguments, options) = (series_arguments(info), option_arguments(id));
    let mut sets = Vec::new();
    for (argument, set) in options {
        arguments.push(argument);
        sets.push(set);
    }
    let implementation = TaLib {
        id,
        output,
        options: sets,
    };
    let lookback = lookback(id, &implementation.default_options()).unwrap_or_default();
    let (hint, what) = (info.hint.trim_end_matches('.'), output_words(info, output));
    Function {
        name: name.to_owned(),
        summary: format!("{hint}{what}."),
        arguments,
        repeats: false,
        returns: Type::Number,
        warm_up: format!("that of its series and TA-Lib's lookback ({lookback} with the defaults)"),
        source: format!("TA-Lib `{}`{}", info.name, averages_words(info)),
        reads: price_columns(info).collect(),
        implementation: Implementation::TaLib(implementation),
    }
}

fn output_words(info: &FuncInfo, output: usize) -> String {
    if info.outputs.len() == 1 {
        return String::new();
    }
    let name = info.outputs[output].param_name.trim_start_matches("out");
    format!(
        ", {}",
        snake_case(name.trim_start_matches("Real")).replace('_', " ")
    )
}

/// Names the moving averages that TA-Lib takes by default: rules do not choose among them.
fn averages_words(info: &FuncInfo) -> String {
    let average = info.opt_inputs.iter().find_map(|option| match option.kind {
        OptInputType::IntegerList { values, default } => values.iter().find(|(value, _)| *value == default),
        _ => None,
    });
    average.map_or(String::new(), |(_, average)| format!(", averages by {average}"))
}

fn series_arguments(info: &FuncInfo) -> Vec<Argument> {
    let series = info.inputs.iter().filter(|input| input.kind == InputType::Real);
    let count = series.clone().count();
    series
        .enumerate()
        .map(|(index, _)| Argument {
            name: if count == 1 {
                "series".to_owned()
            } else {
                format!("series_{}", index + 1)
            },
            kind: ArgumentKind::Number,
        })
        .collect()
}

/// The constant arguments, each with the options that it sets. One width serves both Bollinger bands, so that
/// `bbands_lower(close, 20, 3)` is three deviations wide below and not above alone.
fn option_arguments(id: FuncId) -> Vec<(Argument, Vec<usize>)> {
    let mut arguments: Vec<(Argument, Vec<usize>)> = Vec::new();
    for (index, option) in id.info().opt_inputs.iter().enumerate() {
        let Some(kind) = option_kind(option) else { continue };
        if id == FuncId::BBANDS && option.param_name == "optInNbDevDn" {
            if let Some((argument, set)) = arguments.last_mut() {
                "deviations".clone_into(&mut argument.name);
                set.push(index);
            }
            continue;
        }
        let name = snake_case(option.param_name.trim_start_matches("optIn"));
        arguments.push((Argument { name, kind }, vec![index]));
    }
    arguments
}

fn option_kind(option: &OptInputInfo) -> Option<ArgumentKind> {
    match option.kind {
        OptInputType::IntegerRange {
            min, max, default, ..
        } => Some(ArgumentKind::Whole {
            min: f64::from(min),
            max: f64::from(max),
            default: Some(f64::from(default)),
        }),
        OptInputType::RealRange {
            min, max, default, ..
        } => Some(ArgumentKind::Real {
            min,
            max,
            default: Some(default),
        }),
        OptInputType::RealList { .. } | OptInputType::IntegerList { .. } => None,
    }
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    let mut before = '_';
    for character in name.chars() {
        if character.is_ascii_uppercase() && before.is_ascii_lowercase() {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
        before = character;
    }
    snake
}

/// Returns the columns of the bars that a function reads by itself, in the order of its inputs.
fn price_columns(info: &FuncInfo) -> impl Iterator<Item = Column> {
    info.inputs.iter().flat_map(input_columns)
}

/// The columns of a price input; none for a series. TA-Lib flags open, high, low, close and volume in the order of
/// [`Column::ALL`].
pub(crate) fn input_columns(input: &InputInfo) -> impl Iterator<Item = Column> + use<> {
    let flags = input.flags.bits();
    Column::ALL
        .into_iter()
        .filter(move |column| flags & (1 << *column as u32) != 0)
}

impl TaLib {
    /// Returns the options of a call with the constants that were given, in the order of the arguments.
    pub(crate) fn options(&self, constants: &[f64]) -> Options {
        let mut options = self.default_options();
        for (constant, set) in constants.iter().zip(&self.options) {
            for index in set {
                options[*index] = option_bits(&self.id.info().opt_inputs[*index], *constant);
            }
        }
        options
    }

    fn default_options(&self) -> Options {
        let default = |option: &OptInputInfo| match option.kind {
            OptInputType::RealRange { default, .. } | OptInputType::RealList { default, .. } => {
                option_bits(option, default)
            }
            OptInputType::IntegerRange { default, .. } => option_bits(option, f64::from(default)),
            OptInputType::IntegerList { default, .. } => option_bits(option, default as f64),
        };
        self.id.info().opt_inputs.iter().map(default).collect()
    }
}

fn option_bits(option: &OptInputInfo, value: f64) -> u64 {
    match option.kind {
        OptInputType::RealRange { .. } | OptInputType::RealList { .. } => value.to_bits(),
        OptInputType::IntegerRange { .. } | OptInputType::IntegerList { .. } => value as i64 as u64,
    }
}

/// Binds the options of a call.
pub(crate) fn bind<'core>(
    core: &'core Core,
    id: FuncId,
    options: &[u64],
) -> Result<ParamHolder<'core>, RetCode> {
    let mut call = id.new_call(core);
    for (index, bits) in options.iter().enumerate() {
        match id.info().opt_inputs[index].kind {
            OptInputType::RealRange { .. } | OptInputType::RealList { .. } => {
                call.set_opt_input(index, f64::from_bits(*bits))?;
            }
            OptInputType::IntegerRange { .. } | OptInputType::IntegerList { .. } => {
                call.set_opt_input(index, *bits as i64 as i32)?;
            }
        }
    }
    Ok(call)
}

/// Returns for how many bars a function is undefined at the beginning; `None` when TA-Lib refuses the options.
pub(crate) fn lookback(id: FuncId, options: &[u64]) -> Option<usize> {
    bind(&Core::new(), id, options).ok()?.lookback().ok()
}

/// Tells whether a function may give what is no finite number.
pub(crate) fn may_overflow(id: FuncId) -> bool {
    id.info().flags.contains(FuncFlags::NAN_INF_OUTPUT)
}

#[cfg(test)]
mod tests {
    use ta_lib::abstract_api::OutputType;

    use super::*;

    #[test]
    fn no_function_depends_on_the_platform_or_looks_ahead() {
        for (name, id, output) in NAMES {
            let info = id.info();
            assert!(!info.flags.contains(FuncFlags::USES_TRANSCENDENTAL), "{name}");
            assert!(!info.flags.contains(FuncFlags::DISPLAY_SHIFT), "{name}");
            // Every output is bound, whichever is meant.
            assert!(
                info.outputs.iter().all(|output| output.kind == OutputType::Real),
                "{name}"
            );
            assert!(*output < info.outputs.len(), "{name}");
        }
    }
}
