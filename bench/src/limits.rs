//! What this machine can do at best, measured in the same run.

use crate::usage::own_cpu;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _,
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey,
};
use axum::Router;
use axum::routing::get;
use std::time::Duration;
use tokio::net::TcpListener;

/// One RS256 signature of something as long as an access token, with a key of 2048 bits.
pub(crate) fn signature(at_least: Duration) -> Duration {
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let (random, message) = (SystemRandom::new(), [7; 1200]);
    let mut signature = vec![0; key.public_modulus_len()];
    each(at_least, || {
        key.sign(&RSA_PKCS1_SHA256, &random, &message, &mut signature)
            .unwrap();
    })
}

/// Verifying one.
pub(crate) fn verification(at_least: Duration) -> Duration {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let (random, message) = (SystemRandom::new(), [7; 1200]);
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &random, &message, &mut signature)
        .unwrap();
    let public = pair.public_key().as_ref();
    let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public).unwrap();
    each(at_least, || {
        key.verify_sig(&message, &signature).unwrap();
    })
}

/// The signatures of a path of three certificates: an intermediate's on a person's, a root's on the intermediate's; P-256.
pub(crate) fn path(at_least: Duration) -> Duration {
    let random = SystemRandom::new();
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let message = [7; 600];
    let signature = key.sign(&random, &message).unwrap();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key.public_key().as_ref().to_vec());
    each(at_least, || {
        for _ in 0..2 {
            key.verify(&message, signature.as_ref()).unwrap();
        }
    })
}

/// One hash of a password, with Keycloak's parameters.
pub(crate) fn password(at_least: Duration) -> Duration {
    let params = Params::new(7168, 5, 1, Some(32)).unwrap();
    let mut memory = vec![Block::new(); params.block_count()];
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut out = [0; 32];
    each(at_least, || {
        argon
            .hash_password_into_with_memory(b"password", &[7; 16], &mut out, &mut memory)
            .unwrap();
    })
}

/// Processor time of one, measured over as many as take so long.
pub(crate) fn each(at_least: Duration, mut work: impl FnMut()) -> Duration {
    work();
    let (started, mut times) = (own_cpu(), 0);
    loop {
        work();
        times += 1;
        let used = own_cpu() - started;
        if used >= at_least {
            return used / times;
        }
    }
}

/// Serves an empty answer, in a process of its own so that its time can be told apart.
pub(crate) fn serve_nothing(port: u16) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let router = Router::new().route("/", get(|| async {}).post(|| async {}));
        axum::serve(listener, router).await.unwrap();
    });
}
