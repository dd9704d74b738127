use crate::path;

/// The path below which everything is served.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelativePath(String);

/// What becomes of a request's path below a relative path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Below<'a> {
    /// The path inside.
    Inside(&'a str),
    /// The root of the host, or the relative path without its slash: somebody who looks for us.
    Entrance,
    /// Somebody else's.
    Outside,
}

impl RelativePath {
    /// Reads `/`, `/auth`, `/a/b` or `/a/b/`; `None` for what does not begin with a slash, is not canonical or has letters that mean something elsewhere.
    pub fn read(text: &str) -> Option<Self> {
        let path = text.strip_suffix('/').unwrap_or(text);
        let path_is_plain = path.is_empty() || (!path.ends_with('/') && path::is_plain(path));
        (text.starts_with('/') && path_is_plain).then(|| Self(path.to_owned()))
    }

    /// Without a slash at the end, empty for `/`.
    pub fn as_prefix(&self) -> &str {
        &self.0
    }

    /// Where a request's path is.
    pub fn enter<'a>(&self, path: &'a str) -> Below<'a> {
        if self.0.is_empty() {
            return Below::Inside(path);
        }
        match path.strip_prefix(self.0.as_str()) {
            Some(inside) if inside.starts_with('/') => Below::Inside(inside),
            Some("") => Below::Entrance,
            _ if path == "/" => Below::Entrance,
            _ => Below::Outside,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_path_is_plain_and_has_no_slash_at_the_end() {
        for (text, prefix) in [
            ("/", Some("")),
            ("/auth", Some("/auth")),
            ("/a/b/", Some("/a/b")),
            ("", None),
            ("auth", None),
            ("//", None),
            ("/a//", None),
            ("/a//b", None),
            ("/a/../b", None),
            ("/a b", None),
            ("/a;b", None),
            ("/%61", None),
        ] {
            let read = RelativePath::read(text);
            assert_eq!(read.as_ref().map(RelativePath::as_prefix), prefix, "{text}");
        }
    }

    #[test]
    fn a72_what_is_not_below_is_outside() {
        let auth = RelativePath::read("/auth").unwrap();
        for (path, below) in [
            ("/auth/realms/master", Below::Inside("/realms/master")),
            ("/auth/", Below::Inside("/")),
            ("/auth", Below::Entrance),
            ("/", Below::Entrance),
            ("/authx/realms", Below::Outside),
            ("/realms/master", Below::Outside),
            ("*", Below::Outside),
        ] {
            assert_eq!(auth.enter(path), below, "{path}");
        }
        let root = RelativePath::default();
        assert_eq!(root.enter("/"), Below::Inside("/"));
        assert_eq!(root.enter("*"), Below::Inside("*"));
    }
}
