use clap::{CommandFactory, error::ErrorKind};

use super::*;

fn parse(line: &str) -> Result<Arguments, clap::Error> {
    Arguments::try_parse_from(["chandlery"].into_iter().chain(line.split_whitespace()))
}

#[test]
fn the_arguments_contradict_themselves_nowhere() {
    Arguments::command().debug_assert();
}

#[rstest::rstest]
#[case("import a.csv b.csv --series N:A/1d")]
#[case("import - --venue N --dry-run --json")]
#[case("import ./list --venue N")]
#[case("import a.csv list --venue N")]
#[case("import list")]
#[case("import list --json -n 3")]
#[case("import show last")]
#[case("import undo 01936f2e-8f2a-7cc0-8a55-3f2f6f1f7a10 --reason oops")]
#[case("export N:A/1d --start 2024-01-01 --as-of 3 --resample 1w --columns time,close -o a.parquet")]
#[case("series list goog --sort bars --desc")]
#[case("series diff N:A/1d --from 1 --to 3")]
#[case("series set N:A --zone America/New_York")]
#[case("series set N:A --zone -05:00")]
#[case("import a.csv --venue N --zone -05:00 --dry-run")]
#[case("series revert N:A/1d --to 0 --store file:./x")]
#[case("strategy list sma --removed")]
#[case("strategy show sma-cross --version 3 --toml")]
#[case("strategy check -")]
#[case("strategy put a.toml --note longer --json")]
#[case("strategy remove sma-cross --yes")]
#[case("strategy versions sma-cross -n 3")]
#[case("verify")]
#[case("copy --from file:./a --to file:./b --series NASDAQ:*/1d --verify-only --json")]
#[case("backup")]
#[case("backup --to b --verify-only")]
#[case("restore --from b --store file:./x")]
#[case("verify N:A/1d N:B/1d")]
#[case(
    "backtest run sma@2 --series N:A/1d --as-of 3 --start 2024-01-01 --set fast=10 --set slow=50 --cash 5000"
)]
#[case(
    "backtest run sma --series N:A/1d --commission-bps 5 --slippage-bps 1 --risk-free -0.5% --tag a --tag b"
)]
#[case("backtest show last --trades --json")]
#[case("backtest show 01936f2e-8f2a-7cc0-8a55-3f2f6f1f7a10 --trades 5 --equity")]
#[case("backtest list --strategy sma --series N:A/1d --status done --tag a --q cross --sort sharpe -n 3")]
#[case("backtest compare last 01936f2e-8f2a-7cc0-8a55-3f2f6f1f7a10")]
#[case("backtest verify --all")]
#[case("backtest verify last -q")]
#[case("backtest cancel last 01936f2e-8f2a-7cc0-8a55-3f2f6f1f7a10 --json")]
#[case("backtest edit last --title t --no-tags")]
#[case("backtest remove last --yes")]
#[case("backtest record -")]
#[case("sweep sma --series N:A/1d --grid fast=5..50:5 --grid slow=20,50 --by calmar --top 3")]
#[case("sweep list@1 --series N:A/1d --grid fast=5")]
#[case("sweep list -n 3")]
#[case("sweep show last --top 100")]
#[case("sweep cancel last 01936f2e-8f2a-7cc0-8a55-3f2f6f1f7a10")]
#[case("sweep remove last -y")]
#[case("completions bash")]
fn takes(#[case] line: &str) {
    if let Err(error) = parse(line) {
        panic!("{line}: {error}");
    }
}

#[rstest::rstest]
#[case("import", ErrorKind::MissingRequiredArgument)]
#[case("import --dry-run", ErrorKind::MissingRequiredArgument)]
#[case("import a.csv --series N:A/1d --venue N", ErrorKind::ArgumentConflict)]
#[case("import a.csv --series N:A", ErrorKind::ValueValidation)]
#[case("import a.csv --dialect yaho", ErrorKind::ValueValidation)]
#[case("import a.csv --zone Mars/Olympus", ErrorKind::ValueValidation)]
#[case("export N:A/1d --format xlsx", ErrorKind::ValueValidation)]
#[case("series set N:A", ErrorKind::MissingRequiredArgument)]
#[case("series revert N:A/1d", ErrorKind::MissingRequiredArgument)]
#[case("copy --from file:./a", ErrorKind::MissingRequiredArgument)]
#[case("restore", ErrorKind::MissingRequiredArgument)]
#[case("sweep", ErrorKind::MissingRequiredArgument)]
#[case("sweep sma --series N:A/1d", ErrorKind::MissingRequiredArgument)]
#[case("sweep sma --series N:A/1d --grid fast=9..1", ErrorKind::ValueValidation)]
#[case("backtest run sma", ErrorKind::MissingRequiredArgument)]
#[case("backtest verify last --all", ErrorKind::ArgumentConflict)]
#[case("backtest edit last", ErrorKind::MissingRequiredArgument)]
#[case("nonsense", ErrorKind::InvalidSubcommand)]
fn refuses(#[case] line: &str, #[case] kind: ErrorKind) {
    assert_eq!(parse(line).map(|_| ()).unwrap_err().kind(), kind, "{line}");
}

#[test]
fn a_path_that_is_named_like_an_action_is_given_with_its_folder() {
    let Command::Import(import) = parse("import ./list --venue N").unwrap().command else {
        panic!("no import")
    };
    assert!(format!("{import:?}").contains("\"./list\""));
}
