//! Proofs that whoever sends a request holds a key (DPoP, RFC 9449): a token that is bound to the key counts only beside one.

use crate::{Cx, Fault};
use jose::{Algorithm, Family, VerifyError};
use serde::Deserialize;
use store::{Claim, Timestamp};
use url::Url;

/// The type of proofs.
const TYPE: &str = "dpop+jwt";
/// So long a proof counts, and so much clocks may differ; seconds.
const LIFETIME: i64 = 10;
const SKEW: i64 = 15;
/// Longer keys of proofs are refused: each is remembered.
const MOST_LETTERS: usize = 256;

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofRefusal {
    /// There is none.
    Missing,
    /// More than one, not a token, not signed by the key in it, or the key is not a public one.
    Header,
    /// `typ` is another.
    Type,
    /// `jti`, `htm`, `htu` or `iat` is missing.
    Claims,
    /// For another method.
    Method,
    /// For another address.
    Address,
    /// Too old, or from the future.
    NotActive,
    /// For another token.
    Token,
    /// Shown before.
    Reused,
}

#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    jti: Option<String>,
    #[serde(default)]
    htm: Option<String>,
    #[serde(default)]
    htu: Option<String>,
    #[serde(default)]
    iat: Option<i64>,
    #[serde(default)]
    ath: Option<String>,
}

/// The algorithms that proofs may be signed with: those with a public key.
pub fn algorithms() -> impl Iterator<Item = Algorithm> {
    let all = Algorithm::ALL.iter().copied();
    all.filter(|algorithm| algorithm.family() != Family::Oct)
}

/// What a request shows.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// The values of its header `DPoP`; what is no text is empty.
    pub proofs: &'a [&'a str],
    /// Its method.
    pub method: &'a str,
    /// Its path below the realm's address.
    pub path: &'a str,
    /// The token beside which the proof is shown, where there is one.
    pub token: Option<&'a str>,
}

/// Judges the proof of a request. It counts once; from then on [`Cx::proven_key`] names its key.
///
/// # Errors
/// Outside, our own trouble; inside, see [`ProofRefusal`].
pub async fn check(cx: &Cx, shown: Shown<'_>) -> Result<Result<(), ProofRefusal>, Fault> {
    let (key, name, until) = match read(cx, shown) {
        Ok(read) => read,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut writer = cx.server.store.write().await?;
    let claim = writer
        .single_use()
        .claim(&cx.realm.id, &name, until)
        .await?;
    if claim == Claim::Again {
        return Ok(Err(ProofRefusal::Reused));
    }
    writer.commit().await?;
    cx.prove(key);
    Ok(Ok(()))
}

/// The thumbprint of the proof's key (RFC 7638), the name under which it is used up, and until when.
fn read(cx: &Cx, shown: Shown<'_>) -> Result<(String, String, Timestamp), ProofRefusal> {
    let proof = match shown.proofs {
        [] => return Err(ProofRefusal::Missing),
        [one] => *one,
        _ => return Err(ProofRefusal::Header),
    };
    let allowed: Vec<Algorithm> = algorithms().collect();
    let verified = jose::verify_proof::<Claims>(proof, TYPE, &allowed);
    let (verified, key) = verified.map_err(|error| match error {
        VerifyError::Payload => ProofRefusal::Claims,
        VerifyError::Type => ProofRefusal::Type,
        _ => ProofRefusal::Header,
    })?;
    let claims = verified.claims;
    let (Some(jti), Some(htm), Some(htu), Some(iat)) =
        (claims.jti, claims.htm, claims.htu, claims.iat)
    else {
        return Err(ProofRefusal::Claims);
    };
    if jti.is_empty() || jti.len() > MOST_LETTERS {
        return Err(ProofRefusal::Claims);
    }
    if htm != shown.method {
        return Err(ProofRefusal::Method);
    }
    let ours = [cx.issuer(), cx.backend()];
    if !ours.iter().any(|own| is_address(&htu, own, shown.path)) {
        return Err(ProofRefusal::Address);
    }
    let now = cx.now.seconds();
    let ends = iat.saturating_add(LIFETIME + SKEW);
    if ends < now || iat > now + SKEW {
        return Err(ProofRefusal::NotActive);
    }
    if let Some(token) = shown.token {
        let digest = jose::sha256_base64url(token.as_bytes());
        if claims.ath.as_deref() != Some(digest.as_str()) {
            return Err(ProofRefusal::Token);
        }
    }
    let thumbprint = key.thumbprint();
    let jti = jose::sha256_base64url(jti.as_bytes());
    let name = format!("proof {thumbprint} {jti}");
    let until = Timestamp(ends.saturating_add(1).saturating_mul(1000));
    Ok((thumbprint, name, until))
}

/// Whether an address is this one of ours; query and fragment don't count, nor how it is written (RFC 9449 §4.3).
fn is_address(htu: &str, own: &str, path: &str) -> bool {
    let plain = |text: &str| {
        let mut url = Url::parse(text).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        Some(url)
    };
    plain(htu).is_some_and(|url| Some(url) == plain(&format!("{own}{path}")))
}
