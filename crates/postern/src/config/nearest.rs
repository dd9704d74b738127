//! The known word that somebody may have meant.

/// The word nearest to this one, if any is near enough to be meant.
pub(super) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let far = (word.len() / 3).max(2);
    let near = known.filter_map(|known| {
        let distance = distance(word.as_bytes(), known.as_bytes());
        let shares_beginning = word.len() > 3 && known.starts_with(word);
        (distance <= far || shares_beginning).then_some((distance, known))
    });
    near.min().map(|(_, known)| known)
}

/// How many letters have to be put in, left out, replaced or swapped with their neighbour.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &left) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &right) in b.iter().enumerate() {
            let replaced = last[j] + usize::from(left != right);
            let mut best = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && left == b[j - 1] && a[i - 1] == right {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_and_a_far_one_is_not() {
        let known = ["http-port", "https-port", "hostname", "http-enabled", "db"];
        for (word, expected) in [
            ("htpp-port", Some("http-port")),
            ("http-prot", Some("http-port")),
            ("https-prt", Some("https-port")),
            ("hostnam", Some("hostname")),
            ("http-enable", Some("http-enabled")),
            ("kafka-brokers", None),
        ] {
            assert_eq!(nearest(word, known.into_iter()), expected, "{word}");
        }
        assert_eq!(distance(b"", b"abc"), 3);
        assert_eq!(distance(b"ab", b"ba"), 1);
    }
}
