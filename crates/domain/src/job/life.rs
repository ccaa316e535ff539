//! What may become of a job, whichever store keeps it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Finished, Handback, JobProgress, JobState, Renewal, Ticket, Work};
use crate::{
    backtest::{self, RunStatus},
    error::{EntityRef, StoreError},
    id::JobId,
    market::Timestamp,
};

/// A worker's right to a job, for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The worker.
    pub worker: String,
    /// Until when nobody else takes the job.
    pub until: Timestamp,
}

/// What a store keeps of a job that has not ended, besides what is to be run. One that was just enqueued is the
/// default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct JobLife {
    /// How often it was taken: the fencing number of the last taking.
    pub fence: u64,
    /// How often it was tried: the takings, less those of workers that were stopped.
    #[serde(default)]
    pub attempts: u64,
    /// Who has it, if somebody has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    /// How far its worker is.
    #[serde(default)]
    pub progress: JobProgress,
    /// Whether it was told to stop.
    #[serde(default)]
    pub is_cancelled: bool,
}

/// What a store does with a job that nobody works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// It is to be given to a worker.
    Take,
    /// It was told to stop, and its worker is gone: it ends as cancelled.
    End,
    /// A worker has it.
    Leave,
}

impl JobLife {
    /// Tells what a worker that looks for a job at `now` does with this one.
    pub fn offer(&self, now: Timestamp) -> Offer {
        match (self.is_held(now), self.is_cancelled) {
            (true, _) => Offer::Leave,
            (false, true) => Offer::End,
            (false, false) => Offer::Take,
        }
    }

    /// Gives it to a worker.
    pub fn take(&mut self, job: JobId, worker: &str, lease: Duration, now: Timestamp) -> Ticket {
        self.fence += 1;
        self.attempts += 1;
        self.lease = Some(Lease {
            worker: worker.to_owned(),
            until: later(now, lease),
        });
        self.progress = JobProgress::default();
        let fence = self.fence;
        Ticket { job, fence }
    }

    /// Checks that it is the holder of `ticket` who has it; `life` is `None` when the job has ended. A lease that ran
    /// out is still its holder's as long as nobody else took the job.
    ///
    /// # Errors
    /// [`StoreError::Conflict`].
    pub fn held_by(life: Option<&Self>, ticket: Ticket) -> Result<&Self, StoreError> {
        let problem = match life {
            None => "it has ended; what this worker has of it is dropped",
            Some(life) if life.fence != ticket.fence => {
                "another worker took it since; what this one has of it is dropped"
            }
            Some(life) if life.lease.is_none() => "it was given back; it must be taken again",
            Some(life) => return Ok(life),
        };
        Err(StoreError::conflict(EntityRef::Job(ticket.job), problem))
    }

    /// Makes the lease last from `now` on, and tells the worker whether to go on. It is the holder's who asks.
    pub fn renew(&mut self, lease: Duration, progress: JobProgress, now: Timestamp) -> Renewal {
        self.progress = progress;
        if let Some(held) = &mut self.lease {
            held.until = later(now, lease);
        }
        if self.is_cancelled {
            Renewal::Cancel
        } else {
            Renewal::GoOn
        }
    }

    /// Gives it back, so that another worker may take it at once. One that was told to stop ends as cancelled: then
    /// this returns true.
    #[must_use = "a job that was told to stop is to be ended"]
    pub fn release(&mut self, why: Handback) -> bool {
        if why == Handback::Stopped {
            self.attempts = self.attempts.saturating_sub(1);
        }
        self.lease = None;
        self.progress = JobProgress::default();
        self.is_cancelled
    }

    /// Tells it to stop. One that no living worker has ends as cancelled at once: then this returns true.
    #[must_use = "a job that nobody has is to be ended"]
    pub fn cancel(&mut self, now: Timestamp) -> bool {
        self.is_cancelled = true;
        !self.is_held(now)
    }

    /// Returns what is told of it.
    pub fn state(&self) -> JobState {
        JobState {
            worker: self.lease.as_ref().map(|lease| lease.worker.clone()),
            progress: self.progress,
            is_cancelled: self.is_cancelled,
        }
    }

    /// Says that there is no job of that id, or it has ended.
    pub fn missing(id: JobId) -> StoreError {
        StoreError::NotFound(EntityRef::Job(id))
    }

    fn is_held(&self, now: Timestamp) -> bool {
        self.lease.as_ref().is_some_and(|lease| now < lease.until)
    }
}

impl Work {
    /// Returns how far it is.
    pub fn status(&self) -> RunStatus {
        match self {
            Self::Backtest(backtest) => backtest.status,
            Self::Sweep(sweep) => sweep.status,
        }
    }

    /// Sets how far it is.
    pub fn set_status(&mut self, status: RunStatus) {
        match self {
            Self::Backtest(backtest) => backtest.status = status,
            Self::Sweep(sweep) => sweep.status = status,
        }
    }

