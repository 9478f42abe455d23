//! Zipkin's contract of storage: every line of the page is played by one scenario of that name, or
//! says which other test shows it or why none can.
use std::collections::BTreeMap;
use std::path::Path;

use super::data;

/// A line of the page.
struct Line {
    /// `ITSpanStore: by span name …`, the name of its scenario.
    name: String,
    /// What stands in brackets behind it: a file and a test in it, or why there is no test.
    instead: Option<String>,
}

#[test]
fn every_line_of_the_contract_is_played_by_one_scenario() {
    let mut played: BTreeMap<String, usize> = BTreeMap::new();
    for scenario in data::read_all() {
        *played.entry(scenario.name).or_default() += 1;
    }
    let lines = lines();
    for line in &lines {
        let wanted = usize::from(line.instead.is_none());
        let found = played.get(&line.name).copied().unwrap_or_default();
        assert_eq!(found, wanted, "scenarios named {:?}", line.name);
        if let Some(instead) = &line.instead {
            shown(instead).unwrap_or_else(|text| panic!("{}: {text}", line.name));
        }
    }
    for (name, times) in &played {
        assert_eq!(*times, 1, "scenarios named {name:?}");
        let is_of_the_contract = ["IT", "InMemory"].iter().any(|of| name.starts_with(of));
        assert!(
            !is_of_the_contract || lines.iter().any(|line| line.name == *name),
            "not a line of docs/zipkin-contract.md: {name:?}"
        );
    }
    let (all, instead) = (
        lines.len(),
        lines.iter().filter(|line| line.instead.is_some()),
    );
    eprintln!(
        "{all} lines, {} of them without a scenario",
        instead.count()
    );
}

/// The list under each heading `## ITSpanStore`.
fn lines() -> Vec<Line> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/zipkin-contract.md");
    let page = std::fs::read_to_string(page).unwrap();
    let mut heading = "";
    let mut lines = Vec::new();
    for line in page.lines() {
        if let Some(text) = line.strip_prefix("## ") {
            heading = text;
        } else if let Some(text) = line.strip_prefix("- ") {
            let (text, instead) = match text
                .strip_suffix(']')
                .and_then(|text| text.rsplit_once(" ["))
            {
                Some((text, instead)) => (text, Some(instead.to_owned())),
                None => (text, None),
            };
            lines.push(Line {
                name: format!("{heading}: {text}"),
                instead,
            });
        }
    }
    assert!(lines.len() > 80, "{} lines", lines.len());
    lines
}

/// `none: reason`, or `path/of/a/test.rs, name_of_a_test`.
fn shown(instead: &str) -> Result<(), String> {
    if instead.starts_with("none: ") {
        return Ok(());
    }
    let (file, test) = instead.split_once(", ").ok_or("FILE, TEST or none: WHY")?;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{file:?}: {error}"))?;
    if text.contains(&format!("fn {test}(")) {
        Ok(())
    } else {
        Err(format!("no {test} in {}", file.display()))
    }
}
