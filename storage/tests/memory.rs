//! The contract on the memory store.
use async_trait::async_trait;
use storage::batch::SpanBatch;
use storage::contract;
use storage::contract::cast::bare;
use storage::id::TraceId;
use storage::memory::MemoryStore;
use storage::query::{NameQuery, TimeRange, TraceQuery};
use storage::rollup::{Counts, Peers, PeersQuery, RollupQuery};
use storage::store::{Dependencies, Found, Store, StoreError, StoreStatus};
use storage::trace::Trace;

#[tokio::test]
async fn the_memory_store_keeps_the_contract() {
    contract::run(MemoryStore::new, |store| async { store }).await;
    contract::run_peers(MemoryStore::new, |store| async { store }).await;
}

#[tokio::test]
async fn ids_that_agree_in_the_low_half_are_found() {
    let id = |high, low| TraceId::from_halves(high, low).unwrap();
    let store = MemoryStore::new();
    let kept = [id(2, 7), id(0, 7), id(1, 7), id(0, 8), id(1, 9)];
    let spans = kept.map(|id| bare(id, 1));
    store.write(SpanBatch::from_spans(&spans)).await.unwrap();
    for (asked, alike) in [
        (vec![id(0, 7)], vec![id(0, 7), id(1, 7), id(2, 7)]),
        (vec![id(3, 7), id(1, 7)], vec![id(0, 7), id(1, 7), id(2, 7)]),
        (vec![id(5, 9), id(0, 8)], vec![id(0, 8), id(1, 9)]),
        (vec![id(0, 1)], vec![]),
        (vec![], vec![]),
    ] {
        assert_eq!(store.ids_alike(&asked).await.unwrap(), alike, "{asked:?}");
    }
}

#[tokio::test]
async fn over_the_cap_the_oldest_traces_go_whole() {
    let id = |low| TraceId::from_halves(0, low).unwrap();
    let store = MemoryStore::with_room_for(5);
    // Three traces of two spans each, the last beyond the room.
    for low in 1..=3 {
        let spans = [bare(id(low), 1), bare(id(low), 2)];
        store.write(SpanBatch::from_spans(&spans)).await.unwrap();
    }
    let kept = store.traces(&[id(1), id(2), id(3)]).await.unwrap();
    let kept: Vec<_> = kept.iter().map(|trace| trace.spans.len()).collect();
    assert_eq!(kept, [2, 2], "half a trace would be worse than none");
    assert!(store.traces(&[id(1)]).await.unwrap().is_empty());
}

/// A store that cannot look by the low half.
struct Exact(MemoryStore);

#[async_trait]
impl Store for Exact {
    async fn write(&self, batch: SpanBatch) -> Result<(), StoreError> {
        self.0.write(batch).await
    }

    async fn traces(&self, ids: &[TraceId]) -> Result<Vec<Trace>, StoreError> {
        self.0.traces(ids).await
    }

    async fn find(&self, query: &TraceQuery) -> Result<Found, StoreError> {
        self.0.find(query).await
    }

    async fn names(&self, query: &NameQuery) -> Result<Vec<String>, StoreError> {
        self.0.names(query).await
    }

    async fn dependencies(&self, range: TimeRange) -> Result<Dependencies, StoreError> {
        self.0.dependencies(range).await
    }

    async fn counts(&self, query: &RollupQuery) -> Result<Counts, StoreError> {
        self.0.counts(query).await
    }
    async fn peers(&self, query: &PeersQuery) -> Result<Vec<Peers>, StoreError> {
        self.0.peers(query).await
    }
    async fn check(&self) -> Result<(), StoreError> {
        self.0.check().await
    }

    fn status(&self) -> StoreStatus {
        self.0.status()
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.0.close().await
    }
}

#[tokio::test]
async fn a_store_that_cannot_look_by_the_low_half_knows_the_form_of_64_bits() {
    let id = |high, low| TraceId::from_halves(high, low).unwrap();
    let store = Exact(MemoryStore::new());
    for (asked, alike) in [
        (vec![id(2, 7)], vec![id(0, 7), id(2, 7)]),
        (vec![id(0, 7)], vec![id(0, 7)]),
        (
            vec![id(2, 7), id(1, 7), id(0, 7)],
            vec![id(0, 7), id(1, 7), id(2, 7)],
        ),
        // Nothing is the form of 64 bits of an id whose low half is zero.
        (vec![id(1, 0)], vec![id(1, 0)]),
        (vec![], vec![]),
    ] {
        assert_eq!(store.ids_alike(&asked).await.unwrap(), alike, "{asked:?}");
    }
}
