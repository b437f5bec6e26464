//! Clients that stay and answer pings: what a connection costs.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::Figures;
use super::stage::Stage;
use crate::connection::{Client, LOST};
use crate::error::LoadError;
use crate::progress::{Counts, count, uncount};

/// Plays it.
pub(super) async fn run(stage: &mut Stage, hold: Duration) -> Result<Figures, LoadError> {
    let (over, _) = watch::channel(false);
    let (dialer, join, counts) = (
        stage.dialer.clone(),
        stage.join.clone(),
        stage.counts.clone(),
    );
    let open = |_| {
        let (dialer, join) = (dialer.clone(), join.clone());
        let (counts, over) = (counts.clone(), over.subscribe());
        async move {
            let client = Client::join(&dialer, &join, None).await?;
            // At once: opening all may take longer than a ping may wait.
            Ok(tokio::spawn(stay(client, over, counts)))
        }
    };
    let staying = stage.open_each(stage.connections, open).await?;
    tokio::time::sleep(hold).await;
    stage.end();
    over.send_replace(true);
    for task in staying {
        let _ = task.await;
    }
    Ok(Figures::default())
}

/// Takes what comes until it is over.
async fn stay(mut client: Client, mut over: watch::Receiver<bool>, counts: Arc<Counts>) {
    loop {
        tokio::select! {
            _ = over.wait_for(|is_over| *is_over) => return,
            text = client.next() => if text.is_err() {
                count(&counts.lost);
                uncount(&counts.open);
                counts.note(LOST, 1);
                return;
            },
        }
    }
}
