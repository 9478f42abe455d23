//! The elements of a JSON list as they are spelled: what a parser would make equal may differ.

/// None if it is not a list.
pub(super) fn elements(text: &str) -> Option<Vec<&str>> {
    let inside = text.strip_prefix('[')?.strip_suffix(']')?;
    let mut elements = Vec::new();
    let (mut begin, mut depth, mut quoted, mut escaped) = (0, 0_u32, false, false);
    for (position, byte) in inside.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => {
                elements.push(&inside[begin..position]);
                begin = position + 1;
            }
            _ => {}
        }
    }
    if begin < inside.len() {
        elements.push(&inside[begin..]);
    }
    (depth == 0 && !quoted).then_some(elements)
}

#[test]
fn a_list_falls_into_its_elements() {
    let text = r#"[{"a":"]\",{","b":[1,2]},[],"x,y",3]"#;
    let expected = vec![r#"{"a":"]\",{","b":[1,2]}"#, "[]", r#""x,y""#, "3"];
    assert_eq!(elements(text), Some(expected));
    assert_eq!(elements("[]"), Some(Vec::new()));
    assert_eq!(elements("{}"), None);
    assert_eq!(elements("[[]"), None);
}
