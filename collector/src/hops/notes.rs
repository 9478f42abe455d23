//! What is worth saying about a hop besides its numbers.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Note {
    ClientOnly,
    ServerOnly,
    SharedSpan,
    SkewCorrected,
    Async,
    MissingParent,
    OwnParent,
    Cycle,
    DuplicateId,
    Linked,
    SeveralServers,
    ServerOutlastsClient,
    NoStart,
    NoDuration,
    NegativeDuration,
    Retry,
    Hedged,
    Streaming,
    Via,
    NestedByTime,
    Batch,
    EndsLate,
}

/// A set of notes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Notes(u32);

impl Note {
    pub const ALL: [Self; 22] = [
        Self::ClientOnly,
        Self::ServerOnly,
        Self::SharedSpan,
        Self::SkewCorrected,
        Self::Async,
        Self::MissingParent,
        Self::OwnParent,
        Self::Cycle,
        Self::DuplicateId,
        Self::Linked,
        Self::SeveralServers,
        Self::ServerOutlastsClient,
        Self::NoStart,
        Self::NoDuration,
        Self::NegativeDuration,
        Self::Retry,
        Self::Hedged,
        Self::Streaming,
        Self::Via,
        Self::NestedByTime,
        Self::Batch,
        Self::EndsLate,
    ];

    pub const fn text(self) -> &'static str {
        match self {
            Self::ClientOnly => "client only",
            Self::ServerOnly => "server only",
            Self::SharedSpan => "shared span",
            Self::SkewCorrected => "skew corrected",
            Self::Async => "async",
            Self::MissingParent => "missing parent",
            Self::OwnParent => "own parent",
            Self::Cycle => "cycle",
            Self::DuplicateId => "duplicate id",
            Self::Linked => "linked",
            Self::SeveralServers => "several servers",
            Self::ServerOutlastsClient => "server outlasts client",
            Self::NoStart => "no start",
            Self::NoDuration => "no duration",
            Self::NegativeDuration => "negative duration",
            Self::Retry => "retry",
            Self::Hedged => "hedged",
            Self::Streaming => "streaming",
            Self::Via => "via",
            Self::NestedByTime => "nested by time",
            Self::Batch => "batch",
            Self::EndsLate => "server ends late",
        }
    }
}

impl Notes {
    pub const fn contains(self, note: Note) -> bool {
        self.0 & (1 << note as u16) != 0
    }

    pub const fn insert(&mut self, note: Note) {
        self.0 |= 1 << note as u16;
    }

    pub const fn remove(&mut self, note: Note) {
        self.0 &= !(1 << note as u32);
    }

    pub const fn join(&mut self, others: Self) {
        self.0 |= others.0;
    }

    pub fn iter(self) -> impl Iterator<Item = Note> {
        Note::ALL
            .into_iter()
            .filter(move |note| self.contains(*note))
    }
}
