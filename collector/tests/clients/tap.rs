//! A tap on the wire: passes bytes on between a client and a server, and keeps what the client
//! sent and what it was answered, connection by connection.
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

pub(crate) struct Tap {
    pub(crate) address: SocketAddr,
    talks: Arc<Mutex<Vec<Kept>>>,
    closed: Arc<AtomicBool>,
}

/// The bytes of one connection, both ways.
#[derive(Clone, Default)]
pub(crate) struct Talk {
    pub(crate) asked: Vec<u8>,
    pub(crate) answered: Vec<u8>,
}

type Kept = Arc<Mutex<Talk>>;

impl Tap {
    pub(crate) fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (talks, closed) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let (kept, stop) = (Arc::clone(&talks), Arc::clone(&closed));
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                join(client, server, &kept);
            }
        });
        Self {
            address,
            talks,
            closed,
        }
    }

    /// What has been said so far.
    pub(crate) fn talks(&self) -> Vec<Talk> {
        let talks = self.talks.lock().unwrap();
        talks
            .iter()
            .map(|talk| talk.lock().unwrap().clone())
            .collect()
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(self.address));
    }
}

fn join(client: TcpStream, server: SocketAddr, talks: &Mutex<Vec<Kept>>) {
    let server = TcpStream::connect(server).unwrap();
    let talk = Kept::default();
    talks.lock().unwrap().push(Arc::clone(&talk));
    let (client_too, server_too) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let asked = Arc::clone(&talk);
    std::thread::spawn(move || {
        pass_on(client, server, |bytes| {
            asked.lock().unwrap().asked.extend_from_slice(bytes);
        });
    });
    std::thread::spawn(move || {
        pass_on(server_too, client_too, |bytes| {
            talk.lock().unwrap().answered.extend_from_slice(bytes);
        });
    });
}

/// Kept before it is passed on: when a client has its answer, the tap has it, too.
fn pass_on(mut from: TcpStream, mut to: TcpStream, keep: impl Fn(&[u8])) {
    let mut buffer = [0; 16 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        keep(&buffer[..read]);
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    drop(to.shutdown(Shutdown::Write));
}
