//! A way to a server on which a test may put obstacles.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::AbortHandle,
};

/// What a client sends to end a transaction, in the protocol's simple form.
const COMMIT: &[u8] = b"commit\0";

/// What becomes of the bytes.
#[derive(Debug, Clone, Copy)]
struct Way {
    /// Connections with a lower number are closed.
    cut_below: u64,
    /// Connections with a lower number stand still.
    still_below: u64,
    delay: Duration,
}

#[derive(Debug)]
struct Shared {
    target: u16,
    way: watch::Sender<Way>,
    /// How many connections there have been.
    connections: AtomicU64,
    /// To how many commits the reply is still to be lost.
    replies_to_lose: AtomicU64,
    forgetting: Mutex<Option<Forgetting>>,
}

/// Which connections stand still from some message on.
#[derive(Debug, Clone, Copy)]
struct Forgetting {
    /// Those with a lower number.
    below: u64,
    /// What is part of the message.
    text: &'static str,
}

/// A proxy before a server on this machine, until it is dropped.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    listening: AbortHandle,
}

impl Proxy {
    /// Starts one before the server at a port of 127.0.0.1; it lets everything pass.
    ///
    /// # Panics
    /// When no port is free, or outside of a tokio runtime.
    pub async fn start(target: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        let port = listener.local_addr().expect("it has an address").port();
        let way = Way {
            cut_below: 0,
            still_below: 0,
            delay: Duration::ZERO,
        };
        let shared = Arc::new(Shared {
            target,
            way: watch::Sender::new(way),
            connections: AtomicU64::new(0),
            replies_to_lose: AtomicU64::new(0),
            forgetting: Mutex::new(None),
        });
        let listening = tokio::spawn(listen(listener, shared.clone())).abort_handle();
        Self {
            port,
            shared,
            listening,
        }
    }

    /// Returns the port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    fn change(&self, change: impl FnOnce(&mut Way)) {
        self.shared.way.send_modify(change);
    }

    fn next_number(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Closes all connections that there are; new ones may be made.
    pub fn cut(&self) {
        let next = self.next_number();
        self.change(|way| way.cut_below = next);
    }

    /// Closes all connections, and new ones at once, until [`Proxy::open`].
    pub fn close(&self) {
        self.change(|way| way.cut_below = u64::MAX);
    }

    /// Passes nothing on, on no connection, until [`Proxy::open`].
    pub fn stall(&self) {
        self.change(|way| way.still_below = u64::MAX);
    }

    /// Never passes anything on again on the connections that there are, and does not say so, as a network does that
    /// has forgotten them; new ones work.
    pub fn forget(&self) {
        let next = self.next_number();
        self.change(|way| way.still_below = next);
    }

    /// Forgets each of the connections that there are in the middle of something: when the client sends what has `text`
    /// in it.
    pub fn forget_at(&self, text: &'static str) {
        let below = self.next_number();
        *self.shared.forgetting() = Some(Forgetting { below, text });
    }

    /// Holds everything up for a while from now on.
    pub fn delay(&self, delay: Duration) {
        self.change(|way| way.delay = delay);
    }

    /// Takes all obstacles away.
    pub fn open(&self) {
        self.change(|way| {
            way.delay = Duration::ZERO;
            // Those that were closed stay so, and others are told from them by their number.
            way.cut_below = way.cut_below.min(self.next_number());
            way.still_below = 0;
        });
    }

    /// Lets the next `count` commits reach the server, and cuts the connection instead of passing the reply on.
    pub fn lose_replies_to_commits(&self, count: u64) {
        self.shared.replies_to_lose.store(count, Ordering::SeqCst);
    }

    /// Returns to how many commits the reply is still to be lost.
    pub fn replies_to_lose(&self) -> u64 {
        self.shared.replies_to_lose.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
        self.close();
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        let number = shared.connections.fetch_add(1, Ordering::SeqCst);
        let shared = shared.clone();
        tokio::spawn(async move {
            let mut way = shared.way.subscribe();
            tokio::select! {
                () = relay(client, &shared, number) => {}
                _ = way.wait_for(|way| number < way.cut_below) => {}
            }
        });
    }
}

impl Shared {
    fn forgetting(&self) -> std::sync::MutexGuard<'_, Option<Forgetting>> {
        self.forgetting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whether a connection is forgotten when its client sends this.
    fn forgets(&self, number: u64, sent: &[u8]) -> bool {
        self.forgetting().is_some_and(|Forgetting { below, text }| {
            let text = text.as_bytes();
            number < below && (text.is_empty() || sent.windows(text.len()).any(|part| part == text))
        })
    }

    /// Waits as long as what came on a connection is to be held up.
    async fn hold_up(&self, number: u64) {
        let mut way = self.way.subscribe();
        let passing = way.wait_for(|way| number >= way.still_below).await;
        let Ok(delay) = passing.map(|way| way.delay) else {
            return;
        };
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
    }

    /// Tells whether the reply to what a client sends is to be lost.
    fn loses_reply_to(&self, sent: &[u8]) -> bool {
        sent.windows(COMMIT.len()).any(|part| part == COMMIT)
            && self
                .replies_to_lose
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
                .is_ok()
    }
}

/// Passes bytes on both ways until one end closes.
async fn relay(mut client: TcpStream, shared: &Shared, number: u64) {
    shared.hold_up(number).await;
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", shared.target)).await else {
        return;
    };
    client.set_nodelay(true).ok();
    server.set_nodelay(true).ok();
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let (mut up, mut down) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    let mut loses_reply = false;
    loop {
        tokio::select! {
            read = from_client.read(&mut up) => {
                let Ok(count @ 1..) = read else { return };
                shared.hold_up(number).await;
                if shared.forgets(number, &up[..count]) {
                    std::future::pending::<()>().await;
                }
                loses_reply |= shared.loses_reply_to(&up[..count]);
                if to_server.write_all(&up[..count]).await.is_err() {
                    return;
                }
            }
            read = from_server.read(&mut down) => {
                let Ok(count @ 1..) = read else { return };
                shared.hold_up(number).await;
                if loses_reply || to_client.write_all(&down[..count]).await.is_err() {
                    return;
                }
            }
        }
    }
}
