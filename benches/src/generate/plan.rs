//! What the shop's services answer and whom they ask. `{n}`, `{user}`, `{sku}` and `{word}` are
//! drawn for each request.
use super::shop::Step::{Cache, Call, External, Publish, Repeat, Sometimes, Sql, Together, Work};
use super::shop::{Operation, operation};

/// What visitors ask for, with weights of a hundred in all.
pub(super) const ENTRIES: [(u64, &Operation); 7] = [
    (32, &PRODUCT_PAGE),
    (18, &SEARCH_PAGE),
    (12, &HOME_PAGE),
    (14, &CART_PAGE),
    (7, &ADD_TO_CART),
    (8, &ACCOUNT_PAGE),
    (9, &CHECKOUT),
];

static PRODUCT_PAGE: Operation = operation(
    "gateway",
    "GET",
    "/products/{n}",
    350,
    &[Sometimes(75, &Call(&SESSION)), Call(&PRODUCT_VIEW)],
);
static SEARCH_PAGE: Operation = operation(
    "gateway",
    "GET",
    "/search",
    300,
    &[Sometimes(50, &Call(&SESSION)), Call(&SEARCH_VIEW)],
);
static HOME_PAGE: Operation = operation(
    "gateway",
    "GET",
    "/",
    250,
    &[Sometimes(40, &Call(&SESSION)), Call(&HOME_VIEW)],
);
static CART_PAGE: Operation = operation(
    "gateway",
    "GET",
    "/cart",
    300,
    &[Call(&SESSION), Call(&CART_VIEW)],
);
static ADD_TO_CART: Operation = operation(
    "gateway",
    "POST",
    "/cart/items",
    300,
    &[Call(&SESSION), Call(&CART_ADD)],
);
static ACCOUNT_PAGE: Operation = operation(
    "gateway",
    "GET",
    "/account/orders",
    300,
    &[Call(&SESSION), Call(&ORDER_HISTORY)],
);
static CHECKOUT: Operation = operation(
    "gateway",
    "POST",
    "/checkout",
    400,
    &[Call(&SESSION), Call(&ORDER_PLACE)],
);

static SESSION: Operation = operation(
    "auth",
    "POST",
    "/api/v1/sessions/verify",
    180,
    &[
        Cache("GET", "session:{user}"),
        Sometimes(10, &Call(&USER_BY_ID)),
    ],
);
static USER_BY_ID: Operation = operation(
    "users",
    "GET",
    "/api/v1/users/{user}",
    200,
    &[Sql(
        "SELECT",
        "users",
        "SELECT id, name, email, tier FROM users WHERE id = $1",
    )],
);

static PRODUCT_VIEW: Operation = operation(
    "web",
    "GET",
    "/pages/product/{n}",
    900,
    &[
        Call(&PRODUCT_BY_ID),
        Together(&[
            Call(&PRICE_OF),
            Call(&STOCK_OF),
            Call(&REVIEWS_OF),
            Sometimes(70, &Call(&SIMILAR_TO)),
        ]),
        Work("render_product", 2_400),
        Sometimes(
            30,
            &Publish("page-views", "analytics", &[Work("count_view", 300)]),
        ),
    ],
);
static SEARCH_VIEW: Operation = operation(
    "web",
    "GET",
    "/pages/search",
    800,
    &[
        Call(&SEARCH),
        Repeat(4, &Call(&PRICE_OF)),
        Sometimes(40, &Call(&SIMILAR_TO)),
        Work("render_results", 3_100),
    ],
);
static HOME_VIEW: Operation = operation(
    "web",
    "GET",
    "/pages/home",
    700,
    &[
        Cache("GET", "fragment:home"),
        Together(&[Call(&SIMILAR_TO), Call(&PROMOTIONS), Call(&PRODUCT_BY_ID)]),
        Repeat(3, &Call(&PRICE_OF)),
        Work("render_home", 1_900),
    ],
);
static CART_VIEW: Operation = operation(
    "web",
    "GET",
    "/pages/cart",
    700,
    &[
        Call(&CART_OF),
        Repeat(4, &Call(&PRICE_OF)),
        Call(&PROMOTIONS),
        Work("render_cart", 1_500),
    ],
);

