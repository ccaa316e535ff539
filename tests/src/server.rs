//! Running `chandlery serve`.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, ExitStatus},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crate::{Place, Program, binary};

/// A server on the store of a place; it is killed on drop.
pub struct Server {
    child: Child,
    url: String,
    log: Arc<Mutex<String>>,
    /// Who collects the log; ends when the server has.
    collector: Option<thread::JoinHandle<()>>,
}

/// How long the server may take for what has no limit of its own.
const PATIENCE: Duration = Duration::from_mins(1);

impl Server {
    /// Starts one at a free port and waits until it listens.
    pub fn start(place: &Place) -> Self {
        Self::start_with(place, &[], &[])
    }

    /// Starts one with further arguments and environment variables.
    pub fn start_with(place: &Place, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let serve = ["serve", "--listen", "127.0.0.1:0"];
        let program = place.program(serve.into_iter().chain(arguments.iter().copied()));
        Self::run(place, program, environment)
    }

    /// Starts one on a store elsewhere in the place.
    pub fn start_at(place: &Place, store: &str) -> Self {
        let serve = ["serve", "--listen", "127.0.0.1:0", "--store", store];
        let program = Program::new(serve).within(place.folder());
        Self::run(place, program, &[])
    }

    fn run(place: &Place, program: Program, environment: &[(&str, &str)]) -> Self {
        // Who is killed leaves uploads behind; they go with the place.
        let temporary = place.path("temporary");
        std::fs::create_dir_all(&temporary).expect("a folder can be made");
        let program = program.with_env("TMPDIR", &temporary.display().to_string());
        let binary = binary();
        assert!(
            binary.is_file(),
            "there is no program at {}; `cargo xtask test` builds it",
            binary.display()
        );
        let set = |program: Program, (name, value): &(&str, &str)| program.with_env(name, value);
        let mut child = environment.iter().fold(program, set).start();
        let (log, collector) = collected(child.stderr.take().expect("standard error is piped"));
        let mut out = BufReader::new(child.stdout.take().expect("standard output is piped"));
        let mut line = String::new();
        out.read_line(&mut line).expect("standard output can be read");
        let url = line.rsplit_once(" at ").map(|(_, url)| url.trim().to_owned());
        let Some(url) = url else {
            child.kill().ok();
            child.wait().ok();
            panic!(
                "the server says `{line}`, not where it listens: {}",
                text_of(&log)
            );
        };
        // Who prints to a pipe that nobody reads fails.
        thread::spawn(move || out.read_to_string(&mut String::new()));
        Self {
            child,
            url,
            log,
            collector: Some(collector),
        }
    }

    /// Returns where it is, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns address and port.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Checks that it writes something to standard error. What it wrote before it answered is read by another thread,
    /// which may come to it only after the answer was read.
    pub fn assert_logs(&self, wanted: impl Fn(&str) -> bool) {
        let begin = Instant::now();
        loop {
            let log = text_of(&self.log);
            if wanted(&log) {
                return;
            }
            assert!(begin.elapsed() < PATIENCE, "it is not in the log: {log}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends it, unless it has ended, and returns all that it has written to standard error.
    pub fn whole_log(&mut self) -> String {
        let ended = self.child.try_wait().expect("the server can be waited for");
        if ended.is_none() {
            self.terminate();
            let status = self.ended_within(PATIENCE);
            assert!(status.success(), "{status}: {}", text_of(&self.log));
        }
        if let Some(collector) = self.collector.take() {
            collector.join().expect("the log is collected to its end");
        }
        text_of(&self.log)
    }

    /// Ends it and checks that nothing in it has panicked.
    pub fn assert_nothing_panicked(&mut self) {
        let log = self.whole_log();
        assert!(!log.contains("panicked"), "{log}");
    }

    /// Returns how much of its memory is resident, KiB.
    pub fn resident_kib(&self) -> u64 {
        self.memory_kib("VmRSS:")
    }

    /// Returns the most memory that it has had resident, KiB.
    pub fn peak_kib(&self) -> u64 {
        self.memory_kib("VmHWM:")
    }

    fn memory_kib(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .expect("the server's status can be read");
        let line = status.lines().find(|line| line.starts_with(name));
        let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
        kib.expect("the status tells how much memory is resident")
    }

    /// Kills it on the spot, as losing power to the process would.
    pub fn kill(&mut self) {
        self.child.kill().expect("the server can be killed");
        self.child.wait().expect("the server has ended");
    }

    /// Asks it to end.
    pub fn terminate(&self) {
        let sent = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        assert!(sent.expect("`kill` can be run").success());
    }

    /// Waits for its end.
    pub fn ended_within(&mut self, limit: Duration) -> ExitStatus {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the server can be waited for") {
                return status;
            }
            assert!(
                begin.elapsed() < limit,
                "the server has not ended: {}",
                text_of(&self.log)
            );
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn text_of(log: &Mutex<String>) -> String {
    log.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn collected(stderr: impl Read + Send + 'static) -> (Arc<Mutex<String>>, thread::JoinHandle<()>) {
    let log = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&log);
    let collector = thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            let mut log = kept.lock().unwrap_or_else(PoisonError::into_inner);
            log.push_str(&line);
            log.push('\n');
        }
    });
    (log, collector)
}
