//! A server of one's own, in a temporary folder.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tokio::net::TcpSocket;

use super::binaries;

/// How long a server may take to start or stop.
const PATIENCE: Duration = Duration::from_mins(1);
/// Runs the server until its own input ends, which it does with the process that holds the other end.
const WATCH: &str = r#""$0" -D "$1" -p "$2" >>"$1.log" 2>&1 & server=$!
echo "$server"
cat >/dev/null
kill -QUIT "$server" 2>/dev/null
wait "$server"
if [ "$3" = remove ]; then rm -rf "$(dirname "$1")"; fi"#;

/// Whether what was committed survives a crash of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// As a server in earnest does it.
    Full,
    /// Nothing is synced: quick, and enough where only processes come and go.
    Fast,
}

/// A server that this process has started and stops.
#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    binaries: PathBuf,
    port: Port,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    watch: Child,
    server: String,
}

impl Cluster {
    /// Makes a cluster and starts its server.
    ///
    /// # Panics
    /// When there is no PostgreSQL on this machine (says what to do), or the server does not start.
    pub fn start(durability: Durability) -> Self {
        let binaries = binaries::find();
        let folder = tempfile::Builder::new()
            .prefix("chandlery-postgres-")
            .tempdir()
            .expect("a temporary folder can be made")
            .keep();
        if let Some((user, group)) = other_user() {
            chown(&folder, Some(user), Some(group)).expect("root may give folders away");
        }
        let mut cluster = Self {
            folder,
            binaries,
            port: Port::keep(),
            running: None,
        };
        cluster.make(durability);
        cluster.run();
        cluster
    }

    /// Returns the port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port.number
    }

    /// Returns the folder of the server's programs, `psql` and `pg_dump` among them where they are installed.
    pub fn binaries(&self) -> &Path {
        &self.binaries
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn command(&self, program: &str) -> Command {
        as_server(Command::new(self.binaries.join(program)), &self.folder)
    }

    fn make(&self, durability: Durability) {
        let mut initdb = self.command("initdb");
        initdb.args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ]);
        let made = initdb
            .arg("--pgdata")
            .arg(self.data())
            .output()
            .expect("initdb can be run");
        assert!(
            made.status.success(),
            "initdb failed: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        let mut settings = format!(
            "listen_addresses = '127.0.0.1'\nunix_socket_directories = '{}'\nmax_connections = 300\n\
             shared_buffers = '128MB'\nmax_wal_size = '2GB'\nlog_min_messages = warning\n",
            self.folder.display()
        );
        if durability == Durability::Fast {
            settings.push_str("fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n");
        }
        let mut file = fs::OpenOptions::new()
            .append(true)
            .open(self.data().join("postgresql.conf"))
            .expect("initdb wrote the settings");
        file.write_all(settings.as_bytes())
            .expect("settings can be written");
    }

    /// Starts the server, which must not be running, and waits until it answers.
    ///
    /// # Panics
    /// When it does not start.
    pub fn run(&mut self) {
        assert!(self.running.is_none(), "the server is running");
        let mut shell = as_server(Command::new("/bin/sh"), &self.folder);
        shell
            .arg("-c")
            .arg(WATCH)
            .arg(self.binaries.join("postgres"))
            .arg(self.data());
        shell.arg(self.port().to_string()).arg("remove");
        let mut watch = shell
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell can be run");
        let mut server = String::new();
        let mut byte = [0];
        let out = watch.stdout.as_mut().expect("it is a pipe");
        while out.read(&mut byte).expect("the shell answers") == 1 && byte[0] != b'\n' {
            server.push(char::from(byte[0]));
        }
        self.running = Some(Running { watch, server });
        self.wait_until_it_answers();
    }

    fn wait_until_it_answers(&self) {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let lock = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
            let ready = lock.lines().nth(7).is_some_and(|state| state.trim() == "ready");
            if ready && TcpStream::connect(("127.0.0.1", self.port())).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let log = fs::read_to_string(self.folder.join("data.log")).unwrap_or_default();
        panic!("PostgreSQL did not start within {PATIENCE:?}:\n{log}");
    }

    fn signal(&mut self, signal: &str) {
        let running = self.running.take().expect("the server is running");
        if signal == "-KILL" {
            // Who stands still starts no process that nobody would know of.
            send("-STOP", &running.server);
            wait_until(&running.server, "T");
        }
        let backends = children_of(&running.server);
        send(signal, &running.server);
        let lock = self.data().join("postmaster.pid");
        wait_until(&running.server, "Z");
        // The shell is ended without its last act, which would remove the data.
        let mut watch = running.watch;
        watch.kill().expect("the shell can be ended");
        watch.wait().expect("the shell ends");
        if signal == "-KILL" {
            // What a killed server leaves behind: processes that notice a moment later, and its lock.
            wait_for_orphans(&backends, self.port());
            drop(fs::remove_file(lock));
        }
    }

    /// Stops the server in order: it lets nobody in and breaks off what is under way.
    ///
    /// # Panics
    /// When it does not stop.
    pub fn stop(&mut self) {
        self.signal("-INT");
    }

    /// Stops the server at once, without a checkpoint: it recovers when it is started next.
    ///
    /// # Panics
    /// When it does not stop.
    pub fn stop_at_once(&mut self) {
        self.signal("-QUIT");
    }

    /// Kills the server with SIGKILL.
    ///
    /// # Panics
    /// When it can't be killed.
    pub fn kill(&mut self) {
        self.signal("-KILL");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut running) = self.running.take() {
            drop(running.watch.stdin.take());
            drop(running.watch.wait());
        } else {
            drop(fs::remove_dir_all(&self.folder));
        }
    }
}

