//! Bars on their way to a client: as a stream with bounded memory.

use std::{
    io::{self, Write},
    time::Duration,
};

use actix_web::web;
use app::{
    export::{ExportRequest, export},
    progress::Unobserved,
};
use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt, stream};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, mpsc},
};

use crate::{context::Context, problem::ApiError};

/// How much is gathered before it is sent, bytes.
const BLOCK: usize = 256 << 10;
/// How long a client may read nothing before its answer is broken off.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many blocks wait for a client that reads slowly.
const BLOCKS_AHEAD: usize = 4;

type Block = Result<Bytes, ApiError>;

/// Takes what an encoder writes, on a thread that may block.
struct BlockWriter {
    sender: mpsc::Sender<Block>,
    gathered: BytesMut,
    runtime: Handle,
}

impl BlockWriter {
    fn send(&mut self) -> io::Result<()> {
        let block = self.gathered.split().freeze();
        let gone = |_| {
            io::Error::new(
                io::ErrorKind::BrokenPipe,
                "the client has gone away or reads nothing",
            )
        };
        let sent = self.sender.send_timeout(Ok(block), PATIENCE);
        self.runtime.block_on(sent).map_err(gone)
    }
}

impl Write for BlockWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= BLOCK {
            self.send()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gathered.is_empty() {
            Ok(())
        } else {
            self.send()
        }
    }
}

/// Encodes bars as they are sent. What fails before the first block is an error; what fails later breaks the answer
/// off, so that nobody takes it for whole.
pub(super) async fn streamed(
    context: &web::Data<Context>,
    request: ExportRequest,
    turn: OwnedSemaphorePermit,
) -> Result<impl Stream<Item = Block> + 'static, ApiError> {
    let (sender, mut receiver) = mpsc::channel(BLOCKS_AHEAD);
    let (stores, failures) = (context.stores.clone(), sender.clone());
    context.spawn(async move {
        let _turn = turn;
        let writer = BlockWriter {
            sender,
            gathered: BytesMut::with_capacity(BLOCK + (64 << 10)),
            runtime: Handle::current(),
        };
        if let Err(error) = export(&stores, request, writer, &Unobserved).await {
            // A client that has gone away does not want to know.
            failures.send(Err(error.into())).await.ok();
        }
    });
    let first = receiver.recv().await.transpose()?;
    let rest = stream::unfold(receiver, |mut receiver| async {
        let block = receiver.recv().await?;
        if let Err(error) = &block {
            tracing::error!(%error, "an answer broke off");
        }
        Some((block, receiver))
    });
    Ok(stream::iter(first.map(Ok)).chain(rest))
}
