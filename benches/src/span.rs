//! A span as a client holds it before it spells it as OTLP or as Zipkin JSON.
use std::borrow::Cow;

/// Times are nanoseconds, since the epoch where they are moments.
#[derive(Clone, Debug)]
pub struct Span {
    pub trace_id: u128,
    pub id: u64,
    pub parent: Option<u64>,
    pub kind: Kind,
    pub host: Host,
    pub name: Text,
    pub start: u64,
    pub duration: u64,
    pub attributes: Vec<(&'static str, Value)>,
    pub events: Vec<Event>,
    /// What went wrong, if something did.
    pub error: Option<Text>,
    /// The other side, where it reports no spans of its own.
    pub peer: Option<&'static str>,
    /// Zipkin: the server half of a span whose id the client made.
    pub shared: bool,
}

pub type Text = Cow<'static, str>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

/// One process of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host {
    pub service: &'static str,
    /// Number of the service, for its addresses.
    pub number: u8,
    pub instance: u8,
}

#[derive(Clone, Debug)]
pub enum Value {
    Text(Text),
    Int(i64),
}

#[derive(Clone, Debug)]
pub struct Event {
    pub time: u64,
    pub name: &'static str,
    pub attributes: Vec<(&'static str, Value)>,
}

impl Span {
    pub const fn end(&self) -> u64 {
        self.start + self.duration
    }

    pub fn set(&mut self, key: &'static str, value: impl Into<Value>) {
        self.attributes.push((key, value.into()));
    }
}

impl Host {
    pub fn address(self) -> String {
        format!("10.{}.0.{}", self.number + 1, self.instance + 1)
    }

    pub fn name(self) -> String {
        format!("{}-{}", self.service, self.instance)
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}
