//! The suite, tried on stores that get one thing wrong: each fault is found.

mod faulty;

use std::panic::{AssertUnwindSafe, catch_unwind};

use faulty::{Fault, FaultyHarness};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use testkit::{
    harness::{StoreHarness, run_case},
    market,
    model::{operations, run_against_model},
};

fn passes(fault: Fault, case: impl AsyncFnOnce(&dyn StoreHarness)) -> bool {
    catch_unwind(AssertUnwindSafe(|| run_case(&FaultyHarness(fault), case))).is_ok()
}

/// Makes tests of a fault and of cases that must find it; without the fault they pass.
macro_rules! found {
    ($($fault:ident by $($topic:ident::$case:ident),+;)*) => {
        $(
            #[expect(non_snake_case, reason = "the test bears the name of the fault")]
            #[test]
            fn $fault() {
                $(
                    assert!(passes(Fault::None, market::$topic::$case), "the case passes without a fault");
                    assert!(!passes(Fault::$fault, market::$topic::$case), "the case finds {:?}", Fault::$fault);
                )+
            }
        )*
    };
}

found! {
    VolumeZero by values::unknown_volumes_stay_unknown;
    MillisecondTimes by values::times_keep_their_microseconds, values::times_before_1970_are_kept;
    NoLimit by reads::a_limit_counts_in_the_order_of_the_read, reads::a_large_read_is_cut_where_it_should_be;
    LimitFromTheOldest by reads::a_limit_counts_in_the_order_of_the_read;
    ClosedRanges by reads::ranges_are_half_open;
    EveryColumn by reads::a_read_brings_the_columns_that_were_asked_for;
    TimeExcluded by versions::a_time_means_the_last_commit_at_or_before_it;
    ExpectsNothing by refusals::an_expected_version_must_be_the_head,
        concurrency::of_two_writers_that_expect_the_same_one_conflicts;
    NoKeys by idempotency::a_repeated_write_returns_its_commit, concurrency::a_write_that_is_repeated_at_once_is_made_once;
    SwallowedInput by refusals::an_input_that_fails_midway_stores_nothing;
    Collated by catalogue::keys_are_sorted_by_code_point;
    TiesSkipped by catalogue::three_pages_of_equal_rank_skip_and_repeat_nothing;
    StaleHead by lifetimes::another_handle_sees_each_commit_at_once;
    Forgetful by lifetimes::everything_is_there_after_a_restart;
    ForwardDiffs by diffs::any_two_versions_can_be_compared;
    RevertsAnything by reverting::a_revert_expects_its_head;
    OnePage by versions::commits_are_listed_page_by_page;
}

/// Tells after how many random sequences the model finds a fault.
fn sequences_to_find(fault: Fault) -> Option<usize> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be started");
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    (1..=100).find(|_| {
        let operations = operations(40)
            .new_tree(&mut runner)
            .expect("nothing is filtered out")
            .current();
        let run = || {
            runtime
                .block_on(run_against_model(&FaultyHarness(fault), &operations))
                .is_err()
        };
        catch_unwind(AssertUnwindSafe(run)).unwrap_or(true)
    })
}

#[test]
fn random_operations_find_faults_within_a_hundred_sequences() {
    let faults = [
        Fault::VolumeZero,
        Fault::NoLimit,
        Fault::LimitFromTheOldest,
        Fault::ClosedRanges,
        Fault::EveryColumn,
        Fault::TimeExcluded,
        Fault::ExpectsNothing,
        Fault::NoKeys,
        Fault::StaleHead,
        Fault::Forgetful,
        Fault::ForwardDiffs,
        Fault::RevertsAnything,
        Fault::OnePage,
    ];
    for fault in faults {
        assert!(sequences_to_find(fault).is_some(), "{fault:?} stays hidden");
    }
    assert_eq!(sequences_to_find(Fault::None), None);
}

#[test]
fn every_case_is_named_in_a_list() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for folder in ["market", "strategy", "backtest", "job"].map(|part| source.join(part)) {
        let lists = std::fs::read_to_string(folder.join("lists.rs")).unwrap();
        let named: Vec<&str> = lists
            .lines()
            .map(|line| line.trim().trim_end_matches(','))
            .collect();
        for file in std::fs::read_dir(folder).unwrap() {
            let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for case in source
                .lines()
                .filter_map(|line| line.strip_prefix("pub async fn "))
            {
                let case = case.split('(').next().unwrap();
                assert!(
                    named.contains(&case),
                    "{case} is in no list, so no store is held to it"
                );
            }
        }
    }
}
