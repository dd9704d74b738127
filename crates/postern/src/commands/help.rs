//! `postern help`.

use anyhow::bail;

const COMMANDS: &[(&str, &str, &str)] = &[
    (
        "start",
        "serves, in production: nothing is guessed",
        "\
postern start [OPTIONS]
    Needs --hostname, and a certificate (--https-certificate-file, --https-certificate-key-file) unless a proxy ends TLS
    (--http-enabled=true --proxy-headers=xforwarded).
    --import-realm    reads the realm files in data/import first
    --optimized       accepted: there is no build that could be left out
",
    ),
    (
        "start-dev",
        "serves on http://localhost:8080, to try things",
        "\
postern start-dev [OPTIONS]
    Serves at once on this machine alone. --import-realm reads the realm files in data/import first.
",
    ),
    (
        "show-config",
        "prints each option with its value and who gave it",
        "\
postern show-config [all] [--profile=dev] [OPTIONS]
    Prints what is set, with `all` the defaults too, and then whatever would stop a start.
",
    ),
    (
        "build",
        "says that there is nothing to build",
        "postern build [OPTIONS]\n    Judges the options; there is nothing to build.\n",
    ),
    (
        "bootstrap-admin",
        "makes a temporary administrator",
        "\
postern bootstrap-admin user [--username NAME | --username:env VARIABLE] [--password:env VARIABLE] [--no-prompt] [OPTIONS]
    Straight into the database; asks on the terminal for what is not given. The name is temp-admin unless said otherwise.
",
    ),
    (
        "export",
        "writes realms to files",
        "\
postern export (--dir DIR | --file FILE) [--realm NAME] [--users same_file|skip] [OPTIONS]
    One file NAME-realm.json for each realm, or one realm in one file. The files hold keys and passwords' hashes.
",
    ),
    (
        "import",
        "reads realms from files",
        "\
postern import (--dir DIR | --file FILE) [--override true|false] [OPTIONS]
    Realms that exist are replaced, with everybody in them, unless --override=false.
",
    ),
    (
        "attempt",
        "prints what happened in a sign-in attempt",
        "postern attempt CODE [--realm NAME] [OPTIONS]\n    CODE is what the person saw on the page, such as K7Q-M2X.\n",
    ),
    (
        "crl",
        "keeps revocation lists that somebody brought",
        "\
postern crl add FILE… [--issuer FILE] [OPTIONS]
    Lists in PEM or DER, straight into the database; a running server takes them within seconds. Their issuer has to be in
    --truststore-paths, or be an intermediate that --issuer names.
postern crl list [OPTIONS]
    What is kept, and who is asked for it.
postern crl remove NAME [OPTIONS]
    Forgets a list, so that an older one can take its place.
",
    ),
    (
        "pki",
        "makes certificates to try things with",
        "\
postern pki dev DIR [--host NAME]… [--user NAME]…
    A root, an intermediate, a server certificate and certificates for people.
",
    ),
    (
        "certificate",
        "says whether a certificate would be accepted",
        "\
postern certificate judge FILE --truststore FILE [--truststore FILE]…
    And why, step by step.
",
    ),
    (
        "doctor",
        "says which side is at fault when certificates don't arrive",
        "\
postern doctor [--profile=dev] [OPTIONS]
    Judges the options as a start does, and lists the truststore.
postern doctor proxy URL [--cert FILE --key FILE] [--cacert FILE] [--connect-to HOST:PORT] [--proxy NAME] [--no-listen] [--format=json] [OPTIONS]
    Listens in Postern's place, with the options of its start, and asks through the proxy: with a certificate and without, honest and
    forged. Stop Postern for these seconds. --no-listen: `postern edge dump` runs there instead.
",
    ),
    (
        "edge",
        "shows what reaches a server, in its place",
        "\
postern edge dump [--format=json] [--profile=prod] [OPTIONS]
    With the options of a start. Prints for each request what arrived and what was made of it, and answers with the same. On this machine
    alone unless --http-host says otherwise. Cookies and credentials are not shown.
",
    ),
    (
        "options",
        "prints the reference of all options",
        "postern options\n    In the form of docs/guide/options.md.\n",
    ),
];

/// How a command is written.
pub(super) fn of(command: &str) -> Option<&'static str> {
    let known = COMMANDS.iter().find(|(name, ..)| *name == command);
    known.map(|(.., text)| *text)
}

/// What a command does, or all commands.
pub(super) fn text(command: Option<&str>) -> anyhow::Result<String> {
    let Some(command) = command else {
        let lines = COMMANDS
            .iter()
            .map(|(name, what, _)| format!("    {name:<16} {what}\n"));
        return Ok(format!(
            "postern COMMAND [OPTIONS]\n\n{}\n`postern help COMMAND` says more; `postern options` lists the options of the server, `postern --version` which one this is.\n",
            lines.collect::<String>()
        ));
    };
    match of(command) {
        Some(text) => Ok(text.to_owned()),
        None => bail!("{command:?} is no command; `postern help` lists all"),
    }
}