    /// Checks what is to be enqueued.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when its status is not queued, or one of its numbers is not finite.
    pub fn check(&self) -> Result<(), StoreError> {
        let (entity, status) = (self.entity(), self.status());
        if status != RunStatus::Queued {
            let text = format!("{entity} can't be enqueued: it is {status}, and must be queued");
            return Err(StoreError::Invalid(text));
        }
        match self {
            Self::Backtest(backtest) => backtest::check_numbers(backtest),
            Self::Sweep(sweep) => sweep.check_numbers(),
        }
    }

    /// Tells whether it is to be enqueued beside what is `stored` under its id: not when that one was asked for in the
    /// same words, whatever became of it since.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another one has its id.
    pub fn is_missing_beside(&self, stored: Option<&Self>) -> Result<bool, StoreError> {
        let same = match (stored, self) {
            (None, _) => return Ok(true),
            (Some(Self::Backtest(stored)), Self::Backtest(asked)) => stored.was_asked_as(asked),
            (Some(Self::Sweep(stored)), Self::Sweep(asked)) => stored.was_asked_as(asked),
            _ => false,
        };
        if same {
            Ok(false)
        } else {
            Err(backtest::taken(self.entity()))
        }
    }

    /// Names it in errors.
    pub fn entity(&self) -> EntityRef {
        match self {
            Self::Backtest(backtest) => backtest.entity(),
            Self::Sweep(sweep) => sweep.entity(),
        }
    }
}

impl Finished {
    /// Checks that this is how the job of `ticket` can end.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when it is another one's end, or none.
    pub fn check(&self, ticket: Ticket) -> Result<(), StoreError> {
        if self.id() != ticket.job {
            let text = format!("job {} can't be ended with what {} gave", ticket.job, self.id());
            return Err(StoreError::Invalid(text));
        }
        match self {
            Self::Backtest(new) => new.check(),
            Self::Sweep(sweep, best) => sweep.check(best),
        }
    }
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    Timestamp::saturating(now.micros().saturating_add(by))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    fn job() -> JobId {
        crate::id::BacktestId::from_uuid(uuid::Uuid::from_u128(1)).into()
    }

    fn second(number: i64) -> Timestamp {
        Timestamp::saturating(number * 1_000_000)
    }

    #[test]
    fn a_job_is_taken_again_when_its_lease_has_run_out_and_fences_the_first_worker_off() {
        let mut life = JobLife::default();
        let first = life.take(job(), "a", MINUTE, second(0));
        assert_eq!(life.offer(second(59)), Offer::Leave);
        assert!(JobLife::held_by(Some(&life), first).is_ok());
        assert_eq!(life.offer(second(60)), Offer::Take);
        assert!(
            JobLife::held_by(Some(&life), first).is_ok(),
            "nobody else took it yet"
        );
        let second_ticket = life.take(job(), "b", MINUTE, second(60));
        assert!(second_ticket.fence > first.fence);
        assert!(JobLife::held_by(Some(&life), first).is_err());
        assert!(JobLife::held_by(Some(&life), second_ticket).is_ok());
        assert!(JobLife::held_by(None, second_ticket).is_err());
    }

    #[test]
    fn a_renewal_lengthens_the_lease_and_tells_of_a_cancellation() {
        let mut life = JobLife::default();
        life.take(job(), "a", MINUTE, second(0));
        let progress = JobProgress { done: 1, total: 2 };
        assert_eq!(life.renew(MINUTE, progress, second(30)), Renewal::GoOn);
        assert_eq!(life.offer(second(89)), Offer::Leave);
        assert_eq!(life.state().progress, progress);
        assert!(!life.cancel(second(40)), "its worker is alive");
        assert_eq!(life.renew(MINUTE, progress, second(50)), Renewal::Cancel);
        assert_eq!(life.offer(second(110)), Offer::End, "its worker died");
    }

    #[test]
    fn a_job_that_nobody_has_ends_when_it_is_cancelled() {
        let mut life = JobLife::default();
        assert!(life.cancel(second(0)));
        let mut life = JobLife::default();
        life.take(job(), "a", MINUTE, second(0));
        assert!(life.cancel(second(60)));
    }

    #[test]
    fn a_job_that_was_given_back_is_nobodys() {
        let mut life = JobLife::default();
        let ticket = life.take(job(), "a", MINUTE, second(0));
        assert!(!life.release(Handback::Failed));
        assert!(JobLife::held_by(Some(&life), ticket).is_err());
        assert_eq!(life.offer(second(1)), Offer::Take);
        let ticket = life.take(job(), "b", MINUTE, second(1));
        assert_eq!(ticket.fence, 2);
        assert!(!life.cancel(second(2)));
        assert!(life.release(Handback::Failed), "it was told to stop");
    }

    #[test]
    fn the_taking_of_a_worker_that_was_stopped_is_no_attempt() {
        let mut life = JobLife::default();
        for (why, attempts) in [
            (Handback::Failed, 1),
            (Handback::Stopped, 1),
            (Handback::Failed, 2),
        ] {
            life.take(job(), "a", MINUTE, second(0));
            assert!(!life.release(why));
            assert_eq!(life.attempts, attempts);
        }
        assert_eq!(life.fence, 3, "fencing numbers never come again");
    }
}
