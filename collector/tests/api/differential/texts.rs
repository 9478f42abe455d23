//! The texts of generated spans: few, so that they meet, and odd.
use storage::contract::generate::Dice;

/// Services of one list; a number and `<s>` follow.
const SERVICES: [&str; 14] = [
    "web",
    "Web",
    "orders",
    "Orders",
    "db",
    "Zahlung",
    "заказ",
    "支付",
    "İstanbul",
    "ΟΔΟΣ",
    "a b",
    "🦀",
    "straße",
    "q\"\\\t\u{1}",
];
/// Services of all lists of a round; `<s>` follows.
const SHARED_SERVICES: [&str; 3] = ["shop", "Shop", "Käse"];
pub(super) const NAMES: [&str; 14] = [
    "get",
    "GET",
    "GET /Foo",
    "select",
    "",
    "all",
    "ALL",
    "{\"a\":\"B\"}",
    "名前",
    "É",
    "ǅ",
    "a\nb\u{1}",
    "\u{2028}x",
    "post /pay/{id}",
];
pub(super) const KEYS: [&str; 20] = [
    "http.method",
    "http.path",
    "http.path.more",
    "error",
    "Error",
    "ERROR",
    "env",
    "k",
    "K",
    "x-request-id",
    "",
    "é",
    "a b",
    "lc",
    "sa",
    "cs",
    "http.status_code",
    "n",
    "q\"\\",
    "peer.service",
];
pub(super) const VALUES: [&str; 20] = [
    "",
    "1",
    "0",
    "-1",
    "1.50",
    "GET",
    "get",
    "true",
    "500",
    "💩",
    "a=b",
    "q\"\\/",
    "\u{0}",
    " padded ",
    "x and y",
    "prod<s>",
    "stage<s>",
    "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    "\u{7f}\u{2029}é",
    "a\tb",
];
pub(super) const ANNOTATIONS: [&str; 14] = [
    "cs",
    "cr",
    "sr",
    "ss",
    "ms",
    "mr",
    "ws",
    "wr",
    "error",
    "cache miss",
    "",
    "⻩",
    "http.path",
    "é\"",
];
/// Addresses as text: of both families, in odd spellings, and none at all.
pub(super) const ADDRESSES: [&str; 18] = [
    "127.0.0.1",
    "10.0.0.2",
    "0.0.0.0",
    "255.255.255.255",
    "256.1.1.1",
    "1.2.3",
    "",
    "::1",
    "::",
    "2001:db8::c001",
    "2001:DB8:0:0:1:0:0:1",
    "1:0:0:0:0:0:0:A",
    "2001:0:0:4:0:0:0:0",
    "::ffff:1.2.3.4",
    "::1.2.3.4",
    "64:ff9b::1.2.3.4",
    "fe80::1%eth0",
    "nonsense",
];
/// Ids of spans, in the spellings that clients use.
pub(super) const SPAN_IDS: [&str; 12] = [
    "1",
    "2",
    "3",
    "0a",
    "000000000000000b",
    "c",
    "ffffffffffffffff",
    "8000000000000000",
    "7fffffffffffffff",
    "00d",
    "deadbeef",
    "000000000000001",
];

/// The name of a service: of list number `list`, seldom of the round.
pub(super) fn service(dice: &mut Dice, list: usize) -> String {
    if dice.chance(6) {
        return format!("{}<s>", dice.pick(&SHARED_SERVICES));
    }
    // Mostly the first few, so that they meet.
    let among = if dice.chance(3) { SERVICES.len() } else { 4 };
    format!("{}{list}<s>", dice.pick(&SERVICES[..among]))
}

/// A tag's value; seldom one that is too long to be indexed whole.
pub(super) fn value(dice: &mut Dice) -> String {
    match dice.roll(40) {
        0 => "v".repeat(255 + dice.roll(3) as usize),
        1 => "é".repeat(300),
        2 => format!("r-{:08x}", dice.roll(1 << 32)),
        _ => dice.pick(&VALUES).to_owned(),
    }
}

/// The text in another case.
pub(super) fn other_case(dice: &mut Dice, text: &str) -> String {
    // `<s>` is a word only in lower case.
    let text = text
        .strip_suffix("<s>")
        .map_or_else(|| (text, ""), |text| (text, "<s>"));
    let changed = match dice.roll(3) {
        0 => text.0.to_uppercase(),
        1 => text.0.to_lowercase(),
        _ => text.0.to_owned(),
    };
    changed + text.1
}

/// Zipkin refuses an address with one of these, encoded or not.
pub(super) fn has_control(text: &str) -> bool {
    text.chars()
        .any(|letter| letter.is_ascii_control() && !matches!(letter, '\t' | '\n' | '\r'))
}

/// Percent-encoded for a query, but for the words in it.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<s>") {
        push_encoded(&mut out, before);
        out.push_str("<s>");
        rest = after;
    }
    push_encoded(&mut out, rest);
    out
}

fn push_encoded(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
}
