//! The suite, tried on stores that get one thing wrong: each fault is found.

mod faulty;

use std::panic::{AssertUnwindSafe, catch_unwind};

use faulty::{Fault, FaultyHarness};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use testkit::{
    backtest,
    harness::{StoreHarness, run_case},
    job, market,
    model::{operations, run_against_model},
    strategy,
};

fn passes(fault: Fault, case: impl AsyncFnOnce(&dyn StoreHarness)) -> bool {
    catch_unwind(AssertUnwindSafe(|| run_case(&FaultyHarness(fault), case))).is_ok()
}

/// Makes tests of a fault and of cases that must find it; without the fault they pass.
macro_rules! found {
    ($($fault:ident by $($case:path),+;)*) => {
        $(
            #[expect(non_snake_case, reason = "the test bears the name of the fault")]
            #[test]
            fn $fault() {
                $(
                    assert!(passes(Fault::None, $case), "the case passes without a fault");
                    assert!(!passes(Fault::$fault, $case), "the case finds {:?}", Fault::$fault);
                )+
            }
        )*
    };
}

found! {
    VolumeZero by market::values::unknown_volumes_stay_unknown;
    MillisecondTimes by market::values::times_keep_their_microseconds, market::values::times_before_1970_are_kept;
    NoLimit by market::reads::a_limit_counts_in_the_order_of_the_read, market::reads::a_large_read_is_cut_where_it_should_be;
    LimitFromTheOldest by market::reads::a_limit_counts_in_the_order_of_the_read;
    ClosedRanges by market::reads::ranges_are_half_open;
    EveryColumn by market::reads::a_read_brings_the_columns_that_were_asked_for;
    TimeExcluded by market::versions::a_time_means_the_last_commit_at_or_before_it;
    ExpectsNothing by market::refusals::an_expected_version_must_be_the_head,
        market::concurrency::of_two_writers_that_expect_the_same_one_conflicts;
    NoKeys by market::idempotency::a_repeated_write_returns_its_commit, market::concurrency::a_write_that_is_repeated_at_once_is_made_once;
    SwallowedInput by market::refusals::an_input_that_fails_midway_stores_nothing;
    Collated by market::catalogue::keys_are_sorted_by_code_point;
    TiesSkipped by market::catalogue::three_pages_of_equal_rank_skip_and_repeat_nothing;
    StaleHead by market::lifetimes::another_handle_sees_each_commit_at_once;
    Forgetful by market::lifetimes::everything_is_there_after_a_restart;
    ForwardDiffs by market::diffs::any_two_versions_can_be_compared;
    RevertsAnything by market::reverting::a_revert_expects_its_head;
    OnePage by market::versions::commits_are_listed_page_by_page;
    SavesAnything by strategy::saves::an_expected_version_must_be_the_newest,
        strategy::saves::of_two_savers_that_expect_the_same_one_conflicts;
    NoNotes by strategy::saves::a_document_is_kept_with_every_field;
    ReplaysAnything by strategy::replays::a_version_that_is_another_one_conflicts,
        strategy::replays::a_replay_must_follow_the_last_version;
    RemovedForGood by strategy::catalogue::a_removed_strategy_is_in_no_list_but_its_versions_are_readable;
    CaseCounts by strategy::catalogue::names_are_searched_whatever_the_case_and_taken_literally;
    OldestFirst by strategy::catalogue::versions_are_listed_newest_first_page_by_page;
    RemovesAnything by strategy::catalogue::a_strategy_that_is_not_there_is_not_removed;
    RemovesUnseen by strategy::catalogue::a_strategy_is_removed_in_the_expected_version_alone,
        strategy::catalogue::a_removal_that_expects_what_others_replace_meanwhile_conflicts_or_comes_first;
    AddsAnything by backtest::records::another_backtest_of_the_id_conflicts,
        backtest::pins::a_version_of_other_contents_is_not_pinned;
    NoReasons by backtest::records::a_backtest_is_kept_with_every_field_bit_for_bit;
    SortedMetrics by backtest::records::a_backtest_is_kept_with_every_field_bit_for_bit;
    MissingFirst by backtest::catalogue::every_sort_runs_both_ways_with_missing_figures_last;
    TextInTitlesAlone by backtest::catalogue::text_is_searched_whatever_its_case_and_taken_literally;
    FewTrades by backtest::records::thousands_of_trades_come_back_in_order;
    RepeatsTrades by backtest::records::trades_are_listed_in_pages;
    EditsEverything by backtest::editing::title_notes_and_tags_change_each_alone;
    RemovesRunning by backtest::removing::a_queued_or_running_backtest_is_not_removed;
    NoPins by backtest::pins::a_series_is_held_until_the_last_backtest_of_it_is_removed;
    HalfSweeps by backtest::sweeps::when_one_thing_cannot_be_stored_nothing_is;
    RowsInLists by backtest::sweeps::sweeps_are_listed_newest_first_without_their_rows;
    EndlessLeases by job::leases::a_lease_that_runs_out_lets_another_worker_take_the_job;
    SameFence by job::leases::a_lease_that_runs_out_lets_another_worker_take_the_job;
    CountsEveryTaking by job::leases::the_taking_of_a_worker_that_was_stopped_is_no_attempt;
    NoFences by job::leases::a_job_that_is_given_back_is_queued_and_taken_at_once;
    DeafWorkers by job::cancelling::a_running_job_hears_of_it_when_it_renews;
    ForgottenEdits by job::ends::what_people_change_meanwhile_stays;
    WaitingJobsAlone by job::queue::jobs_are_listed_oldest_first_until_they_end;
    CancelsAnything by job::cancelling::what_has_ended_or_never_was_is_not_cancelled;
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
