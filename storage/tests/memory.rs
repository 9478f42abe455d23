//! The contract on the memory store.
use storage::batch::SpanBatch;
use storage::contract;
use storage::contract::cast::bare;
use storage::id::TraceId;
use storage::memory::MemoryStore;
use storage::store::Store as _;

#[tokio::test]
async fn the_memory_store_keeps_the_contract() {
    contract::run(MemoryStore::new, |store| async { store }).await;
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
