//! What browsers keep of the window: for how long, and what they are told when they ask again.
use crate::app::TestApp;

/// The page, its files and the settings of Zipkin's page, with how long each may be kept.
fn kept(app: &TestApp) -> Vec<(String, &'static str)> {
    let page = app.get("/").text();
    let files = page.split('"').filter_map(|text| text.strip_prefix("./"));
    let files = files.flat_map(|file| {
        let cache = if file.starts_with("assets/") {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        [format!("/{file}"), format!("/zipkin/{file}")].map(|path| (path, cache))
    });
    let pages = ["/", "/zipkin/", "/zipkin/index.html", "/zipkin/traces/a1"];
    let pages = pages.map(|path| (path.to_owned(), "no-cache"));
    let settings = ("/zipkin/config.json".to_owned(), "max-age=600");
    files.chain(pages).chain([settings]).collect()
}

#[test]
fn how_long_it_is_kept() {
    let app = TestApp::start();
    for (path, cache) in kept(&app) {
        let answer = app.get(&path);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("cache-control"), Some(cache), "{path}");
    }
}

#[test]
fn who_has_it_already_is_told_so() {
    let app = TestApp::start();
    for (path, cache) in kept(&app) {
        let whole = app.get(&path);
        let tag = whole.header("etag").unwrap();
        let strong = tag.strip_prefix("W/").unwrap();
        for known in [tag, strong, &format!("\"other\", {tag}")] {
            for gzip in ["gzip", "identity"] {
                let headers = [("if-none-match", known), ("accept-encoding", gzip)];
                let answer = app.ask("GET", &path, &headers, b"");
                assert_eq!((answer.status, answer.body.len()), (304, 0), "{path}");
                // As the whole answer would say it.
                for name in ["etag", "cache-control"] {
                    assert_eq!(answer.header(name), whole.header(name), "{path}");
                }
                assert_eq!(answer.header("vary"), Some("accept-encoding"), "{path}");
            }
        }
        let answer = app.ask("GET", &path, &[("if-none-match", "W/\"aargh\"")], b"");
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("cache-control"), Some(cache), "{path}");
    }
    // Other settings, another page.
    let other = TestApp::start_with(&[], &[("ZIPKIN_UI_ENVIRONMENT", "test")]);
    let path = "/zipkin/config.json";
    assert_ne!(app.get(path).header("etag"), other.get(path).header("etag"));
}
