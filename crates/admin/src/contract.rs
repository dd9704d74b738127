//! The operations of Keycloak's Admin REST API below a realm, served or not.

use http::Method;

/// One line for each: method and path, variable parts in braces.
const OPERATIONS: &str = include_str!("contract.txt");

/// Whether the contract has this operation.
pub fn has(method: &Method, path: &str) -> bool {
    let path = path.trim_matches('/');
    OPERATIONS
        .lines()
        .filter_map(|line| line.split_once(" /"))
        .any(|(own, template)| own == method.as_str() && matches(template, path))
}

fn matches(template: &str, path: &str) -> bool {
    let (mut wanted, mut found) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return true,
            (Some("{path}"), Some(_)) => return true,
            (Some(wanted), Some(found)) if wanted == found || wanted.starts_with('{') => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::has;
    use http::Method;

    #[test]
    fn operations_are_found_by_their_template() {
        for (method, path, there) in [
            (Method::GET, "users", true),
            (Method::GET, "users/", true),
            (Method::PATCH, "users", false),
            (Method::PUT, "users/x/reset-password", true),
            (Method::GET, "group-by-path/a/b/c", true),
            (Method::GET, "nothing", false),
        ] {
            assert_eq!(has(&method, path), there, "{method} {path}");
        }
    }

    #[test]
    fn every_route_is_of_the_contract_or_ours() {
        const OURS: [&str; 1] = ["/attempts/{code}"];
        for route in crate::routes() {
            let path = route.path.trim_start_matches('/');
            assert!(
                path.is_empty() || OURS.contains(&route.path) || has(&route.method, path),
                "{} {}",
                route.method,
                route.path
            );
        }
    }
}
