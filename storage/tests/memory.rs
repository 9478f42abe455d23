//! The contract on the memory store.
use storage::contract;
use storage::memory::MemoryStore;

#[tokio::test]
async fn the_memory_store_keeps_the_contract() {
    contract::run(MemoryStore::new, |store| async { store }).await;
}