static PRODUCT_BY_ID: Operation = operation(
    "catalog",
    "GET",
    "/api/v1/products/{n}",
    260,
    &[
        Cache("GET", "product:{n}"),
        Sometimes(
            35,
            &Sql(
                "SELECT",
                "products",
                "SELECT id, sku, title, body FROM products WHERE id = $1",
            ),
        ),
    ],
);
static PRICE_OF: Operation = operation(
    "pricing",
    "GET",
    "/api/v1/prices/{sku}",
    220,
    &[
        Cache("GET", "price:{sku}"),
        Sometimes(
            15,
            &Sql(
                "SELECT",
                "prices",
                "SELECT amount, currency FROM prices WHERE sku = $1",
            ),
        ),
    ],
);
static STOCK_OF: Operation = operation(
    "inventory",
    "GET",
    "/api/v1/stock/{sku}",
    240,
    &[Sql(
        "SELECT",
        "stock",
        "SELECT warehouse, quantity FROM stock WHERE sku = $1",
    )],
);
static REVIEWS_OF: Operation = operation(
    "reviews",
    "GET",
    "/api/v1/reviews/{n}",
    300,
    &[Sql(
        "SELECT",
        "reviews",
        "SELECT * FROM reviews WHERE product_id = $1 LIMIT 10",
    )],
);
static SIMILAR_TO: Operation = operation(
    "recommendation",
    "POST",
    "/api/v1/recommendations",
    600,
    &[
        Cache("MGET", "similar:{n}"),
        Sometimes(50, &Work("rank_candidates", 5_200)),
    ],
);
static PROMOTIONS: Operation = operation(
    "promotion",
    "GET",
    "/api/v1/promotions/active",
    200,
    &[Cache("GET", "promotions:active")],
);
static SEARCH: Operation = operation(
    "search",
    "POST",
    "/api/v1/search",
    900,
    &[
        Work("parse_query", 400),
        External("opensearch.internal", "POST", "/products/_search"),
        Cache("SET", "query:{word}"),
    ],
);
static CART_OF: Operation = operation(
    "cart",
    "GET",
    "/api/v1/cart/{user}",
    220,
    &[Cache("HGETALL", "cart:{user}")],
);
static CART_ADD: Operation = operation(
    "cart",
    "POST",
    "/api/v1/cart/{user}/items",
    300,
    &[
        Call(&PRODUCT_BY_ID),
        Call(&STOCK_OF),
        Call(&PRICE_OF),
        Cache("HSET", "cart:{user}"),
        Publish("cart-events", "analytics", &[Work("count_item", 250)]),
    ],
);
static ORDER_HISTORY: Operation = operation(
    "orders",
    "GET",
    "/api/v1/users/{user}/orders",
    400,
    &[
        Call(&USER_BY_ID),
        Sql(
            "SELECT",
            "orders",
            "SELECT id, state, total FROM orders WHERE user_id = $1",
        ),
        Repeat(
            5,
            &Sql(
                "SELECT",
                "order_lines",
                "SELECT * FROM order_lines WHERE order_id = $1",
            ),
        ),
        Sometimes(60, &Call(&SHIPMENT_OF)),
    ],
);
static SHIPMENT_OF: Operation = operation(
    "shipping",
    "GET",
    "/api/v1/shipments/{n}",
    260,
    &[
        Sql(
            "SELECT",
            "shipments",
            "SELECT carrier, code FROM shipments WHERE order_id = $1",
        ),
        External("api.parcel.example", "GET", "/v2/track/{n}"),
    ],
);

static ORDER_PLACE: Operation = operation(
    "orders",
    "POST",
    "/api/v1/orders",
    900,
    &[
        Call(&CART_OF),
        Repeat(3, &Call(&PRICE_OF)),
        Call(&PROMOTIONS),
        Call(&TAX),
        Repeat(3, &Call(&RESERVE)),
        Sql(
            "INSERT",
            "orders",
            "INSERT INTO orders (user_id, total) VALUES ($1, $2) RETURNING id",
        ),
        Repeat(
            4,
            &Sql(
                "INSERT",
                "order_lines",
                "INSERT INTO order_lines VALUES ($1, $2, $3)",
            ),
        ),
        Call(&PAY),
        Publish(
            "orders",
            "shipping",
            &[
                Sql(
                    "INSERT",
                    "shipments",
                    "INSERT INTO shipments (order_id) VALUES ($1)",
                ),
                External("api.parcel.example", "POST", "/v2/labels"),
            ],
        ),
        Publish(
            "orders",
            "invoice",
            &[
                Work("render_invoice", 18_000),
                Sql(
                    "INSERT",
                    "invoices",
                    "INSERT INTO invoices (order_id, body) VALUES ($1, $2)",
                ),
                Publish(
                    "mails",
                    "email",
                    &[External("smtp.relay.example", "POST", "/v3/mail/send")],
                ),
            ],
        ),
    ],
);
static TAX: Operation = operation(
    "tax",
    "POST",
    "/api/v1/tax/quote",
    350,
    &[Cache("GET", "tax:{n}"), Work("apply_rules", 700)],
);
static RESERVE: Operation = operation(
    "inventory",
    "POST",
    "/api/v1/stock/{sku}/reserve",
    320,
    &[Sql(
        "UPDATE",
        "stock",
        "UPDATE stock SET quantity = quantity - $1 WHERE sku = $2 AND quantity >= $1",
    )],
);
static PAY: Operation = operation(
    "payment",
    "POST",
    "/api/v1/payments",
    700,
    &[
        Call(&FRAUD_SCORE),
        External("api.cards.example", "POST", "/v1/charges"),
        Sql(
            "INSERT",
            "payments",
            "INSERT INTO payments (order_id, state) VALUES ($1, $2)",
        ),
    ],
);
static FRAUD_SCORE: Operation = operation(
    "fraud",
    "POST",
    "/api/v1/scores",
    800,
    &[Cache("GET", "velocity:{user}"), Work("score_model", 9_000)],
);