fn send(signal: &str, process: &str) {
    let sent = Command::new("kill").args([signal, process]).status();
    assert!(
        sent.is_ok_and(|status| status.success()),
        "the server can be signalled"
    );
}

/// Tells whether a process is gone, or in a state such as `T` (stopped) or `Z` (ended).
fn is_gone_or(process: &str, state: &str) -> bool {
    let stat = fs::read_to_string(Path::new("/proc").join(process).join("stat")).unwrap_or_default();
    // The name before the state may contain anything.
    stat.rsplit(')')
        .next()
        .is_none_or(|rest| rest.is_empty() || rest.trim_start().starts_with(state))
}

fn wait_until(process: &str, state: &str) {
    let begun = Instant::now();
    while !is_gone_or(process, state) {
        assert!(begun.elapsed() < PATIENCE, "the server does not stop");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Returns the processes that a process has started.
fn children_of(process: &str) -> Vec<String> {
    let list = format!("/proc/{process}/task/{process}/children");
    let children = fs::read_to_string(list).unwrap_or_default();
    children.split_whitespace().map(str::to_owned).collect()
}

/// Waits until the processes of a killed server have ended, which could write to its files beside the next server,
/// and nothing listens on its port any more.
fn wait_for_orphans(backends: &[String], port: u16) {
    let begun = Instant::now();
    let lives = |process: &String| !is_gone_or(process, "Z");
    while backends.iter().any(lives) || TcpListener::bind(("127.0.0.1", port)).is_err() {
        assert!(
            begun.elapsed() < PATIENCE,
            "the port of a killed server stays taken"
        );
        thread::sleep(Duration::from_millis(5));
    }
}

/// Lets a program run as a user whom PostgreSQL serves, in a folder that this user may enter.
fn as_server(mut command: Command, folder: &Path) -> Command {
    if let Some((user, group)) = other_user() {
        command.uid(user).gid(group);
    }
    command
        .current_dir(folder)
        .env("LC_ALL", "C")
        .env_remove("PGDATA");
    command
}

/// Returns the user and group to run as, when this process runs as root.
fn other_user() -> Option<(u32, u32)> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let uid = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    if uid.split_whitespace().next() != Some("0") {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").expect("users are listed");
    let find = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    Some(
        find("postgres")
            .or_else(|| find("nobody"))
            .expect("root can run PostgreSQL as postgres or nobody"),
    )
}

/// A port that is kept while no server listens at it: nobody is given it who asks for any port that is free.
#[derive(Debug)]
struct Port {
    number: u16,
    /// It does not listen, and lets a server that also reuses addresses listen at the same port.
    _keeper: TcpSocket,
}

impl Port {
    fn keep() -> Self {
        let keeper = TcpSocket::new_v4().expect("a socket can be made");
        keeper.set_reuseaddr(true).expect("addresses can be reused");
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        keeper.bind(any).expect("a port is free");
        Self {
            number: keeper.local_addr().expect("it has an address").port(),
            _keeper: keeper,
        }
    }
}
