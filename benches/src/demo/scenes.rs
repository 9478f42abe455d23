//! What happens in the shop, good and bad. Each scene is something that people look for in
//! traces.
use super::script::{MS, Outcome, Script};

/// Plays one scene from that time on and tells what it was.
pub(super) fn play(script: &mut Script<'_>, now: u64) -> &'static str {
    match script.random.below(100) {
        0..30 => browse(script, now, Pages::Cached),
        30..45 => browse(script, now, Pages::OneByOne),
        45..60 => add_to_cart(script, now),
        60..78 => check_out(script, now, Card::AtOnce),
        78..88 => check_out(script, now, Card::SecondTry),
        88..93 => check_out(script, now, Card::Refused),
        _ => slow_report(script, now),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Pages {
    Cached,
    OneByOne,
}

#[derive(Clone, Copy, PartialEq)]
enum Card {
    AtOnce,
    SecondTry,
    Refused,
}

fn browse(script: &mut Script<'_>, now: u64, pages: Pages) -> &'static str {
    script.request(
        None,
        ("gateway", "GET", "/products"),
        now,
        |script, gateway, now| {
            let now = signed_in(script, gateway, now);
            script.request(
                Some(gateway),
                ("web", "GET", "/pages/products"),
                now,
                |script, web, now| {
                    let catalog = ("catalog", "GET", "/api/products");
                    let list = script.request(Some(web), catalog, now, |script, catalog, now| {
                        list_products(script, catalog, now, pages)
                    });
                    // Goes on after the answer is out: a child that outlives its parent.
                    let (start, end) = (list.end + MS, list.end + script.millis(400, 900));
                    script.work(web, "refresh_recommendations", start, end);
                    let rendered = list.end + script.millis(4, 9);
                    script.work(web, "render", list.end + MS, rendered);
                    Outcome::fine(rendered)
                },
            )
        },
    );
    match pages {
        Pages::Cached => "products from the cache; a refresh outlives the request",
        Pages::OneByOne => "products read one by one from the database (N+1)",
    }
}

fn list_products(script: &mut Script<'_>, catalog: usize, now: u64, pages: Pages) -> Outcome {
    let end = now + script.millis(1, 3);
    let mut last = script.outside(
        catalog,
        ("redis", "GET", "GET products:front"),
        now,
        Outcome::fine(end),
    );
    if pages == Pages::OneByOne {
        for _ in 0..script.random.between(8, 16) {
            let (start, end) = (last.end + MS / 2, last.end + script.millis(3, 12));
            let query = (
                "postgresql",
                "SELECT products",
                "SELECT * FROM products WHERE id = $1",
            );
            last = script.outside(catalog, query, start, Outcome::fine(end));
        }
    }
    Outcome::fine(last.end + MS)
}

fn add_to_cart(script: &mut Script<'_>, now: u64) -> &'static str {
    script.request(
        None,
        ("gateway", "POST", "/cart/items"),
        now,
        |script, gateway, now| {
            let now = signed_in(script, gateway, now);
            let cart = ("cart", "POST", "/api/cart/items");
            script.request(Some(gateway), cart, now, |script, cart, now| {
                let stock = ("inventory", "GET", "/api/stock");
                let stock = script.request(Some(cart), stock, now, |script, inventory, now| {
                    let query = ("postgresql", "select stock", "select quantity from stock");
                    let end = now + script.millis(4, 14);
                    script.outside(inventory, query, now, Outcome::fine(end))
                });
                let (start, end) = (stock.end + MS, stock.end + script.millis(2, 4));
                script.outside(
                    cart,
                    ("redis", "hset", "HSET cart"),
                    start,
                    Outcome::fine(end),
                )
            })
        },
    );
    "into the cart; one machine's clock is behind"
}

fn check_out(script: &mut Script<'_>, now: u64, card: Card) -> &'static str {
    script.request(
        None,
        ("gateway", "POST", "/checkout"),
        now,
        |script, gateway, now| {
            let now = signed_in(script, gateway, now);
            let orders = ("orders", "POST", "/api/orders");
            script.request(Some(gateway), orders, now, |script, orders, now| {
                let stock = ("inventory", "POST", "/api/stock/reserve");
                let stock = script.request(Some(orders), stock, now, |script, inventory, now| {
                    let query = (
                        "postgresql",
                        "update stock",
                        "update stock set quantity = $1",
                    );
                    let end = now + script.millis(8, 30);
                    script.outside(inventory, query, now, Outcome::fine(end))
                });
                let paid = pay(script, orders, stock.end + MS, card);
                if paid.error.is_some() {
                    return paid;
                }
                let (start, end) = (paid.end + MS, paid.end + script.millis(6, 15));
                let insert = (
                    "postgresql",
                    "INSERT orders",
                    "INSERT INTO orders VALUES ($1, $2)",
                );
                let stored = script.outside(orders, insert, start, Outcome::fine(end));
                ship(script, orders, stored.end + MS)
            })
        },
    );
    match card {
        Card::AtOnce => "an order; the parcel and the mail follow through queues",
        Card::SecondTry => "an order whose payment fails and is tried again",
        Card::Refused => "an order that fails: three payments in vain",
    }
}

fn pay(script: &mut Script<'_>, orders: usize, now: u64, card: Card) -> Outcome {
    let (tries, failing) = match card {
        Card::AtOnce => (1, 0),
        Card::SecondTry => (2, 1),
        Card::Refused => (3, 3),
    };
    let mut last = Outcome::fine(now);
    for attempt in 0..tries {
        let error = (attempt < failing).then_some("card network unavailable");
        let start = last.end + attempt * script.millis(50, 90);
        let payment = ("payment", "POST", "/api/payments");
        last = script.request(Some(orders), payment, start, |script, payment, now| {
            let took = if error.is_some() {
                script.millis(200, 400)
            } else {
                script.millis(90, 250)
            };
            let charge = ("api.cards.example", "POST", "/v1/charges");
            script.outside(
                payment,
                charge,
                now,
                Outcome {
                    end: now + took,
                    error,
                },
            )
        });
    }
    last
}

fn ship(script: &mut Script<'_>, orders: usize, now: u64) -> Outcome {
    let waited = script.millis(150, 1_200);
    script.message(
        orders,
        ("orders", "shipping"),
        now,
        waited,
        |script, shipping, now| {
            let end = now + script.millis(60, 160);
            let label = ("api.parcel.example", "post", "/v2/labels");
            let label = script.outside(shipping, label, now, Outcome::fine(end));
            let waited = script.millis(30, 300);
            script.message(
                shipping,
                ("mails", "email"),
                label.end,
                waited,
                |script, email, now| {
                    let end = now + script.millis(40, 90);
                    script.outside(
                        email,
                        ("smtp.example", "POST", "/send"),
                        now,
                        Outcome::fine(end),
                    )
                },
            )
        },
    )
}

fn slow_report(script: &mut Script<'_>, now: u64) -> &'static str {
    script.request(
        None,
        ("gateway", "GET", "/account/orders"),
        now,
        |script, gateway, now| {
            let now = signed_in(script, gateway, now);
            let orders = ("orders", "GET", "/api/orders/history");
            script.request(Some(gateway), orders, now, |script, orders, now| {
                let end = now + script.millis(1_500, 3_200);
                let query = (
                    "postgresql",
                    "SELECT orders",
                    "SELECT * FROM orders WHERE user_id = $1",
                );
                script.outside(orders, query, now, Outcome::fine(end))
            })
        },
    );
    "a slow hop: one statement takes seconds"
}

/// Asks who the visitor is: two services that both speak Zipkin, so they share the span.
fn signed_in(script: &mut Script<'_>, gateway: usize, now: u64) -> u64 {
    let auth = ("auth", "POST", "/api/sessions/verify");
    let verified = script.request(Some(gateway), auth, now, |script, auth, now| {
        let end = now + script.millis(1, 4);
        script.outside(
            auth,
            ("redis", "get", "GET session"),
            now,
            Outcome::fine(end),
        )
    });
    verified.end + MS
}
