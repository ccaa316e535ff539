//! The list that names every case once, and stamps them on a harness.

/// Stamps the contract of [`JobStore`](domain::job::JobStore) on a harness.
#[macro_export]
macro_rules! job_contract {
    ($harness:expr) => {
        $crate::stamp_cases! { $harness, job;
            queue {
                nothing_is_taken_where_nothing_waits,
                an_enqueued_backtest_is_queued_and_has_no_result,
                a_taken_job_is_running_and_names_its_worker,
                a_taken_sweep_is_running,
                every_field_of_what_is_to_be_run_is_kept,
                the_oldest_job_is_taken_first,
                a_job_that_is_enqueued_again_is_left_as_it_is,
                another_one_of_the_id_conflicts,
                only_what_is_queued_is_enqueued,
                what_a_job_refers_to_must_be_there,
                jobs_are_listed_oldest_first_until_they_end,
                forty_jobs_are_taken_once_each_by_eight_workers,
            }
            leases {
                a_lease_that_runs_out_lets_another_worker_take_the_job,
                an_old_job_whose_lease_ran_out_comes_before_newer_ones,
                a_worker_that_renews_in_time_keeps_its_job,
                a_late_worker_keeps_its_job_as_long_as_nobody_took_it,
                a_lease_of_no_time_is_over_at_once,
                a_job_that_is_given_back_is_queued_and_taken_at_once,
                the_taking_of_a_worker_that_was_stopped_is_no_attempt,
                a_sweep_is_given_back_too,
                a_fence_that_was_never_given_out_opens_nothing,
                of_two_that_take_one_job_again_one_gets_it,
            }
            cancelling {
                a_waiting_job_is_cancelled_at_once,
                a_running_job_hears_of_it_when_it_renews,
                a_job_that_was_done_before_it_heard_of_it_is_done,
                a_job_whose_lease_ran_out_is_cancelled_at_once,
                a_cancelled_job_whose_worker_died_is_taken_by_nobody,
                a_cancelled_job_that_is_given_back_ends,
                what_has_ended_or_never_was_is_not_cancelled,
            }
            ends {
                an_end_stores_record_and_result_and_the_job_is_over,
                a_job_may_end_without_success,
                what_people_change_meanwhile_stays,
                a_sweep_ends_with_its_best_runs,
                a_sweep_ends_whole_or_not_at_all,
                what_is_another_one_or_has_not_ended_is_invalid,
                an_ended_backtest_can_be_removed_and_is_no_job_again,
            }
        }
    };
}
